"""Likelihoods p(x|z): the distribution of a picture, given the decoder's output for each pixel.

All are exponential families in x, log p(x|z) = T(x)·η(z) − A(z), so log p(x|z) of many pictures at many z is one
matrix product; `vae.analysis.evidence` is built on this. x: grey values in [0, 1]; `parameters`: (..., P), first the
logits of the D pixels, then, if the likelihood has one, their scale: D values, or one for all.
"""

import math
from abc import ABC, abstractmethod

import torch
from torch import Tensor
from torch.nn import functional

from vae.config import Settings
from vae.data import N_PIXELS
from vae.model.architecture import SCALE_BOUNDS

LOG_2PI = math.log(2 * math.pi)
LEAST_LOGIT = -20.0  # below it, `softplus` stays at 2e-9
SMALL_LOGIT = 0.2  # below it, the series written here are exact to the last digit of float64
BETA_FLOOR = 1e-4  # added to both parameters of a Beta distribution
LEVELS = 256  # grey levels of an 8-bit pixel


def softplus(logits: Tensor) -> Tensor:
    """log(1 + e^l), any shape, to 2e-9. Clamped: the logarithm is six times as slow for tiny e^l (black pixels)."""
    return functional.softplus(logits.clamp_min(LEAST_LOGIT))


class Likelihood(ABC):
    """Distribution of a picture given z; pixels are independent."""

    is_density: bool  # whether it integrates to 1 over `support`
    support: str
    exact_dtype = torch.float64  # the type in which T(x)·η − A is exact to 1e-3 nat

    def __init__(self, n_pixels: int = N_PIXELS) -> None:
        self.n_pixels = n_pixels

    @abstractmethod
    def log_prob(self, x: Tensor, parameters: Tensor) -> Tensor:
        """log p(x|z) in nats; x: (B, D), parameters: (..., B, P) → (..., B)."""

    @abstractmethod
    def mean(self, parameters: Tensor) -> Tensor:
        """The mean image E[x|z]: (..., P) → (..., D) in [0, 1]."""

    @abstractmethod
    def sample(self, parameters: Tensor, generator: torch.Generator | None = None) -> Tensor:
        """One draw from p(x|z): (..., P) → (..., D)."""

    @abstractmethod
    def statistics(self, x: Tensor) -> Tensor:
        """The sufficient statistics T(x): (B, D) → (B, F)."""

    @abstractmethod
    def natural(self, parameters: Tensor) -> tuple[Tensor, Tensor]:
        """The natural parameters η and the log normaliser A: (..., P) → (..., F) and (...)."""

    def logits(self, parameters: Tensor) -> Tensor:
        """The logits of the pixels: (..., P) → (..., D)."""
        return parameters[..., : self.n_pixels]


class Bernoulli(Likelihood):
    """x_d log y_d + (1 − x_d) log(1 − y_d), y = sigmoid(logits); Kingma & Welling (2013), appendix C.1.

    For black-and-white pictures it is a probability. For grey values it is the customary cross-entropy, not a density:
    it integrates to less than 1 over [0, 1] (see `ContinuousBernoulli`).
    """

    is_density = False
    support = "{0, 1}: of grey values it is a cross-entropy, not a density"
    exact_dtype = torch.float32

    def log_prob(self, x: Tensor, parameters: Tensor) -> Tensor:
        return (x * parameters - softplus(parameters)).sum(-1)

    def mean(self, parameters: Tensor) -> Tensor:
        return torch.sigmoid(parameters)

    def sample(self, parameters: Tensor, generator: torch.Generator | None = None) -> Tensor:
        return torch.bernoulli(self.mean(parameters), generator=generator)

    def statistics(self, x: Tensor) -> Tensor:
        return x

    def natural(self, parameters: Tensor) -> tuple[Tensor, Tensor]:
        return parameters, softplus(parameters).sum(-1)


