"""The plane's controls beyond pointing: backdrops, tools, keys, fingers, the presenter."""

import re

import numpy as np
import pytest
import torch
from PIL import Image
from playwright.sync_api import Page, expect

from tests.browser.harness import (
    PHONE,
    X_RANGE,
    ask_channel,
    draw_square,
    fingers,
    layer,
    open_page,
    picture,
    position,
    query,
    shown_place,
    wait_for_query,
)

BACKDROPS = ["manifold", "prior", "posterior", "classes", "magnification", "trust"]


def choose_backdrop(page: Page, name: str) -> None:
    page.evaluate(
        """(name) => {
          window.painted = new Promise((resolve) => document.addEventListener("latentplane:backdrop", ({ detail }) =>
            detail.name === name && resolve(detail.milliseconds), { once: false }));
        }""",
        name,
    )
    page.locator(".lp-backdrops").select_option(name)
    page.evaluate("window.painted")


@pytest.mark.parametrize("name", BACKDROPS)
def test_every_backdrop_is_painted_and_kept_in_the_address(page, server, name):
    open_page(page, f"{server}/Decode")
    assert not layer(page, "backdrop").any()
    choose_backdrop(page, name)
    painted = layer(page, "backdrop")[..., 3]
    assert painted.any()
    wait_for_query(page, "backdrop", name)
    open_page(page, page.url)
    expect(page.locator(".lp-backdrops")).to_have_value(name)
    page.wait_for_function("document.querySelector('.lp-plane').dataset.backdrop !== 'none'")


def test_a_backdrop_is_redrawn_to_the_zoom(page, server):
    open_page(page, f"{server}/Decode?backdrop=manifold&zoom=-1,1,-1,1")
    page.wait_for_timeout(400)
    near = layer(page, "backdrop")
    page.locator(".lp-plane").focus()
    page.keyboard.press("0")
    page.wait_for_timeout(400)
    far = layer(page, "backdrop")
    assert near.shape == far.shape
    assert np.abs(near.astype(int) - far).mean() > 5


def test_the_manifold_shows_what_the_decoder_draws(page, server, bundled):
    open_page(page, f"{server}/Decode?zoom=-1,1,-1,1")
    choose_backdrop(page, "manifold")
    page.mouse.move(*position(page, (0.6, 0.6)))
    page.wait_for_timeout(100)
    (left, right), (bottom, top) = page.evaluate(
        "[document.querySelector('.lp-graph')._fullLayout].map(l => [l.xaxis.range, l.yaxis.range])[0]"
    )
    alpha = layer(page, "backdrop")[..., 3]
    frame = page.evaluate(
        """() => { const { xaxis, yaxis } = document.querySelector(".lp-graph")._fullLayout;
                   return [xaxis._offset, yaxis._offset, xaxis._length, yaxis._length].map(Math.round) }"""
    )
    x, y, width, height = frame
    plane = alpha[y : y + height, x : x + width]
    longest = max(width, height)
    columns, rows = round(width * 20 / longest), round(height * 20 / longest)
    column, row = columns // 2, rows // 3
    cell = plane[
        row * height // rows : (row + 1) * height // rows, column * width // columns : (column + 1) * width // columns
    ]
    z = (left + (column + 0.5) * (right - left) / columns, top - (row + 0.5) * (top - bottom) / rows)
    with torch.no_grad():
        mean = (
            torch.sigmoid(bundled.snapshot(60).model().decode(torch.tensor(z))).reshape(28, 28).mul(255).byte().numpy()
        )
    small = np.asarray(Image.fromarray(mean).resize(cell.shape[::-1], Image.Resampling.BOX), float)
    assert np.corrcoef(cell.ravel(), small.ravel())[0, 1] > 0.8


def test_the_keys_turn_the_backdrops(page, server):
    plane = open_page(page, f"{server}/Decode")
    plane.focus()
    for name in [*BACKDROPS, "none"]:
        page.keyboard.press("b")
        expect(page.locator(".lp-backdrops")).to_have_value(name)
    page.keyboard.press("Shift+B")
    expect(page.locator(".lp-backdrops")).to_have_value("trust")


def test_zoom_by_keys_and_all_again(page, server):
    plane = open_page(page, f"{server}/Decode?z=0.5,0.5")
    whole = page.evaluate(X_RANGE)
    plane.focus()
    page.keyboard.press("+")
    page.wait_for_function(f"{X_RANGE}[1] - {X_RANGE}[0] < {0.8 * np.ptp(whole)}")
    near = page.evaluate(X_RANGE)
    assert (0.5 - near[0]) / np.ptp(near) == pytest.approx((0.5 - whole[0]) / np.ptp(whole), abs=0.01)
    wait_for_query(page, "zoom", "")
    page.keyboard.press("0")
    page.wait_for_function(f"{X_RANGE}[0] === {whole[0]}")
    expect(page).not_to_have_url(re.compile("zoom="))


