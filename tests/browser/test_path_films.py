"""Films along a path: played, looked through, saved as pictures and as a GIF."""

import re
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import expect

from pages.ui.plane.film import parcel
from tests.browser.harness import IDLE, click_at, open_page
from tests.browser.paths import (
    PINS,
    along,
    button,
    decoded_by_torch,
    numbers,
    send_pins,
    went,
)
from vae.browser.film import read_order

CALM = {"reduced_motion": "reduce"}


def test_playing_walks_the_plane_along_the_path_and_p_pauses(panel):
    send_pins(panel, PINS)
    panel.get_by_label("Speed").select_option("2")
    button(panel, "Play").click()
    panel.wait_for_timeout(800)
    panel.evaluate("decode.signal('play')")
    expect(button(panel, "Play")).to_be_visible()
    steps = went(panel)
    panel.wait_for_timeout(200)
    assert len(went(panel)) == len(steps)
    places, times = steps[:, :2], steps[:, 2]
    assert len(places) > 15
    fine = along(list(PINS.values()), 5000)
    assert all(np.linalg.norm(fine - place, axis=1).min() < 0.01 for place in places)
    speed = np.linalg.norm(np.diff(places, axis=0), axis=1).sum() / (times[-1] - times[0]) * 1000
    length = numbers(panel, "Straight")[0]
    assert speed == pytest.approx(length / 23 * 16, rel=0.3)  # 16 frames a second


def test_a_film_that_plays_once_stops_and_begins_again(panel):
    send_pins(panel, PINS)
    panel.get_by_label("Repeat").select_option("Once")
    panel.get_by_label("Speed").select_option("4")
    panel.get_by_role("slider", name="Frames").fill("8")
    for _ in range(2):
        button(panel, "Play").click()
        expect(button(panel, "Pause")).to_be_visible()
        expect(button(panel, "Play")).to_be_visible()
        np.testing.assert_allclose(went(panel)[-1, :2], PINS["C"])
        expect(panel.locator(".lp-paths-player output")).to_have_text("frame 8 of 8")


def test_a_film_there_and_back_comes_back(panel):
    send_pins(panel, PINS)
    panel.get_by_label("Repeat").select_option("There and back")
    panel.get_by_label("Speed").select_option("4")
    panel.get_by_role("slider", name="Frames").fill("8")
    button(panel, "Play").click()
    panel.wait_for_function("went.length > 25 && went.at(-1).place[0] < -0.5")
    places = went(panel)[:, :2]
    assert np.linalg.norm(np.diff(places, axis=0), axis=1).max() < 1.5  # it never jumps
    assert places[:, 0].max() > 1.8


@pytest.mark.parametrize("page", [CALM], indirect=True, ids=["reduced motion"])
def test_where_motion_is_to_be_reduced_frames_change_twice_a_second_at_most(panel):
    send_pins(panel, PINS)
    panel.get_by_label("Speed").select_option("4")
    panel.wait_for_timeout(300)
    assert went(panel).size == 0
    button(panel, "Play").click()
    panel.wait_for_timeout(1900)
    steps = went(panel)
    assert 2 <= len(steps) <= 4
    assert np.diff(steps[:, 2]).min() > 400
    whole = along(list(PINS.values()), 24)
    assert all(np.linalg.norm(whole - place, axis=1).min() < 1e-6 for place in steps[:, :2])


def test_a_frame_is_chosen_by_pointer_and_by_keys(panel):
    send_pins(panel, PINS)
    whole = along(list(PINS.values()), 24)
    slider = panel.get_by_role("slider", name=re.compile("Film strip"))
    expect(slider).to_be_visible()
    box = slider.bounding_box()
    tile = box["width"] / 24
    slider.click(position={"x": 10.5 * tile, "y": box["height"] / 2})  # once it has come to rest
    expect(slider).to_have_attribute("aria-valuetext", "frame 11 of 24")
    np.testing.assert_allclose(went(panel)[-1, :2], whole[10])
    box = slider.bounding_box()
    mark = panel.locator(".lp-paths-present").bounding_box()
    assert mark["x"] - box["x"] == pytest.approx(10 * tile, abs=tile / 4)
    for key, frame in [("ArrowRight", 11), ("ArrowLeft", 10), ("End", 23), ("ArrowRight", 23), ("Home", 0)]:
        slider.press(key)
        np.testing.assert_allclose(went(panel)[-1, :2], whole[frame])
    scrubber = panel.get_by_role("slider", name="Position in the film")
    scrubber.press("ArrowRight")
    np.testing.assert_allclose(went(panel)[-1, :2], whole[1])
    scrubber.fill("11.5")
    np.testing.assert_allclose(went(panel)[-1, :2], (whole[11] + whole[12]) / 2, atol=0.1)


