"""Reconstructions and samples of a model as pictures, and the figures of single test images in nats.

Computed from the decoder and from q(z|x) of the test images, which every snapshot holds, even a slim one without an
encoder. Shapes: N test images of D pixels, B chosen ones, latent dimension J. Importing this needs no torch.
"""

import math
from collections.abc import Sequence
from io import BytesIO
from typing import TYPE_CHECKING, Literal, NamedTuple

import numpy as np
from PIL import Image

from vae import data
from vae.analysis.latent import decode_images
from vae.pictures import enlarge

if TYPE_CHECKING:
    from torch import Tensor

    from vae.model.elbo import ElboTerms
    from vae.model.likelihood import Likelihood
    from vae.model.vae import Decoder

Which = Literal["first", "random", "easiest", "hardest", "index"]

N_ROW = 8  # images in a row
N_PRIOR = 16  # draws from the prior
N_POSTERIOR = 6  # draws of z for one image
RANKING_DRAWS = 4  # draws of z per test image, for ordering them by loss
BOUND_DRAWS = 1_000  # k of the IWAE bound, if log p(x) cannot be integrated
SEED_LIMIT = 2**31 - 1
GAP = 2  # image pixels between two tiles
ENLARGEMENT = 4  # screen pixels per image pixel
BRIGHTER, DARKER = (255, 160, 40), (70, 170, 255)  # orange and blue on black: distinct for colour-blind eyes too


class Encoded(NamedTuple):
    """A decoder, and the stored q(z|x) of the test images. mu, logvar: (N, J) float32."""

    decoder: "Decoder"
    mu: "Tensor"
    logvar: "Tensor"
    is_autoencoder: bool


class Figures(NamedTuple):
    """One image's figures in nats. reconstruction_error: −E_q[log p(x|z)]; kl: KL(q(z|x) ‖ p(z)).

    log_px: log p(x) and its error if `is_exact`; else the IWAE bound with `BOUND_DRAWS` draws and its standard error.
    draws: number of draws of z for `reconstruction_error`; 0 if it is integrated on a grid.
    """

    reconstruction_error: float
    kl: float
    log_px: float
    error: float
    is_exact: bool
    draws: int

    @property
    def negative_elbo(self) -> float:
        return self.reconstruction_error + self.kl

    @property
    def gap(self) -> float:
        """KL(q(z|x) ‖ p(z|x)) = log p(x) − ELBO; a lower bound of it if log_px is a bound."""
        return self.log_px + self.negative_elbo


class _Posteriors:
    """A `LatentVariableModel` for images whose q(z|x) is stored."""

    def __init__(self, encoded: Encoded, indices: Sequence[int]) -> None:
        self.latent_dim = encoded.mu.shape[1]
        self.decoder = self.decode = encoded.decoder
        self.likelihood: Likelihood = encoded.decoder.likelihood
        self.q = encoded.mu[list(indices)], encoded.logvar[list(indices)]

    def encode(self, x: "Tensor") -> tuple["Tensor", "Tensor"]:
        return self.q


# Figures


def elbo_terms(encoded: Encoded, n_draws: int = RANKING_DRAWS) -> "ElboTerms":
    """ELBO terms of every test image by estimator B, (N,) each, with the draws of `vae.analysis.metrics.evaluate_elbo`.

    For an auto-encoder, z are the means and `kl` is 0.
    """
    import torch

    from vae.analysis.metrics import EVALUATION_BATCH, NOISE_SEED
    from vae.model.elbo import ElboTerms, estimator_b
    from vae.model.vae import reparameterise

    generator = torch.Generator().manual_seed(NOISE_SEED)
    images, _ = data.load("test").tensors()
    parts = []
    with torch.no_grad():
        for batch in zip(
            *(tensor.split(EVALUATION_BATCH) for tensor in (images, encoded.mu, encoded.logvar)), strict=True
        ):
            x, mu, logvar = data.as_grey_values(batch[0]), *batch[1:]
            sigma = torch.exp(0.5 * logvar)
            z = mu[None] if encoded.is_autoencoder else reparameterise(mu, sigma, n_draws, generator)
            terms = estimator_b(encoded.decoder.likelihood.log_prob(x, encoded.decoder(z)), mu, logvar)
            parts.append(terms._replace(kl=torch.zeros_like(terms.kl)) if encoded.is_autoencoder else terms)
    return ElboTerms(*map(torch.cat, zip(*parts, strict=True)))


def losses(encoded: Encoded) -> np.ndarray:
    """−ELBO of every test image in nats, (N,), from `RANKING_DRAWS` fixed draws each."""
    return -elbo_terms(encoded).elbo.numpy()


def harder_than(losses: np.ndarray, index: int) -> float:
    """The part (0 to 1) of all images with a smaller loss than the image `index`."""
    return float((losses < losses[index]).mean())


