"""The variational auto-encoder: encoder q(z|x), decoder p(x|z), and the model of both.

Kingma & Welling (2013), "Auto-Encoding Variational Bayes", section 3 and appendix C.
Shapes: B images of D pixels, latent dimension J, L draws of z per image, P parameters of p(x|z).
"""

import math
from collections.abc import Sequence
from typing import NamedTuple, Protocol, cast

import torch
from torch import Tensor, nn

from vae.config import Settings
from vae.model.architecture import SCALE_BOUNDS, Layer, decoder_layers, encoder_layers, scale_layer
from vae.model.likelihood import Likelihood, make_likelihood

ACTIVATIONS = {"relu": torch.relu, "tanh": torch.tanh, "sine": torch.sin}
LEAST_VARIANCE = 1e-8  # added to σ² if the encoder gives σ


def _linear(layer: Layer) -> nn.Linear:
    return nn.Linear(layer.n_in, layer.n_out)


def _linears(layers: Sequence[Layer]) -> Sequence[nn.Linear]:
    """A ModuleList of linear layers, cast because its own type does not name their type."""
    return cast("Sequence[nn.Linear]", nn.ModuleList(map(_linear, layers)))


class Posterior(NamedTuple):
    """The encoder's q(z|x). mu, sigma, logvar: (B, J) each. sigma may be negative, which only mirrors ε."""

    mu: Tensor
    sigma: Tensor
    logvar: Tensor


class Draws(NamedTuple):
    """Output of a VAE. parameters: (L, B, P) of p(x|z); z: (L, B, J) draws; mu, logvar: (B, J) of q(z|x)."""

    parameters: Tensor
    z: Tensor
    mu: Tensor
    logvar: Tensor


class Encoder(nn.Module):
    """q(z|x) = N(mu(x), diag sigma(x)²): a multilayer perceptron with two linear heads."""

    def __init__(self, settings: Settings) -> None:
        super().__init__()
        *hidden, mu, spread = encoder_layers(settings)
        self.hidden = _linears(hidden)
        self.mu = _linear(mu)
        self.gives_sigma = spread.activation == "log-square"
        if self.gives_sigma:
            self.sigma = _linear(spread)
        else:
            self.logvar = _linear(spread)
        self.activations = [layer.activation for layer in hidden]

    def forward(self, x: Tensor) -> Posterior:
        """x: (B, D) grey values in [0, 1]."""
        h = x
        for layer, activation in zip(self.hidden, self.activations, strict=True):
            h = ACTIVATIONS[activation](layer(h))
        if self.gives_sigma:
            sigma = self.sigma(h)
            return Posterior(self.mu(h), sigma, torch.log(sigma.square() + LEAST_VARIANCE))
        logvar = self.logvar(h)
        return Posterior(self.mu(h), torch.exp(0.5 * logvar), logvar)


class Decoder(nn.Module):
    """Parameters of p(x|z): a multilayer perceptron from z to a logit for each pixel and, if there is one, a scale."""

    def __init__(self, settings: Settings) -> None:
        super().__init__()
        *hidden, x_logits = decoder_layers(settings)
        self.hidden = _linears(hidden)
        self.x_logits = _linear(x_logits)
        self.activations = [layer.activation for layer in hidden]
        if "sine" in self.activations:
            nn.init.normal_(self.hidden[0].weight, 0, settings.fourier)
            nn.init.uniform_(self.hidden[0].bias, -math.pi, math.pi)
        self.likelihood = make_likelihood(settings)
        self.x_scale: nn.Linear | nn.Parameter | None = None
        if scale := scale_layer(settings):
            self.x_scale = _linear(scale)
        elif settings.likelihood == "gaussian-learned":
            low, high = SCALE_BOUNDS[settings.likelihood]
            part = (torch.tensor([settings.sigma]).log() - low) / (high - low)
            self.x_scale = nn.Parameter(torch.logit(part))

    def forward(self, z: Tensor) -> Tensor:
        """z: (..., J) → parameters of p(x|z): (..., P), D logits and then the scale (see `vae.model.likelihood`)."""
        h = self.last_hidden(z)
        x_logits = self.x_logits(h)
        if self.x_scale is None:
            return x_logits
        scale = self.x_scale(h) if isinstance(self.x_scale, nn.Linear) else self.x_scale.expand(*z.shape[:-1], 1)
        return torch.cat([x_logits, scale], -1)

    def last_hidden(self, z: Tensor) -> Tensor:
        """z: (..., J) → the last hidden layer, which the heads read: (..., H)."""
        h = z
        for layer, activation in zip(self.hidden, self.activations, strict=True):
            h = ACTIVATIONS[activation](layer(h))
        return h

    def mean(self, z: Tensor) -> Tensor:
        """z: (..., J) → the mean image of p(x|z), (..., D) in [0, 1]."""
        return self.likelihood.mean(self(z))


