"""The architecture of a network in plain Python: its layers, their widths and names.

`model.vae` builds the modules from it, `runs` checks stored weights against it, and `browser.payload` describes it to
a browser. So all three agree, and the last two need no torch.
"""

import math
from itertools import pairwise
from typing import NamedTuple

from vae.config import Settings
from vae.data import N_PIXELS

# Bounds of a scale that the decoder gives: of log σ (the least σ is two grey levels), or of a Beta's log ν.
SCALE_BOUNDS: dict[str, tuple[float, float]] = {
    "gaussian-learned": (math.log(1 / 128), 0.0),
    "gaussian-pixel": (math.log(1 / 128), 0.0),
    "beta": (math.log(0.1), math.log(1000)),
}
SHARED_SCALE = "decoder.x_scale"  # parameter name of the one scale for all pixels and all z


class Layer(NamedTuple):
    """A fully connected layer y = activation(W x + b) with W: (n_out, n_in) and b: (n_out,)."""

    name: str
    n_in: int
    n_out: int
    activation: str


def encoder_layers(settings: Settings) -> list[Layer]:
    """Layers of the encoder q(z|x): the hidden layers in order, then its two parallel heads.

    The first head gives mu. The second gives log σ², or σ of either sign ("log-square" turns that into log σ²).
    """
    widths = (N_PIXELS, *settings.hidden)
    hidden = _hidden("encoder", widths, settings.activation)
    name, activation = ("logvar", "identity") if settings.posterior_scale == "log-variance" else ("sigma", "log-square")
    return [
        *hidden,
        Layer("encoder.mu", widths[-1], settings.latent_dim, "identity"),
        Layer(f"encoder.{name}", widths[-1], settings.latent_dim, activation),
    ]


def decoder_layers(settings: Settings) -> list[Layer]:
    """Layers of the decoder: the hidden layers in order, then the logits of the pixels."""
    widths = (settings.latent_dim, *(settings.decoder_hidden or reversed(settings.hidden)))
    hidden = _hidden("decoder", widths, settings.activation)
    if settings.fourier and hidden:
        hidden[0] = hidden[0]._replace(activation="sine")
    return [*hidden, Layer("decoder.x_logits", widths[-1], N_PIXELS, "identity")]


def scale_layer(settings: Settings) -> Layer | None:
    """The decoder's second head, beside `x_logits`; None unless the likelihood has a scale for every pixel."""
    if settings.likelihood not in ("gaussian-pixel", "beta"):
        return None
    return decoder_layers(settings)[-1]._replace(name="decoder.x_scale")


def encoder_shapes(settings: Settings) -> dict[str, tuple[int, ...]]:
    """Name → shape of every parameter of the encoder."""
    return _shapes(encoder_layers(settings))


def decoder_shapes(settings: Settings) -> dict[str, tuple[int, ...]]:
    """Name → shape of every parameter of the decoder."""
    scale = scale_layer(settings)
    shapes = _shapes([*decoder_layers(settings), *([scale] if scale else [])])
    if settings.likelihood == "gaussian-learned":
        shapes[SHARED_SCALE] = (1,)
    return shapes


def n_weights(settings: Settings) -> int:
    """Number of weights of the whole model, including biases."""
    return sum(math.prod(shape) for shape in (encoder_shapes(settings) | decoder_shapes(settings)).values())


def _shapes(layers: list[Layer]) -> dict[str, tuple[int, ...]]:
    shapes: dict[str, tuple[int, ...]] = {}
    for layer in layers:
        shapes[f"{layer.name}.weight"] = (layer.n_out, layer.n_in)
        shapes[f"{layer.name}.bias"] = (layer.n_out,)
    return shapes


def _hidden(part: str, widths: tuple[int, ...], activation: str) -> list[Layer]:
    return [Layer(f"{part}.hidden.{i}", *pair, activation) for i, pair in enumerate(pairwise(widths))]
