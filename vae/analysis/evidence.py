"""The evidence log p(x) = log ∫ p(x|z) p(z) dz: by quadrature in one or two latent dimensions, else a lower bound.

The integral is computed by the midpoint rule on squares of 8 × 8 points. A coarse lattice of squares finds, for each
image, where its posterior has mass. Only those squares are quartered, until two resolutions agree, so a posterior with
σ = 0.02 costs little more than a broad one. If the squares cover the whole of a smooth peak, the midpoint rule
converges faster than any power of the points' spacing: the errors at the squares' edges cancel.
"""

import itertools
import math
from collections.abc import Callable, Iterator
from typing import NamedTuple

import torch
from torch import Tensor

from vae.analysis.joint import Joint, make_joint
from vae.errors import UserError
from vae.model.elbo import iwae, log_weights
from vae.model.vae import LatentVariableModel, reparameterise

SIDE = 1.0  # of a square of the coarse lattice, in units of z
POINTS = {1: 64, 2: 8}  # along a side, by latent dimension: 64 in a square
RADII = (6, 9, 13, 20)  # extent of the lattice in units of z; larger ones only for images with mass out there
TAIL = 1e-5  # share of an image's mass that may lie in the outermost squares
TOLERANCE = 1e-3  # nats: an image with a smaller error is not refined further
TOLERANCE_OF_MANY = 4e-3  # for thousands of images: each is then within 1e-2, in half the time
# Two resolutions may agree by chance. So the error of an image is assumed to shrink by no more than this factor from
# one level to the next, starting from the error of the coarse lattice, in nats.
SHRINKAGE, COARSE_ERROR = 0.1, 1.0
UNRESOLVED = 0.1  # nats: a larger change between levels means that a peak lies between the points
# A square is quartered if log p(x, z) at one of its points is within so many nats of the image's best. While a peak
# lies between the points, it appears too low there (with σ = 0.017, by 13 nats), and the margin must allow for that.
# Once it is resolved, lower squares have been summed accurately enough.
NEAR_UNRESOLVED, NEAR, NEAR_RESOLVED = 17.0, 8.0, 5.0
MAX_LEVEL = 10  # points are then 0.0001 apart
# Sizes of batches, small enough for the CPU's cache and for bounded memory.
IMAGES_AT_ONCE = 10_000
ROWS_AT_ONCE = 256  # images, on the coarse lattice
SQUARES_AT_ONCE = 16  # squares of the coarse lattice
PARENTS_AT_ONCE, PAIRS_AT_ONCE = 8, 4_096  # squares to be quartered, and pairs of these with images
DECODED_AT_ONCE = 20_000  # images

Progress = Callable[[float], object]


class EvidenceError(UserError):
    """The evidence of a model that cannot be integrated exactly."""


class Evidence(NamedTuple):
    """log p(x) in nats, (B,). error: (B,), difference of the last two resolutions, plus what may lie outside."""

    log_px: Tensor
    error: Tensor


class Bound(NamedTuple):
    """A lower bound of log p(x) in nats, in expectation: (B,). standard_error: (B,), from its Monte Carlo draws."""

    log_px: Tensor
    standard_error: Tensor


class _Squares(NamedTuple):
    """Pairs of an image and a square. image: (P,) indices; square: (P, J) lower corners, in multiples of the side.

    log_mass: (P,), log of the integral over the square; peak: (P,), the greatest log p(x, z) at its points.
    """

    image: Tensor
    square: Tensor
    log_mass: Tensor
    peak: Tensor

    def where(self, chosen: Tensor) -> "_Squares":
        return _Squares(*(part[chosen] for part in self))


def is_exact(latent_dim: int) -> bool:
    """Whether `log_evidence` can integrate over this number of dimensions."""
    return latent_dim in POINTS


