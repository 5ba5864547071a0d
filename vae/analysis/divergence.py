"""Kullback-Leibler divergence of simple distributions: a few symbols, and two Gaussians on a line."""

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

REACH = 12.0  # σ of p on both sides, for the integral
STEPS = 20_000


class Code(NamedTuple):
    """The code that is optimal for probabilities q, used on symbols with probabilities p; all in bits.

    lengths: log₂ 1/q of each symbol; entropy: mean length of the optimal code for p; cross_entropy: mean length of this
    code; divergence: KL(p ‖ q), their difference.
    """

    lengths: tuple[float, ...]
    entropy: float
    cross_entropy: float
    divergence: float


class Normal(NamedTuple):
    """N(mean, deviation²) on a line."""

    mean: float
    deviation: float

    def log_density(self, z: np.ndarray) -> np.ndarray:
        return -0.5 * ((z - self.mean) / self.deviation) ** 2 - math.log(self.deviation * math.sqrt(2 * math.pi))


class Curves(NamedTuple):
    """Two densities and the integrand p log(p / q) at places z: arrays of one length."""

    z: np.ndarray
    p: np.ndarray
    q: np.ndarray
    integrand: np.ndarray


def normalised(weights: Sequence[float]) -> tuple[float, ...]:
    """Probabilities proportional to positive weights."""
    total = math.fsum(weights)
    return tuple(weight / total for weight in weights)


def code(p: Sequence[float], q: Sequence[float]) -> Code:
    """Cost of a code for q on symbols drawn from p; p and q positive, of sum 1 each (Cover & Thomas 2006, ch. 5)."""
    lengths = tuple(-math.log2(value) for value in q)
    entropy = -math.fsum(value * math.log2(value) for value in p)
    cross_entropy = math.fsum(value * length for value, length in zip(p, lengths, strict=True))
    return Code(lengths, entropy, cross_entropy, cross_entropy - entropy)


def normal_kl(p: Normal, q: Normal) -> float:
    """KL(p ‖ q) in nats, in closed form: log σ_q/σ_p + (σ_p² + (μ_p − μ_q)²) / 2σ_q² − ½."""
    squares = p.deviation**2 + (p.mean - q.mean) ** 2
    return math.log(q.deviation / p.deviation) + squares / (2 * q.deviation**2) - 0.5


def integrated_kl(p: Normal, q: Normal) -> float:
    """KL(p ‖ q) in nats, as the integral of p log(p / q) by the trapezoidal rule."""
    z = np.linspace(p.mean - REACH * p.deviation, p.mean + REACH * p.deviation, STEPS + 1)
    return float(np.trapezoid(_curves(p, q, z).integrand, z))


def curves(p: Normal, q: Normal, n: int = 400) -> Curves:
    """Both densities and the integrand at n places, over 4 σ around either mean."""
    sides = [(d.mean - 4 * d.deviation, d.mean + 4 * d.deviation) for d in (p, q)]
    return _curves(p, q, np.linspace(min(side[0] for side in sides), max(side[1] for side in sides), n))


def _curves(p: Normal, q: Normal, z: np.ndarray) -> Curves:
    log_p, log_q = p.log_density(z), q.log_density(z)
    return Curves(z, np.exp(log_p), np.exp(log_q), np.exp(log_p) * (log_p - log_q))
