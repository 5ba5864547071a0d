"""The gradient of a training's loss with respect to all parameters: by autograd, or written out.

Both store it in the parameters' `grad`, and return the two sums over the minibatch that a training records.
Shapes: M images of D pixels, latent dimension J, L draws of z per image.
"""

import math
from collections.abc import Callable
from functools import partial
from typing import Protocol

import torch
from torch import Tensor, nn

from vae.config import Settings
from vae.model.elbo import gaussian_kl, objective_value
from vae.model.likelihood import softplus
from vae.model.vae import VAE, Decoder, Encoder, drop_pixels, standard_noise
from vae.training.parameters import Parameters
from vae.training.products import PRODUCTS, NarrowProducts, Products, Shape, Way, choose_way

LEAST_WIDTH = 64  # of a matrix rounded for multiplication: narrower ones cost little, and z needs its digits


class Gradient(Protocol):
    """The gradient of the loss, −objective / M, which a call stores in `grad`. way: of multiplying matrices."""

    @property
    def way(self) -> Way: ...

    def __call__(self, x: Tensor, beta: float) -> Tensor:
        """Sums of the reconstruction term and of the KL over the minibatch x (M, D): (2,)."""
        ...


def make_gradient(
    settings: Settings, model: VAE, parameters: Parameters, generator: torch.Generator, way: Way | None = None
) -> Gradient:
    """The fastest gradient for these settings. way: of multiplying matrices; None: chosen here."""
    if not is_written_out(settings):
        return Autograd(settings, model, parameters, generator)
    way = way or choose_way(settings.precision, parameters.flat.device, _largest(settings, model))
    return WrittenOut(settings, model, parameters, generator, way)


def _largest(settings: Settings, model: VAE) -> Shape:
    """The minibatch size, and the width in and out of the largest layer."""
    n_out, n_in = max((layer.weight.shape for layer in model.modules() if isinstance(layer, nn.Linear)), key=math.prod)
    return settings.batch_size, n_in, n_out


def is_written_out(settings: Settings) -> bool:
    """Whether `WrittenOut` computes the gradient for these settings; else `Autograd` does."""
    chosen = (settings.objective, settings.likelihood, settings.posterior_scale)
    return chosen == ("estimator-b", "bernoulli", "log-variance")


class Autograd:
    """The gradient of any objective with any likelihood, by torch's autograd in float32."""

    way: Way = "float32"

    def __init__(self, settings: Settings, model: VAE, parameters: Parameters, generator: torch.Generator) -> None:
        self.settings, self.model, self.parameters, self.generator = settings, model, parameters, generator

    def __call__(self, x: Tensor, beta: float) -> Tensor:
        seen = drop_pixels(x, self.settings.dropout, self.generator)
        draws = self.model(seen, self.settings.n_samples, self.generator)
        log_px_z = self.model.likelihood.log_prob(x, draws.parameters)  # (L, M)
        value, terms = objective_value(self.settings.objective, beta, log_px_z, draws.z, draws.mu, draws.logvar)
        self.parameters.flat_grad.zero_()
        (-value.mean()).backward()
        return torch.stack([term.detach().sum() for term in terms])