def test_samples_are_drawn_anew_and_means_come_back(page, server, bundled):
    open_page(page, f"{server}/Latent_space")
    xs = "Array.from(document.querySelector('.lp-graph').data[0].x)"
    means = page.evaluate(xs)
    page.locator(".lp-options summary").click()
    page.get_by_label("a draw z = μ + σε").check()
    page.wait_for_function(f"{xs}[0] !== {means[0]}")
    first = page.evaluate(xs)
    page.get_by_role("button", name="Draw again").click()
    page.wait_for_function(f"{xs}[0] !== {first[0]}")
    mu, logvar, labels = bundled.snapshot(60).latent()
    zero = labels == 0
    standard = (np.array(page.evaluate(xs)) - mu[zero, 0]) / np.exp(logvar[zero, 0] / 2)
    assert abs(standard.mean()) < 4 / np.sqrt(zero.sum())
    assert standard.std() == pytest.approx(1, abs=0.1)
    wait_for_query(page, "positions", "samples")
    page.get_by_label("its mean μ").check()
    page.wait_for_function(f"{xs}[0] === {means[0]}")


def test_size_and_opacity_are_the_readers(page, server):
    open_page(page, f"{server}/Latent_space")
    page.locator(".lp-options summary").click()
    page.locator("input[name=size]").fill("8")
    page.locator("input[name=opacity]").fill("0.3")
    page.wait_for_function("document.querySelector('.lp-graph').data[0].marker.size === 8")
    page.wait_for_function("document.querySelector('.lp-graph').data[0].marker.opacity === 0.3")


def test_something_sought_is_found(page, server, bundled):
    open_page(page, f"{server}/Latent_space")
    page.locator(".lp-options summary").click()
    field = page.get_by_placeholder("7 or #1234")
    field.fill("7")
    field.press("Enter")
    expect(page.locator(".lp-names span:visible")).to_have_count(1)
    page.get_by_role("button", name="All", exact=True).click()
    expect(page.locator(".lp-names span:visible")).to_have_count(10)
    field.fill("#1234")
    field.press("Enter")
    expect(page.locator(".lp-found")).to_have_text(f"#1234 is a {bundled.snapshot(60).latent().labels[1234]}")
    wait_for_query(page, "z", "")
    assert [float(part) for part in query(page)["z"].split(",")] == pytest.approx(
        bundled.snapshot(60).latent().mu[1234].tolist(), abs=1e-4
    )
    field.fill("#99999")
    field.press("Enter")
    expect(page.locator(".lp-found")).to_contain_text("#0 to #9999")


@pytest.mark.parametrize("tool", ["lasso", "box"])
def test_a_lasso_and_a_box_choose_what_is_inside(page, server, bundled, tool):
    open_page(page, f"{server}/Latent_space")
    page.locator(f"[data-tool={tool}]").click()
    if tool == "lasso":
        draw_square(page, 0.5)
    else:
        page.mouse.move(*position(page, (-0.5, -0.5)))
        page.mouse.down()
        page.mouse.move(*position(page, (0.5, 0.5)), steps=6)
        page.mouse.up()
    mu = bundled.snapshot(60).latent().mu
    inside = {size: set(np.flatnonzero(np.abs(mu).max(1) < size)) for size in (0.45, 0.55)}
    chosen = set(ask_channel(page, "selection", "latent-space")["indices"])
    assert inside[0.45] <= chosen <= inside[0.55]
    expect(page.locator(".lp-pin")).to_be_hidden()  # though it ended where it began, it was no click
    assert layer(page, "ink").any()
    page.locator(".lp-plane").focus()
    page.keyboard.press("Escape")
    assert ask_channel(page, "selection", "latent-space") is None


def test_a_hovered_point_shows_its_posterior_to_scale(page, server, bundled):
    open_page(page, f"{server}/Latent_space?zoom=-6,0,-8,-2")
    mu, logvar, _ = bundled.snapshot(60).latent()
    index = int(np.argmin(mu[:, 1]))  # the lowest of all: no other is near
    page.mouse.move(5, 5)
    page.wait_for_timeout(200)
    assert not layer(page, "ink").any()
    x, y = position(page, tuple(mu[index].tolist()))
    page.mouse.move(x, y)
    page.wait_for_timeout(200)
    painted = np.argwhere(layer(page, "ink")[..., 3] > 128)
    extent = painted.max(0) - painted.min(0)  # height, width of the 2σ ellipse, its line included
    unit = abs(position(page, (1, 0))[0] - position(page, (0, 0))[0])
    sigma = np.exp(logvar[index] / 2)[::-1]
    np.testing.assert_allclose(extent, np.maximum(4 * sigma * unit, 1), atol=6)


