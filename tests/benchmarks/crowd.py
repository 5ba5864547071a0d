"""A hundred visitors for ten minutes, and a thousand page loads where a process may open 256 files."""

import asyncio
import json
import tempfile
import time
from pathlib import Path

from tests.benchmarks.visitors import MEGABYTE, start_load
from tests.browser import harness
from tests.visitor import Visitor

VISITORS = 100
SECONDS = 600.0
PAUSE = (5.0, 15.0)  # seconds between an answer and the next click, as of a class
FLAT_AFTER = 75.0  # seconds: all have come, and a minute more
LOADS = 1_000
DESCRIPTORS = 256
Rows = list[tuple[str, str]]


def measure() -> Rows:
    return [*_crowd(), *_loads()]


def _crowd() -> Rows:
    with tempfile.TemporaryDirectory() as name, harness.serving(Path(name)) as address:
        start_load(address, 2, 5.0).communicate()  # warm: PyTorch, the caches, the thread pools
        server, began, memory = harness.server_process(address), time.monotonic(), []
        load = start_load(address, VISITORS, SECONDS, PAUSE)
        while load.poll() is None:
            if FLAT_AFTER < time.monotonic() - began < SECONDS:
                memory.append(server.memory_info().rss / MEGABYTE)
            time.sleep(1)
        figures = json.loads(load.stdout.read())
    grown = max(memory) / memory[0] - 1
    return [
        (
            f"{VISITORS} visitors for {SECONDS / 60:.0f} minutes: click to the new picture",
            f"median {figures['median'] * 1000:.0f} ms, 95 % {figures['p95'] * 1000:.0f} ms of {figures['clicks']:,}; "
            f"{figures['errors']} errors (bars: 300 ms, 0)",
        ),
        (
            "the server's memory meanwhile, after the first minute",
            f"{memory[0]:.0f} MB, at most {max(memory):.0f}, at the end {memory[-1]:.0f}: {grown:+.1%} (bar: 5 %)",
        ),
    ]


def _loads() -> Rows:
    with tempfile.TemporaryDirectory() as name, harness.serving(Path(name), descriptors=DESCRIPTORS) as address:
        server, began = harness.server_process(address), time.monotonic()
        most = asyncio.run(_load_often(address, server))
        took = time.monotonic() - began
        return [
            (
                f"page loads with {DESCRIPTORS} descriptors",
                f"{LOADS:,} of {LOADS:,} in {took:.0f} s; {most} descriptors at most; "
                f"{server.memory_info().rss / MEGABYTE:.0f} MB",
            )
        ]


async def _load_often(address: str, server) -> int:
    most = 0
    for _ in range(LOADS):
        visitor = Visitor(address)
        await visitor.open()
        await visitor.leave()
        most = max(most, server.num_fds())
    return most
