"""The Train page: a training from the button to the decoded plane, watched, steered, queued, seen by two windows."""

import re
import time
from collections.abc import Iterator

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.harness import IDLE, X_RANGE, open_page, position, serving, shown_place
from vae.runs import catalogue

LIVE = ".st-key-live .lp-plane"
SHORT = "preset=article&epochs=3&hidden=32&batch_size=500"
LONG = "preset=article&epochs=500&hidden=32&batch_size=500"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a running app, whose runs folder starts empty."""
    with serving(tmp_path_factory.mktemp("server")) as address:
        yield address


def start(page: Page, server: str, settings: str, button: str = "Start") -> None:
    page.goto(f"{server}/Train?{settings}")
    page.wait_for_selector(IDLE)
    page.get_by_role("button", name=button, exact=True).click()
    page.wait_for_url(re.compile(r"run="))


def stop(page: Page) -> None:
    page.get_by_role("button", name="Stop", exact=True).click()
    expect(page.get_by_text(re.compile(r"Stopped at step \d+; everything up to there is saved"))).to_be_visible()


def painted(page: Page) -> str:
    """The key of the snapshot that the live plane shows: run@moment@time."""
    return page.locator(LIVE).get_attribute("data-payload")


def live_plane(page: Page) -> Locator:
    plane = page.locator(LIVE)
    expect(plane).to_have_attribute("data-payload", re.compile("@"), timeout=60_000)
    return plane


@pytest.mark.timeout(300)
def test_a_training_started_from_the_page_ends_as_a_run_that_can_be_decoded(page, server):
    start(page, server, SHORT)
    expect(page.get_by_text(re.compile(r"Epoch \d of 3.* s left"))).to_be_visible(timeout=60_000)
    expect(page.get_by_role("button", name="Queue")).to_be_enabled()

    curves = page.locator(".lp-curves.js-plotly-plot")
    expect(curves).to_be_visible(timeout=60_000)
    curves.evaluate("(node) => { node.dataset.witness = 'the same node'; }")

    expect(page.get_by_text("Finished: 3 epochs")).to_be_visible(timeout=120_000)
    assert curves.get_attribute("data-witness") == "the same node"
    page.wait_for_function(
        "document.querySelector('.lp-curves').data.find(({ name }) => name === 'validation').x.length === 3"
    )
    lines = curves.evaluate("(node) => node.data.map(({ name, y }) => [name, Array.from(y)])")
    names = [name for name, _ in lines]
    assert {"training", "validation"} <= set(names)
    assert all(100 < value < 400 for value in lines[names.index("training")][1])
    expect(page.locator(LIVE)).to_have_attribute("data-payload", re.compile(r"^article-.*@3@"))
    expect(page.locator(".lp-gallery canvas")).to_have_count(2)

    page.get_by_role("link", name="Decode with it").click()
    page.wait_for_url(re.compile(r"/Decode\?run=article-"))
    expect(page.locator(".lp-plane")).to_have_attribute("data-payload", re.compile(r"^article-.*@3@"))
    open_page(page, f"{server}/Latent_space")
    page.get_by_label("Run").click()
    expect(page.get_by_role("option")).to_have_count(len(catalogue.runs_in(catalogue.BUNDLED)) + 1)


@pytest.mark.timeout(300)
def test_the_live_plane_is_updated_in_place_under_the_pointer_and_keeps_zoom_and_pin(page, server):
    start(page, server, LONG)
    plane = live_plane(page)
    page.mouse.move(*position(page, (0.5, 0.5)))
    page.mouse.down()
    page.mouse.up()
    expect(page.locator(".lp-pin")).to_be_visible()
    page.mouse.wheel(0, -300)
    page.wait_for_timeout(500)
    plane.evaluate("(node) => { node.dataset.witness = 'the same node'; }")
    graph = page.locator(f"{LIVE} .lp-graph")
    colours = "(node) => node.data.map(({ marker }) => marker.color)"
    before, zoom = graph.evaluate(colours), page.evaluate(X_RANGE)
    page.mouse.move(*position(page, (0.4, 0.3)))
    keys, pictures = set(), set()
    decoded = "document.querySelector('.lp-picture canvas').toDataURL()"
    while len(keys) < 4:
        keys.add(painted(page))
        pictures.add(page.evaluate(decoded))
        page.wait_for_timeout(100)
    assert len(pictures) >= 3, "the picture under the resting pointer is not that of the new weights"
    assert shown_place(page) == pytest.approx((0.4, 0.3), abs=0.05)
    assert plane.get_attribute("data-witness") == "the same node"
    assert page.evaluate(X_RANGE) == pytest.approx(zoom)
    assert graph.evaluate(colours) == before
    expect(page.locator(".lp-pin")).to_be_visible()
    stop(page)
    expect(page.get_by_role("button", name="Start", exact=True)).to_be_enabled(timeout=60_000)


@pytest.mark.timeout(300)
def test_step_by_step_moves_the_plane_and_says_what_changed(page, server):
    start(page, server, SHORT, "Step by step")
    expect(page.get_by_text("Paused at step 0 of 330")).to_be_visible(timeout=60_000)
    live_plane(page)
    before = painted(page)
    page.get_by_role("button", name="1 minibatch").click()
    expect(page.get_by_text("Step 1: −ELBO of its minibatch")).to_be_visible()
    expect(page.get_by_role("cell", name="encoder.hidden.0")).to_be_visible()
    page.wait_for_function(f"document.querySelector({LIVE!r}).dataset.payload !== {before!r}")
    page.get_by_role("button", name="1 epoch").click()
    expect(page.get_by_text("Paused at step 110 of 330, epoch 1")).to_be_visible(timeout=60_000)
    page.get_by_role("button", name="Go on").click()
    expect(page.get_by_text("Finished: 3 epochs")).to_be_visible(timeout=60_000)


@pytest.mark.timeout(300)
def test_epoch_after_epoch_through_a_slow_network(page, server):
    """A browser must not forget a plane that the server, a second ago, was told it has."""
    page.add_init_script(
        """const send = WebSocket.prototype.send;
        WebSocket.prototype.send = function (data) { setTimeout(() => send.call(this, data), 700); };"""
    )
    start(page, server, "preset=article&epochs=8&hidden=32&batch_size=500", "Step by step")
    for epoch in range(8):
        expect(page.get_by_text(f"Paused at step {epoch * 110} of 880")).to_be_visible(timeout=60_000)
        page.wait_for_timeout(150 * epoch)
        page.get_by_role("button", name="1 epoch").click()
    expect(page.get_by_text("Finished: 8 epochs")).to_be_visible(timeout=60_000)


@pytest.mark.timeout(300)
def test_two_windows_see_one_queue_and_a_run_can_be_withdrawn_and_resumed(page, server):
    start(page, server, LONG)
    expect(page.get_by_text(re.compile(r"Epoch \d+ of 500"))).to_be_visible(timeout=60_000)
    other = page.context.new_page()
    start(other, server, SHORT, "Queue")
    expect(other.get_by_text("In the queue, place 1: after article-")).to_be_visible(timeout=20_000)
    other.get_by_role("button", name="Withdraw").click()
    expect(other.get_by_text("Withdrawn from the queue before its turn came")).to_be_visible(timeout=20_000)
    other.get_by_role("button", name="Resume").click()
    expect(other.get_by_text("In the queue, place 1: after article-")).to_be_visible(timeout=20_000)
    stop(page)
    expect(other.get_by_text("Finished: 3 epochs")).to_be_visible(timeout=60_000)
    page.get_by_role("button", name="Resume").click()
    expect(page.get_by_text(re.compile(r"Epoch \d+ of 500"))).to_be_visible(timeout=60_000)
    stop(page)
    other.close()


def test_the_film_of_a_training_plays_with_the_place_pinned(page, server):
    plane = open_page(page, f"{server}/Decode?run=mnist-plane&z=0.5,-1.2&epoch=0")
    plane.evaluate("(node) => { node.dataset.witness = 'the same node'; }")
    zoom = page.evaluate(X_RANGE)
    page.get_by_role("button", name="Play").click()
    seen = []
    end = time.monotonic() + 60
    while time.monotonic() < end and (not seen or seen[-1] != 60):
        epoch = int(plane.get_attribute("data-payload").split("@")[1])
        if not seen or epoch != seen[-1]:
            seen.append(epoch)
        page.wait_for_timeout(50)
    assert seen[-1] == 60
    assert len(seen) >= 8
    assert seen == sorted(seen)
    assert plane.get_attribute("data-witness") == "the same node"
    assert shown_place(page) == (0.5, -1.2)
    ranges = page.evaluate(X_RANGE)
    assert ranges[0] <= zoom[0]
    assert ranges[1] >= zoom[1]
    expect(page.get_by_role("button", name="Play")).to_be_visible()
