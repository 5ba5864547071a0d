"""The plane under a real pointer and real keys."""

import re

import numpy as np
import pytest
import torch
from playwright.sync_api import expect

from tests.browser.harness import IDLE, X_RANGE, click_at, open_page, picture, position, shown_place

EMPTY_PLACE = (3.6, 2.6)  # nobody lives there in the bundled model
PHONE = {"viewport": {"width": 400, "height": 850}}
DARK = {"color_scheme": "dark"}


def decoded_by_torch(run, z) -> np.ndarray:
    with torch.no_grad():
        return torch.sigmoid(run.snapshot(60).model().decode(torch.tensor(z))).mul(255).numpy()


def collect_decodes(page) -> None:
    page.evaluate(
        """() => {
          window.decodes = [];
          document.addEventListener("latentplane:decoded", ({ detail }) => window.decodes.push(detail));
        }"""
    )


@pytest.mark.parametrize("page", [{}, DARK, PHONE], indirect=True, ids=["light", "dark", "phone"])
def test_the_landing_page_shows_a_live_plane(page, server):
    open_page(page, server)
    before = picture(page)
    assert max(before) > 100
    page.mouse.move(*position(page, (1.0, 1.7)))
    expect(page.locator(".lp-place")).to_have_text(re.compile(r"z = \((0\.9|1\.0)\d, 1\.(6|7)\d\)"))
    assert picture(page) != before
    width = page.evaluate("[document.documentElement.scrollWidth, window.innerWidth]")
    assert width[0] <= width[1]


@pytest.mark.alone
def test_pointing_anywhere_decodes_in_the_browser_and_sends_nothing(page, server, bundled):
    frames = []
    page.on("websocket", lambda socket: socket.on("framesent", lambda frame: frames.append(frame)))
    open_page(page, f"{server}/Decode")
    page.wait_for_timeout(500)
    frames.clear()
    collect_decodes(page)
    rng = np.random.default_rng(0)
    for z in rng.uniform(-3, 3, size=(100, 2)):
        page.mouse.move(*position(page, tuple(z)))
    page.mouse.move(*position(page, EMPTY_PLACE))
    page.wait_for_timeout(100)
    assert frames == []
    decodes = page.evaluate("window.decodes")
    assert len(decodes) > 50
    assert np.quantile([decode["milliseconds"] for decode in decodes], 0.95) < 2
    assert np.abs(np.array(picture(page)) - decoded_by_torch(bundled, decodes[-1]["z"])).max() <= 1


def test_a_click_on_an_empty_place_pins_it_and_python_answers(page, server):
    open_page(page, f"{server}/Decode")
    click_at(page, EMPTY_PLACE)
    expect(page.locator(".lp-pin")).to_be_visible()
    expect(page).to_have_url(re.compile(r"z=3\.\d+(%2C|,)2\.\d+"))
    page.get_by_role("tab", name="This place in training").click()
    expect(page.get_by_text("at the pinned place after epoch")).to_be_visible()
    page.mouse.move(5, 5)
    expect(page.locator(".lp-whence")).to_have_text("pinned")
    assert shown_place(page) == pytest.approx(EMPTY_PLACE, abs=0.03)
    expect(page.locator(".stImage img").first).to_be_visible()


def test_a_click_on_a_point_pins_that_very_point(page, server, bundled):
    open_page(page, f"{server}/Decode")
    mu = bundled.snapshot(60).latent().mu
    lonely = mu[np.argmin(mu[:, 1])]  # the lowest of all: no other is near
    x, y = position(page, tuple(lonely.tolist()))
    page.mouse.move(x + 3, y - 2)
    page.mouse.down()
    page.mouse.up()
    expect(page.locator(".lp-nearest button").first).to_have_text(re.compile(r"^\d · 0\.00$"))
    page.mouse.move(5, 5)
    page.wait_for_function("document.querySelector('.lp-whence').textContent === 'pinned'")
    assert shown_place(page) == pytest.approx(tuple(lonely), abs=0.006)


