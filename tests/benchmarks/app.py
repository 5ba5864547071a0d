"""The app in a real Chromium: how soon it is there, how fast it decodes, how soon a click is answered."""

import tempfile
import time
from pathlib import Path

import numpy as np
from playwright.sync_api import Page, sync_playwright

from tests.browser import harness

HOVERS = 300
CLICKS = 30


def measure() -> list[tuple[str, str]]:
    """Rows of the table: what was measured, and the figure."""
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=harness.chromium_path(), args=harness.CHROMIUM_FLAGS)
        page = browser.new_page(**harness.WINDOW)
        page.goto("about:blank")
        started = time.perf_counter()
        with harness.serving(Path(folder)) as address:
            harness.open_page(page, address)
            first_paint = time.perf_counter() - started
            rows = [
                ("server start to painted landing page", f"{first_paint:.2f} s (bar: under 2)"),
                *_hover(page, address),
            ]
            rows += _click(page, address)
        browser.close()
    return rows


def _hover(page: Page, address: str) -> list[tuple[str, str]]:
    sent: list[object] = []
    page.on("websocket", lambda socket: socket.on("framesent", lambda frame: sent.append(frame)))
    harness.open_page(page, f"{address}/Decode")
    page.wait_for_timeout(1000)
    sent.clear()
    page.evaluate(
        """() => {
          window.decodes = []; window.frames60 = [];
          document.addEventListener("latentplane:decoded", ({ detail }) => window.decodes.push(detail.milliseconds));
          const tick = (now) => { window.frames60.push(now); window.ticking = requestAnimationFrame(tick); };
          requestAnimationFrame(tick);
        }"""
    )
    rng = np.random.default_rng(0)
    left, bottom = harness.position(page, (-3, -3))
    right, top = harness.position(page, (3, 3))
    for u, v in rng.uniform(size=(HOVERS, 2)):
        page.mouse.move(left + u * (right - left), bottom + v * (top - bottom))
    page.evaluate("cancelAnimationFrame(window.ticking)")
    decodes, frames = page.evaluate("[window.decodes, window.frames60]")
    intervals = np.diff(frames)
    return [
        ("decodes while hovering, 95 % under", f"{np.quantile(decodes, 0.95):.2f} ms of {len(decodes)} (bar: 2)"),
        ("frames while hovering", f"{1000 / np.median(intervals):.0f} a second in the median (bar: 60)"),
        ("messages to the server while hovering", f"{len(sent)} (bar: 0)"),
    ]


def _click(page: Page, address: str) -> list[tuple[str, str]]:
    """From the click to the picture that Python decoded, the last thing to change; 10,000 points, the model loaded."""
    harness.open_page(page, f"{address}/Decode?z=0,0")
    page.locator(".st-key-pinned img").wait_for()
    page.wait_for_timeout(1000)
    durations = []
    rng = np.random.default_rng(1)
    for z in rng.uniform(-2, 2, size=(CLICKS, 2)):
        x, y = harness.position(page, tuple(z))
        page.mouse.move(x, y)
        durations.append(
            page.evaluate(
                """async ([x, y]) => {
                  const target = document.elementFromPoint(x, y);
                  const pinned = () => document.querySelector(".st-key-pinned img")?.src;
                  const before = pinned();
                  const options = { clientX: x, clientY: y, button: 0, bubbles: true, pointerId: 1 };
                  const started = performance.now();
                  target.dispatchEvent(new PointerEvent("pointerdown", options));
                  window.dispatchEvent(new PointerEvent("pointerup", options));
                  while ((pinned() ?? before) === before && performance.now() - started < 5000)
                    await new Promise((resolve) => requestAnimationFrame(resolve));
                  return performance.now() - started;
                }""",
                [x, y],
            )
        )
        page.wait_for_selector(harness.IDLE)
    return [("click to updated page, median", f"{np.median(durations):.0f} ms of {CLICKS} clicks (bar: 250)")]
