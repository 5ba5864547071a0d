"""The variational auto-encoder: Encoder q(z|x), Decoder p(x|z), and the two together.

Kingma & Welling (2013), "Auto-Encoding Variational Bayes", section 3 and appendix C.
Shapes: B images of D pixels, latent dimension J, L draws of z for each image.
"""

import torch
from torch import Tensor, nn

from vae.architecture import Layer, decoder_layers, encoder_layers
from vae.config import Settings

ACTIVATIONS = {"relu": torch.relu, "tanh": torch.tanh}


def _linear(layer: Layer) -> nn.Linear:
    return nn.Linear(layer.n_in, layer.n_out)


class Encoder(nn.Module):
    """q(z|x) = N(mu(x), diag exp(logvar(x))), a multilayer perceptron with two linear heads."""

    def __init__(self, settings: Settings):
        super().__init__()
        *hidden, mu, logvar = encoder_layers(settings)
        self.hidden = nn.ModuleList(map(_linear, hidden))
        self.mu = _linear(mu)
        self.logvar = _linear(logvar)
        self.activation = ACTIVATIONS[settings.activation]

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """x: (B, D) grey values in [0, 1] → mu, logvar: (B, J) each."""
        h = x
        for layer in self.hidden:
            h = self.activation(layer(h))
        return self.mu(h), self.logvar(h)


class Decoder(nn.Module):
    """p(x|z): a multilayer perceptron from z to one logit a pixel."""

    def __init__(self, settings: Settings):
        super().__init__()
        *hidden, x_logits = decoder_layers(settings)
        self.hidden = nn.ModuleList(map(_linear, hidden))
        self.x_logits = _linear(x_logits)
        self.activation = ACTIVATIONS[settings.activation]

    def forward(self, z: Tensor) -> Tensor:
        """z: (..., J) → logits: (..., D)."""
        h = z
        for layer in self.hidden:
            h = self.activation(layer(h))
        return self.x_logits(h)


class VAE(nn.Module):
    """A VAE with a standard normal prior p(z) = N(0, I)."""

    def __init__(self, settings: Settings):
        super().__init__()
        self.latent_dim = settings.latent_dim
        self.encoder = Encoder(settings)
        self.decoder = Decoder(settings)

    def encode(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """x: (B, D) in [0, 1] → mu, logvar of q(z|x): (B, J) each."""
        return self.encoder(x)

    def decode(self, z: Tensor) -> Tensor:
        """z: (..., J) → logits of p(x|z): (..., D). The mean image is their sigmoid."""
        return self.decoder(z)

    def forward(self, x: Tensor, n_samples: int, generator: torch.Generator | None = None) -> tuple[Tensor, ...]:
        """x: (B, D) → x_logits: (L, B, D), mu: (B, J), logvar: (B, J), with L = `n_samples` draws of z."""
        mu, logvar = self.encode(x)
        z = reparameterise(mu, logvar, n_samples, generator)
        return self.decode(z), mu, logvar

    @torch.no_grad()
    def start_at(self, mean_image: Tensor) -> None:
        """Let the untrained decoder draw about `mean_image` ((D,) in [0, 1]) everywhere, by the bias of its logits.

        It then learns shapes from the first step on, instead of which pixels are black. No pixel starts beyond 0.2 or
        0.8: that gives the `article` preset 155.8 ± 0.3 nats after ten epochs (three seeds; biases of torch's own
        choice: 156.8 ± 0.8, seven seeds), the figure of the tutorial that it follows.
        """
        self.decoder.x_logits.bias.copy_(torch.logit(mean_image.clamp(0.2, 0.8)))

    def sample(self, n: int, generator: torch.Generator | None = None) -> Tensor:
        """Mean images of `n` draws from the prior: (n, D) in [0, 1]."""
        return torch.sigmoid(self.decode(torch.randn(n, self.latent_dim, generator=generator)))

    def reconstruct(self, x: Tensor) -> Tensor:
        """x: (B, D) → mean images decoded from the means of q(z|x): (B, D) in [0, 1]."""
        mu, _ = self.encode(x)
        return torch.sigmoid(self.decode(mu))


def reparameterise(mu: Tensor, logvar: Tensor, n_samples: int, generator: torch.Generator | None = None) -> Tensor:
    """z = mu + sigma * eps with eps ~ N(0, I): (L, B, J), L = `n_samples` (Kingma & Welling 2013, section 2.4)."""
    eps = torch.randn((n_samples, *mu.shape), generator=generator, dtype=mu.dtype)
    return mu + torch.exp(0.5 * logvar) * eps
