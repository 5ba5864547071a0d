"""The latent space of a trained model: encoded images, places, planes through it, and nearest neighbours."""

import math
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from vae.data import as_bytes, as_grey_values
from vae.errors import PlaceError, quoted

if TYPE_CHECKING:
    from torch import Tensor

    from vae.model.vae import VAE, Decoder

Z_LIMIT = 20.0  # a place with a larger |z_j| is refused: the prior's mass out there is below 1e-88
ENCODING_BATCH = 5_000


class Latent(NamedTuple):
    """q(z|x) of the test images, in their order. mu, logvar: (N, J) float32; labels: (N,) uint8."""

    mu: np.ndarray
    logvar: np.ndarray
    labels: np.ndarray


class Neighbour(NamedTuple):
    """An image near a place: its index in the data set, and the Euclidean distance of its mean in z."""

    image: int
    distance: float


def encode_images(model: "VAE", images: "Tensor") -> tuple["Tensor", "Tensor"]:
    """mu and logvar of q(z|x), (N, J) float32 each, for `images` ((N, D) uint8), in batches."""
    import torch

    with torch.no_grad():
        parts = [model.encode(as_grey_values(batch)) for batch in images.split(ENCODING_BATCH)]
    return torch.cat([mu for mu, _ in parts]), torch.cat([logvar for _, logvar in parts])


def decode_images(decoder: "Decoder", z: "Tensor | Sequence[Sequence[float]]", shape: tuple[int, int]) -> np.ndarray:
    """The mean images of p(x|z) at N points z (N, J): (N, height, width) uint8 grey values."""
    import torch

    with torch.no_grad():
        mean = decoder.mean(torch.as_tensor(z, dtype=torch.float32))
    return as_bytes(mean).view(-1, *shape).numpy()


def parse_place(text: str) -> tuple[float, float]:
    """Parse a place of the plane, such as "0.5,-1.2": two numbers within ±`Z_LIMIT`.

    Raises:
        PlaceError: naming the text and what is accepted.
    """
    try:
        place = tuple(float(part) for part in text.split(","))
    except ValueError:
        place = ()
    if len(place) != 2 or not all(abs(value) <= Z_LIMIT for value in place):
        raise PlaceError(
            f"z = {quoted(text)} is not a place of the plane. "
            f"Accepted: two numbers from {-Z_LIMIT:g} to {Z_LIMIT:g}, separated by a comma, such as 0.5,-1.2."
        )
    return place


def format_place(place: tuple[float, float]) -> str:
    """Format a place as text, such as "0.5,-1.2"; the inverse of `parse_place`."""
    return ",".join(f"{value:.4f}".rstrip("0").rstrip(".") for value in place)


class Chart(NamedTuple):
    """A parametrisation of the plane in the latent space: z = origin + u·axes[0] + v·axes[1] at the place (u, v).

    origin: (J,); axes: two orthonormal vectors (J,), the second being 0 if J = 1; titles: of the axes.
    """

    origin: tuple[float, ...]
    axes: tuple[tuple[float, ...], tuple[float, ...]]
    titles: tuple[str, str]


def coordinate_chart(latent_dim: int, first: int = 0, second: int = 1, at: Mapping[int, float] | None = None) -> Chart:
    """The plane of two coordinates of z, counted from 0. at: values of other coordinates, by default 0.

    Raises:
        PlaceError: if the coordinates are not two different ones below `latent_dim`.
    """
    if latent_dim > 1 and not (0 <= first < latent_dim and 0 <= second < latent_dim and first != second):
        raise PlaceError(
            f"z{first + 1}, z{second + 1} is not a plane of this model. "
            f"Accepted: two different coordinates from 1 to {latent_dim}."
        )
    origin = [0.0] * latent_dim
    for j, value in (at or {}).items():
        if j not in (first, second):
            origin[j] = value
    axes = _unit(first, latent_dim), _unit(second, latent_dim)
    titles = coordinate_name(first), coordinate_name(second) if latent_dim > 1 else ""
    return Chart(tuple(origin), axes, titles)


