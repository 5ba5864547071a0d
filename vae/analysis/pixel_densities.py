"""Densities of one grey value under each likelihood, and their integrals over [0, 1]."""

from typing import NamedTuple

import numpy as np

from vae.model.architecture import SCALE_BOUNDS

N = 2_001
END_MARGIN = 1 / 512  # a Beta density may be infinite at the ends, so it starts at the middle of the darkest level


class GreyDensity(NamedTuple):
    """A density of a grey value. x, density: (N,); inside: its integral over [0, 1].

    is_density: whether it integrates to 1 over its whole support.
    """

    name: str
    x: np.ndarray
    density: np.ndarray
    inside: float
    is_density: bool


def grey_densities(mean: float, sigma: float, concentration: float) -> list[GreyDensity]:
    """p(x) of one pixel under every likelihood, for the same logit.

    mean: sigmoid(logit), in (0, 1); sigma: of the Gaussian; concentration: ν of the Beta distribution.
    """
    import torch

    from vae.model.likelihood import Bernoulli, Beta, ContinuousBernoulli, Gaussian

    logit = torch.logit(torch.tensor(mean, dtype=torch.float64))
    low, high = SCALE_BOUNDS["beta"]
    raw = torch.logit((torch.tensor(concentration, dtype=torch.float64).log() - low) / (high - low))
    whole = torch.linspace(0, 1, N, dtype=torch.float64)
    middle = torch.linspace(END_MARGIN, 1 - END_MARGIN, N, dtype=torch.float64)  # x′ of a Beta's levels
    families = {
        "Bernoulli's cross-entropy": (Bernoulli(1), whole, whole, logit[None]),
        "continuous Bernoulli": (ContinuousBernoulli(1), whole, whole, logit[None]),
        f"Gaussian, σ = {sigma:g}": (Gaussian(float(sigma), 1), whole, whole, logit[None]),
        f"Beta, ν = {concentration:g}": (
            Beta((low, high), 1),
            middle,
            (256 * middle - 0.5) / 255,
            torch.stack([logit, raw]),
        ),
    }
    found = []
    for name, (likelihood, shown, x, parameters) in families.items():
        density = likelihood.log_prob(x[:, None], parameters.expand(len(x), -1)).exp()
        inside = 1.0 if isinstance(likelihood, Beta) else torch.trapezoid(density, shown).item()
        found.append(GreyDensity(name, shown.numpy(), density.numpy(), inside, likelihood.is_density))
    return found
