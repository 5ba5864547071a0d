"""The true posterior p(z|x) of single images, and its divergence from the encoder's q(z|x).

    log p(x) = ELBO + KL(q(z|x) ‖ p(z|x))

The last term is the inference gap. It has two parts (Cremer, Li & Duvenaud 2018): the *approximation* gap, because
even the best Gaussian is not the posterior, and the *amortisation* gap, because the encoder does not find the best one.
"""

import math
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from vae.analysis.evidence import is_exact, iwae_bound, log_evidence
from vae.model.elbo import gaussian_kl, gaussian_log_prob, prior_log_prob
from vae.model.vae import LatentVariableModel

REACH = 6.0  # half the side of the first window, in units of z
WINDOW_POINTS = 48
WINDOW_ROUNDS = 4
IWAE_SAMPLES = 5_000
ITERATIONS = 60  # of L-BFGS
SIGMAS = 5.6  # half the side of a grid around q, in units of its σ
STEPS = (0.8, 0.4, 0.2, 0.1, 0.05)  # of such grids, in σ; each is used if the two before it disagree
AGREED = 5e-4  # nats
SOBOL_POINTS = 1024  # instead of a grid, in more than two dimensions
DECODED_AT_ONCE = 20_000

Window = tuple[tuple[float, float], ...]  # least and greatest of each coordinate


class PosteriorMap(NamedTuple):
    """p(z|x) of one image on a grid. axes: J arrays (n,); density: (n, n) or (n,), per unit of area or length.

    density[i, j] is the value at the first coordinate axes[0][j] and the second axes[1][i].
    """

    axes: tuple[np.ndarray, ...]
    density: np.ndarray


class DiagonalGaussian(NamedTuple):
    """A posterior q = N(mu, diag exp(logvar)), (J,) each, and its ELBO in nats."""

    mu: Tensor
    logvar: Tensor
    elbo: float


class Gap(NamedTuple):
    """The inference gap of one image, in nats. error: of log_px; exact: whether log_px is exact, or else a bound.

    encoder: the encoder's q(z|x); best: the diagonal Gaussian of the greatest ELBO.
    """

    log_px: float
    error: float
    exact: bool
    encoder: DiagonalGaussian
    best: DiagonalGaussian

    @property
    def kl(self) -> float:
        """The whole gap, KL(q(z|x) ‖ p(z|x))."""
        return self.log_px - self.encoder.elbo

    @property
    def approximation(self) -> float:
        """The approximation gap, log p(x) − ELBO of the best Gaussian."""
        return self.log_px - self.best.elbo

    @property
    def amortisation(self) -> float:
        """The amortisation gap, ELBO of the best Gaussian − ELBO of the encoder's."""
        return self.best.elbo - self.encoder.elbo


@torch.no_grad()
def posterior_map(model: LatentVariableModel, x: Tensor, log_px: float, window: Window, n: int) -> PosteriorMap:
    """p(z|x) = p(x|z) p(z) / p(x) of one image x (D,), on a grid of n places along each side of a window.

    log_px: the image's evidence, from `log_evidence`.
    """
    axes, z = _grid(window, n)
    density = torch.exp(_log_joint(model, x, z) - log_px).view(*[n] * len(axes))
    density = density.mT if len(axes) > 1 else density
    return PosteriorMap(tuple(axis.numpy() for axis in axes), density.contiguous().numpy())


@torch.no_grad()
def posterior_window(model: LatentVariableModel, x: Tensor, least: float = 1e-4) -> Window:
    """The smallest square, plus a margin, that covers all z where p(z|x) of x (D,) exceeds `least` × its maximum."""
    window: Window = ((-REACH, REACH),) * model.latent_dim
    for round_ in range(WINDOW_ROUNDS):
        side = window[0][1] - window[0][0]
        _, z = _grid(window, WINDOW_POINTS)
        log_joint = _log_joint(model, x, z)
        unseen = 12.0 / 3**round_  # nats by which a peak between the points may be higher than seen
        high = z[log_joint > log_joint.max() + math.log(least) - unseen]
        least_corner, most_corner = high.min(0).values, high.max(0).values
        needed = (most_corner - least_corner).max().item() + 4 * side / (WINDOW_POINTS - 1)
        middle = ((least_corner + most_corner) / 2).tolist()
        window = tuple((centre - needed / 2, centre + needed / 2) for centre in middle)
    return window


