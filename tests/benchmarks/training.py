"""Training beside loops as tutorials write them, and beside the matrix products alone: in turn, in one process."""

import statistics
import tempfile
import time
from collections import deque
from collections.abc import Callable, Iterator
from pathlib import Path

import torch

from tests.benchmarks.loops import PlainLoop, example, products, tutorial
from vae import data
from vae.analysis.metrics import evaluate_elbo
from vae.config import PRESETS, Settings
from vae.jobs.train import train
from vae.model.vae import VAE
from vae.runs import catalogue
from vae.runs.history import EpochRecord
from vae.runs.run import Run
from vae.training.aevb import Aevb
from vae.training.device import best_device

EPOCHS, SEEDS = 10, (0, 1, 2)
STEPS, TURNS = 100, 7  # of minibatches, for what a single one takes
ARTICLE = PRESETS["article"].model_copy(update={"epochs": EPOCHS})
EXAMPLE = ARTICLE.model_copy(update={"hidden": (400,), "latent_dim": 20, "batch_size": 128})
Rows = list[tuple[str, str]]


def measure() -> Rows:
    """Rows of the table: what was measured, and the figure."""
    torch.set_flush_denormal(True)  # as a training does, here for the loops too: torch's threads take it from here
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        plain = tutorial(folder / "tutorial")
        rows, seconds = _beside(plain, "the tutorial's loop, 784-256-2, M = 100", ARTICLE, " (bar: 5)")
        rows += _beside(example(folder / "example"), "PyTorch's example, 784-400-20, M = 128", EXAMPLE)[0]
        rows += _floor()
        quality, reached = _quality(plain)
        return [*rows, *quality, *_time_to_quality(reached, seconds), *_best(), *_gpu()]


def _beside(loop: PlainLoop, name: str, settings: Settings, bar: str = "") -> tuple[Rows, float]:
    """Epochs of a loop and of our training at the same shapes, in turn; and the seconds of all of the loop's."""
    plain, ours = [], []
    with tempfile.TemporaryDirectory() as folder:
        their_epochs, our_epochs = loop.epochs(), _epochs(catalogue.create_run(settings, Path(folder) / "run"))
        for _ in range(EPOCHS):
            plain.append(_timed(lambda: next(their_epochs)))
            ours.append(_timed(lambda: next(our_epochs)))
        our_epochs.close()
    theirs, own = statistics.median(plain), statistics.median(ours)
    whole = f"{own:.2f} s, {theirs / own:.1f} × as fast{bar}"
    rows = [(f"an epoch of {name}", f"{theirs:.2f} s"), ("that epoch here, all that is recorded included", whole)]
    return rows, sum(plain)


def _floor() -> Rows:
    """One minibatch of the article's preset and its matrix products, in turn."""
    rows = []
    for precision in ("float32", "bfloat16"):
        settings = ARTICLE.model_copy(update={"precision": precision})
        training, floor = Aevb(settings, _images()), products(settings, getattr(torch, precision))
        ours, least = [], []
        for _ in range(1 + TURNS):
            ours.append(_timed(lambda t=training: _minibatches(t, STEPS)) / STEPS)
            least.append(_timed(lambda f=floor: [f() for _ in range(STEPS)]) / STEPS)
        own, products_alone = statistics.median(ours[1:]), statistics.median(least[1:])
        rows.append(
            (
                f"a minibatch of 784-256-2, M = 100, {precision}",
                f"{1e3 * own:.2f} ms, {own / products_alone:.2f} × its matrix products alone (bar: 2.5)",
            )
        )
    return rows