def figures(encoded: Encoded, index: int) -> Figures:
    """The figures of one test image. For an auto-encoder, only the reconstruction error, from the mean."""
    import torch

    from vae.analysis.evidence import is_exact, iwae_bound, log_evidence
    from vae.analysis.posterior import SOBOL_POINTS, exact_elbo
    from vae.model.elbo import gaussian_kl

    x = data.as_grey_values(torch.tensor(data.load("test").images[[index]]).flatten(1))  # (1, D)
    model = _Posteriors(encoded, [index])
    if encoded.is_autoencoder:
        with torch.no_grad():
            log_px_z = model.likelihood.log_prob(x, model.decode(model.q[0]))
        return Figures(-log_px_z.item(), math.nan, math.nan, math.nan, False, 1)
    kl = gaussian_kl(*model.q)
    reconstruction = exact_elbo(model, x, *model.q) + kl
    exact = is_exact(model.latent_dim)
    log_px, error = log_evidence(model, x) if exact else iwae_bound(model, x, BOUND_DRAWS)
    draws = 0 if exact else SOBOL_POINTS
    return Figures(-reconstruction.item(), kl.item(), log_px.item(), error.item(), exact, draws)


# Choice


def choose(
    labels: np.ndarray, which: Which, digit: int | None, start: int, seed: int, losses: np.ndarray | None
) -> list[int]:
    """Indices of `N_ROW` test images of one digit, or of any (None).

    which: the first ones; random ones by `seed`; the easiest or the hardest by `losses`, in that order; or "index": the
        image `start`, of whatever digit, and those after it, continuing from the beginning at the end.
    """
    known = np.flatnonzero(labels == digit) if digit is not None else np.arange(len(labels))
    if which == "random":
        return np.random.default_rng(seed).permutation(known)[:N_ROW].tolist()
    if which == "index":
        others = known[known != start]
        return [start, *np.roll(others, -np.searchsorted(others, start))[: N_ROW - 1].tolist()]
    if which in ("easiest", "hardest"):
        if losses is None:
            raise ValueError(f"the {which} images are chosen by their losses")
        order = np.argsort(losses[known] if which == "easiest" else -losses[known], kind="stable")
        return known[order][:N_ROW].tolist()
    return known[:N_ROW].tolist()


# Pictures


def originals(indices: Sequence[int]) -> np.ndarray:
    """The chosen test images: (B, height, width) uint8."""
    return data.load("test").images[list(indices)]


def reconstructions(encoded: Encoded, indices: Sequence[int]) -> np.ndarray:
    """Mean images decoded from the means of q(z|x): (B, height, width) uint8."""
    return _decoded(encoded, encoded.mu[list(indices)])


def posterior_draws(encoded: Encoded, index: int, seed: int) -> np.ndarray:
    """Mean images decoded from draws z ~ q(z|x) of one test image: (`N_POSTERIOR`, height, width) uint8."""
    import torch

    from vae.model.vae import reparameterise

    mu, logvar = encoded.mu[[index]], encoded.logvar[[index]]
    generator = torch.Generator().manual_seed(seed)
    return _decoded(encoded, reparameterise(mu, torch.exp(0.5 * logvar), N_POSTERIOR, generator)[:, 0])


def prior_samples(encoded: Encoded, seed: int) -> np.ndarray:
    """Mean images decoded from draws z ~ p(z): (`N_PRIOR`, height, width) uint8."""
    import torch

    generator = torch.Generator().manual_seed(seed)
    return _decoded(encoded, torch.randn(N_PRIOR, encoded.mu.shape[1], generator=generator))


def mean_place(encoded: Encoded, index: int) -> tuple[float, ...]:
    """The mean of q(z|x) of one test image: (J,)."""
    return tuple(encoded.mu[index].tolist())


def _decoded(encoded: Encoded, z: "Tensor") -> np.ndarray:
    return decode_images(encoded.decoder, z, data.IMAGE_SHAPE)


def difference(image: np.ndarray, reconstruction: np.ndarray) -> np.ndarray:
    """The difference x̂ − x of two pictures (height, width) uint8, as colours (height, width, 3) uint8.

    Black where they are equal, `BRIGHTER` where the reconstruction is brighter, `DARKER` where it is darker; a
    difference of ½ or more has the full colour.
    """
    signed = (reconstruction.astype(float) - image)[..., None] / 255
    colours = np.where(signed > 0, BRIGHTER, DARKER) * np.minimum(2 * np.abs(signed), 1)
    return colours.round().astype(np.uint8)


def grid(rows: Sequence[np.ndarray]) -> bytes:
    """One PNG with rows of pictures, (C, height, width) uint8 each, as tiles; transparent between them."""
    tiles = np.stack([np.stack(rows), np.full_like(rows, 255)], -1)  # (R, C, height, width, 2), grey and opacity
    tiles = np.pad(tiles, [(0, 0), (0, 0), (0, GAP), (0, GAP), (0, 0)])
    n_rows, n_columns, height, width, _ = tiles.shape
    whole = tiles.swapaxes(1, 2).reshape(n_rows * height, n_columns * width, 2)
    return png(whole[:-GAP, :-GAP])


def png(picture: np.ndarray) -> bytes:
    """An enlarged PNG of a uint8 picture: (height, width) grey, (…, 2) grey with opacity, or (…, 3) colour."""
    buffer = BytesIO()
    Image.fromarray(enlarge(picture, ENLARGEMENT)).save(buffer, "PNG")
    return buffer.getvalue()
