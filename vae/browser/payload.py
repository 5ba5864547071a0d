"""The payload: a snapshot as bytes, for a browser that draws its plane and decodes on it.

The bytes are a safetensors file. Its metadata has one entry, `plane`: JSON with the layers in order. Its tensors:

    mu, logvar               (N, J) float32: q(z|x) of the images that are the plane's points
    labels                   (N,) uint8
    examples                 (16, 28, 28) uint8: the same few test images for every snapshot
    examples_mu              (16, J) float32: their means
    prior_z                  (16, J) float32: the same few draws from the prior for every snapshot
    decoder.…, encoder.…     the weights, as float32 unless asked otherwise; the encoder's only where they are asked for

`assets/plane/format/payload.js` reads it. No torch is needed.

Where there are more points than images, `points_payload` has the points of one view in another such file, which
`assets/plane/format/points.js` reads: its metadata has the entry `points`, its tensors are

    x, y                     (n,) float32: where they are in the plane
    images                   (n,) int32: whose they are, as indices of `mu`
    ids                      (n,) int32, ascending: which of all points they are
"""

import json
import math

import numpy as np
from safetensors import numpy as safetensors

from vae import data
from vae.analysis.latent import Latent
from vae.browser.points import PointSet, View, sample
from vae.config import Settings
from vae.errors import RunError
from vae.model.architecture import SCALE_BOUNDS, SHARED_SCALE, Layer, decoder_layers, encoder_layers, scale_layer
from vae.runs.snapshot import Snapshot

N_EXAMPLES = 16
N_CLASSES = 10
PRIOR_SEED = 1312_6114  # the paper's number on arXiv


def payload_key(snapshot: Snapshot, *, split: data.Split = "test", encoder: bool = False) -> str:
    """A key of the payload, which changes whenever its content does."""
    return "@".join([snapshot.run.id, str(snapshot.moment), str(snapshot.written), split, *["encoder"] * encoder])


def plane_payload(
    snapshot: Snapshot,
    *,
    split: data.Split = "test",
    encoder: bool = False,
    n_points: int | None = None,
    weights_as: type[np.floating] = np.float32,
) -> bytes:
    """The payload of one snapshot, equal bytes for equal content.

    split: of which images it holds the means; those of others than the test images are encoded now, by torch.
    encoder: whether it holds the encoder too, if the snapshot does.
    n_points, weights_as: to make it smaller than its key says, which knows of neither: of how many images, the first
        ones, it holds the means (None: of all), and in which precision it holds the weights that this can express.

    Raises:
        RunError: if the snapshot cannot be read, or holds no encoder where one is needed.
    """
    key = payload_key(snapshot, split=split, encoder=encoder)  # first: what is written meanwhile gets another
    settings = snapshot.settings
    stored = snapshot.latent()
    latent = stored if split == "test" else _encoded(snapshot, split)
    weights = snapshot.weights()
    layers = {"decoder": decoder_layers(settings), "encoder": encoder_layers(settings) if encoder else []}
    scale = scale_layer(settings)
    if not all(f"{layer.name}.weight" in weights for layer in layers["encoder"]):
        layers["encoder"] = []
    test = data.load("test")
    shown = example_indices(test.labels)
    description = {
        "key": key,
        "run": snapshot.run.id,
        "moment": snapshot.moment,
        "split": split,
        "latentDim": settings.latent_dim,
        "imageShape": data.IMAGE_SHAPE,
        "mean": "continuous-bernoulli" if settings.likelihood == "continuous-bernoulli" else "sigmoid",
        "likelihood": {"family": _family(settings), "logScale": _log_scale(settings, weights)},
        "scale": scale and _describe(scale),
        **{part: [_describe(layer) for layer in layers[part]] for part in layers},
    }
    sent = [*layers["decoder"], *layers["encoder"], *([scale] if scale else [])]
    names = [f"{layer.name}.{kind}" for layer in sent for kind in ("weight", "bias")]
    tensors = {
        "mu": latent.mu[:n_points],
        "logvar": latent.logvar[:n_points],
        "labels": latent.labels[:n_points],
        "examples": test.images[shown],
        "examples_mu": stored.mu[shown],
        "prior_z": prior_draws(settings.latent_dim),
        **{name: _narrowed(weights[name], weights_as) for name in names},
    }
    return safetensors.save(tensors, metadata={"plane": json.dumps(description)})