class LatentVariableModel(Protocol):
    """The interface of a model whose evidence and posterior `vae.analysis` computes: the `VAE`, or a substitute."""

    latent_dim: int
    likelihood: Likelihood
    decoder: Decoder

    def encode(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """x: (B, D) in [0, 1] → mu, logvar of q(z|x): (B, J) each."""
        ...

    def decode(self, z: Tensor) -> Tensor:
        """z: (..., J) → parameters of p(x|z): (..., P)."""
        ...


class VAE(nn.Module):
    """A VAE with a standard normal prior p(z) = N(0, I)."""

    def __init__(self, settings: Settings) -> None:
        super().__init__()
        self.latent_dim = settings.latent_dim
        self.is_autoencoder = settings.objective == "autoencoder"
        self.encoder = Encoder(settings)
        self.decoder = Decoder(settings)
        self.likelihood = self.decoder.likelihood

    def encode(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """x: (B, D) in [0, 1] → mu, logvar of q(z|x): (B, J) each."""
        posterior = self.encoder(x)
        return posterior.mu, posterior.logvar

    def decode(self, z: Tensor) -> Tensor:
        """z: (..., J) → parameters of p(x|z): (..., P). `likelihood.mean` turns them into a mean image."""
        return self.decoder(z)

    def forward(self, x: Tensor, n_samples: int, generator: torch.Generator | None = None) -> Draws:
        """Encode x (B, D), draw z L = `n_samples` times per image (an auto-encoder takes the means), and decode."""
        q = self.encoder(x)
        z = (
            q.mu.expand(n_samples, -1, -1)
            if self.is_autoencoder
            else reparameterise(q.mu, q.sigma, n_samples, generator)
        )
        return Draws(self.decode(z), z, q.mu, q.logvar)

    @torch.no_grad()
    def init_output_bias(self, mean_image: Tensor) -> None:
        """Set the bias of the decoder's logits so that it first draws about `mean_image`, (D,) in [0, 1], at every z.

        So it learns shapes from the first step on, instead of which pixels are black. Initial pixels are clamped to
        0.2 and 0.8. This gives the `article` preset 155.8 ± 0.3 nats after ten epochs (three seeds; with torch's own
        biases 156.8 ± 0.8, seven seeds), the figure of the tutorial that it follows.
        """
        self.decoder.x_logits.bias.copy_(torch.logit(mean_image.clamp(0.2, 0.8)))

    def sample(self, n: int, generator: torch.Generator | None = None) -> Tensor:
        """Mean images of `n` draws z ~ p(z): (n, D) in [0, 1]."""
        return self.decoder.mean(standard_noise((n, self.latent_dim), generator, self.encoder.mu.weight))

    def reconstruct(self, x: Tensor) -> Tensor:
        """x: (B, D) → mean images decoded from the means of q(z|x): (B, D) in [0, 1]."""
        mu, _ = self.encode(x)
        return self.decoder.mean(mu)


def reparameterise(mu: Tensor, sigma: Tensor, n_samples: int, generator: torch.Generator | None = None) -> Tensor:
    """z = mu + sigma * eps with eps ~ N(0, I): (L, B, J), L = `n_samples` (Kingma & Welling 2013, section 2.4)."""
    return mu + sigma * standard_noise((n_samples, *mu.shape), generator, mu)


def drop_pixels(x: Tensor, part: float, generator: torch.Generator | None) -> Tensor:
    """Set a part of the pixels of x (B, D) to 0 and scale the others up, so that the expected sum stays the same.

    Srivastava et al. (2014), "Dropout". `part` is rounded to steps of 1/256: one random byte decides about each pixel,
    in a fifth of the time that random floats take. Like the noise, the bytes are drawn on the CPU.
    """
    if part == 0:
        return x
    limit = round(256 * part)
    words = torch.randint(-(2**63), 2**63 - 1, (-(-x.numel() // 8),), generator=generator)
    kept = words.view(torch.uint8)[: x.numel()].view(x.shape) >= limit
    return x * kept.to(x.device) / (1 - limit / 256)


def standard_noise(shape: tuple[int, ...], generator: torch.Generator | None, like: Tensor) -> Tensor:
    """eps ~ N(0, I) on the device of `like`; drawn on the CPU, so that a seed means the same on every device."""
    return torch.randn(shape, generator=generator, dtype=like.dtype).to(like.device)