def _quality(loop: PlainLoop) -> tuple[Rows, float]:
    """−ELBO of the test images after as many epochs of both, the loop's having been done once; and the loop's mean."""
    theirs, ours = [_test_loss(loop.model.as_ours(ARTICLE))], []
    for seed in SEEDS[1:]:
        epochs = loop.epochs(seed)
        for _ in range(EPOCHS):
            next(epochs)
        theirs.append(_test_loss(loop.model.as_ours(ARTICLE)))
    for seed in SEEDS:
        training = Aevb(ARTICLE.model_copy(update={"seed": seed}), _images())
        _minibatches(training, EPOCHS * training.steps_per_epoch)
        ours.append(_test_loss(training.model))
    reached, own = statistics.mean(theirs), statistics.mean(ours)
    figure = f"{own:.2f} ({_each(ours)}); the tutorial's loop {reached:.2f} ({_each(theirs)}) (bar: within 0.5)"
    return [(f"−ELBO, test, after {EPOCHS} epochs, in nats, mean of {len(SEEDS)} seeds", figure)], reached


def _time_to_quality(reached: float, plain: float) -> Rows:
    """Seconds of the default preset until the test images' −ELBO is that of the loop after all its epochs."""
    ours = []
    for seed in SEEDS:
        with tempfile.TemporaryDirectory() as folder:
            run = catalogue.create_run(PRESETS["plane"].model_copy(update={"seed": seed}), Path(folder) / "run")
            ours.append(_seconds_to(reached, run))
    figure = f"{statistics.median(ours):.1f} s ({_each(ours)}); the tutorial's loop {plain:.0f} s, "
    return [
        (
            f"default preset until −ELBO, test, is {reached:.1f} nats",
            f"{figure}{plain / statistics.median(ours):.1f} × as long (bar: 10)",
        )
    ]


def _seconds_to(loss: float, run: Run) -> float:
    """Seconds of a training, from its start, to the end of the first epoch after which the test images cost `loss`."""
    epochs, seconds = _epochs(run), 0.0
    while True:
        seconds += _timed(lambda: next(epochs))
        if _test_loss(run.snapshot(run.last_epoch()).model()) <= loss:
            epochs.close()
            return seconds


def _best() -> Rows:
    """The whole of the preset for quality, with all that it writes and evaluates."""
    with tempfile.TemporaryDirectory() as folder:
        run = catalogue.create_run(PRESETS["best"], Path(folder) / "run")
        seconds = _timed(lambda: deque(train(run), maxlen=0))
        model = run.snapshot(run.last_epoch()).model()
    losses = [-evaluate_elbo(model, data.load(split).tensors()[0], n_samples=4).elbo for split in ("test", "train")]
    figure = f"{losses[0]:.2f} nats (training images {losses[1]:.2f}) after {seconds:.0f} s (bar: 130 after 600 s)"
    return [("preset best, whole: −ELBO, test", figure)]


def _gpu() -> Rows:
    device = best_device()
    if device.type == "cpu":
        return [("training on a GPU", "not measured: this machine has none")]
    name, rows = torch.cuda.get_device_name() if device.type == "cuda" else device.type, []
    for preset in ("article", "plane", "best"):
        training = Aevb(PRESETS[preset], _images(), device=device)
        seconds = [_timed(lambda t=training: _minibatches(t, t.steps_per_epoch)) for _ in range(4)]
        rows.append((f"an epoch of the preset {preset} on {name}", f"{statistics.median(seconds[1:]):.2f} s"))
    return rows


def _epochs(run: Run) -> Iterator[None]:
    """Epochs of a training with all that it writes and evaluates."""
    for event in train(run):
        if isinstance(event, EpochRecord):
            yield


def _images() -> torch.Tensor:
    return data.load("train").tensors()[0]


def _minibatches(training: Aevb, n: int) -> None:
    for _ in range(n):
        training.minibatch()


def _test_loss(model: VAE) -> float:
    return -evaluate_elbo(model, data.load("test").tensors()[0], n_samples=4).elbo


def _timed(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def _each(figures: list[float]) -> str:
    return ", ".join(f"{figure:.1f}" for figure in figures)


if __name__ == "__main__":
    for row in measure():
        print(*row, sep="  ")
