"""The objectives of a training as pure functions of tensors: one value per image, in nats.

Shapes: B images, latent dimension J, L draws of z for each image. log_px_z = log p(x|z): (L, B).
"""

import math
from typing import Literal, NamedTuple

import torch
from torch import Tensor

LOG_2PI = math.log(2 * math.pi)

Objective = Literal["estimator-b", "estimator-a", "iwae", "autoencoder"]


class ElboTerms(NamedTuple):
    """The two halves of the ELBO, (B,) each: ELBO = reconstruction − kl."""

    reconstruction: Tensor
    kl: Tensor

    @property
    def elbo(self) -> Tensor:
        return self.reconstruction - self.kl


class ElboMeans(NamedTuple):
    """Mean ELBO terms over images, in nats; they may be infinite or NaN. kl_per_dimension: the J summands of kl."""

    reconstruction: float
    kl: float
    kl_per_dimension: tuple[float, ...] = ()

    @property
    def elbo(self) -> float:
        return self.reconstruction - self.kl


def gaussian_kl(mu: Tensor, logvar: Tensor) -> Tensor:
    """KL(N(mu, diag exp(logvar)) ‖ N(0, I)) in closed form: (B, J), (B, J) → (B,).

    −½ Σ_j (1 + log σ_j² − μ_j² − σ_j²); Kingma & Welling (2013), appendix B.
    """
    return gaussian_kl_terms(mu, logvar).sum(-1)


def gaussian_kl_terms(mu: Tensor, logvar: Tensor) -> Tensor:
    """The summands of `gaussian_kl`, one per latent dimension: (B, J), (B, J) → (B, J)."""
    return -0.5 * (1 + logvar - mu.square() - logvar.exp())


def gaussian_log_prob(z: Tensor, mu: Tensor, logvar: Tensor) -> Tensor:
    """log N(z; mu, diag exp(logvar)): (..., J) → (...)."""
    return -0.5 * (LOG_2PI + logvar + (z - mu).square() * torch.exp(-logvar)).sum(-1)


def prior_log_prob(z: Tensor) -> Tensor:
    """log p(z) of the standard normal prior: (..., J) → (...)."""
    return -0.5 * (LOG_2PI + z.square()).sum(-1)


def estimator_b(log_px_z: Tensor, mu: Tensor, logvar: Tensor) -> ElboTerms:
    """Estimator B: closed-form KL, and the reconstruction averaged over L draws; Kingma & Welling (2013), eq. 7."""
    return ElboTerms(log_px_z.mean(0), gaussian_kl(mu, logvar))


def estimator_a(log_px_z: Tensor, z: Tensor, mu: Tensor, logvar: Tensor) -> ElboTerms:
    """Estimator A: −log q(z|x) + log p(x, z), averaged over L draws z (L, B, J); Kingma & Welling (2013), eq. 6.

    Its `kl` is the average of log q(z|x) − log p(z), which may be negative.
    """
    return ElboTerms(log_px_z.mean(0), (gaussian_log_prob(z, mu, logvar) - prior_log_prob(z)).mean(0))


def log_weights(log_px_z: Tensor, z: Tensor, mu: Tensor, logvar: Tensor, beta: float = 1.0) -> Tensor:
    """log of the importance weights p(x|z) (p(z) / q(z|x))^β of draws z (L, B, J) from q: (L, B)."""
    return log_px_z - beta * (gaussian_log_prob(z, mu, logvar) - prior_log_prob(z))


def iwae(log_weight: Tensor) -> Tensor:
    """The importance-weighted bound log 1/k Σ w_i: (k, B) → (B,); Burda, Grosse & Salakhutdinov (2015), eq. 8.

    With k = 1 it is estimator A of the ELBO. Its expectation grows with k towards log p(x).
    """
    return torch.logsumexp(log_weight, 0) - math.log(len(log_weight))


def objective_value(
    objective: Objective, beta: float, log_px_z: Tensor, z: Tensor, mu: Tensor, logvar: Tensor
) -> tuple[Tensor, ElboTerms]:
    """The value that `objective` maximises, (B,), and the ELBO terms (β = 1) of the same draws, for the record.

    For an auto-encoder, z are the means, the value is the reconstruction term alone, and `kl` has no meaning.
    """
    terms = estimator_a(log_px_z, z, mu, logvar) if objective == "estimator-a" else estimator_b(log_px_z, mu, logvar)
    if objective == "autoencoder":
        return terms.reconstruction, terms
    if objective == "iwae":
        return iwae(log_weights(log_px_z, z, mu, logvar, beta)), terms
    return terms.reconstruction - beta * terms.kl, terms
