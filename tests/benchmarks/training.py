"""The `article` preset against a plain loop written as the tutorial has it: epochs in turn, in one process."""

import gzip
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import torch
from torch import nn

from vae import data, runs
from vae.config import PRESETS
from vae.history import EpochRecord
from vae.train import train
from vae.vision import torchvision

EPOCHS = 10


class PlainVAE(nn.Module):
    """784-256-2 with probabilities and logarithms, as a tutorial writes it."""

    def __init__(self) -> None:
        super().__init__()
        self.hidden, self.mu, self.logvar = nn.Linear(784, 256), nn.Linear(256, 2), nn.Linear(256, 2)
        self.decoder = nn.Sequential(nn.Linear(2, 256), nn.ReLU(), nn.Linear(256, 784), nn.Sigmoid())

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        h = torch.relu(self.hidden(x))
        mu, logvar = self.mu(h), self.logvar(h)
        y = self.decoder(mu + torch.exp(0.5 * logvar) * torch.randn_like(mu))
        reconstruction = -(x * torch.log(y + 1e-8) + (1 - x) * torch.log(1 - y + 1e-8)).sum(1)
        kl = -0.5 * (1 + logvar - mu**2 - torch.exp(logvar)).sum(1)
        return (reconstruction + kl).mean()


def plain_epochs(folder: Path) -> Iterator[float]:
    """The mean loss of each epoch, in nats an image; 55,000 training images, M = 100, L = 1, Adam at 0.001."""
    vision = torchvision()
    raw = folder / "MNIST" / "raw"
    raw.mkdir(parents=True)
    for packed in data.MNIST_FOLDER.glob("*.gz"):
        (raw / packed.stem).write_bytes(gzip.decompress(packed.read_bytes()))
    whole = vision.datasets.MNIST(folder, train=True, transform=vision.transforms.ToTensor())
    images = torch.utils.data.Subset(whole, range(len(data.load("train"))))
    loader = torch.utils.data.DataLoader(images, batch_size=100, shuffle=True)
    torch.manual_seed(0)
    model = PlainVAE()
    optimiser = torch.optim.Adam(model.parameters(), lr=1e-3)
    while True:
        total = 0.0
        for x, _ in loader:
            loss = model(x.view(-1, 784))
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            total += loss.item()
        yield total / len(loader)


def our_epochs(folder: Path) -> Iterator[float]:
    """The same figure of `python -m vae train --preset article`, with all that it writes and evaluates."""
    run = runs.create_run(PRESETS["article"].model_copy(update={"epochs": EPOCHS}), folder / "run")
    for event in train(run):
        if isinstance(event, EpochRecord):
            yield -event.train.elbo


def measure() -> list[tuple[str, str]]:
    """Rows of the table: what was measured, and the figure."""
    with tempfile.TemporaryDirectory() as name:
        loops = {"plain": plain_epochs(Path(name)), "ours": our_epochs(Path(name))}
        seconds = dict.fromkeys(loops, 0.0)
        loss = {}
        for _ in range(EPOCHS):
            for which, epochs in loops.items():
                started = time.perf_counter()
                loss[which] = next(epochs)
                seconds[which] += time.perf_counter() - started
        for epochs in loops.values():
            epochs.close()
    return [
        (f"plain loop, {EPOCHS} epochs", f"{seconds['plain']:.1f} s, training loss {loss['plain']:.2f} nats"),
        (f"preset article, {EPOCHS} epochs", f"{seconds['ours']:.1f} s, training loss {loss['ours']:.2f} nats"),
        ("ratio of the times", f"{seconds['plain'] / seconds['ours']:.2f} (bar: more than 2)"),
    ]