def test_later_clicks_win_over_late_answers(page, server):
    open_page(page, f"{server}/Decode")
    for z in [(3.6, 2.6), (3.4, 2.4), (3.2, 2.8), (3.0, -3.5)]:
        click_at(page, z)
    page.mouse.move(5, 5)
    expect(page).to_have_url(re.compile(r"z=(2\.99|3)[.\d]*(%2C|,)-3\.[45]"))
    page.wait_for_selector(IDLE)
    page.wait_for_timeout(300)
    assert shown_place(page) == pytest.approx((3.0, -3.5), abs=0.03)


def test_the_same_place_again_changes_nothing(page, server):
    """Two equal pins, then one of the server's: none may wait for an answer that never comes."""
    open_page(page, f"{server}/Decode?z=1,1")
    page.locator(".lp-plane").focus()
    for _ in range(3):
        page.keyboard.press("Enter")
    page.get_by_role("link", name="Latent space").click()
    page.get_by_role("link", name="Decode the pinned place").click()
    expect(page.locator(".lp-whence")).to_have_text("pinned")
    click_at(page, EMPTY_PLACE)
    page.mouse.move(5, 5)
    expect(page).to_have_url(re.compile(r"z=3\.\d+(%2C|,)2\.\d+"))
    page.go_back()
    expect(page.locator(".lp-place")).not_to_have_text("z = (3.60, 2.60)")


def test_a_deep_link_opens_at_its_place(page, server):
    open_page(page, f"{server}/Decode?run=mnist-plane&z=0.5,-1.2")
    expect(page.locator(".lp-pin")).to_be_visible()
    assert shown_place(page) == (0.5, -1.2)


def test_a_bad_deep_link_is_explained(page, server):
    open_page(page, f"{server}/Decode?run=nothing&z=far,away")
    expect(page.get_by_text("There is no run named 'nothing'")).to_be_visible()
    expect(page.get_by_text("is not a place of the plane")).to_be_visible()


def test_keys_move_z_and_enter_pins(page, server):
    plane = open_page(page, f"{server}/Decode?z=0,0")
    plane.focus()
    for key in ["ArrowRight", "ArrowRight", "ArrowUp", "Shift+ArrowLeft", "Shift+ArrowDown"]:
        page.keyboard.press(key)
    assert shown_place(page) == (-0.3, -0.4)
    expect(page.locator(".lp-cursor")).to_be_visible()
    expect(page.locator(".lp-announcement")).to_contain_text("z = (−0.30, −0.40), nearest digit")
    page.keyboard.press("Escape")
    page.wait_for_function("document.querySelector('.lp-whence').textContent === 'pinned'")
    assert shown_place(page) == (0, 0)
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(r"z=0(%2C|,)0\.1\b"))


def test_zoom_and_the_drawn_graph_survive_a_click(page, server):
    open_page(page, f"{server}/Decode")
    before = page.evaluate(X_RANGE)
    page.mouse.move(*position(page, (0, 0)))
    for _ in range(3):
        page.mouse.wheel(0, -300)
        page.wait_for_timeout(150)
    page.evaluate("document.querySelector('.lp-graph').dataset.witness = 'the same node'")
    zoomed = page.evaluate(X_RANGE)
    assert np.ptp(zoomed) < 0.9 * np.ptp(before)
    click_at(page, (0.2, 0.1))
    expect(page).to_have_url(re.compile("z="))
    page.wait_for_selector(IDLE)
    assert page.evaluate(X_RANGE) == zoomed
    assert page.evaluate("document.querySelector('.lp-graph').dataset.witness") == "the same node"


def test_dragging_pans_and_pins_nothing(page, server):
    open_page(page, f"{server}/Decode")
    before = page.evaluate(X_RANGE)
    x, y = position(page, (0, 0))
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + 80, y + 20, steps=5)
    page.mouse.up()
    page.wait_for_timeout(300)
    assert page.evaluate(X_RANGE)[0] < before[0]
    assert "z=" not in page.url
    expect(page.locator(".lp-pin")).to_be_hidden()