@torch.no_grad()
def log_evidence(
    model: LatentVariableModel, x: Tensor, progress: Progress = lambda _part: None, tolerance: float = TOLERANCE
) -> Evidence:
    """Exact log p(x) of images x (B, D) in [0, 1], for a latent space of one or two dimensions.

    progress: called with the part that is done, 0 to 1; tolerance: upper bound for `Evidence.error`, in nats.

    Raises:
        EvidenceError: if there are more dimensions; `iwae_bound` gives a bound then.
    """
    if not is_exact(model.latent_dim):
        raise EvidenceError(
            f"log p(x) cannot be integrated over {model.latent_dim} dimensions. "
            "Choose a model with 1 or 2, or take the IWAE bound."
        )
    parts = []
    for start in range(0, len(x), IMAGES_AT_ONCE):
        batch = x[start : start + IMAGES_AT_ONCE]
        share = len(batch) / len(x)
        parts.append(
            _integrated(model, batch, tolerance, lambda part, a=start, b=share: progress(a / len(x) + b * part))
        )
    return Evidence(*map(torch.cat, zip(*parts, strict=True)))


def _integrated(model: LatentVariableModel, x: Tensor, tolerance: float, progress: Progress) -> Evidence:
    joint, n = make_joint(model, x), len(x)
    squares, outside = _lattice(joint, model.latent_dim, lambda part: progress(0.4 * part))
    best, total = _largest(squares, n), _per_image(squares, n)
    settled, error = torch.full_like(total, -math.inf), torch.full_like(total, COARSE_ERROR)
    expected, _ = model.encode(x)
    for level in range(1, MAX_LEVEL + 1):
        close = _close(squares, best, error, torch.floor(expected / SIDE * 2 ** (level - 1)).long())
        settled = _log_add(settled, _per_image(squares.where(~close), n))
        parents = squares.where(close)
        if not len(parents.image):  # what has not converged keeps its large `error`
            break
        squares, before = _quartered(joint, parents, level), total
        best = torch.maximum(best, _largest(squares, n))
        refined = torch.zeros(n, dtype=torch.bool).index_fill(0, squares.image, True)
        total = torch.where(refined, _log_add(settled, _per_image(squares, n)), total)
        error = torch.where(refined, torch.maximum((total - before).abs(), SHRINKAGE * error), error)
        squares = squares.where((error > tolerance)[squares.image])
        progress(0.4 + 0.6 * (1 - 0.5**level))
    progress(1.0)
    return Evidence(total + joint.offset, error + outside)


def _close(squares: _Squares, best: Tensor, error: Tensor, expected: Tensor) -> Tensor:
    """Mask of the squares to be quartered, (P,).

    best: (B,), greatest log p(x, z) found; error: (B,), current error; expected: (B, J), square of the encoder's mean.
    """
    unresolved = error > UNRESOLVED
    near = torch.where(unresolved, NEAR_UNRESOLVED, torch.where(error > UNRESOLVED / 10, NEAR, NEAR_RESOLVED))
    is_best = squares.peak >= best[squares.image]
    best_square = expected.clone()
    best_square[squares.image[is_best]] = squares.square[is_best]
    # A narrow peak may reach across an edge, or be so far from all points that only the encoder reveals it.
    beside = torch.zeros_like(is_best)
    for square in (best_square, expected):
        beside |= ((squares.square - square[squares.image]).abs() <= 1).all(1)
    return (squares.peak > (best - near)[squares.image]) | (beside & unresolved[squares.image])


def _lattice(joint: Joint, latent_dim: int, progress: Progress) -> tuple[_Squares, Tensor]:
    """The coarse lattice for every image, and the share of its mass in the outermost squares: (B,)."""
    found: list[_Squares] = []
    n = len(joint.images)
    images, inner = torch.arange(n), 0
    outside = torch.zeros(n, dtype=torch.float64)
    for radius in RADII:
        squares = _ring(inner, radius, latent_dim)
        found.append(_evaluated(joint, images, squares, progress if inner == 0 else lambda _part: None))
        total = _per_image(_joined(found), n)
        outer = found[-1]
        outer = outer.where(((outer.square == -radius) | (outer.square == radius - 1)).any(1))
        outside[images] = torch.exp(_per_image(outer, n) - total)[images]
        images, inner = torch.nonzero(outside > TAIL).flatten(), radius
        if not len(images):
            break
    return _joined(found), outside


