"""Recognition of the network of foreign weights, by the shapes, the order and the names of its layers.

Accepts any VAE of fully connected layers, whatever their names: a chain of layers from the pixels, two heads of width J
(or one of 2J, the means first), and a chain from J back to the pixels.
"""

import re
from collections.abc import Callable, Iterator
from itertools import islice, pairwise
from typing import Literal, NamedTuple, get_args

import numpy as np

from vae.data import N_PIXELS
from vae.errors import quoted
from vae.runs.tensors import refused

ScaleHead = Literal["log-variance", "log-sigma", "sigma"]
SCALE_HEADS: tuple[ScaleHead, ...] = get_args(ScaleHead)
SCALE_WORDS = {"log-variance": "log σ²", "log-sigma": "log σ", "sigma": "σ"}
MAX_LINEAR = 20
MAX_TRIES, MAX_PARSES = 20_000, 100  # limits on the chains of layers tried, and on the parses compared

_SCALE_NAME = re.compile(r"var|sig|sgm|std|scale|(?<![a-z])lv(?![a-z])", re.IGNORECASE)
_MEAN_NAME = re.compile(r"mean|(?<![a-z])(mu|loc)(?![a-z])", re.IGNORECASE)
_LOG_SIGMA_NAME = re.compile(r"log.?(sig(?!ma.?(2|sq))|std|scale)", re.IGNORECASE)
_SIGMA_NAME = re.compile(r"sig|sgm|std", re.IGNORECASE)
_NO_LETTER = re.compile(r"[\W\d_]")
_LOG_NAME = re.compile(r"log|var|lv", re.IGNORECASE)


class Linear(NamedTuple):
    """A fully connected layer. weight: (n_out, n_in), bias: (n_out,)."""

    name: str
    weight: np.ndarray
    bias: np.ndarray

    @property
    def n_in(self) -> int:
        return self.weight.shape[1]

    @property
    def n_out(self) -> int:
        return self.weight.shape[0]


Parse = tuple[list[Linear], list[Linear], list[Linear]]  # hidden layers of the encoder, heads, decoder


class Network(NamedTuple):
    """A VAE of fully connected layers. mu, scale: heads of the encoder; output: layer of the pixels' logits."""

    encoder: list[Linear]
    mu: Linear
    scale: Linear
    decoder: list[Linear]
    output: Linear
    scale_head: ScaleHead

    @property
    def settings(self) -> dict[str, object]:
        """The settings that follow from the network: widths, latent dimension and kind of σ head."""
        hidden = tuple(layer.n_out for layer in self.encoder)
        back = tuple(layer.n_out for layer in self.decoder)
        return {
            "hidden": hidden,
            "decoder_hidden": () if back == hidden[::-1] else back,
            "latent_dim": self.mu.n_out,
            "posterior_scale": "linear" if self.scale_head == "sigma" else "log-variance",
        }

    @property
    def weights(self) -> dict[str, np.ndarray]:
        """Name in our own model → float32 array; log σ is doubled to log σ²."""
        scale = "encoder.sigma" if self.scale_head == "sigma" else "encoder.logvar"
        factor = 2 if self.scale_head == "log-sigma" else 1
        named = {
            **{f"encoder.hidden.{i}": layer for i, layer in enumerate(self.encoder)},
            "encoder.mu": self.mu,
            scale: self.scale._replace(weight=factor * self.scale.weight, bias=factor * self.scale.bias),
            **{f"decoder.hidden.{i}": layer for i, layer in enumerate(self.decoder)},
            "decoder.x_logits": self.output,
        }
        arrays = {}
        for name, layer in named.items():
            arrays[f"{name}.weight"] = np.ascontiguousarray(layer.weight, dtype=np.float32)
            arrays[f"{name}.bias"] = np.ascontiguousarray(layer.bias, dtype=np.float32)
        return arrays

    def describe(self) -> str:
        """A short description, such as "784-400-20, decoder 20-400-784, log σ² head, Bernoulli"."""
        there = [N_PIXELS, *(layer.n_out for layer in self.encoder), self.mu.n_out]
        back = [self.mu.n_out, *(layer.n_out for layer in self.decoder), N_PIXELS]
        widths = "-".join(map(str, there)) + ("" if back == there[::-1] else f", decoder {'-'.join(map(str, back))}")
        return f"{widths}, {SCALE_WORDS[self.scale_head]} head, Bernoulli"


