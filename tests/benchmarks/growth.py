"""Costs of a training: memory, and the growth of its time with images, hidden units and draws."""

import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import psutil

from vae import data
from vae.config import PRESETS, Settings
from vae.training.aevb import Aevb

STEPS, TURNS = 40, 5
MEGABYTE = 1e6
Rows = list[tuple[str, str]]


def measure() -> Rows:
    """Rows of the table: what was measured, and the figure."""
    memory = [
        (f"memory of a training, {name}", f"{_resident(name) / MEGABYTE:.0f} MB resident at most (bar: 700)")
        for name in ("article", "plane", "best")
    ]
    article = PRESETS["article"].model_copy(update={"precision": "float32"})
    draws = {f"{n}": article.model_copy(update={"n_samples": n}) for n in (4, 8, 16, 32)}
    units = {f"{n:,}": article.model_copy(update={"hidden": (n,)}) for n in (512, 1024, 2048, 4096)}
    return [
        *memory,
        ("an epoch, by images", _growth(_epochs_of(article, (6_875, 13_750, 27_500, 55_000)), "s")),
        ("a minibatch, by hidden units", _growth(_minibatches_of(units), "ms")),
        ("a minibatch, by draws L", _growth(_minibatches_of(draws), "ms")),
    ]


def _resident(preset: str) -> float:
    """Bytes that a training of the command line holds at most, in two epochs and the measuring at its end."""
    with tempfile.TemporaryDirectory() as name:
        path = Path(name) / "run"
        command = [sys.executable, "-m", "vae", "train", "--preset", preset, "--epochs", "2", "--run-dir", str(path)]
        child = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        process, most = psutil.Process(child.pid), 0
        while child.poll() is None:
            try:
                most = max(most, process.memory_info().rss)
            except psutil.NoSuchProcess:
                break
            time.sleep(0.02)
        if child.wait():
            sys.exit(f"The training of {preset} ended with exit code {child.returncode}.")
    return most


def _epochs_of(settings: Settings, sizes: tuple[int, ...]) -> dict[str, float]:
    """Seconds of an epoch of so many images, each measured in turn."""
    images = data.load("train").tensors()[0]
    return _in_turn({f"{n:,}": Aevb(settings, images[:n]) for n in sizes}, steps=None)


def _minibatches_of(settings: dict[str, Settings]) -> dict[str, float]:
    """Milliseconds of a minibatch, each measured in turn."""
    images = data.load("train").tensors()[0]
    seconds = _in_turn({name: Aevb(chosen, images) for name, chosen in settings.items()}, STEPS)
    return {name: 1e3 * figure / STEPS for name, figure in seconds.items()}


def _in_turn(trainings: dict[str, Aevb], steps: int | None) -> dict[str, float]:
    """Seconds of so many minibatches, or of a whole epoch, in the median."""
    found: dict[str, list[float]] = {name: [] for name in trainings}
    for _ in range(1 + TURNS):
        for name, training in trainings.items():
            started = time.perf_counter()
            for _ in range(steps or training.steps_per_epoch):
                training.minibatch()
            found[name].append(time.perf_counter() - started)
    return {name: statistics.median(seconds[1:]) for name, seconds in found.items()}


def _growth(figures: dict[str, float], unit: str) -> str:
    """The figures, each twice as large a thing as the one before, and by what factor the last doubling took longer."""
    *_, before, last = figures.values()
    listed = ", ".join(f"{value:.2f} ({name})" for name, value in figures.items())
    return f"{listed} {unit}; the last doubling takes {last / before:.2f} × as long (linear: 2)"


if __name__ == "__main__":
    for row in measure():
        print(*row, sep="  ")
