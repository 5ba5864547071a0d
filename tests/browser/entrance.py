"""The picture at the machine's entrance, worked by hands."""

from collections import Counter

import numpy as np
import torch
from playwright.sync_api import Page, expect

from tests.browser.harness import ask_channel
from vae.analysis.latent import nearest
from vae.runs.run import Run

TURN = np.linspace(0, 2 * np.pi, 25)
DIGITS = {  # strokes in fractions of the sheet
    0: [(0.5 + 0.25 * np.sin(angle), 0.5 - 0.33 * np.cos(angle)) for angle in TURN],
    1: [(0.5, 0.15), (0.5, 0.85)],
    7: [(0.25, 0.2), (0.75, 0.2), (0.45, 0.85)],
}


def choose_digit(page: Page, index: int) -> None:
    press(page, "Test digit")
    field = page.get_by_label("Index of the digit")
    field.fill(str(index))
    field.press("Enter")
    expect(page.locator(".lp-caption")).to_contain_text(f"image {index},")


def begin_drawing(page: Page) -> None:
    press(page, "Draw")
    press(page, "Clear")
    page.locator("[name=pen][value=pen]").check()


def press(page: Page, name: str) -> None:
    page.locator(".lp-pad").get_by_role("button", name=name, exact=True).click()


def said(page: Page):
    return page.locator(".lp-pad .lp-said")


def on_sheet(page: Page, places) -> list[tuple[float, float]]:
    """Places of the sheet, in fractions of it, as px of the window."""
    sheet = page.locator(".lp-sheet")
    sheet.scroll_into_view_if_needed()
    box = sheet.bounding_box()
    return [(box["x"] + u * box["width"], box["y"] + v * box["height"]) for u, v in places]


def stroke(page: Page, places) -> None:
    first, *rest = on_sheet(page, places)
    page.mouse.move(*first)
    page.mouse.down()
    for place in rest:
        page.mouse.move(*place, steps=4)
    page.mouse.up()
    next_frame(page)


def next_frame(page: Page) -> None:
    page.evaluate("new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve)))")


def mu_of(page: Page) -> list[float] | None:
    entered = ask_channel(page, "input")
    return entered and entered["mu"]


def class_at(run: Run, mu: list[float]) -> int:
    """The commonest label of the 15 test digits nearest to a place."""
    means, _, labels = run.snapshot(60).latent()
    return Counter(int(labels[index]) for index, _ in nearest(means, tuple(mu), 15)).most_common(1)[0][0]


def encoded_by_torch(run: Run, pixels) -> np.ndarray:
    with torch.no_grad():
        mu, _ = run.snapshot(60).model().encode(torch.tensor(np.reshape(pixels, (1, 784)), dtype=torch.float32))
    return mu[0].numpy()