def widened(window: Window, q: DiagonalGaussian, sigmas: float = 2.5) -> Window:
    """The smallest square that covers a window and also `sigmas` σ of q around its mean."""
    sigma = torch.exp(0.5 * q.logvar)
    ends = zip((q.mu - sigmas * sigma).tolist(), (q.mu + sigmas * sigma).tolist(), strict=True)
    sides = [(min(low, a), max(high, b)) for (low, high), (a, b) in zip(window, ends, strict=True)]
    half = max(high - low for low, high in sides) / 2
    return tuple(((low + high) / 2 - half, (low + high) / 2 + half) for low, high in sides)


def whole_window(model: LatentVariableModel) -> Window:
    """The square that holds nearly all of the prior's mass."""
    return ((-REACH + 1.5, REACH - 1.5),) * model.latent_dim


def ellipse(q: DiagonalGaussian, sigmas: float, n: int = 90) -> np.ndarray:
    """Points of q's ellipse at `sigmas` σ, in two dimensions: (2, n)."""
    angle = torch.linspace(0, 2 * math.pi, n)
    sigma = torch.exp(0.5 * q.logvar)
    return (q.mu[:, None] + sigmas * sigma[:, None] * torch.stack([angle.cos(), angle.sin()])).numpy()


def density(q: DiagonalGaussian, z: np.ndarray) -> np.ndarray:
    """q(z) in one dimension, at places z (n,)."""
    places = torch.from_numpy(z)[:, None]
    return torch.exp(gaussian_log_prob(places, q.mu, q.logvar)).numpy()


@torch.no_grad()
def exact_elbo(model: LatentVariableModel, x: Tensor, mu: Tensor, logvar: Tensor) -> Tensor:
    """The ELBO of images x (B, D) with q = N(mu, diag exp(logvar)), (B, J) each, without Monte Carlo noise: (B,).

    E_q[log p(x|z)] is computed on grids in one and two dimensions, else on a fixed Sobol sequence.
    """

    def log_px_z(chosen: Tensor, z: Tensor) -> Tensor:
        return model.likelihood.log_prob(x[chosen], model.decode(z))

    return _expectation(log_px_z, mu, logvar, shift=0.5) - gaussian_kl(mu, logvar)


@torch.no_grad()
def kl_to_posterior(model: LatentVariableModel, x: Tensor, mu: Tensor, logvar: Tensor, log_px: Tensor) -> Tensor:
    """KL(q(z|x) ‖ p(z|x)) = ∫ q (log q − log p(z|x)) dz in nats, (B,), integrated on other points than `exact_elbo`.

    x: (B, D); mu, logvar: (B, J), J at most 2; log_px: (B,), the posterior's normaliser.
    """

    def log_ratio(chosen: Tensor, z: Tensor) -> Tensor:
        log_joint = model.likelihood.log_prob(x[chosen], model.decode(z)) + prior_log_prob(z)
        return gaussian_log_prob(z, mu[chosen], logvar[chosen]) - (log_joint - log_px[chosen])

    return _expectation(log_ratio, mu, logvar, shift=0.0)


def best_gaussian(model: LatentVariableModel, x: Tensor) -> DiagonalGaussian:
    """The diagonal Gaussian of the greatest ELBO for one image x (D,), by L-BFGS from the encoder's and the mode."""
    with torch.no_grad():
        mu, logvar = model.encode(x[None])
    starts = [(mu, logvar)]
    if is_exact(model.latent_dim):
        window = posterior_window(model, x)
        _, z = _grid(window, WINDOW_POINTS)
        with torch.no_grad():
            mode = z[_log_joint(model, x, z).argmax()]
        narrow = 2 * math.log((window[0][1] - window[0][0]) / 8)
        starts.append((mode[None], torch.full_like(logvar, narrow)))
    return max((_optimised(model, x[None], *start) for start in starts), key=lambda found: found.elbo)


def gap(model: LatentVariableModel, x: Tensor) -> Gap:
    """The inference gap of one image x (D,).

    In more than two dimensions, the evidence is the IWAE bound with draws from the best Gaussian.
    """
    with torch.no_grad():
        mu, logvar = model.encode(x[None])
    encoder = DiagonalGaussian(mu[0], logvar[0], exact_elbo(model, x[None], mu, logvar).item())
    best = best_gaussian(model, x)
    exact = is_exact(model.latent_dim)
    if exact:
        found = log_evidence(model, x[None])
    else:
        found = iwae_bound(model, x[None], IWAE_SAMPLES, q=(best.mu[None], best.logvar[None]))
    log_px, error = (value.item() for value in found)
    return Gap(log_px, error, exact, encoder, max(best, encoder, key=lambda q: q.elbo))


