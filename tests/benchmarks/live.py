"""A training and the pages on the same cores: what each takes from the other, how soon the plane shows the weights."""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import psutil
from playwright.sync_api import Page, sync_playwright

from tests.benchmarks.app import click_durations
from tests.browser import harness
from vae.runs.run import Run

WINDOW = 12.0  # seconds
ROUNDS = 3


def measure() -> list[tuple[str, str]]:
    """Rows of the table: what was measured, and the figure."""
    with tempfile.TemporaryDirectory() as name, harness.serving(Path(name)) as address, sync_playwright() as playwright:
        folder = Path(name)
        browser = playwright.chromium.launch(executable_path=harness.chromium_path(), args=harness.CHROMIUM_FLAGS)
        page = browser.new_page(**harness.WINDOW)
        idle = click_durations(page, address)
        with _training(folder / "runs" / "bench") as run:
            busy = click_durations(page, address)
            rows = [
                (
                    "click while a training runs, median",
                    f"{np.median(busy):.0f} ms, {np.median(busy) / np.median(idle):.2f} times the idle one (bar: 2.5)",
                ),
                *_cost_of_watching(page, address, run),
                *_delay(page, address),
            ]
        browser.close()
    return rows


@contextmanager
def _training(path: Path) -> Iterator[Run]:
    """A training of the default preset with as many threads as the app gives one."""
    threads = max(1, (os.cpu_count() or 1) - 1)
    command = [sys.executable, "-m", "vae", "train", "--epochs", "500", "--run-dir", str(path)]
    child = subprocess.Popen([*command, "--threads", str(threads)], stdout=subprocess.DEVNULL, cwd=harness.ROOT)
    run = Run(path)
    try:
        while not (path / "config.json").exists() or run.status.epoch < 1:
            time.sleep(0.2)
        yield run
    finally:
        child.terminate()
        child.wait()


def _cost_of_watching(page: Page, address: str, run: Run) -> list[tuple[str, str]]:
    """Windows without and with an open Train page, in turn: the training's speed, and the server's processor time."""
    server = next(p for p in psutil.Process().children(recursive=True) if "streamlit" in " ".join(p.cmdline()))
    speed: dict[bool, list[float]] = {False: [], True: []}
    cpu: dict[bool, list[float]] = {False: [], True: []}
    for _ in range(ROUNDS):
        for watched in speed:
            page.goto(f"{address}/Train" if watched else "about:blank")
            if watched:
                page.locator(".lp-plane:not([aria-busy])").wait_for()
            time.sleep(2)
            before, used = run.status, _cpu_seconds(server)
            time.sleep(WINDOW)
            after = run.status
            speed[watched].append((after.step - before.step) / (after.heartbeat - before.heartbeat))
            cpu[watched].append((_cpu_seconds(server) - used) / WINDOW)
    lost = 1 - np.median(speed[True]) / np.median(speed[False])
    polling = np.median(cpu[True]) - np.median(cpu[False])
    return [
        ("a training's speed, lost to an open Train page", f"{lost:.0%} (bar: 15 %)"),
        ("server, for one open Train page", f"{polling:.1%} of a core (bar: 5 %)"),
    ]


def _cpu_seconds(process: psutil.Process) -> float:
    times = process.cpu_times()
    return times.user + times.system


def _delay(page: Page, address: str) -> list[tuple[str, str]]:
    """From the checkpoint on the disk, whose time is in its key, to the painted frame."""
    page.goto(f"{address}/Train")
    page.locator(".lp-plane:not([aria-busy])").wait_for()
    page.evaluate(
        """() => {
          window.delays = [];
          document.addEventListener("latentplane:painted", ({ detail }) =>
            window.delays.push(Date.now() - Number(BigInt(detail.key.split("@").at(-2)) / 1000000n)));
        }"""
    )
    page.wait_for_function("window.delays.length > 12", timeout=180_000)
    delays = page.evaluate("window.delays")[1:]
    return [
        (
            "checkpoint to painted plane",
            f"median {np.median(delays):.0f} ms, 90 % under {np.quantile(delays, 0.9):.0f} ms (bar: 500)",
        )
    ]