def _narrowed(array: np.ndarray, dtype: type[np.floating]) -> np.ndarray:
    """The array in another precision, or unchanged if its values exceed that one's range."""
    return array.astype(dtype) if np.abs(array).max() <= np.finfo(dtype).max else array


def _family(settings: Settings) -> str:
    return "gaussian" if settings.likelihood.startswith("gaussian") else settings.likelihood


def _log_scale(settings: Settings, weights: dict[str, np.ndarray]) -> float | tuple[float, float] | None:
    """log σ for all pixels, or the bounds between which the layer `scale` moves it for each; None: no scale."""
    if settings.likelihood == "gaussian":
        return math.log(settings.sigma)
    bounds = SCALE_BOUNDS.get(settings.likelihood)
    if bounds is None or SHARED_SCALE not in weights:
        return bounds
    low, high = bounds
    return low + (high - low) / (1 + math.exp(-float(weights[SHARED_SCALE][0])))


def _encoded(snapshot: Snapshot, split: data.Split) -> Latent:
    import torch

    from vae.analysis.latent import encode_images

    if snapshot.moment == "live":
        raise RunError(
            f"Only the test images are encoded while {snapshot.run.id} is training. Choose one of its epochs."
        )
    images, labels = data.load(split).tensors()
    with torch.inference_mode():
        mu, logvar = encode_images(snapshot.model(), images)
    return Latent(mu.numpy(), logvar.numpy(), labels.numpy())


def stored_key(payload: bytes) -> str:
    """The key of a payload, from its header."""
    header = json.loads(payload[8 : 8 + int.from_bytes(payload[:8], "little")])
    return json.loads(header["__metadata__"]["plane"])["key"]


def stored_latent(payload: bytes) -> Latent:
    """q(z|x) of a payload's images."""
    tensors = safetensors.load(payload)
    return Latent(tensors["mu"], tensors["logvar"], tensors["labels"])


def points_payload(points: PointSet, view: View | None, key: str) -> bytes:
    """The points in a view of the plane (`points.sample`), equal bytes for equal content.

    key: names the set of points and the view.
    """
    shown = sample(points, view)
    description = {
        "key": key,
        "view": view,
        "extent": points.extent(),
        "total": len(points.images),
        "within": shown.n_within,
        "shown": shown.n_shown,
    }
    x, y = points.places[:, shown.indices]
    tensors = {"x": x, "y": y, "images": points.images[shown.indices], "ids": shown.indices}
    return safetensors.save(
        {name: np.ascontiguousarray(values) for name, values in tensors.items()},
        metadata={"points": json.dumps(description)},
    )


def example_indices(labels: np.ndarray) -> np.ndarray:
    """Indices of `N_EXAMPLES` images, by ascending class: the first of each, and the second of the lowest classes.

    labels: (N,) uint8, of the classes 0…9.
    """
    n_pairs = N_EXAMPLES - N_CLASSES
    return np.concatenate([np.flatnonzero(labels == label)[: 1 + (label < n_pairs)] for label in range(N_CLASSES)])


def prior_draws(latent_dim: int) -> np.ndarray:
    """The same `N_EXAMPLES` draws from N(0, I) every time, (16, J) float32."""
    return np.random.default_rng(PRIOR_SEED).standard_normal((N_EXAMPLES, latent_dim), dtype=np.float32)


def _describe(layer: Layer) -> dict[str, str | int]:
    return {"name": layer.name, "nIn": layer.n_in, "nOut": layer.n_out, "activation": layer.activation}
