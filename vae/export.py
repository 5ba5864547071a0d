"""What a browser needs to draw a plane and to decode on it: one run's snapshot as bytes.

The bytes are a safetensors file. Its metadata has one entry, `plane`: JSON with the layers in order. Its tensors:

    x, y, labels             (N,) float32, float32, uint8: the encoded test means in the plane
    examples                 (16, 28, 28) uint8: the same few test images for every snapshot
    examples_mu              (16, J) float32: their means
    prior_z                  (16, J) float32: the same few draws from the prior for every snapshot
    decoder.…                the decoder's weights as float32

`assets/plane/payload.js` reads it. No torch is needed.
"""

import json

import numpy as np
from safetensors import numpy as safetensors

from vae import data
from vae.architecture import Layer, decoder_layers
from vae.latent import plane_coordinates
from vae.run import Moment, Run

N_EXAMPLES = 16
N_CLASSES = 10
PRIOR_SEED = 1312_6114  # the paper's number on arXiv


def payload_key(run: Run, moment: Moment) -> str:
    """A name of the payload that changes whenever its content does."""
    return f"{run.id}@{moment}@{run.snapshot_time(moment)}"


def plane_payload(run: Run, moment: Moment) -> bytes:
    """The payload of one snapshot, equal bytes for equal content.

    Raises:
        RunError: if the snapshot cannot be read.
    """
    key = payload_key(run, moment)  # first: what is written meanwhile gets another
    settings = run.settings
    latent = run.latent(moment)
    layers = decoder_layers(settings)
    mean_image = layers[-1]._replace(activation="sigmoid")  # the mean of a Bernoulli is the sigmoid of its logit
    x, y = plane_coordinates(latent.mu)
    test = data.load("test")
    shown = example_indices(test.labels)
    description = {
        "key": key,
        "run": run.id,
        "moment": moment,
        "latentDim": settings.latent_dim,
        "imageShape": data.IMAGE_SHAPE,
        "layers": [_describe(layer) for layer in [*layers[:-1], mean_image]],
    }
    decoder = {name: array for name, array in run.weights(moment).items() if name.startswith("decoder.")}
    tensors = {
        "x": np.ascontiguousarray(x),
        "y": np.ascontiguousarray(y),
        "labels": latent.labels,
        "examples": test.images[shown],
        "examples_mu": latent.mu[shown],
        "prior_z": prior_draws(settings.latent_dim),
        **decoder,
    }
    return safetensors.save(tensors, metadata={"plane": json.dumps(description)})


def stored_key(payload: bytes) -> str:
    """The `payload_key` that a payload was made under."""
    header = json.loads(payload[8 : 8 + int.from_bytes(payload[:8], "little")])
    return json.loads(header["__metadata__"]["plane"])["key"]


def example_indices(labels: np.ndarray) -> np.ndarray:
    """Where `N_EXAMPLES` images are, by ascending class: the first one of each, and the second of the lowest classes.

    labels: (N,) uint8, of the classes 0…9.
    """
    n_pairs = N_EXAMPLES - N_CLASSES
    return np.concatenate([np.flatnonzero(labels == label)[: 1 + (label < n_pairs)] for label in range(N_CLASSES)])


def prior_draws(latent_dim: int) -> np.ndarray:
    """The same `N_EXAMPLES` draws from N(0, I) every time, (16, J) float32."""
    return np.random.default_rng(PRIOR_SEED).standard_normal((N_EXAMPLES, latent_dim), dtype=np.float32)


def _describe(layer: Layer) -> dict[str, str | int]:
    return {"name": layer.name, "nIn": layer.n_in, "nOut": layer.n_out, "activation": layer.activation}
