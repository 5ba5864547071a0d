"""The latent space of a trained model: encoding images, places in it, and what is near a place."""

import math
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from vae.errors import PlaceError

if TYPE_CHECKING:
    from torch import Tensor

    from vae.model import VAE, Decoder

Z_LIMIT = 20.0  # |z_j| beyond it is refused: the prior's mass out there is below 1e-88
ENCODING_BATCH = 5_000


class Neighbour(NamedTuple):
    """A real image near a place: its index in the data set, and its mean's Euclidean distance in z."""

    index: int
    distance: float


def encode_images(model: "VAE", images: "Tensor") -> tuple["Tensor", "Tensor"]:
    """mu and logvar of q(z|x), (N, J) float32 each, for `images` ((N, D) uint8), in batches."""
    import torch

    with torch.no_grad():
        parts = [model.encode(batch.float().div_(255)) for batch in images.split(ENCODING_BATCH)]
    return torch.cat([mu for mu, _ in parts]), torch.cat([logvar for _, logvar in parts])


def decode_image(decoder: "Decoder", z: tuple[float, ...], shape: tuple[int, int]) -> np.ndarray:
    """The mean image of p(x|z) at one place z: (height, width) uint8 grey values."""
    import torch

    with torch.no_grad():
        mean = torch.sigmoid(decoder(torch.tensor(z, dtype=torch.float32)))
    return mean.mul(255).round().to(torch.uint8).reshape(shape).numpy()


def parse_place(text: str) -> tuple[float, float]:
    """The place of the plane that a text such as "0.5,-1.2" names: two numbers within ±`Z_LIMIT`.

    Raises:
        PlaceError: saying what was given and what is accepted.
    """
    try:
        place = tuple(float(part) for part in text.split(","))
    except ValueError:
        place = ()
    if len(place) != 2 or not all(abs(value) <= Z_LIMIT for value in place):
        raise PlaceError(
            f"z = {text[:80]!r} is not a place of the plane. "
            f"Accepted: two numbers from {-Z_LIMIT:g} to {Z_LIMIT:g}, separated by a comma, such as 0.5,-1.2."
        )
    return place


def format_place(place: tuple[float, float]) -> str:
    """A place as text, "0.5,-1.2": what `parse_place` reads."""
    return ",".join(f"{value:.4f}".rstrip("0").rstrip(".") for value in place)


def plane_coordinates(mu: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Where means (N, J) lie in the plane: their first two coordinates, (N,) each; a lone one on the line y = 0."""
    return mu[:, 0], mu[:, 1] if mu.shape[1] > 1 else np.zeros_like(mu[:, 0])


def plane_to_latent(place: tuple[float, float], latent_dim: int) -> tuple[float, ...]:
    """The z (J,) that a place of the plane stands for: its first two coordinates, all others at the prior's mean 0."""
    return (*place, *[0.0] * latent_dim)[:latent_dim]


def prior_log_density(z: tuple[float, ...]) -> float:
    """log N(z; 0, I) in nats, for z of any dimension."""
    return -0.5 * (len(z) * math.log(2 * math.pi) + math.fsum(value * value for value in z))


def prior_density(z: tuple[float, ...]) -> float:
    """N(z; 0, I)."""
    return math.exp(prior_log_density(z))


def nearest(mu: np.ndarray, z: tuple[float, ...], k: int) -> list[Neighbour]:
    """The `k` images whose means `mu` (N, J) lie nearest to z, nearest first."""
    distances = np.linalg.norm(mu - np.asarray(z, dtype=mu.dtype), axis=1)
    k = min(k, len(distances))
    candidates = np.argpartition(distances, k - 1)[:k]
    order = candidates[np.argsort(distances[candidates], kind="stable")]
    return [Neighbour(int(i), float(distances[i])) for i in order]
