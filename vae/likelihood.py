"""p(x|z): how probable a picture is, given what the decoder says."""

from torch import Tensor
from torch.nn.functional import binary_cross_entropy_with_logits


def bernoulli_log_prob(x: Tensor, x_logits: Tensor) -> Tensor:
    """log p(x|z) = Σ_d x_d log y_d + (1 − x_d) log(1 − y_d), y = sigmoid(x_logits), in nats.

    x: (B, D) grey values in [0, 1], x_logits: (L, B, D) → (L, B). Kingma & Welling (2013), appendix C.1.
    With grey values strictly between 0 and 1 this is the customary bound's cross-entropy, not a density.
    """
    return -binary_cross_entropy_with_logits(x_logits, x.expand_as(x_logits), reduction="none").sum(-1)
