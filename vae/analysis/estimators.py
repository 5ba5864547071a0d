"""Variance of the estimators of the ELBO and of its gradient, from repeated draws.

Shapes: J latent dimensions, R draws.
"""

import math
from typing import NamedTuple

import torch
from torch import Tensor

from vae.model.elbo import gaussian_kl, gaussian_log_prob, prior_log_prob
from vae.model.vae import VAE, reparameterise

DECODED_AT_ONCE = 8_000


class ElboDraws(NamedTuple):
    """One image's ELBO by estimators A and B, from single draws of z: (R,) each, in nats."""

    a: Tensor
    b: Tensor

    def averaged(self, n_samples: int) -> "ElboDraws":
        """The estimates with L = `n_samples`: means of that many draws each."""
        return ElboDraws(*(draws[: len(draws) // n_samples * n_samples].view(-1, n_samples).mean(1) for draws in self))


class Scatter(NamedTuple):
    """Components of the variance, in nats², of an estimate of the mean ELBO of all images.

    between: variance of the images' ELBOs; within_a, within_b: of single-draw estimates around their image's ELBO.
    """

    between: float
    within_a: float
    within_b: float

    def deviation(self, estimator: str, batch_size: int, n_samples: int) -> float:
        """Standard deviation in nats of the mean over M = `batch_size` images with L = `n_samples` draws each."""
        within = self.within_a if estimator == "A" else self.within_b
        return math.sqrt(self.between / batch_size + within / (batch_size * n_samples))

    def of_draws(self, estimator: str, batch_size: int, n_samples: int) -> float:
        """Standard deviation in nats that is due to the draws alone."""
        return self._replace(between=0.0).deviation(estimator, batch_size, n_samples)


class GradientDraws(NamedTuple):
    """Estimates of ∂/∂μ E_q[log p(x|z)] from single draws, (R, J) each.

    reparameterised: ∂ log p(x|z) / ∂z at z = μ + σε. score: log p(x|z) ∂ log q(z) / ∂μ, the score-function estimator.
    baseline: the same, with the mean of the other draws' log p(x|z) subtracted, which leaves the expectation unchanged.
    """

    reparameterised: Tensor
    score: Tensor
    baseline: Tensor


class Cloud(NamedTuple):
    """Noise and draws, z = μ + σ ⊙ ε: (R, J) each."""

    eps: Tensor
    z: Tensor


@torch.no_grad()
def elbo_draws(model: VAE, x: Tensor, n: int, seed: int = 0) -> ElboDraws:
    """Estimators A and B of one image x (D,), from R = n single draws of z (Kingma & Welling 2013, eq. 6 and 7)."""
    mu, logvar = model.encode(x[None])
    z = _draws(mu, logvar, n, seed)  # (R, 1, J)
    log_px_z = _log_px_z(model, x[None], z)
    a = log_px_z + prior_log_prob(z) - gaussian_log_prob(z, mu, logvar)
    b = log_px_z - gaussian_kl(mu, logvar)
    return ElboDraws(a[:, 0].double(), b[:, 0].double())


@torch.no_grad()
def scatter(model: VAE, x: Tensor, n: int, seed: int = 0) -> Scatter:
    """Components of the variance of a minibatch's ELBO, from n draws of z for each of the images x (B, D)."""
    mu, logvar = model.encode(x)
    z = _draws(mu, logvar, n, seed)
    log_px_z = _log_px_z(model, x, z)
    a = (log_px_z + prior_log_prob(z) - gaussian_log_prob(z, mu, logvar)).double()  # (R, B)
    b = (log_px_z - gaussian_kl(mu, logvar)).double()
    within_a, within_b = (values.var(0).mean().item() for values in (a, b))
    between = max(0.0, b.mean(0).var().item() - within_b / n)  # without what the draws add to the variance of the means
    return Scatter(between, within_a, within_b)


def gradient_draws(model: VAE, x: Tensor, n: int, seed: int = 0) -> GradientDraws:
    """Reparameterised and score-function gradients of E_q[log p(x|z)] with respect to μ: one image x (D,), R = n draws.

    Kingma & Welling (2013), section 2.2 and 2.4; Williams (1992) for the score function.
    """
    with torch.no_grad():
        mu, logvar = model.encode(x[None])
        z = _draws(mu, logvar, n, seed)
    parts, values = [], []
    for batch in z.split(DECODED_AT_ONCE):
        leaf = batch.clone().requires_grad_()
        log_px_z = model.likelihood.log_prob(x[None], model.decode(leaf))
        (gradient,) = torch.autograd.grad(log_px_z.sum(), leaf)
        parts.append(gradient[:, 0])
        values.append(log_px_z.detach()[:, 0])
    log_px_z = torch.cat(values).double()[:, None]  # (R, 1)
    score = ((z - mu) * torch.exp(-logvar))[:, 0].double()
    others = (log_px_z.sum() - log_px_z) / (n - 1)
    return GradientDraws(torch.cat(parts).double(), log_px_z * score, (log_px_z - others) * score)


@torch.no_grad()
def cloud(model: VAE, x: Tensor, n: int, seed: int = 0) -> Cloud:
    """R = n draws from q(z|x) of one image x (D,), with their noise."""
    q = model.encoder(x[None])
    eps = torch.randn(n, model.latent_dim, generator=torch.Generator().manual_seed(seed))
    return Cloud(eps, q.mu + q.sigma * eps)


def _draws(mu: Tensor, logvar: Tensor, n: int, seed: int) -> Tensor:
    return reparameterise(mu, torch.exp(0.5 * logvar), n, torch.Generator().manual_seed(seed))


def _log_px_z(model: VAE, x: Tensor, z: Tensor) -> Tensor:
    """log p(x|z) of x (B, D) at z (R, B, J): (R, B), decoded in batches."""
    at_once = max(1, DECODED_AT_ONCE // len(x))
    return torch.cat([model.likelihood.log_prob(x, model.decode(part)) for part in z.split(at_once)])


class Summary(NamedTuple):
    """Mean and standard deviation of draws, and the standard error of the mean."""

    mean: float
    deviation: float
    standard_error: float


def summary(values: Tensor) -> Summary:
    """Summary of values (R,)."""
    deviation = values.std().item()
    return Summary(values.mean().item(), deviation, deviation / math.sqrt(len(values)))


def middle(drawn: ElboDraws) -> tuple[float, float]:
    """The range that covers the central 99 % of either estimator's draws."""
    ends = torch.tensor([0.005, 0.995], dtype=torch.float64)
    low, high = torch.stack([values.quantile(ends) for values in drawn]).unbind(1)
    return low.min().item(), high.max().item()


class GradientVariances(NamedTuple):
    """Variance of a single-draw gradient, summed over the J components."""

    reparameterised: float
    score: float
    baseline: float

    @property
    def ratio(self) -> float | None:
        """Variance of the score-function gradient divided by the reparameterised one's; None if the latter is 0."""
        return _quotient(self.score, self.reparameterised)

    @property
    def baseline_ratio(self) -> float | None:
        return _quotient(self.baseline, self.reparameterised)


def _quotient(a: float, b: float) -> float | None:
    return a / b if b > 0 and math.isfinite(a / b) else None


def gradient_variances(draws: GradientDraws) -> GradientVariances:
    return GradientVariances(*(values.var(0).sum().item() for values in draws))
