"""The Theory page in a browser: every step draws its figures, on a desk and on a phone."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser import harness

FIGURES = {1: 2, 2: 2, 3: 2, 4: 3, 5: 0, 6: 1, 7: 4}  # charts of each step, with the bundled run
SOON = 20_000  # ms; what takes longer than a blink shows a spinner meanwhile


def choose(page: Page, step: int) -> None:
    page.get_by_role("button", name=re.compile(rf"^{step} · ")).or_(
        page.get_by_role("radio", name=re.compile(rf"^{step} · "))
    ).first.click()


@pytest.mark.parametrize("page", [{}, {**harness.PHONE, "color_scheme": "dark"}], ids=["desk", "phone"], indirect=True)
def test_every_step_draws_its_figures_and_stays_within_the_window(page: Page, server: str):
    page.goto(f"{server}/Theory")
    page.wait_for_selector(harness.IDLE)
    for step, n_figures in FIGURES.items():
        choose(page, step)
        if step > 1:  # the first is the default
            expect(page).to_have_url(re.compile(rf"step={step}"))
        expect(page.locator(".js-plotly-plot .main-svg:first-child")).to_have_count(n_figures, timeout=SOON)
        page.wait_for_selector(harness.IDLE)
        expect(page.get_by_test_id("stAlertContentError")).to_have_count(0)
        width = page.viewport_size["width"]
        assert page.evaluate("document.querySelector('[data-testid=stMain]').scrollWidth") <= width


def test_another_image_changes_the_numbers_and_the_address(page: Page, server: str):
    page.goto(f"{server}/Theory?step=2&image=2")
    page.wait_for_selector(harness.IDLE)
    expect(page.get_by_text("Test image x, a 1")).to_be_visible()
    before = page.locator(".katex-display").nth(1).inner_text()
    page.get_by_role("button", name="A difficult one").click()
    expect(page).to_have_url(re.compile("image=8"))
    expect(page.locator(".katex-display").nth(1)).not_to_have_text(before, timeout=SOON)


def test_a_line_of_the_algorithm_opens_its_code(page: Page, server: str):
    page.goto(f"{server}/Theory?step=5&run=mnist-article")
    page.wait_for_selector(harness.IDLE)
    page.get_by_text("Draw the noise, L = 1").click()
    expect(page.get_by_test_id("stCode").first).to_contain_text("def reparameterise", timeout=SOON)
