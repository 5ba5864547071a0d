"""What a browser needs to draw a plane and to decode on it: one run's snapshot as bytes.

The bytes are a safetensors file: `x`, `y` (N,) float32 and `labels` (N,) uint8 of the encoded test means,
and the decoder's weights as float32. Its metadata has one entry, `plane`: JSON with the layers in order.
`assets/plane/payload.js` reads it. No torch is needed.
"""

import json

import numpy as np
from safetensors import numpy as safetensors

from vae import data
from vae.architecture import Layer, decoder_layers
from vae.latent import plane_coordinates
from vae.run import Run


def payload_key(run: Run, epoch: int) -> str:
    """A name of the payload that changes whenever its content does."""
    return f"{run.id}@{epoch}@{run.snapshot_time(epoch)}"


def plane_payload(run: Run, epoch: int) -> bytes:
    """The payload of one snapshot, equal bytes for equal content.

    Raises:
        RunError: if the snapshot cannot be read.
    """
    settings = run.settings
    latent = run.latent(epoch)
    layers = decoder_layers(settings)
    mean_image = layers[-1]._replace(activation="sigmoid")  # the mean of a Bernoulli is the sigmoid of its logit
    x, y = plane_coordinates(latent.mu)
    description = {
        "key": payload_key(run, epoch),
        "run": run.id,
        "latentDim": settings.latent_dim,
        "imageShape": data.IMAGE_SHAPE,
        "layers": [_describe(layer) for layer in [*layers[:-1], mean_image]],
    }
    decoder = {name: array for name, array in run.weights(epoch).items() if name.startswith("decoder.")}
    tensors = {"x": np.ascontiguousarray(x), "y": np.ascontiguousarray(y), "labels": latent.labels, **decoder}
    return safetensors.save(tensors, metadata={"plane": json.dumps(description)})


def _describe(layer: Layer) -> dict[str, str | int]:
    return {"name": layer.name, "nIn": layer.n_in, "nOut": layer.n_out, "activation": layer.activation}