class WrittenOut:
    """The gradient of estimator B with a Bernoulli likelihood, derived by hand: less than half autograd's time.

    −ELBO = Σ_d [softplus(l_d) − x_d l_d] + β KL (Kingma & Welling 2013, eq. 7 and appendix C.1). With respect to the
    logits l, the gradient is sigmoid(l) − x. The chain rule takes it back through the decoder to z = μ + σ ε, with the
    gradient δ. From there, μ gets δ + β μ, and log σ² gets ½ σ ε δ + ½ β (σ² − 1); the terms in β are the KL's
    (appendix B).

    way: of multiplying large matrices; narrow ones are multiplied in float32. All results are float32.
    """

    def __init__(
        self,
        settings: Settings,
        model: VAE,
        parameters: Parameters,
        generator: torch.Generator,
        way: Way = "float32",
    ) -> None:
        self.n_samples, self.dropout, self.generator = settings.n_samples, settings.dropout, generator
        self.encoder, self.decoder = model.encoder, model.decoder
        self.way: Way = way
        device = parameters.flat.device
        self._narrow, self._wide = NarrowProducts(device), PRODUCTS[way](device)

    @torch.no_grad()
    def __call__(self, x: Tensor, beta: float) -> Tensor:
        m, n_draws = len(x), self.n_samples
        # Forward
        encoder, decoder = self.encoder, self.decoder
        visible = drop_pixels(x, self.dropout, self.generator)
        seen = self._perceptron(visible, encoder)  # inputs of the hidden layers, and of the heads
        mu, logvar = self._layer(seen[-1], encoder.mu), self._layer(seen[-1], encoder.logvar)  # (M, J)
        sigma = torch.exp(0.5 * logvar)
        eps = standard_noise((n_draws, *mu.shape), self.generator, mu)
        z = mu + sigma * eps  # (L, M, J)
        passed = self._perceptron(z.flatten(0, 1), decoder)
        logits = self._layer(passed[-1], decoder.x_logits)  # (L·M, D)
        targets = x if n_draws == 1 else x.repeat(n_draws, 1)
        reconstruction = ((targets * logits).sub_(softplus(logits)).sum(1).sum()) / n_draws
        kl = gaussian_kl(mu, logvar).sum()
        # Backward
        delta = torch.sigmoid_(logits).sub_(targets).div_(m * n_draws)
        delta = self._back(delta, decoder.x_logits, passed[-1])
        delta = self._back_through(delta, decoder, passed).view_as(z)
        of_mu = delta.sum(0) + (beta / m) * mu
        of_logvar = 0.5 * (sigma * (delta * eps).sum(0) + (beta / m) * (sigma.square() - 1))
        delta = self._back(of_mu, encoder.mu, seen[-1]) + self._back(of_logvar, encoder.logvar, seen[-1])
        self._back_through(delta, encoder, seen, to_input=False)
        return torch.stack([reconstruction, kl])

    def _perceptron(self, h: Tensor, part: Encoder | Decoder) -> list[Tensor]:
        """Inputs of the hidden layers in order, then the output of the last one."""
        given = [h]
        for layer, activation in zip(part.hidden, part.activations, strict=True):
            given.append(_FORWARD[activation](self._layer(given[-1], layer)))
        return given

    def _back_through(
        self, delta: Tensor, part: Encoder | Decoder, given: list[Tensor], to_input: bool = True
    ) -> Tensor:
        """Propagate the gradient `delta` of the last hidden layer's output back to the first one's input."""
        for i, (layer, activation) in reversed(list(enumerate(zip(part.hidden, part.activations, strict=True)))):
            before = partial(self._layer, given[i], layer)
            delta = self._back(_BACK[activation](delta, given[i + 1], before), layer, given[i], to_input or i > 0)
        return delta

    def _layer(self, h: Tensor, layer: nn.Linear) -> Tensor:
        return self._products(layer).affine(h, layer.weight, layer.bias)

    def _back(self, delta: Tensor, layer: nn.Linear, h: Tensor, to_input: bool = True) -> Tensor:
        """Store the gradients of a layer's weights and bias; return its input's. delta: its output's; h: the input."""
        assert layer.weight.grad is not None  # a view of `Parameters.flat_grad`
        torch.sum(delta, 0, out=layer.bias.grad)
        products = self._products(layer)
        products.to_weight(delta, h, out=layer.weight.grad)
        return products.to_input(delta, layer.weight) if to_input else delta

    def _products(self, layer: nn.Linear) -> Products:
        return self._wide if min(layer.weight.shape) >= LEAST_WIDTH else self._narrow


# Activations, in place; and their gradients, from that of the output, `delta`, the output `h` and the input `before()`.
_FORWARD = {"relu": torch.relu_, "tanh": torch.tanh_, "sine": torch.sin_}
_BACK: dict[str, Callable[[Tensor, Tensor, Callable[[], Tensor]], Tensor]] = {
    "relu": lambda delta, h, _before: torch.ops.aten.threshold_backward(delta, h, 0),
    "tanh": lambda delta, h, _before: delta * (1 - h.square()),
    "sine": lambda delta, _h, before: delta * torch.cos(before()),
}