def test_both_axes_have_the_same_scale(page, server):
    open_page(page, f"{server}/Latent_space")
    scales = page.evaluate(
        """() => {
          const { xaxis, yaxis } = document.querySelector(".lp-graph")._fullLayout;
          return [xaxis, yaxis].map(({ range, _length }) => _length / (range[1] - range[0]));
        }"""
    )
    assert scales[0] == pytest.approx(scales[1], rel=1e-6)


def test_the_legend_hides_a_class_with_its_name_and_thumbnails(page, server):
    open_page(page, f"{server}/Latent_space")
    expect(page.locator(".lp-names span:visible")).to_have_count(10)
    points = page.evaluate("document.querySelector('.lp-graph').data.map(({ x }) => x.length)")
    assert sum(points) == 10_000
    page.locator(".legendtoggle").first.click()
    expect(page.locator(".lp-names span:visible")).to_have_count(9)
    assert page.evaluate("document.querySelector('.lp-graph').data[0].visible") == "legendonly"


def test_pointing_at_a_point_shows_the_digits_own_picture(page, server, bundled):
    from vae import data

    open_page(page, f"{server}/Latent_space")
    mu, _, labels = bundled.snapshot(60).latent()
    index = int(np.argmin(mu[:, 1]))
    page.wait_for_timeout(500)  # the sprite comes after the first paint
    page.mouse.move(*position(page, tuple(mu[index].tolist())))
    thumbnail = page.locator(".lp-thumbnail")
    expect(thumbnail).to_contain_text(f"{labels[index]} · test image {index}")
    expect(thumbnail).to_contain_text(re.compile(r"−ELBO [\d.]+ nats"))
    shown = page.evaluate(
        """() => Array.from(document.querySelector(".lp-thumbnail canvas").getContext("2d")
             .getImageData(0, 0, 28, 28).data).filter((_, i) => i % 4 === 0)"""
    )
    assert shown == data.load("test").images[index].ravel().tolist()
    page.mouse.move(*position(page, EMPTY_PLACE))
    expect(thumbnail).to_be_hidden()


def test_a_click_on_the_landing_page_opens_the_decode_page_there(page, server):
    open_page(page, server)
    click_at(page, (0.0, 2.0))
    expect(page).to_have_url(re.compile("/Decode"))
    expect(page.get_by_role("heading", name="Decode")).to_be_visible()
    expect(page.locator(".lp-whence")).to_have_text("pinned")


def test_the_pin_comes_along_from_page_to_page(page, server):
    open_page(page, f"{server}/Decode?z=1,1")
    page.get_by_role("link", name="Latent space").click()
    expect(page.get_by_role("link", name="Decode the pinned place")).to_be_visible()
    expect(page.locator(".lp-pin")).to_be_visible()


@pytest.mark.parametrize("page", [{**PHONE, "has_touch": True, "is_mobile": True}], indirect=True, ids=["phone"])
def test_a_tap_pins(page, server):
    open_page(page, f"{server}/Decode")
    page.touchscreen.tap(*position(page, (1.0, 1.5)))
    expect(page).to_have_url(re.compile(r"z=(0\.9|1\.0|1)"))
    expect(page.locator(".lp-pin")).to_be_visible()
    assert shown_place(page) == pytest.approx((1.0, 1.5), abs=0.15)


def test_a_change_of_theme_keeps_the_plane(page, server):
    open_page(page, f"{server}/Decode?z=1,1")
    colour = "document.querySelector('.lp-graph')._fullLayout.font.color"
    light = page.evaluate(colour)
    page.emulate_media(color_scheme="dark")
    page.wait_for_function(f"{colour} !== {light!r}")
    assert shown_place(page) == (1, 1)
    expect(page.locator(".lp-pin")).to_be_visible()
