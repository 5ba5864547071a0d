"""The plane with a million points: the browser holds a sample, and gets more of a closer view."""

import re

import numpy as np
import pytest
from playwright.sync_api import Page, expect

from tests.browser.harness import IDLE, X_RANGE, ask_channel, click_at, draw_square, layer, open_page, position
from vae import data
from vae.browser.points import AROUND, LIMIT

PATH = "Latent_space?images=draws"
WHOLE = f"{LIMIT:,} of 1,000,000 points, chosen at random. Zoom in to see more."
ALL_OF_VIEW = re.compile(r"^All [\d,]+ points in this view, of 1,000,000\.$")
CLOSE = (0.5, 0.3)


def open_million(page: Page, server: str, more: str = "") -> list[object]:
    """Open the plane; gives the list of what the browser sends from then on."""
    sent: list[object] = []
    page.on("websocket", lambda socket: socket.on("framesent", lambda frame: sent.append(frame)))
    open_page(page, f"{server}/{PATH}{more}")
    return sent


def settled(page: Page, text: str | re.Pattern) -> None:
    expect(page.locator(".lp-count")).to_have_text(text)
    page.wait_for_selector(IDLE)
    page.wait_for_timeout(500)  # Streamlit reports heights late


def shown_points(page: Page) -> dict:
    """What the browser holds of the points: all but their places."""
    return page.evaluate(
        """async () => {
          const plotly = document.querySelector("script[src*='plotly']").src;
          const { channel } = await import(plotly.replace("plotly.min.js", "channel.js"));
          const { x, y, ids, images, ...counts } = channel("latent-space").last("payload").points;
          const drawn = document.querySelector(".lp-graph").data.reduce((sum, trace) => sum + trace.x.length, 0);
          return { ...counts, drawn, ids: Array.from(ids), places: [Array.from(x), Array.from(y)] };
        }"""
    )


def zoom_to(page: Page, half: float, centre: tuple[float, float] = CLOSE) -> None:
    """As the wheel would, in one step."""
    page.evaluate(
        """([[x, y], half]) => Plotly.relayout(document.querySelector(".lp-graph"), {
          "xaxis.range": [x - half, x + half], "yaxis.range": [y - half, y + half] })""",
        [list(centre), half],
    )


def wheel(page: Page, turns: int, centre: tuple[float, float] = CLOSE) -> None:
    page.mouse.move(*position(page, centre))
    for _ in range(turns):
        page.mouse.wheel(0, -300)
        page.wait_for_timeout(60)


def test_zooming_in_shows_more_points_and_the_plane_says_how_many(page, server):
    sent = open_million(page, server)
    settled(page, WHOLE)
    whole = shown_points(page)
    assert (whole["total"], whole["within"], whole["shown"], whole["drawn"]) == (1_000_000, 1_000_000, LIMIT, LIMIT)
    sent.clear()
    wheel(page, 4)
    settled(page, re.compile(rf"^{LIMIT:,} of the [\d,]+ points in this view, chosen at random\. Zoom in"))
    assert sent
    zoom_to(page, 0.1)
    settled(page, ALL_OF_VIEW)
    close = shown_points(page)
    assert close["shown"] == close["within"] < LIMIT
    assert close["drawn"] == len(close["ids"]) <= close["shown"] + AROUND
    x, y = np.array(whole["places"])
    before = np.array(whole["ids"])[np.maximum(abs(x - CLOSE[0]), abs(y - CLOSE[1])) < 0.1]
    assert set(before) <= set(close["ids"])
    assert close["shown"] > 10 * len(before) > 0
    page.locator(".lp-toolbar [data-action=home]").click()
    settled(page, WHOLE)
    assert shown_points(page)["ids"] == whole["ids"]


def test_pointing_and_what_is_here_already_need_no_message(page, server):
    sent = open_million(page, server)
    zoom_to(page, 0.2)
    settled(page, ALL_OF_VIEW)
    points = shown_points(page)
    x, y = np.array(points["places"])
    inside = np.flatnonzero(np.maximum(abs(x - CLOSE[0]), abs(y - CLOSE[1])) < 0.15)[:40]
    sent.clear()
    for i in inside:
        page.mouse.move(*position(page, (x[i], y[i])))
        expect(page.locator(".lp-thumbnail")).to_be_visible()
    expect(page.locator(".lp-thumbnail span")).to_have_text(re.compile(r"^\d · training image \d+$"))
    zoom_to(page, 0.1)
    page.wait_for_timeout(700)
    assert sent == []
    assert shown_points(page)["ids"] == points["ids"]