class ContinuousBernoulli(Bernoulli):
    """The Bernoulli's cross-entropy, normalised on [0, 1] by a constant C(λ); Loaiza-Ganem & Cunningham (2019)."""

    is_density = True
    support = "[0, 1]"

    def log_prob(self, x: Tensor, parameters: Tensor) -> Tensor:
        return super().log_prob(x, parameters) + log_c(parameters).sum(-1)

    def mean(self, parameters: Tensor) -> Tensor:
        """1 / (1 − e^−l) − 1 / l."""
        small = parameters.abs() < SMALL_LOGIT
        squared = torch.where(small, parameters, 0.0).square()
        series = 0.5 + parameters * (1 / 12 - squared * (1 / 720 - squared * (1 / 30240 - squared / 1209600)))
        safe = torch.where(small, 1.0, parameters)
        # Computed for −|l|, where nothing overflows; mean(l) = 1 − mean(−l).
        size = safe.abs()
        below = 1 / size + torch.exp(-size) / torch.expm1(-size)
        return torch.where(small, series, torch.where(safe < 0, below, 1 - below))

    def sample(self, parameters: Tensor, generator: torch.Generator | None = None) -> Tensor:
        """One draw by inversion of the distribution function: log(1 + u (e^l − 1)) / l."""
        u = torch.rand(parameters.shape, generator=generator, dtype=parameters.dtype)
        size = parameters.abs().clamp_min(1e-3)  # closer to 0 it is practically uniform
        from_one = -torch.log1p(u * torch.expm1(-size)) / size  # the draw for −|l|, nearer to 0
        return torch.where(parameters < 0, from_one, 1 - from_one)

    def natural(self, parameters: Tensor) -> tuple[Tensor, Tensor]:
        return parameters, (softplus(parameters) - log_c(parameters)).sum(-1)


class Gaussian(Likelihood):
    """N(sigmoid(logits), σ²), with one σ for all pixels and z, or one for each (Kingma & Welling 2013, app. C.2)."""

    is_density = True
    support = "the whole real line; pictures lie in [0, 1]"

    def __init__(self, scale: float | tuple[float, float], n_pixels: int = N_PIXELS) -> None:
        """scale: a fixed σ; or the bounds of log σ, if the decoder gives it."""
        super().__init__(n_pixels)
        self.scale = scale

    def log_sigma(self, parameters: Tensor) -> Tensor:
        """log σ: (..., P) → (..., 1) or (..., D)."""
        if isinstance(self.scale, tuple):
            return bounded(parameters[..., self.n_pixels :], self.scale)
        return parameters.new_tensor([math.log(self.scale)])

    def log_prob(self, x: Tensor, parameters: Tensor) -> Tensor:
        log_sigma = self.log_sigma(parameters)
        deviation = (x - self.mean(parameters)) * torch.exp(-log_sigma)
        return -(0.5 * deviation.square() + log_sigma + 0.5 * LOG_2PI).sum(-1)

    def mean(self, parameters: Tensor) -> Tensor:
        return torch.sigmoid(self.logits(parameters))

    def sample(self, parameters: Tensor, generator: torch.Generator | None = None) -> Tensor:
        mean = self.mean(parameters)
        noise = torch.randn(mean.shape, generator=generator, dtype=mean.dtype)
        return mean + torch.exp(self.log_sigma(parameters)) * noise

    def statistics(self, x: Tensor) -> Tensor:
        return torch.cat([x, x.square()], -1)

    def natural(self, parameters: Tensor) -> tuple[Tensor, Tensor]:
        mean, log_sigma = self.mean(parameters), self.log_sigma(parameters)
        precision = torch.exp(-2 * log_sigma).expand_as(mean)
        normaliser = (0.5 * precision * mean.square() + log_sigma + 0.5 * LOG_2PI).sum(-1)
        return torch.cat([precision * mean, -0.5 * precision], -1), normaliser