def _evaluated(joint: Joint, images: Tensor, squares: Tensor, progress: Progress) -> _Squares:
    """All pairs of these squares of the coarse lattice (S, J) with these images (n,)."""
    places = _places(squares.shape[1])
    log_mass = torch.empty(len(images), len(squares), dtype=torch.float64)
    peak = torch.empty_like(log_mass)
    for start in range(0, len(squares), SQUARES_AT_ONCE):
        columns = slice(start, start + SQUARES_AT_ONCE)
        beside, constant = joint.on_squares(squares[columns] * SIDE, SIDE, places)  # (S, N, F), (S, N)
        for rows in torch.arange(len(images)).split(ROWS_AT_ONCE):
            values = torch.addmm(constant.flatten(), joint.images[images[rows]], beside.flatten(0, 1).T)
            own = slice(int(rows[0]), int(rows[-1]) + 1)
            log_mass[own, columns], peak[own, columns] = _masses(values.view(-1, *constant.shape), 0, squares.shape[1])
        progress(min(1.0, (start + SQUARES_AT_ONCE) / len(squares)))
    return _Squares(
        images.repeat_interleave(len(squares)), squares.repeat(len(images), 1), log_mass.flatten(), peak.flatten()
    )


def _quartered(joint: Joint, parents: _Squares, level: int) -> _Squares:
    """The 2^J children of every pair, in the pairs' order. Each square is decoded once, for all images that need it."""
    latent_dim = parents.square.shape[1]
    corners = torch.tensor(list(itertools.product((0, 1), repeat=latent_dim)))  # (C, J)
    places = ((corners[:, None] + _places(latent_dim)) / 2).flatten(0, 1)  # (C N, J), within a parent
    side = SIDE / 2 ** (level - 1)
    squares, which = torch.unique(parents.square, dim=0, return_inverse=True)
    log_mass = torch.empty(len(which), len(corners), dtype=torch.float64)
    peak = torch.empty_like(log_mass)
    for chosen, pairs, real in _batches(which, len(squares)):
        beside, constant = joint.on_squares(squares[chosen] * side, side, places)  # (S, C N, F), (S, C N)
        values = torch.baddbmm(constant[:, None], joint.images[parents.image[pairs]], beside.mT)  # (S, n, C N)
        masses, peaks = _masses(values.unflatten(-1, (len(corners), -1)), level, latent_dim)
        log_mass[pairs[real]], peak[pairs[real]] = masses[real], peaks[real]
    square = (2 * parents.square[:, None] + corners).flatten(0, 1)
    return _Squares(parents.image.repeat_interleave(len(corners)), square, log_mass.flatten(), peak.flatten())


