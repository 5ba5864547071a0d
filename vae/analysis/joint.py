"""log p(x, z) of many images at many places z, as one matrix product: T(x)·η(z) − A(z) + log p(z).

If η are logits, linear in the decoder's last hidden layer h, η = W h + b, the product is taken there: x·η = (Wᵀx)·h +
x·b, over the 256 numbers of h instead of 784 pixels. What remains to compute at every place is A(h), over all pixels.
A is a smooth function of h, even where h itself has a kink in z because of its relus. So on a fine lattice of places,
A is interpolated between the nodes of a coarse one, from its values and its gradient Wᵀ E[x|h].

Shapes: B images of D pixels, F features in the product, latent dimension J, S squares with N places in each.
"""

from typing import TYPE_CHECKING

import torch
from torch import Tensor

from vae.model.elbo import prior_log_prob
from vae.model.likelihood import Bernoulli

if TYPE_CHECKING:
    from vae.model.vae import Decoder, LatentVariableModel

NODES = 5  # along a side of a square on which A is interpolated
INTERPOLATED_SIDE = 1 / 16  # side of the largest such square, in units of z: its nodes are 1/64 apart


class PixelJoint:
    """The product of the likelihood's statistics T(x) and η(z), for any decoder."""

    def __init__(self, model: "LatentVariableModel", x: Tensor) -> None:
        self.model = model
        self.dtype = model.likelihood.exact_dtype
        self.images = model.likelihood.statistics(x.to(self.dtype))  # (B, F)
        self.offset = torch.zeros(len(x), dtype=torch.float64)  # (B,), nats to add to the product

    def on_squares(self, corners: Tensor, side: float, places: Tensor) -> tuple[Tensor, Tensor]:
        """The factor of T(x) in the product, (S, N, F), and the term added to it, (S, N).

        corners: (S, J), lower corners of squares with this side; places: (N, J) within a square, from 0 to 1.
        """
        z = corners[:, None] + side * places  # (S, N, J)
        eta, normaliser = self.model.likelihood.natural(self.model.decode(z).to(self.dtype))
        return eta, prior_log_prob(z).to(self.dtype) - normaliser


class HiddenJoint:
    """The product over the last hidden layer, for the Bernoulli and the continuous Bernoulli."""

    def __init__(self, decoder: "Decoder", x: Tensor) -> None:
        self.decoder, self.likelihood = decoder, decoder.likelihood
        self.images = x @ decoder.x_logits.weight  # (B, F)
        self.offset = (x @ decoder.x_logits.bias).double()

    def on_squares(self, corners: Tensor, side: float, places: Tensor) -> tuple[Tensor, Tensor]:
        """As `PixelJoint.on_squares`; on small squares, A is interpolated between nodes."""
        z = corners[:, None] + side * places
        h = self.decoder.last_hidden(z)  # (S, N, F)
        if side > INTERPOLATED_SIDE:
            _, normaliser = self.likelihood.natural(self.decoder.x_logits(h))
        else:
            normaliser = self._interpolated(corners, side, places, h)
        return h, prior_log_prob(z) - normaliser

    def _interpolated(self, corners: Tensor, side: float, places: Tensor, h: Tensor) -> Tensor:
        """A at places where the last hidden layer is h (S, N, F): (S, N).

        Let c be the weights of linear interpolation between nodes i, and h̃ = Σ c_i h_i. By the curvature of A,
        Σ c_i A_i is too high at h̃, and Σ c_i (A_i + ∇A_i·(h̃ − h_i)) too low by as much; their mean is taken. From h̃ to
        h, which differ if there are kinks between the nodes, A is continued along the gradient Σ c_i ∇A_i.
        """
        nodes, weights = _nodes(places)
        at_nodes = self.decoder.last_hidden(corners[:, None] + side * nodes)  # (S, M, F)
        logits = self.decoder.x_logits(at_nodes)
        _, values = self.likelihood.natural(logits)  # (S, M)
        gradients = self.likelihood.mean(logits) @ self.decoder.x_logits.weight  # ∂A/∂η = E[x|z]; (S, M, F)
        # Σ_i c_i (A_i − ½ ∇A_i·h_i) + Σ_i c_i ∇A_i·(h − ½ h̃), by products with few columns.
        along = gradients.mT  # (S, F, M)
        own = (gradients * at_nodes).sum(-1)
        linear = h @ along - 0.5 * weights @ (at_nodes @ along)  # (S, N, M): ∇A_i·(h − ½ h̃)
        return ((values - 0.5 * own)[:, None] + linear).mul_(weights).sum(-1)


Joint = PixelJoint | HiddenJoint


def make_joint(model: "LatentVariableModel", x: Tensor) -> Joint:
    """log p(x, z) of images x (B, D) in [0, 1], by the cheaper of the two ways that fits this model."""
    if isinstance(model.likelihood, Bernoulli) and model.decoder.x_logits.in_features < x.shape[1]:
        return HiddenJoint(model.decoder, x)
    return PixelJoint(model, x)


def _nodes(places: Tensor) -> tuple[Tensor, Tensor]:
    """Nodes of a square, (M, J), `NODES` along each side, and their weights for linear interpolation: (N, M)."""
    latent_dim = places.shape[1]
    along = torch.linspace(0, 1, NODES)
    nodes = torch.cartesian_prod(*[along] * latent_dim).view(-1, latent_dim)
    distance = (places[:, None] - nodes).abs() * (NODES - 1)  # (N, M, J)
    return nodes, (1 - distance).clamp_min(0).prod(-1)