def test_the_strip_is_saved_as_a_png(panel, bundled):
    send_pins(panel, PINS)
    with panel.expect_download() as download:
        button(panel, "PNG strip").click()
    assert download.value.suggested_filename == "mnist-plane-60-path.png"
    image = np.asarray(Image.open(download.value.path()).convert("L"))
    assert image.shape == (112, 24 * 112)
    squares = image.reshape(28, 4, -1, 4)
    assert (squares == squares[:, :1, :, :1]).all()
    frames = squares[:, 0, :, 0].reshape(28, 24, 28).swapaxes(0, 1)
    assert np.abs(frames - decoded_by_torch(bundled, along(list(PINS.values()), 24))).max() <= 1


def test_a_gif_is_ordered_with_the_places_of_its_frames(panel):
    send_pins(panel, PINS)
    panel.get_by_label("Speed").select_option("0.5")
    button(panel, "GIF").click()
    expect(panel.get_by_text("Making the GIF…")).to_be_visible()
    expect(button(panel, "GIF")).to_be_disabled()
    ((name, order),) = panel.evaluate("orders")
    assert (name, order["kind"]) == ("save", "gif")
    places, seconds, loop = read_order(order)
    np.testing.assert_allclose(places, along(list(PINS.values()), 24), atol=1e-6)
    assert (seconds, loop) == (0.25, "loop")
    panel.evaluate("message({ answer: { id: 'another', error: null } })")
    expect(button(panel, "GIF")).to_be_disabled()
    panel.evaluate("(id) => message({ answer: { id, error: 'It cannot be. <b>Do this.</b>' } })", order["id"])
    expect(panel.get_by_text("It cannot be. <b>Do this.</b>")).to_be_visible()
    expect(button(panel, "GIF")).to_be_enabled()


def test_a_closed_film_that_does_not_loop_ends_where_it_began(panel):
    send_pins(panel, PINS)
    panel.get_by_label("Close the loop").check()
    for loop, n in [("Once", 25), ("Loop", 24), ("There and back", 25)]:
        panel.get_by_label("Repeat").select_option(loop)
        button(panel, "GIF").click()
        _, order = panel.evaluate("orders.at(-1)")
        assert len(order["places"]) == n
        assert order["places"][0] == pytest.approx(list(PINS["A"]))
        assert (order["places"][-1] == pytest.approx(list(PINS["A"]))) == (n == 25)
        panel.evaluate("(id) => message({ answer: { id, error: null } })", order["id"])


def test_without_a_server_there_is_no_gif(panel):
    send_pins(panel, PINS)
    panel.evaluate("message({ gif: undefined })")
    expect(button(panel, "GIF")).to_be_hidden()
    expect(button(panel, "PNG strip")).to_be_visible()


def test_a_file_from_the_server_is_saved_once_however_often_it_comes(panel):
    saved = []
    panel.on("download", lambda download: saved.append(download))
    content = bytes(range(256)) * 50
    for id in ["1", "1", "2", "1", "2"]:
        panel.evaluate("save", list(parcel(content, id=id, name=f"film “{id}”.gif", type="image/gif")))
        panel.wait_for_timeout(150)
    panel.evaluate("save", [])
    assert [download.suggested_filename for download in saved] == ["film “1”.gif", "film “2”.gif"]
    assert all(Path(download.path()).read_bytes() == content for download in saved)


PINNED = "pins=-1.5,0.5,A;1,1.7,B;2,-1.5,C"


def test_a_gif_comes_from_the_server_and_is_saved_once(page, server, bundled):
    saved = []
    page.on("download", lambda download: saved.append(download))
    open_page(page, f"{server}/Decode?{PINNED}")
    expect(page.locator(".lp-paths-pin")).to_have_count(3)
    page.get_by_label("Speed").select_option("2")
    for number in (1, 2):
        button(page, "GIF").click()
        expect(button(page, "GIF")).to_be_enabled(timeout=60_000)
        page.wait_for_timeout(300)
        assert len(saved) == number
    assert saved[0].suggested_filename == "mnist-plane-60-path.gif"
    film = Image.open(saved[0].path())
    assert (film.n_frames, film.info["loop"], film.info["duration"]) == (24, 0, 60)
    for i, expected in enumerate(decoded_by_torch(bundled, along(list(PINS.values()), 24))):
        film.seek(i)
        assert np.abs(np.asarray(film.convert("L"), int)[::8, ::8] - expected).max() <= 1

    page.locator(".lp-plane").scroll_into_view_if_needed()
    click_at(page, (0.5, 0.5))  # the script runs again
    expect(page).to_have_url(re.compile(r"z=0\.[45]"))
    page.emulate_media(color_scheme="dark")
    page.get_by_role("link", name="Latent space").click()
    page.wait_for_selector(IDLE)
    page.get_by_role("link", name="Decode", exact=True).click()
    expect(page.locator(".lp-paths-pin")).to_have_count(3)
    page.wait_for_selector(IDLE)
    page.wait_for_timeout(500)
    assert len(saved) == 2