def _batches(which: Tensor, n_squares: int) -> Iterator[tuple[Tensor, Tensor, Tensor]]:
    """Batches of squares: the squares, (S,); the pairs of each, padded, (S, n); and the mask of real pairs, (S, n).

    which: (P,), the square of each pair. Squares with similar numbers of pairs share a batch, to keep padding small.
    """
    counts = torch.bincount(which, minlength=n_squares)
    by_square, starts = torch.argsort(which, stable=True), counts.cumsum(0) - counts
    order = torch.argsort(counts, descending=True)
    done = 0
    while done < n_squares:
        n = int(counts[order[done]])
        chosen = order[done : done + max(1, min(PARENTS_AT_ONCE, PAIRS_AT_ONCE // n))]
        place = torch.arange(n)
        real = place < counts[chosen, None]
        yield chosen, by_square[starts[chosen, None] + torch.where(real, place, 0)], real
        done += len(chosen)


def _masses(values: Tensor, level: int, latent_dim: int) -> tuple[Tensor, Tensor]:
    """Log mass and peak, float64, of squares of this level, from log p(x, z) at their points, (..., N), in place."""
    log_area = latent_dim * math.log(SIDE / 2**level / POINTS[latent_dim])  # of the cell around a point
    peak = values.amax(-1)
    sums = values.sub_(peak[..., None]).exp_().sum(-1)
    peak = peak.double()
    return sums.double().log_() + peak + log_area, peak


def _places(latent_dim: int) -> Tensor:
    """The points of a square, (N, J), from 0 to 1: midpoints of equal cells."""
    along = (torch.arange(POINTS[latent_dim]) + 0.5) / POINTS[latent_dim]
    return torch.cartesian_prod(*[along] * latent_dim).view(-1, latent_dim)


def _ring(inner: int, outer: int, latent_dim: int) -> Tensor:
    """The lattice's squares within `outer` of the origin in every coordinate, except those within `inner`: (S, J)."""
    whole = torch.cartesian_prod(*[torch.arange(-outer, outer)] * latent_dim).view(-1, latent_dim)
    within = ((whole >= -inner) & (whole < inner)).all(1)
    return whole[~within]


def _joined(parts: list[_Squares]) -> _Squares:
    return _Squares(*map(torch.cat, zip(*parts, strict=True)))


def _per_image(pairs: _Squares, n_images: int) -> Tensor:
    """log of the sum of each image's masses: (B,), −∞ if it has none."""
    start = torch.full((n_images,), -math.inf, dtype=torch.float64)
    top = start.scatter_reduce(0, pairs.image, pairs.log_mass, "amax")
    base = torch.where(top.isfinite(), top, 0.0)
    sums = torch.zeros_like(base).index_add(0, pairs.image, torch.exp(pairs.log_mass - base[pairs.image]))
    return torch.log(sums) + base


def _largest(pairs: _Squares, n_images: int) -> Tensor:
    """The greatest peak of each image: (B,)."""
    start = torch.full((n_images,), -math.inf, dtype=torch.float64)
    return start.scatter_reduce(0, pairs.image, pairs.peak, "amax")


def _log_add(*parts: Tensor) -> Tensor:
    return torch.logsumexp(torch.stack(parts), 0)


@torch.no_grad()
def iwae_bound(
    model: LatentVariableModel,
    x: Tensor,
    k: int,
    seed: int = 0,
    progress: Progress = lambda _part: None,
    q: tuple[Tensor, Tensor] | None = None,
) -> Bound:
    """The importance-weighted bound of log p(x) with k draws from q(z|x), in any dimension: images x (B, D).

    Burda, Grosse & Salakhutdinov (2015). Its expectation is below log p(x); it misses mass where q has none.

    q: mu and logvar, (B, J) each; None: the encoder's.
    """
    generator = torch.Generator().manual_seed(seed)
    mu, logvar = model.encode(x) if q is None else q
    images_at_once = max(1, DECODED_AT_ONCE // k)
    draws_at_once = min(k, DECODED_AT_ONCE)
    parts = []
    batches = zip(*(tensor.split(images_at_once) for tensor in (x, mu, logvar)), strict=True)
    for x_batch, mu_batch, logvar_batch in batches:
        weights = []
        for start in range(0, k, draws_at_once):
            n = min(draws_at_once, k - start)
            weights.append(_log_weights(model, x_batch, mu_batch, logvar_batch, n, generator).double())
        log_weight = torch.cat(weights)  # (k, b)
        log_px = iwae(log_weight)
        spread = torch.exp(log_weight - log_px).std(0) if k > 1 else torch.full_like(log_px, math.nan)
        parts.append(Bound(log_px, spread / math.sqrt(k)))
        progress(len(parts) * images_at_once / len(x))
    return Bound(*map(torch.cat, zip(*parts, strict=True)))


def _log_weights(
    model: LatentVariableModel, x: Tensor, mu: Tensor, logvar: Tensor, n: int, generator: torch.Generator
) -> Tensor:
    z = reparameterise(mu, torch.exp(0.5 * logvar), n, generator)
    return log_weights(model.likelihood.log_prob(x, model.decode(z)), z, mu, logvar)