def test_a_dot_has_the_picture_and_the_label_of_its_image(page, server, bundled):
    open_million(page, server)
    settled(page, WHOLE)
    mouse = (3.3, 0.0)  # few are there
    points = shown_points(page)
    x, y = np.array(points["places"])
    lonely = int(np.argmin(np.hypot(x - mouse[0], y - mouse[1])))
    page.mouse.move(*position(page, (x[lonely], y[lonely])))
    title = page.locator(".lp-thumbnail span")
    expect(title).to_be_visible()
    label, index = map(int, re.match(r"(\d) · training image (\d+)", title.inner_text()).groups())
    train = data.load("train")
    assert train.labels[index] == label
    page.wait_for_function("document.querySelector('.lp-thumbnail small').textContent.includes('KL')")
    painted = page.evaluate(
        """() => {
          const canvas = document.querySelector(".lp-thumbnail canvas");
          const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
          return Array.from(data).filter((_, i) => i % 4 === 0);
        }"""
    )
    assert np.abs(np.array(painted) - train.images[index].ravel()).max() <= 1


def test_zoom_pin_hidden_classes_and_selection_survive_the_points_of_a_view(page, server):
    open_million(page, server)
    settled(page, WHOLE)
    page.locator(".legendtoggle").nth(3).click()
    page.wait_for_timeout(600)
    page.locator("[data-tool=lasso]").click()
    draw_square(page, 0.4)
    expect(page.locator(".lp-selection h4")).to_have_text(
        re.compile(r"^[\d,]+ shown points of [\d,]+ training images chosen$")
    )
    chosen = ask_channel(page, "selection", "latent-space")
    assert len(chosen["ids"]) >= len(chosen["indices"]) == len(set(chosen["indices"])) > 100
    title = page.locator(".lp-selection h4").inner_text()
    page.locator("[data-tool=move]").click()
    click_at(page, (0.1, 0.1))
    expect(page.locator(".lp-pin")).to_be_visible()
    zoom_to(page, 0.3, (0.0, 0.0))
    page.mouse.move(5, 5)
    settled(page, re.compile("points in this view"))
    assert page.evaluate(X_RANGE) == pytest.approx([-0.3, 0.3], abs=0.05)  # the axes are not quite a square
    assert page.locator(".lp-selection h4").inner_text() == title
    expect(page.locator(".lp-pin")).to_be_visible()
    hidden = page.evaluate("document.querySelector('.lp-graph').data.map((trace) => [trace.name, trace.visible])")
    assert [name for name, visible in hidden if visible == "legendonly"] == ["3"]
    assert layer(page, "ink")[..., 3].any()  # the chosen points are still marked
    expect(page).to_have_url(re.compile(r"zoom=-0\.3"))


def test_a_link_to_a_close_view_opens_with_all_points_of_it(page, server):
    open_million(page, server, "&zoom=0.4,0.6,0.2,0.4")
    settled(page, ALL_OF_VIEW)
    assert page.evaluate(X_RANGE) == pytest.approx([0.4, 0.6], abs=0.02)


def test_other_images_and_back_again_find_the_points_of_the_view(page, server):
    sent = open_million(page, server)
    zoom_to(page, 0.1)
    settled(page, ALL_OF_VIEW)
    text = page.locator(".lp-count").inner_text()
    page.get_by_text("Test 10,000").click()
    expect(page.locator(".lp-count")).to_be_hidden()
    page.wait_for_selector(IDLE)
    sent.clear()
    zoom_to(page, 0.2)
    page.wait_for_timeout(700)
    assert sent == []  # all test images are here
    zoom_to(page, 0.1)
    page.get_by_text("Draws 1,000,000").click()
    settled(page, text)
    page.get_by_role("link", name="Decode", exact=True).click()
    expect(page).to_have_url(re.compile("Decode"))
    page.wait_for_selector(IDLE)
    page.get_by_role("link", name="Latent space", exact=True).click()
    settled(page, text)
