"""A training on an idle machine and beside programs that keep one or two cores busy, in turn."""

import os
import re
import statistics
import subprocess
import sys
import tempfile
from contextlib import ExitStack

TURNS, EPOCHS = 3, 4
BUSY = "while True: pass"
WAITING = {  # how threads wait for each other
    "as the product does": {},
    "with OpenMP's default": {"OMP_WAIT_POLICY": "active"},
    "with OMP_WAIT_POLICY=passive": {"OMP_WAIT_POLICY": "passive"},
}
Rows = list[tuple[str, str]]


def measure() -> Rows:
    """Images a second of the preset plane, all threads allowed; the median of the epochs of some turns."""
    found: dict[tuple[str, int], list[float]] = {}
    for _ in range(TURNS):
        for waiting, variables in WAITING.items():
            for n_busy in (0, 1, 2):
                found.setdefault((waiting, n_busy), []).extend(images_per_second(n_busy, variables))
    rows = []
    for waiting in WAITING:
        idle, one, two = (statistics.median(found[waiting, n_busy]) for n_busy in (0, 1, 2))
        bar = " (bar: 60 %)" if waiting == next(iter(WAITING)) else ""
        rows.append(
            (
                f"images a second, {waiting}: idle, beside one busy core, beside two",
                f"{idle:,.0f}, {one:,.0f}, {two:,.0f}; beside one {100 * one / idle:.0f} % of idle{bar}",
            )
        )
    return rows


def images_per_second(n_busy: int, variables: dict[str, str]) -> list[float]:
    """Of each epoch of a training in a process of its own."""
    with ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory())
        for _ in range(n_busy):
            busy = stack.enter_context(subprocess.Popen([sys.executable, "-c", BUSY]))
            stack.callback(busy.kill)
        done = subprocess.run(
            [sys.executable, "-m", "vae", "train", "--preset", "plane", "--epochs", str(EPOCHS)],
            env=os.environ | {"LATENT_PLANE_RUNS": folder, "PYTHONIOENCODING": "utf-8"} | variables,
            capture_output=True, text=True, check=True, encoding="utf-8",
        )  # fmt: skip
    return [float(speed.replace(",", "")) for speed in re.findall(r"([\d,]+) images/s", done.stdout)]


if __name__ == "__main__":
    for row in measure():
        print(*row, sep="  ")