class Beta(Likelihood):
    """Beta(ν m, ν (1 − m)) with m = sigmoid(logits) and a concentration ν from the decoder.

    A Beta density may be infinite at 0 and 1, so a pixel of level k (0…255) counts as x′ = (k + ½) / 256.
    """

    is_density = True
    support = "[0, 1], of x′ = (255 x + ½) / 256"

    def __init__(self, log_concentration: tuple[float, float], n_pixels: int = N_PIXELS) -> None:
        super().__init__(n_pixels)
        self.bounds = log_concentration

    def _alpha_beta(self, parameters: Tensor) -> tuple[Tensor, Tensor]:
        logits = self.logits(parameters)
        concentration = torch.exp(bounded(parameters[..., self.n_pixels :], self.bounds))
        alpha, beta = (concentration * torch.sigmoid(side) + BETA_FLOOR for side in (logits, -logits))
        return alpha, beta

    def log_prob(self, x: Tensor, parameters: Tensor) -> Tensor:
        alpha, beta = self._alpha_beta(parameters)
        inside = _middle(x)
        log_density = (alpha - 1) * torch.log(inside) + (beta - 1) * torch.log1p(-inside) - _log_beta(alpha, beta)
        return log_density.sum(-1)

    def mean(self, parameters: Tensor) -> Tensor:
        return torch.sigmoid(self.logits(parameters))  # α / (α + β), apart from the floor

    def sample(self, parameters: Tensor, generator: torch.Generator | None = None) -> Tensor:
        seed = int(torch.randint(2**62, (), generator=generator))
        with torch.random.fork_rng(devices=[]):  # torch's gamma draws take no generator
            torch.manual_seed(seed)
            return torch.distributions.Beta(*self._alpha_beta(parameters)).sample()

    def statistics(self, x: Tensor) -> Tensor:
        inside = _middle(x)
        return torch.cat([torch.log(inside), torch.log1p(-inside)], -1)

    def natural(self, parameters: Tensor) -> tuple[Tensor, Tensor]:
        alpha, beta = self._alpha_beta(parameters)
        return torch.cat([alpha - 1, beta - 1], -1), _log_beta(alpha, beta).sum(-1)


def make_likelihood(settings: Settings) -> Likelihood:
    """The likelihood chosen by these settings."""
    name = settings.likelihood
    if name == "bernoulli":
        return Bernoulli()
    if name == "continuous-bernoulli":
        return ContinuousBernoulli()
    if name == "beta":
        return Beta(SCALE_BOUNDS[name])
    return Gaussian(SCALE_BOUNDS.get(name, settings.sigma))


def log_c(logits: Tensor) -> Tensor:
    """log C(λ), λ = sigmoid(logits): the constant with which C λ^x (1−λ)^(1−x) integrates to 1 over [0, 1].

    C = l / tanh(l / 2), from 2 artanh(1 − 2λ) / (1 − 2λ); Loaiza-Ganem & Cunningham (2019), eq. 7.
    """
    size = logits.abs()
    small = size < SMALL_LOGIT
    squared = torch.where(small, logits, 0.0).square()
    series = math.log(2) + torch.log1p(squared * (1 / 12 - squared * (1 / 720 - squared * (1 / 30240))))
    safe = torch.where(small, 1.0, size)
    return torch.where(small, series, torch.log(safe) + torch.log1p(torch.exp(-safe)) - torch.log(-torch.expm1(-safe)))


def bounded(raw: Tensor, bounds: tuple[float, float]) -> Tensor:
    """Map real numbers smoothly into `bounds`: low + (high − low) sigmoid(raw)."""
    low, high = bounds
    return low + (high - low) * torch.sigmoid(raw)


def _middle(x: Tensor) -> Tensor:
    return ((LEVELS - 1) * x + 0.5) / LEVELS


def _log_beta(alpha: Tensor, beta: Tensor) -> Tensor:
    return torch.lgamma(alpha) + torch.lgamma(beta) - torch.lgamma(alpha + beta)
