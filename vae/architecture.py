"""The shape of a network, in plain Python: which layers there are, how wide, and what they are called.

`model` builds the modules from it, `runs` checks stored weights against it, and `export` describes it to a
browser; so all three agree, and the last two need no torch.
"""

from itertools import pairwise
from typing import NamedTuple

from vae.config import Settings
from vae.data import N_PIXELS


class Layer(NamedTuple):
    """A fully connected layer y = activation(W x + b) with W: (n_out, n_in) and b: (n_out,)."""

    name: str
    n_in: int
    n_out: int
    activation: str


def encoder_layers(settings: Settings) -> list[Layer]:
    """The encoder q(z|x), in order: hidden layers, then the two heads `mu` and `logvar`, which stand side by side."""
    widths = (N_PIXELS, *settings.hidden)
    hidden = _hidden("encoder", widths, settings.activation)
    return [
        *hidden,
        Layer("encoder.mu", widths[-1], settings.latent_dim, "identity"),
        Layer("encoder.logvar", widths[-1], settings.latent_dim, "identity"),
    ]


def decoder_layers(settings: Settings) -> list[Layer]:
    """The decoder p(x|z), in order: the encoder's widths mirrored, then the logits of the pixels."""
    widths = (settings.latent_dim, *reversed(settings.hidden))
    hidden = _hidden("decoder", widths, settings.activation)
    return [*hidden, Layer("decoder.x_logits", widths[-1], N_PIXELS, "identity")]


def parameter_shapes(layers: list[Layer]) -> dict[str, tuple[int, ...]]:
    """Name → shape of every weight and bias of `layers`."""
    shapes: dict[str, tuple[int, ...]] = {}
    for layer in layers:
        shapes[f"{layer.name}.weight"] = (layer.n_out, layer.n_in)
        shapes[f"{layer.name}.bias"] = (layer.n_out,)
    return shapes


def _hidden(part: str, widths: tuple[int, ...], activation: str) -> list[Layer]:
    return [Layer(f"{part}.hidden.{i}", *pair, activation) for i, pair in enumerate(pairwise(widths))]