def recognise(tensors: dict[str, np.ndarray], scale_head: ScaleHead | None = None) -> Network:
    """Recognise the network that has these named tensors as its weights.

    scale_head: output of the second head; None: as its name says, or else log σ².

    Raises:
        RunError: if they are not the weights of such a network; it says what was found and what was expected.
    """
    layers = _layers(tensors)
    parses = [
        (_unlikely(parse, order, given=order is layers), parse)
        for order in _orders(layers)
        for parse in islice(_parses(order), MAX_PARSES)
    ]
    if parses:
        _, (encoder, heads, decoder) = min(parses, key=lambda pair: pair[0])
        mu, scale, name = _heads(heads)
        return Network(encoder, mu, scale, decoder[:-1], decoder[-1], scale_head or _scale_head(name))
    found = ", ".join(f"{layer.n_in}-{layer.n_out}" for layer in layers[:8]) + (", …" if len(layers) > 8 else "")
    raise refused(
        f"found {len(layers)} linear layer{'' if len(layers) == 1 else 's'}: {found}; "
        f"expected an encoder from {N_PIXELS}, two heads of J (or one of 2J), and a decoder from J to {N_PIXELS}"
    )


def _layers(tensors: dict[str, np.ndarray]) -> list[Linear]:
    """Weights with their biases, in order. A second bias, such as `b_h` beside `W_h`, is added to the first."""
    matrices = {name: array for name, array in tensors.items() if array.ndim == 2}
    rest = {name: array for name, array in tensors.items() if array.ndim != 2}
    layers = []
    for name, weight in matrices.items():
        layer = name.removesuffix(".weight")
        parent, _, leaf = layer.rpartition(".")
        second = f"{parent}.{leaf.replace('W_', 'b_', 1)}".lstrip(".") if leaf.startswith("W_") else None
        bias = np.zeros(len(weight))
        for key in (f"{layer}.bias", second):
            if key in rest:
                other = rest.pop(key)
                if other.size != len(weight):
                    raise refused(f"{quoted(layer)} is of shape {weight.shape} with a bias of {other.shape}")
                bias = bias + other.reshape(-1)
        layers.append(Linear(layer, weight, bias))
    if rest:
        name, array = next(iter(rest.items()))
        raise refused(f"found {quoted(name)} of shape {array.shape}; expected only fully connected layers")
    if len(layers) > MAX_LINEAR:
        raise refused(f"found {len(layers)} linear layers; up to {MAX_LINEAR} are accepted")
    return layers


def _orders(layers: list[Linear]) -> Iterator[list[Linear]]:
    """Candidate orders of the layers: the file's and the alphabetical one, each also with one part moved to the front.

    A part is the layers whose names share their beginning, up to a dot (`encoder.`) or of letters; those with a layer
    from the pixels are moved. A safetensors file has no order of its own; if its layers are numbered like a tree (1,
    21, 22, 3), the alphabetical order is right.
    """
    parts: tuple[Callable[[Linear], str], ...] = (
        lambda layer: layer.name.partition(".")[0],
        lambda layer: _NO_LETTER.split(layer.name, 1)[0],
    )
    seen = []
    for ordered in (layers, sorted(layers, key=lambda layer: layer.name)):
        for part in parts:
            starts = dict.fromkeys(part(layer) for layer in ordered if layer.n_in == N_PIXELS)
            for order in (ordered, *(sorted(ordered, key=lambda layer: part(layer) != start) for start in starts)):
                names = [layer.name for layer in order]
                if names not in seen:
                    seen.append(names)
                    yield order