def principal_chart(mu: np.ndarray) -> Chart:
    """The plane through the centre of the means `mu` (N, J ≥ 2) along their first two principal components.

    The largest entry of each component is made positive, so that the same means give the same plane.
    """
    centre = mu.mean(0, dtype=np.float64)
    _, vectors = np.linalg.eigh(np.cov((mu - centre).T))
    axes = vectors.T[:-3:-1]  # by descending variance
    axes = axes * np.sign(axes[np.arange(2), np.abs(axes).argmax(1)])[:, None]
    first, second = (tuple(axis.tolist()) for axis in axes)
    return Chart(tuple(centre.tolist()), (first, second), ("component 1", "component 2"))


def parse_plane(text: str, latent_dim: int) -> tuple[int, int] | None:
    """Parse two coordinates such as "1,4", counted from 1; None for "pc", the principal components.

    Raises:
        PlaceError: naming the text and what is accepted.
    """
    if text == "pc":
        return None
    parts = text.split(",")
    if len(parts) == 2 and all(part.isascii() and part.isdigit() and len(part) < 5 for part in parts):
        first, second = map(int, parts)
        if first != second and 1 <= min(first, second) <= max(first, second) <= latent_dim:
            return first, second
    raise PlaceError(
        f"plane = {quoted(text)} is not a plane of this model. "
        f"Accepted: two different coordinates from 1 to {latent_dim}, such as 1,2, or pc for the principal components."
    )


def parse_offsets(text: str, latent_dim: int, limit: float) -> dict[int, float]:
    """Parse values of coordinates such as "3:0.5,7:-1", counted from 1; empty for an empty text.

    Raises:
        PlaceError: naming the text and what is accepted.
    """
    offsets: dict[int, float] | None = None
    with suppress(ValueError):
        parts = [part.split(":") for part in text.split(",") if part]
        offsets = {int(name): float(value) for name, value in parts}
    if offsets is None or not all(1 <= j <= latent_dim and abs(value) <= limit for j, value in offsets.items()):
        raise PlaceError(
            f"at = {quoted(text)} does not fix the other coordinates. Accepted: coordinates from 1 to {latent_dim} "
            f"with values from {-limit:g} to {limit:g}, such as 3:0.5,4:-1."
        )
    return offsets


def format_offsets(offsets: Mapping[int, float]) -> str:
    """Format values of coordinates as text, such as "3:0.5,7:-1", without zeros; the inverse of `parse_offsets`."""
    return ",".join(f"{j}:{value:g}" for j, value in sorted(offsets.items()) if value)


def coordinate_name(index: int) -> str:
    """Name of a coordinate, counted from 1 for the reader: "z₁" for index 0."""
    return "z" + "".join("₀₁₂₃₄₅₆₇₈₉"[int(digit)] for digit in str(index + 1))


def to_latent(chart: Chart, place: tuple[float, float]) -> tuple[float, ...]:
    """The z (J,) of a place of the plane."""
    (u, v), (a, b) = place, chart.axes
    return tuple(o + u * p + v * q for o, p, q in zip(chart.origin, a, b, strict=True))


def to_plane(chart: Chart, z: Sequence[float]) -> tuple[float, float]:
    """The orthogonal projection of z (J,) onto the plane."""
    offset = [value - start for value, start in zip(z, chart.origin, strict=True)]
    u, v = (math.fsum(part * value for part, value in zip(axis, offset, strict=True)) for axis in chart.axes)
    return u, v


def _unit(index: int, size: int) -> tuple[float, ...]:
    return tuple(float(j == index) for j in range(size))


def prior_log_density(z: tuple[float, ...]) -> float:
    """log N(z; 0, I) in nats, for z of any dimension."""
    return -0.5 * (len(z) * math.log(2 * math.pi) + math.fsum(value * value for value in z))


def prior_density(z: tuple[float, ...]) -> float:
    """The prior's density N(z; 0, I)."""
    return math.exp(prior_log_density(z))


def nearest(mu: np.ndarray, z: tuple[float, ...], k: int) -> list[Neighbour]:
    """The `k` images whose means `mu` (N, J) are nearest to z, nearest first."""
    distances = np.linalg.norm(mu - np.asarray(z, dtype=mu.dtype), axis=1)
    k = min(k, len(distances))
    candidates = np.argpartition(distances, k - 1)[:k]
    order = candidates[np.argsort(distances[candidates], kind="stable")]
    return [Neighbour(int(i), float(distances[i])) for i in order]
