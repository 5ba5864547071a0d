"""Driving the app in a real Chromium: for the browser tests, and for the benchmarks."""

import base64
import os
import re
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, suppress
from io import BytesIO
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import numpy as np
import psutil
from PIL import Image
from playwright.sync_api import Browser, CDPSession, Locator, Page, expect, sync_playwright

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
PHONE = {"viewport": {"width": 400, "height": 850}, "has_touch": True, "is_mobile": True}
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
def serving(
    folder: Path,
    script: Path = ROOT / "app.py",
    port: int | None = None,
    options: Sequence[str] = (),
    environment: Mapping[str, str] | None = None,
    descriptors: int | None = None,
) -> Iterator[str]:
    """A running app with an empty runs folder below `folder`; gives its address.

    options: more of the command line. environment: more of it. descriptors: files that it may open, where that can
    be limited.
    """
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
            *options,
        ],
        cwd=script.parent,
        env={**os.environ, "LATENT_PLANE_RUNS": str(folder / "runs"), **(environment or {})},
        stdout=subprocess.DEVNULL,
        preexec_fn=descriptors and (lambda: _limit_descriptors(descriptors)),
    )
    address = f"http://localhost:{port}"
    end = time.monotonic() + 60
    while time.monotonic() < end:
        with suppress(OSError):
            urllib.request.urlopen(f"{address}/_stcore/health")
            break
        time.sleep(0.02)
    try:
        yield address
    finally:
        process.terminate()
        process.wait(timeout=20)


def _limit_descriptors(n: int) -> None:
    import resource

    resource.setrlimit(resource.RLIMIT_NOFILE, (n, n))


def server_process(address: str) -> psutil.Process:
    """The process that serves an address."""
    port = address.rpartition(":")[2]
    return next(child for child in psutil.Process().children() if port in child.cmdline())


@contextmanager
def window(browser: Browser, **options: Any) -> Iterator[Page]:
    """A new window, 1280×800 in the light theme unless the options differ; an uncaught error in it fails the test."""
    context = browser.new_context(**{**WINDOW, **options})
    page = context.new_page()
    page.set_default_timeout(30_000)
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    yield page
    context.close()
    assert not errors, errors


@contextmanager
def caching_window(folder: Path) -> Iterator[Page]:
    """A window of a Chromium of its own, which keeps its cache below `folder` as a user's does."""
    with sync_playwright() as playwright:
        context = playwright.chromium.launch_persistent_context(
            folder / "profile", executable_path=chromium_path(), args=CHROMIUM_FLAGS, **WINDOW
        )
        yield context.new_page()
        context.close()


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


def ask_channel(page: Page, topic: str, name: str = "decode") -> Any:
    """What was last said of a topic on the channel of a plane, arrays as lists; None: nothing."""
    return page.evaluate(
        """async ([topic, name]) => {
          const plotly = document.querySelector("script[src*='plotly']").src;
          const { channel } = await import(plotly.replace("plotly.min.js", "channel.js"));
          const plain = (key, value) => (ArrayBuffer.isView(value) ? Array.from(value) : value);
          return JSON.parse(JSON.stringify(channel(name).last(topic) ?? null, plain));
        }""",
        [topic, name],
    )


def layer(page: Page, name: str) -> np.ndarray:
    """What is painted on one of the plane's canvases: (height, width, 4) uint8."""
    url = page.evaluate("(name) => document.querySelector(`.lp-${name}`).toDataURL()", name)
    return np.asarray(Image.open(BytesIO(base64.b64decode(url.split(",")[1]))))


def query(page: Page) -> dict[str, str]:
    """The parameters in the address."""
    return {name: values[0] for name, values in parse_qs(urlsplit(page.url).query).items()}


def draw_square(page: Page, half: float) -> None:
    """A stroke with the pressed mouse around the middle of the plane, ±`half` in both directions."""
    corners = [(-half, -half), (half, -half), (half, half), (-half, half)]
    page.mouse.move(*position(page, corners[0]))
    page.mouse.down()
    for corner in [*corners[1:], corners[0]]:
        page.mouse.move(*position(page, corner), steps=6)
    page.mouse.up()


def fingers(session: CDPSession, kind: str, *places) -> None:
    """A touch event of that kind with fingers at these places of the window, in px."""
    points = [{"x": x, "y": y, "id": i} for i, (x, y) in enumerate(places)]
    session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})


def wait_for_query(page: Page, name: str, pattern: str) -> str:
    """The value of that parameter in the address, once it matches the pattern."""
    expect(page).to_have_url(re.compile(rf"[?&]{name}={pattern}"))
    return query(page)[name]
