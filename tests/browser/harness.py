"""Driving the app in a real Chromium: for the browser tests, and for the benchmarks."""

import os
import re
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

from playwright.sync_api import Locator, Page

ROOT = Path(__file__).parent.parent.parent
CHROMIUM_FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
WINDOW = {"viewport": {"width": 1280, "height": 800}, "color_scheme": "light"}
X_RANGE = "document.querySelector('.lp-graph')._fullLayout.xaxis.range"
IDLE = "[data-testid=stApp][data-test-script-state=notRunning]"


def free_port() -> int:
    with closing(socket.socket()) as listener:
        listener.bind(("localhost", 0))
        return listener.getsockname()[1]


def chromium_path() -> str | None:
    """Where Chromium is: the environment's CHROMIUM, or the first of the usual names on the path."""
    names = ("chromium", "chromium-browser", "google-chrome")
    return os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, names)), None)


@contextmanager
def serving(folder: Path, script: Path = ROOT / "app.py", port: int | None = None) -> Iterator[str]:
    """A running app with an empty runs folder below `folder`; gives its address."""
    port = port or free_port()
    process = subprocess.Popen(
        [
            sys.executable,
            "-m",
            "streamlit",
            "run",
            str(script),
            "--server.headless",
            "true",
            "--server.port",
            str(port),
        ],
        cwd=script.parent,
        env={**os.environ, "LATENT_PLANE_RUNS": str(folder / "runs")},
        stdout=subprocess.DEVNULL,
    )
    address = f"http://localhost:{port}"
    end = time.monotonic() + 60
    while time.monotonic() < end:
        with suppress(OSError):
            urllib.request.urlopen(f"{address}/_stcore/health")
            break
        time.sleep(0.02)
    yield address
    process.terminate()
    process.wait(timeout=20)


def open_page(page: Page, address: str) -> Locator:
    """Open an address and wait until the script has run and its plane is painted; returns the plane."""
    page.goto(address)
    plane = page.locator(".lp-plane")
    plane.and_(page.locator(":not([aria-busy])")).wait_for()
    page.wait_for_selector(IDLE)
    plane.scroll_into_view_if_needed()  # on a phone, the picture at the machine's entrance stands above it
    return plane


def position(page: Page, z: tuple[float, float]) -> tuple[float, float]:
    """Where a place of the plane is in the window, in px."""
    return tuple(
        page.evaluate(
            """([z1, z2]) => {
              const graph = document.querySelector(".lp-graph");
              const { xaxis, yaxis } = graph._fullLayout;
              const box = graph.getBoundingClientRect();
              return [box.left + xaxis._offset + xaxis.d2p(z1), box.top + yaxis._offset + yaxis.d2p(z2)];
            }""",
            list(z),
        )
    )


def click_at(page: Page, z: tuple[float, float]) -> None:
    page.mouse.move(*position(page, z))
    page.mouse.down()
    page.mouse.up()


def shown_place(page: Page) -> tuple[float, float]:
    """The z under the decoded picture."""
    numbers = re.findall(r"[−\d.]+", page.locator(".lp-place").inner_text())
    return tuple(float(number.replace("−", "-")) for number in numbers)


def picture(page: Page) -> list[int]:
    """The grey values of the decoded picture, 0…255."""
    return page.evaluate(
        """() => {
          const canvas = document.querySelector(".lp-picture canvas");
          const rgba = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data;
          return Array.from(rgba).filter((_, i) => i % 4 === 0);
        }"""
    )
