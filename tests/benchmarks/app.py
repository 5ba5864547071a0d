"""The app in a real Chromium: how fast it decodes, how soon a click is answered."""

import tempfile
from pathlib import Path

import numpy as np
from playwright.sync_api import Page

from tests.browser import harness

HOVERS = 300
CLICKS = 30


def measure() -> list[tuple[str, str]]:
    """Rows of the table: what was measured, and the figure."""
    with (
        tempfile.TemporaryDirectory() as name,
        harness.caching_window(folder := Path(name)) as page,
        harness.serving(folder) as address,
    ):
        return [
            *_hover(page, address),
            *_click(page, address),
            *_switching(page, address),
            *_drawing(page, address),
            *_many_points(page, address),
        ]


def _hover(page: Page, address: str) -> list[tuple[str, str]]:
    sent: list[object] = []
    page.on("websocket", lambda socket: socket.on("framesent", lambda frame: sent.append(frame)))
    harness.open_page(page, f"{address}/Decode")
    page.wait_for_timeout(1000)
    sent.clear()
    decodes, frames = _hovering(page)
    return [
        ("decodes while hovering, 95 % under", f"{np.quantile(decodes, 0.95):.2f} ms of {len(decodes)} (bar: 2)"),
        ("frames while hovering, 10,000 points", f"{frames:.0f} a second in the median (bar: 60)"),
        ("messages to the server while hovering", f"{len(sent)} (bar: 0)"),
    ]


def _hovering(page: Page) -> tuple[list[float], float]:
    """Milliseconds of each decoding while the pointer moves over the plane, and frames a second in the median."""
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
    return decodes, 1000 / np.median(np.diff(frames))


def _switching(page: Page, address: str) -> list[tuple[str, str]]:
    """Epochs by the slider, from the key to the painted plane; backdrops from the choice to the first picture."""
    harness.open_page(page, f"{address}/Latent_space")
    page.wait_for_timeout(2000)
    page.evaluate(
        """() => {
          window.epochs = [];
          document.addEventListener("keydown", () => (window.pressed = performance.now()), true);
          const since = () => window.epochs.push(performance.now() - window.pressed);
          document.addEventListener("latentplane:painted", since);
        }"""
    )
    page.locator(".st-key-timelapse input[type=range]").first.focus()
    for key in [*["ArrowLeft"] * 9, *["ArrowRight"] * 9]:
        page.keyboard.press(key)
        page.wait_for_timeout(700)
    first, again = np.split(np.array(page.evaluate("window.epochs")), [9])
    rows = [
        (
            "epoch by the slider, painted after",
            f"{np.median(first):.0f} ms, seen before {np.median(again):.0f} (bar: 200)",
        )
    ]
    for name in ("manifold", "posterior", "classes", "magnification", "trust"):
        page.evaluate(
            """(name) => {
              window.first = new Promise((resolve) => document.addEventListener("latentplane:backdrop", ({ detail }) =>
                detail.name === name && detail.first && resolve(detail.milliseconds)));
            }""",
            name,
        )
        page.locator(".lp-backdrops").select_option(name)
        rows.append((f"backdrop: {name}, first picture after", f"{page.evaluate('window.first'):.0f} ms (bar: 200)"))
        page.wait_for_timeout(1500)
    return rows


def _drawing(page: Page, address: str) -> list[tuple[str, str]]:
    harness.open_page(page, f"{address}/Decode")
    page.get_by_role("button", name="Draw", exact=True).click()
    page.evaluate(
        """() => {
          window.encodes = [];
          addEventListener("latentplane:encoded", ({ detail }) => window.encodes.push(detail.milliseconds));
        }"""
    )
    box = page.locator(".lp-sheet").bounding_box()
    page.mouse.move(box["x"] + 40, box["y"] + 20)
    page.mouse.down()
    for step in range(60):
        page.mouse.move(box["x"] + 40 + (step % 9), box["y"] + 20 + 1.5 * step)
    page.mouse.up()
    p95 = np.quantile(page.evaluate("window.encodes"), 0.95)
    return [("stroke to landed ellipse, 95 % under", f"{p95:.1f} ms, within the frame (bar: 16)")]


def _many_points(page: Page, address: str) -> list[tuple[str, str]]:
    harness.open_page(page, f"{address}/Latent_space?images=train")
    page.wait_for_timeout(2000)
    _, frames = _hovering(page)
    return [("frames while hovering, 55,000 points", f"{frames:.0f} a second in the median (bar: 30)")]


def _click(page: Page, address: str) -> list[tuple[str, str]]:
    durations = click_durations(page, address)
    return [("click to updated page, median", f"{np.median(durations):.0f} ms of {len(durations)} clicks (bar: 250)")]


def click_durations(page: Page, address: str) -> list[float]:
    """Milliseconds from a click to the picture that Python decoded, the last thing to change, with the model loaded."""
    harness.open_page(page, f"{address}/Decode?z=0,0")
    page.get_by_role("tab", name="This place in training").click()
    page.locator(".st-key-past img").last.wait_for()
    page.locator(".lp-plane").scroll_into_view_if_needed()
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
                  const pinned = () => [...document.querySelectorAll(".st-key-past img")].at(-1)?.src;
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
    return durations
