"""Baselines of the training: loops as tutorials write them, and their matrix products alone."""

import gzip
from collections.abc import Callable, Iterator
from functools import cache
from itertools import pairwise
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn.functional import binary_cross_entropy

from vae import data
from vae.analysis.torchvision_cpu import torchvision
from vae.config import Settings
from vae.model.vae import VAE


class PlainVAE(nn.Module):
    """784-hidden-latent and back, with probabilities at the end, as a tutorial writes it."""

    def __init__(self, hidden: int, latent_dim: int) -> None:
        super().__init__()
        self.hidden = nn.Linear(784, hidden)
        self.mu, self.logvar = nn.Linear(hidden, latent_dim), nn.Linear(hidden, latent_dim)
        self.decoder = nn.Sequential(nn.Linear(latent_dim, hidden), nn.ReLU(), nn.Linear(hidden, 784), nn.Sigmoid())

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        h = torch.relu(self.hidden(x))
        mu, logvar = self.mu(h), self.logvar(h)
        return self.decoder(mu + torch.exp(0.5 * logvar) * torch.randn_like(mu)), mu, logvar

    def as_ours(self, settings: Settings) -> VAE:
        """The same weights in the model of the core, so that both are evaluated alike."""
        model = VAE(settings)
        pairs = [
            (model.encoder.hidden[0], self.hidden),
            (model.encoder.mu, self.mu),
            (model.encoder.logvar, self.logvar),
            (model.decoder.hidden[0], self.decoder[0]),
            (model.decoder.x_logits, self.decoder[2]),
        ]
        for own, other in pairs:
            own.load_state_dict(other.state_dict())
        return model


def _tutorial_loss(x: Tensor, y: Tensor, mu: Tensor, logvar: Tensor) -> Tensor:
    reconstruction = -(x * torch.log(y + 1e-8) + (1 - x) * torch.log(1 - y + 1e-8)).sum(1)
    kl = -0.5 * (1 + logvar - mu**2 - torch.exp(logvar)).sum(1)
    return (reconstruction + kl).mean()


def _example_loss(x: Tensor, y: Tensor, mu: Tensor, logvar: Tensor) -> Tensor:
    return binary_cross_entropy(y, x, reduction="sum") - 0.5 * torch.sum(1 + logvar - mu.pow(2) - logvar.exp())


class PlainLoop:
    """An epoch at a time of the 55,000 training images, decoded one by one by a DataLoader; Adam at 0.001."""

    def __init__(self, folder: Path, hidden: int, latent_dim: int, batch_size: int, loss: Callable[..., Tensor]):
        torch.manual_seed(0)
        self.model, self.loss = PlainVAE(hidden, latent_dim), loss
        self.loader = torch.utils.data.DataLoader(_dataset(folder), batch_size, shuffle=True)

    def epochs(self, seed: int = 0) -> Iterator[float]:
        """The summed losses of each epoch."""
        torch.manual_seed(seed)
        for module in self.model.modules():
            if isinstance(module, nn.Linear):
                module.reset_parameters()
        optimiser = torch.optim.Adam(self.model.parameters(), lr=1e-3)
        while True:
            total = 0.0
            for x, _ in self.loader:
                x = x.view(-1, 784)
                optimiser.zero_grad()
                loss = self.loss(x, *self.model(x))
                loss.backward()
                optimiser.step()
                total += loss.item()
            yield total


def tutorial(folder: Path) -> PlainLoop:
    """The tutorial's: 784-256-2, M = 100, sigmoid and then logarithms."""
    return PlainLoop(folder, 256, 2, 100, _tutorial_loss)


def example(folder: Path) -> PlainLoop:
    """In the manner of the VAE among PyTorch's examples: 784-400-20, M = 128, binary cross-entropy."""
    return PlainLoop(folder, 400, 20, 128, _example_loss)


@cache
def _dataset(folder: Path) -> torch.utils.data.Dataset:
    vision = torchvision()
    raw = folder / "MNIST" / "raw"
    raw.mkdir(parents=True)
    for packed in data.MNIST_FOLDER.glob("*.gz"):
        (raw / packed.stem).write_bytes(gzip.decompress(packed.read_bytes()))
    whole = vision.datasets.MNIST(folder, train=True, transform=vision.transforms.ToTensor())
    return torch.utils.data.Subset(whole, range(len(data.load("train"))))


def products(settings: Settings, dtype: torch.dtype) -> Callable[[], None]:
    """The floor: the matrix products of one minibatch forward and backward, with nothing between them."""
    widths = (784, *settings.hidden)
    layers = [*pairwise(widths), (widths[-1], 2 * settings.latent_dim)]  # both heads as one
    layers += pairwise((settings.latent_dim, *reversed(widths)))
    operands = []
    for n_in, n_out in layers:
        x, w, delta = (torch.randn(*shape).to(dtype) for shape in _shapes(settings.batch_size, n_in, n_out))
        out = [torch.empty_like(delta), torch.empty_like(w), torch.empty_like(x)]
        operands.append((x, w, delta, *out))

    def one_minibatch() -> None:
        for x, w, _, y, _, _ in operands:
            torch.mm(x, w.t(), out=y)
        for i, (x, w, delta, _, of_w, of_x) in reversed(list(enumerate(operands))):
            torch.mm(delta.t(), x, out=of_w)
            if i:  # the images need no gradient
                torch.mm(delta, w, out=of_x)

    return one_minibatch


def _shapes(m: int, n_in: int, n_out: int) -> list[tuple[int, int]]:
    return [(m, n_in), (n_out, n_in), (m, n_out)]
