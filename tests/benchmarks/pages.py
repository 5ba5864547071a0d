"""Loading times of the pages in Chromium: after the server's start, opened by address, and by a link."""

import tempfile
import time
from pathlib import Path
from typing import NamedTuple

import numpy as np
from playwright.sync_api import Page

from tests.browser import harness

STARTS = 3
ROUNDS = 5
SETTLED = 700  # ms; what a page still does after its paint is not counted to the next one


class Content(NamedTuple):
    """What makes a page one that can be looked at: its heading, and what it is there for."""

    path: str
    heading: str
    main: str


PLANE = ".lp-plane:not([aria-busy])"  # with its points and the decoded picture
PAGES = {
    "landing page": Content("", "Latent Plane", PLANE),
    "Train": Content("Train", "Train", "[data-testid=stDataFrame] canvas"),  # the table of runs, below the form
    "Latent space": Content("Latent_space", "Latent space", PLANE),
    "Decode": Content("Decode", "Decode", PLANE),
    "Reconstruct": Content("Reconstruct", "Reconstruct", ".st-key-row img"),
    "Theory": Content("Theory", "Theory", ".st-key-theory .js-plotly-plot .main-svg"),
}
# Everything of the page before is gone: what is still there from it has been marked.
_PAINTED = """([heading, main]) => {
  const found = [...document.querySelectorAll(main)].filter((element) => !element.closest("[data-old]"));
  return document.querySelector("h1")?.textContent === heading && found.length > 0
    && found.every((element) => element.complete ?? true) && !document.querySelector("[data-old]");
}"""
# Marks what is there, and takes the time from the next click to the frame in which the page has been painted.
_WATCH = f"""(content) => {{
  const painted = {_PAINTED};
  for (const old of document.querySelectorAll(".lp-plane, .st-key-row, .st-key-theory")) old.dataset.old = "yes";
  window.painted = null;
  document.addEventListener("click", () => {{
    const clicked = performance.now();
    const look = () => painted(content)
      ? requestAnimationFrame(() => {{ window.painted = performance.now() - clicked; }}) : requestAnimationFrame(look);
    look();
  }}, {{ once: true, capture: true }});
}}"""


def measure() -> list[tuple[str, str]]:
    """Rows of the table: what was measured, and the figure."""
    with tempfile.TemporaryDirectory() as name, harness.caching_window(folder := Path(name)) as page:
        rows = _start(page, folder)
        with harness.serving(folder) as address:
            rows += [*_first_paint(page, address), *_navigation(page, address)]
    return rows


def _start(page: Page, folder: Path) -> list[tuple[str, str]]:
    """From the start of the server to the page, beside an app that shows a title alone; the browser has its cache."""
    empty = folder / "empty.py"
    empty.write_text("import streamlit as st\n\nst.title('Latent Plane')\n")
    heading, plane = "h1", PLANE
    seconds: dict[tuple[Path, str], list[float]] = {}
    ports = {empty: harness.free_port(), harness.ROOT / "app.py": harness.free_port()}
    for round_ in range(1 + STARTS):  # the first fills the browser's cache
        for script, port in ports.items():
            started = time.perf_counter()
            with harness.serving(folder, script, port) as address:
                page.goto(address)
                for selector in [heading] if script == empty else [heading, plane]:
                    page.locator(selector).wait_for()
                    if round_:
                        seconds.setdefault((script, selector), []).append(time.perf_counter() - started)
                page.goto("about:blank")
    rows = zip(
        ("an empty app painted", "landing page painted", "landing page's plane live (bar: 2)"),
        seconds.values(),
        strict=True,
    )
    return [(f"server start to {what}", f"{np.median(figures):.2f} s, median of {STARTS}") for what, figures in rows]


def _first_paint(page: Page, address: str) -> list[tuple[str, str]]:
    """Each page opened by its address in a new session: server and browser have been there before."""
    rows = []
    for name, content in PAGES.items():
        seconds = []
        for _ in range(1 + ROUNDS):
            started = time.perf_counter()
            page.goto(f"{address}/{content.path}")
            page.wait_for_function(_PAINTED, arg=[content.heading, content.main])
            seconds.append(time.perf_counter() - started)
            page.wait_for_selector(harness.IDLE)
            page.wait_for_timeout(SETTLED)
            page.goto("about:blank")
        rows.append((f"first paint: {name}", f"{_median(seconds[1:])} of {ROUNDS} (bar: 1)"))
    return rows


def _navigation(page: Page, address: str) -> list[tuple[str, str]]:
    """From the click on a link in the sidebar to the painted page, with nothing left of the one before."""
    page.goto(address)
    seconds: dict[str, list[float]] = {name: [] for name in PAGES}
    for _ in range(1 + ROUNDS):
        for name in [*list(PAGES)[1:], "landing page"]:
            content = PAGES[name]
            page.evaluate(_WATCH, [content.heading, content.main])
            page.get_by_test_id("stSidebar").get_by_role("link", name=content.heading, exact=True).click()
            seconds[name].append(page.wait_for_function("window.painted").json_value() / 1000)
            page.wait_for_selector(harness.IDLE)
            page.wait_for_timeout(SETTLED)
    return [
        (f"navigation to: {name}", f"{_median(figures[1:])} of {ROUNDS} (bar: 0.5)")
        for name, figures in seconds.items()
    ]


def _median(seconds: list[float]) -> str:
    return f"{np.median(seconds):.2f} s, median"


if __name__ == "__main__":
    for row in measure():
        print(*row, sep="  ")
