"""The plane with a million points in a real Chromium, beside the planes of 10,000 and 55,000."""

import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import psutil
from playwright.sync_api import Page, sync_playwright

from tests.browser import harness
from vae.analysis.latent import coordinate_chart
from vae.browser import payload
from vae.browser.points import PointSet, View, draws_in_plane, sample
from vae.runs.catalogue import find_run

IMAGES = {"10,000": "test", "55,000": "train", "1,000,000": "draws"}  # points → `?images=`
MILLION = 1_000_000
ROUNDS = 3
HOVERS = 100
TURNS = 40  # of the wheel, in and out again
STEPS = 60  # of a drag
CLOSE: View = ((-0.5, 1.5), (-0.7, 1.3))
_FRAMES = """() => {
  window.frames60 = [];
  const tick = (now) => { window.frames60.push(now); window.ticking = requestAnimationFrame(tick); };
  window.ticking = requestAnimationFrame(tick);
}"""


def measure() -> list[tuple[str, str]]:
    """Rows of the table: what was measured, and the figure."""
    with tempfile.TemporaryDirectory() as name, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=harness.chromium_path(), args=harness.CHROMIUM_FLAGS)
        page = browser.new_page(**harness.WINDOW)
        with harness.serving(Path(name)) as address:
            rows = [*_server(), *_opening(page, address), *_moving(page, address), *_zooming(page, address)]
        browser.close()
    return rows


def _server() -> list[tuple[str, str]]:
    """What the server does for a view, and what it sends."""
    latent = find_run("mnist-plane").latent(60)
    started = time.perf_counter()
    points = draws_in_plane(latent, coordinate_chart(2), MILLION)
    drawing = time.perf_counter() - started
    sampling = np.median([_seconds_of_a_view(points, half) for half in (4, 2, 1, 0.5, 0.1) * 5])
    whole, close = (len(payload.points_payload(points, view, "key")) for view in (None, CLOSE))
    return [
        ("1,000,000 points, drawn once", f"{1000 * drawing:.0f} ms"),
        ("points of a view found, of 1,000,000", f"{1000 * sampling:.1f} ms in the median (bar: 50)"),
        ("points of the whole plane, and of a close view", f"{whole / 1e6:.2f} MB, {close / 1e6:.2f} MB"),
    ]


def _seconds_of_a_view(points: PointSet, half: float) -> float:
    started = time.perf_counter()
    sample(points, ((0.5 - half, 0.5 + half), (0.3 - half, 0.3 + half)))
    return time.perf_counter() - started


def _opening(page: Page, address: str) -> list[tuple[str, str]]:
    """From the address to the painted plane, the first time with the encoding of the images; the server's memory."""
    server = next(p for p in psutil.Process().children(recursive=True) if "streamlit" in " ".join(p.cmdline()))
    harness.open_page(page, f"{address}/Latent_space?images=train")  # loads torch, encodes, cuts the pictures
    page.wait_for_timeout(2000)
    before = server.memory_info().rss
    seconds = {points: [] for points in IMAGES}
    for _ in range(ROUNDS):
        for points, name in reversed(IMAGES.items()):
            page.goto("about:blank")
            started = time.perf_counter()
            harness.open_page(page, f"{address}/Latent_space?images={name}")
            seconds[points].append(time.perf_counter() - started)
    first, *again = seconds["1,000,000"]
    others = ", ".join(f"{points}: {np.median(seconds[points]):.2f}" for points in IMAGES if points != "1,000,000")
    more = (server.memory_info().rss - before) / 1e6
    return [
        ("1,000,000 points opened", f"{first:.2f} s, again {np.median(again):.2f} s ({others})"),
        ("server's memory for them", f"{more:.0f} MB more, {server.memory_info().rss / 1e6:.0f} MB in all"),
    ]


def _moving(page: Page, address: str) -> list[tuple[str, str]]:
    """Frames a second while pointing and while dragging, of the whole plane and of a close view of it."""
    figures: dict[str, list[str]] = {}
    for points, name in IMAGES.items():
        for zoom, prefix in (("", ""), ("&zoom=-0.5,1.5,-0.7,1.3", "close view, ")):
            harness.open_page(page, f"{address}/Latent_space?images={name}{zoom}")
            page.wait_for_timeout(2500)
            for what, move in (("pointing", _point), ("dragging", _drag)):
                figures.setdefault(f"frames, {prefix}{what}", []).append(f"{_frames(page, move)} ({points})")
    scale = "a second in the median / on average (bar: 30)"
    return [(f"{what}, by points", f"{', '.join(reversed(each))} {scale}") for what, each in figures.items()]


def _frames(page: Page, move: Callable[[Page], None]) -> str:
    """Frames a second in the median and on average: a few long ones show in the latter alone."""
    page.evaluate(_FRAMES)
    move(page)
    page.evaluate("cancelAnimationFrame(window.ticking)")
    milliseconds = np.diff(page.evaluate("window.frames60"))
    return f"{1000 / np.median(milliseconds):.0f} / {1000 / milliseconds.mean():.0f}"


def _point(page: Page) -> None:
    box = page.locator(".lp-graph .nsewdrag").bounding_box()
    for u, v in np.random.default_rng(0).uniform(size=(HOVERS, 2)):
        page.mouse.move(box["x"] + u * box["width"], box["y"] + v * box["height"])


def _drag(page: Page) -> None:
    box = page.locator(".lp-graph .nsewdrag").bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    for step in range(STEPS):
        angle = 2 * np.pi * step / STEPS
        page.mouse.move(x + 60 * np.sin(angle), y + 60 * (1 - np.cos(angle)))
    page.mouse.up()
    page.wait_for_timeout(500)


def _zooming(page: Page, address: str) -> list[tuple[str, str]]:
    """The wheel, in and out; and from a view's coming to rest to its points, on the screen."""
    frames = {}
    for points, name in IMAGES.items():
        harness.open_page(page, f"{address}/Latent_space?images={name}")
        page.wait_for_timeout(2500)
        frames[points] = _frames(page, _wheel)
    durations = []
    page.locator(".lp-toolbar [data-action=home]").click()
    page.wait_for_timeout(2000)
    for half in (1.0, 0.9, 0.8, 0.7, 0.6, 0.5, 0.4, 0.3):
        durations.append(_milliseconds_to_points(page, half))
    each = ", ".join(f"{figure} ({points})" for points, figure in reversed(frames.items()))
    return [
        ("frames, zooming by the wheel, by points", f"{each} a second in the median / on average (bar: 30)"),
        ("a view at rest to its points, painted", f"{np.median(durations):.0f} ms, of which 200 are rest"),
    ]


def _wheel(page: Page) -> None:
    box = page.locator(".lp-graph .nsewdrag").bounding_box()
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    for turn in range(TURNS):
        page.mouse.wheel(0, -60 if turn < TURNS / 2 else 60)
        page.wait_for_timeout(16)


def _milliseconds_to_points(page: Page, half: float) -> float:
    return page.evaluate(
        """async (half) => {
          const painted = new Promise((resolve) =>
            document.addEventListener("latentplane:painted", () => resolve(performance.now()), { once: true }));
          const graph = document.querySelector(".lp-graph");
          const range = (centre) => [centre - half, centre + half];
          await Plotly.relayout(graph, { "xaxis.range": range(0.5), "yaxis.range": range(0.3) });
          const rested = performance.now();
          return (await painted) - rested;
        }""",
        half,
    )