def _parses(layers: list[Linear]) -> Iterator[Parse]:
    """All ways to build a network from all layers, with layers of the same shape in the given order."""
    tries = 0

    def chains(n_in: int, left: list[Linear]) -> Iterator[tuple[list[Linear], list[Linear]]]:
        """Chains of the layers `left` starting at a width, long ones first, each with the remaining layers."""
        nonlocal tries
        tries += 1
        if tries > MAX_TRIES:
            return
        fitting = {layer.n_out: i for i, layer in reversed(list(enumerate(left))) if layer.n_in == n_in}
        for i in sorted(fitting.values()):
            for chain, remaining in chains(left[i].n_out, left[:i] + left[i + 1 :]):
                yield [left[i], *chain], remaining
        yield [], left

    for encoder, left in chains(N_PIXELS, layers):
        width = encoder[-1].n_out if encoder else N_PIXELS
        for heads, others in _possible_heads(width, left):
            n_latent = heads[0].n_out if len(heads) == 2 else heads[0].n_out // 2
            for decoder, unused in chains(n_latent, others):
                if not unused and decoder and decoder[-1].n_out == N_PIXELS:
                    yield encoder, heads, decoder


def _unlikely(parse: Parse, order: list[Linear], given: bool) -> tuple[bool, int, int, bool]:
    """Sort key, smaller is likelier: no head named as a scale; order changed; parts split; decoder not mirrored.

    given: whether the order is the file's own.
    """
    encoder, heads, decoder = parse
    names = [layer.name for layer in (*encoder, *heads, *decoder)]
    named = any(map(_SCALE_NAME.search, _own_names(heads)))
    disorder = (0 if given else 1) if names == [layer.name for layer in order] else 2
    pieces = sum(a.partition(".")[0] != b.partition(".")[0] for a, b in pairwise(names) if "." in a + b)
    mirrored = [layer.n_in for layer in decoder[1:]] == [layer.n_out for layer in reversed(encoder)]
    return not named, disorder, pieces, not mirrored


def _possible_heads(width: int, left: list[Linear]) -> Iterator[tuple[list[Linear], list[Linear]]]:
    fitting = [i for i, layer in enumerate(left) if layer.n_in == width]
    for a in fitting:
        for b in fitting:
            if a < b and left[a].n_out == left[b].n_out:
                yield [left[a], left[b]], [layer for i, layer in enumerate(left) if i not in (a, b)]
    for a in fitting:
        if left[a].n_out % 2 == 0:
            yield [left[a]], left[:a] + left[a + 1 :]


def _heads(heads: list[Linear]) -> tuple[Linear, Linear, str]:
    """The heads of μ and of the scale, by name, else by order, or as halves of a single head; and the scale's name."""
    names = _own_names(heads)
    if len(heads) == 1:
        name, weight, bias = heads[0]
        half = len(weight) // 2
        return Linear(name, weight[:half], bias[:half]), Linear(name, weight[half:], bias[half:]), names[0]
    first, second = (bool(_SCALE_NAME.search(name)) for name in names)
    means_last = bool(_MEAN_NAME.search(names[1])) and not _MEAN_NAME.search(names[0])
    if (first and not second) or (means_last and first == second):
        return heads[1], heads[0], names[0]
    return heads[0], heads[1], names[1]


def _own_names(heads: list[Linear]) -> list[str]:
    """The last part of each head's name that differs from the other's, such as "fc_mu" of "fc_mu.0"."""
    split = [head.name.split(".") for head in heads]
    while len(split) == 2 and min(map(len, split)) > 1 and split[0][-1] == split[1][-1]:
        split = [parts[:-1] for parts in split]
    return [parts[-1] for parts in split]


def _scale_head(name: str) -> ScaleHead:
    if _LOG_SIGMA_NAME.search(name):
        return "log-sigma"
    return "sigma" if _SIGMA_NAME.search(name) and not _LOG_NAME.search(name) else "log-variance"
