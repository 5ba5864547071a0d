"""Number of visitors that one server holds: WebSocket sessions on the Decode page, clicking every few seconds."""

import asyncio
import json
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
import psutil

from tests.browser import harness
from tests.visitor import PAST, VisitError, Visitor

BAR = 20  # visitors
MOST = 640
SECONDS = 20.0  # of clicking
PAUSE = (1.0, 3.0)  # seconds between an answer and the next click
ARRIVALS = 0.15  # seconds from one visitor to the next
MEGABYTE = 1e6


def measure() -> list[tuple[str, str]]:
    """Rows of the table: what was measured, and the figure. The load comes from a process on the same cores."""
    rows, n, held = [], BAR, 0
    while n <= MOST:
        with tempfile.TemporaryDirectory() as name, harness.serving(Path(name)) as address:
            _load(address, 2, seconds=5.0)  # warm: PyTorch, the caches, the thread pools
            figures = _watched(address, n)
        rows.append((f"{n} visitors: click to the new picture", _sentence(figures)))
        if figures["median"] >= 1 or figures["errors"]:
            break
        held, n = n, 2 * n
    return [*rows, ("visitors held, median click under 1 s", f"{held} (bar: {BAR})")]


def _sentence(figures: dict[str, Any]) -> str:
    bars = " (bars: 1 s, 0 errors, 15 MB)"
    return (
        f"median {figures['median'] * 1000:.0f} ms, 95 % {figures['p95'] * 1000:.0f} ms of {figures['clicks']}; "
        f"{figures['errors']} errors; {figures['megabytes']:.1f} MB each, "
        f"{figures['left']:.0f} MB kept when they have left; "
        f"server {figures['server_cpu']:.0%}, load {figures['load_cpu']:.0%} of a core{bars}"
    )


def _watched(address: str, n: int) -> dict[str, Any]:
    """The figures of n visitors, and what they take of the server: its memory at most, and its share of a core."""
    server = harness.server_process(address)
    before = server.memory_info().rss
    load = start_load(address, n, SECONDS)
    highest = before
    arrived = time.monotonic() + n * ARRIVALS + 2
    cpu_from = None
    while load.poll() is None:
        highest = max(highest, server.memory_info().rss)
        if cpu_from is None and time.monotonic() > arrived:
            cpu_from = (time.monotonic(), _cpu(server))
        if cpu_from and time.monotonic() - cpu_from[0] < SECONDS - 5:
            share = (_cpu(server) - cpu_from[1]) / (time.monotonic() - cpu_from[0] + 1e-9)
        time.sleep(0.1)
    figures = json.loads(load.stdout.read())
    return figures | {
        "megabytes": (highest - before) / n / MEGABYTE,
        "left": (server.memory_info().rss - before) / MEGABYTE,
        "server_cpu": share,
    }


def _cpu(process: psutil.Process) -> float:
    times = process.cpu_times()
    return times.user + times.system


def _load(address: str, n: int, seconds: float) -> None:
    start_load(address, n, seconds).communicate()


def start_load(address: str, n: int, seconds: float, pause: tuple[float, float] = PAUSE) -> subprocess.Popen:
    """A process of its own with n visitors, each of whom pauses between an answer and the next click."""
    command = [sys.executable, "-m", "tests.benchmarks.visitors", address, str(n), str(seconds), *map(str, pause)]
    return subprocess.Popen(command, cwd=harness.ROOT, stdout=subprocess.PIPE, text=True)


async def _visit(
    address: str,
    seed: int,
    n: int,
    seconds: float,
    pause: tuple[float, float],
    durations: list[float],
    errors: list[str],
) -> None:
    """Come after those before, click until all have been here for `seconds`, leave."""
    rng = random.Random(seed)
    end = asyncio.get_running_loop().time() + n * ARRIVALS + seconds
    await asyncio.sleep(seed * ARRIVALS)
    visitor = Visitor(address)
    try:
        await visitor.open()
        await visitor.choose_tab(PAST)
        while True:
            await asyncio.sleep(rng.uniform(*pause))
            if asyncio.get_running_loop().time() > end:
                break
            place = (round(rng.uniform(-2, 2), 4), round(rng.uniform(-2, 2), 4))
            started = time.perf_counter()
            answer = await visitor.click(place)
            durations.append(time.perf_counter() - started)
            if answer.pin != place or not answer.pictures:
                raise VisitError(f"A click on {place} was answered with {answer.pin}.")
        await visitor.leave()
    except Exception as error:  # whatever a visitor meets is counted
        errors.append(repr(error))


async def _visit_all(address: str, n: int, seconds: float, pause: tuple[float, float]) -> dict[str, Any]:
    durations: list[float] = []
    errors: list[str] = []
    cpu = time.process_time()
    started = time.perf_counter()
    await asyncio.gather(*(_visit(address, i, n, seconds, pause, durations, errors) for i in range(n)))
    for error in errors[:3]:
        print(error, file=sys.stderr)
    return {
        "median": float(np.median(durations)) if durations else float("inf"),
        "p95": float(np.quantile(durations, 0.95)) if durations else float("inf"),
        "clicks": len(durations),
        "errors": len(errors),
        "load_cpu": (time.process_time() - cpu) / (time.perf_counter() - started),
    }


if __name__ == "__main__":
    least, most = float(sys.argv[4]), float(sys.argv[5])
    print(json.dumps(asyncio.run(_visit_all(sys.argv[1], int(sys.argv[2]), float(sys.argv[3]), (least, most)))))