def _optimised(model: LatentVariableModel, x: Tensor, mu: Tensor, logvar: Tensor) -> DiagonalGaussian:
    start = mu, logvar
    eps, weights = _points_of_q(model.latent_dim, STEPS[0], shift=0.0)
    mu, logvar = mu.clone().requires_grad_(), logvar.clone().requires_grad_()
    optimiser = torch.optim.LBFGS([mu, logvar], max_iter=ITERATIONS, line_search_fn="strong_wolfe")

    def loss() -> Tensor:
        optimiser.zero_grad()
        log_px_z = model.likelihood.log_prob(x, model.decode(mu + torch.exp(0.5 * logvar) * eps[:, None]))
        value = (gaussian_kl(mu, logvar) - weights @ log_px_z.double()).sum()
        value.backward(inputs=[mu, logvar])
        return value

    try:
        optimiser.step(loss)
        mu, logvar = mu.detach(), logvar.detach()
    except RuntimeError as error:
        if "overflow" not in str(error):
            raise
        mu, logvar = start  # weights so large that the line search overflows float32
    found = exact_elbo(model, x, mu, logvar).item()
    return DiagonalGaussian(mu[0], logvar[0], found if math.isfinite(found) else -math.inf)


def _expectation(f: Callable[[Tensor, Tensor], Tensor], mu: Tensor, logvar: Tensor, shift: float) -> Tensor:
    """E[f(z)] under N(mu, diag exp(logvar)), (B, J) each: (B,) float64, on ever finer grids until two agree.

    f: (indices of images (n,), z (P, n, J)) → (P, n). shift: of the grids, in steps.
    """
    pending = torch.arange(len(mu))
    found = torch.full((len(mu),), math.nan, dtype=torch.float64)
    for step in STEPS if is_exact(mu.shape[1]) else STEPS[1:2]:
        eps, weights = _points_of_q(mu.shape[1], step, shift)
        parts = []
        for chosen in pending.split(max(1, DECODED_AT_ONCE // len(eps))):
            z = mu[chosen] + torch.exp(0.5 * logvar[chosen]) * eps[:, None]
            parts.append(weights @ f(chosen, z).double())
        now = torch.cat(parts)
        agreed = (now - found[pending]).abs() <= AGREED
        found[pending] = now
        pending = pending[~agreed]
        if not len(pending):
            break
    return found


def _points_of_q(latent_dim: int, step: float, shift: float) -> tuple[Tensor, Tensor]:
    """Points (P, J) and weights (P,) float64 for expectations under N(0, I): a grid, or a Sobol sequence if J > 2."""
    if is_exact(latent_dim):
        n = round(SIGMAS / step)
        side = (torch.arange(-n, n + 1) + shift) * step
        eps = torch.cartesian_prod(*[side] * latent_dim).view(-1, latent_dim)
        return eps, torch.softmax(-0.5 * eps.double().square().sum(-1), 0)
    uniform = torch.quasirandom.SobolEngine(latent_dim, scramble=True, seed=round(10 * shift)).draw(SOBOL_POINTS)
    eps = torch.distributions.Normal(0.0, 1.0).icdf(uniform.clamp(1e-6, 1 - 1e-6))
    return eps, torch.full((SOBOL_POINTS,), 1 / SOBOL_POINTS, dtype=torch.float64)


def _grid(window: Window, n: int) -> tuple[list[Tensor], Tensor]:
    """The axes of a grid, n places along each side of a window, and its points (n^J, J), last coordinate fastest."""
    axes = [torch.linspace(*side, n) for side in window]
    return axes, torch.cartesian_prod(*axes).view(-1, len(axes))


def _log_joint(model: LatentVariableModel, x: Tensor, z: Tensor) -> Tensor:
    """log p(x, z) of one image x (D,) at z (P, J): (P,) float64."""
    dtype = model.likelihood.exact_dtype
    eta, normaliser = model.likelihood.natural(model.decode(z).to(dtype))
    statistics = model.likelihood.statistics(x[None].to(dtype))[0]
    return (eta @ statistics - normaliser + prior_log_prob(z)).double()
