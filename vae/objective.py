"""The evidence lower bound (ELBO) as pure functions of tensors, one value an image, in nats."""

from typing import NamedTuple

from torch import Tensor

from vae.likelihood import bernoulli_log_prob


class ElboTerms(NamedTuple):
    """The two halves of estimator B, (B,) each: ELBO = reconstruction − kl."""

    reconstruction: Tensor
    kl: Tensor

    @property
    def elbo(self) -> Tensor:
        return self.reconstruction - self.kl


def gaussian_kl(mu: Tensor, logvar: Tensor) -> Tensor:
    """KL(N(mu, diag exp(logvar)) ‖ N(0, I)) in closed form: (B, J), (B, J) → (B,).

    −½ Σ_j (1 + log σ_j² − μ_j² − σ_j²); Kingma & Welling (2013), appendix B.
    """
    return gaussian_kl_terms(mu, logvar).sum(-1)


def gaussian_kl_terms(mu: Tensor, logvar: Tensor) -> Tensor:
    """The summands of `gaussian_kl`, one a latent dimension: (B, J), (B, J) → (B, J)."""
    return -0.5 * (1 + logvar - mu.square() - logvar.exp())


def estimator_b(x: Tensor, x_logits: Tensor, mu: Tensor, logvar: Tensor) -> ElboTerms:
    """Estimator B of the ELBO: closed-form KL, reconstruction averaged over L draws of z.

    x: (B, D), x_logits: (L, B, D), mu and logvar: (B, J). Kingma & Welling (2013), eq. 7 and 10.
    """
    return ElboTerms(bernoulli_log_prob(x, x_logits).mean(0), gaussian_kl(mu, logvar))