def test_the_presenter_fills_the_window_and_leaves_again(page, server):
    open_page(page, f"{server}/Decode?present=1&z=1,1")
    instrument = page.locator(".lp-instrument")
    expect(instrument).to_have_class(re.compile("lp-presenting"))
    box = instrument.bounding_box()
    assert (box["x"], box["y"], box["width"], box["height"]) == (0, 0, 1280, 800)
    expect(page.locator(".lp-stage output")).to_have_text("z = (1.00, 1.00)")
    page.mouse.move(*position(page, (0, 0)))
    expect(page.locator(".lp-stage output")).to_have_text(re.compile(r"z = \(−?0\.0\d, −?0\.0\d\)"))
    sizes = page.evaluate(
        "[...document.querySelectorAll('.lp-graph text')].map(t => parseFloat(getComputedStyle(t).fontSize))"
    )
    assert max(sizes) >= 20
    page.keyboard.press("f")
    expect(instrument).not_to_have_class(re.compile("lp-presenting"))
    expect(page).not_to_have_url(re.compile("present"))
    expect(page.get_by_role("heading", name="Decode")).to_be_visible()


def test_the_help_lists_the_keys(page, server):
    plane = open_page(page, f"{server}/Decode")
    plane.focus()
    page.keyboard.press("?")
    expect(page.get_by_role("dialog")).to_contain_text("next backdrop")
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_be_hidden()


def test_the_plane_is_downloaded_as_a_picture(page, server):
    open_page(page, f"{server}/Decode?backdrop=manifold")
    with page.expect_download() as download:
        page.get_by_role("button", name="Download as PNG").first.click()
    assert download.value.suggested_filename == "mnist-plane-plane.png"
    image = Image.open(download.value.path())
    width = page.locator(".lp-plane").bounding_box()["width"]
    assert image.width == pytest.approx(2 * width, abs=2)
    assert len(set(image.convert("RGB").resize((200, 200)).getdata())) > 500


@pytest.mark.parametrize("page", [PHONE], indirect=True, ids=["phone"])
def test_one_finger_decodes_and_two_zoom(page, server):
    open_page(page, f"{server}/Decode")
    session = page.context.new_cdp_session(page)
    before = page.evaluate(X_RANGE)
    centre = position(page, (0, 0))
    fingers(session, "touchStart", centre)
    fingers(session, "touchMove", (centre[0] + 40, centre[1]))
    page.wait_for_timeout(100)
    assert shown_place(page)[0] > 0.3
    assert page.evaluate(X_RANGE) == before
    fingers(session, "touchEnd")
    x, y = centre
    fingers(session, "touchStart", (x - 30, y))
    fingers(session, "touchStart", (x - 30, y), (x + 30, y))
    for spread in (40, 50, 60):
        fingers(session, "touchMove", (x - spread, y), (x + spread, y))
        page.wait_for_timeout(50)
    fingers(session, "touchEnd")
    page.wait_for_timeout(200)
    after = page.evaluate(X_RANGE)
    assert np.ptp(after) == pytest.approx(np.ptp(before) / 2, rel=0.05)
    assert np.mean(position(page, (0, 0))) == pytest.approx(np.mean(centre), abs=8)
    assert "z=" not in page.url
    width = page.evaluate("[document.documentElement.scrollWidth, window.innerWidth]")
    assert width[0] <= width[1]


def test_kingma_and_wellings_manifold_is_a_figure_with_a_download(page, server, bundled):
    open_page(page, f"{server}/Decode")
    page.get_by_role("tab", name="Manifold").click()
    canvas = page.locator(".lp-manifold canvas")
    expect(canvas).to_be_visible()
    page.wait_for_timeout(800)
    with page.expect_download() as download:
        page.locator(".lp-manifold button").click()
    image = np.asarray(Image.open(download.value.path()).convert("L"))
    assert image.shape == (560, 560)
    u = (torch.arange(20) + 0.5) / 20
    z = torch.special.ndtri(u)
    places = torch.stack(torch.meshgrid(z.flip(0), z, indexing="ij"), -1).flip(-1)  # rows from the top
    with torch.no_grad():
        mean = torch.sigmoid(bundled.snapshot(60).model().decode(places)).reshape(20, 20, 28, 28)
    expected = mean.permute(0, 2, 1, 3).reshape(560, 560).mul(255).numpy()
    assert np.abs(image - expected).max() <= 1
    assert max(picture(page)) > 0
