"""Paths through the pins: straight, geodesic, drawn by hand."""

import re
from itertools import pairwise

import numpy as np
import pytest
from playwright.sync_api import expect

from tests.browser.paths import (
    PINS,
    along,
    button,
    choose_kind,
    decoded_by_torch,
    numbers,
    path,
    picture_length,
    send_pins,
    strip,
)

PHONE = {"viewport": {"width": 400, "height": 850}}
DARK = {"color_scheme": "dark"}


def test_a_straight_path_leads_through_the_pins_and_its_film_is_what_torch_decodes(panel, bundled):
    send_pins(panel, PINS)
    assert path(panel) == {"kind": "straight", "places": [list(place) for place in PINS.values()]}
    expected = decoded_by_torch(bundled, along(list(PINS.values()), 24))
    assert np.abs(strip(panel) - expected).max() <= 1
    panel.get_by_role("slider", name="Frames").fill("9")
    assert np.abs(strip(panel) - decoded_by_torch(bundled, along(list(PINS.values()), 9))).max() <= 1


def test_a_closed_path_comes_back_to_its_first_pin(panel, bundled):
    send_pins(panel, PINS)
    panel.get_by_label("Close the loop").check()
    way = [*PINS.values(), PINS["A"]]
    assert path(panel)["places"] == [list(place) for place in way]
    expected = decoded_by_torch(bundled, along(way, 25)[:-1])  # the first frame is not shown again as the last
    assert np.abs(strip(panel) - expected).max() <= 1


def test_lengths_are_those_that_numpy_finds(panel, bundled):
    send_pins(panel, PINS)
    way = list(PINS.values())
    z, picture = numbers(panel, "Straight")
    assert z == pytest.approx(sum(np.hypot(*np.subtract(a, b)) for a, b in pairwise(way)), abs=0.006)
    fine = np.concatenate([along(leg, 2001) for leg in pairwise(way)])
    assert picture == pytest.approx(picture_length(bundled, fine), rel=0.01)


def test_a_geodesic_is_shorter_in_picture_space_and_steps_evenly_there(panel, bundled):
    send_pins(panel, PINS)
    straight = path(panel)["places"]
    choose_kind(panel, "Geodesic")
    panel.wait_for_function("decode.last('path').kind === 'geodesic'")
    geodesic = path(panel)["places"]
    np.testing.assert_allclose([geodesic[0], geodesic[-1]], [straight[0], straight[-1]], atol=1e-9)
    assert any(np.allclose(place, PINS["B"]) for place in geodesic)
    expect(panel.locator(".lp-paths-progress")).to_be_hidden()

    lines = np.concatenate([along(leg, 101) for leg in pairwise(straight)])
    shorter = picture_length(bundled, geodesic)
    assert shorter < 0.97 * picture_length(bundled, lines)
    picture, z = numbers(panel, "Geodesic")
    assert picture == pytest.approx(shorter, rel=0.01)
    assert z > numbers(panel, "Straight")[0]
    assert "shorter" in panel.locator(".lp-paths-lengths").inner_text()

    panel.get_by_role("slider", name="Frames").fill("60")
    frames = strip(panel).reshape(60, -1) / 255
    steps = np.linalg.norm(np.diff(frames, axis=0), axis=1)
    assert steps.max() < 1.5 * steps.mean()


@pytest.mark.alone
def test_a_geodesic_is_looked_for_once(panel):
    send_pins(panel, PINS)
    choose_kind(panel, "Geodesic")
    panel.wait_for_function("decode.last('path').kind === 'geodesic'")
    choose_kind(panel, "Straight")
    expect(panel.locator(".lp-paths-lengths")).to_contain_text("Geodesic")
    assert path(panel)["kind"] == "straight"
    milliseconds = panel.evaluate(
        """async () => {
          const started = performance.now();
          document.querySelector("[value=geodesic]").click();
          while (decode.last("path").kind !== "geodesic") await new Promise(requestAnimationFrame);
          return performance.now() - started;
        }"""
    )
    assert milliseconds < 250


@pytest.mark.alone
def test_while_a_geodesic_is_looked_for_the_page_stays_fluent_and_shows_the_straight_path(panel, bundled):
    send_pins(panel, PINS)
    seen = panel.evaluate(
        """async () => {
          document.querySelector("[value=geodesic]").click();
          const kinds = new Set();
          const gaps = [];
          let before = performance.now();
          while (decode.last("path").kind !== "geodesic") {
            kinds.add(document.querySelector(".lp-paths-progress").hidden);
            await new Promise(requestAnimationFrame);
            gaps.push(performance.now() - before);
            before = performance.now();
          }
          return { gaps, signs: [...kinds] };
        }"""
    )
    assert seen["signs"] == [False]
    assert np.quantile(seen["gaps"], 0.9) < 50  # ms between frames; 16 on two free cores
    assert max(seen["gaps"]) < 250


STROKE = [[np.cos(t) * 1.5, np.sin(t) * 1.5] for t in np.linspace(0, 4, 200)]


def test_a_path_is_drawn_by_hand(panel, bundled):
    button(panel, "Draw a path").click()
    assert panel.evaluate("decode.last('tool')") == "path"
    expect(panel.get_by_text("Draw on the plane: press, move, release.")).to_be_visible()
    panel.evaluate("(stroke) => decode.signal('stroke', stroke)", STROKE)
    assert panel.evaluate("decode.last('tool')") == "move"
    drawn = path(panel)
    assert drawn["kind"] == "drawn"
    assert 5 < len(drawn["places"]) < 100
    assert np.abs(np.linalg.norm(drawn["places"], axis=1) - 1.5).max() < 0.03
    assert np.abs(strip(panel) - decoded_by_torch(bundled, along(drawn["places"], 24))).max() <= 1
    z, picture = numbers(panel, "Drawn")
    assert z == pytest.approx(1.5 * 4, rel=0.01)
    assert picture == pytest.approx(picture_length(bundled, along(STROKE, 4001)), rel=0.02)


def test_the_pen_can_be_put_away(panel):
    button(panel, "Draw a path").click()
    button(panel, "Draw a path").click()
    assert panel.evaluate("decode.last('tool')") == "move"
    choose_kind(panel, "Drawn")
    expect(panel.get_by_text("Press “Draw a path”, then draw on the plane.")).to_be_visible()


def test_the_panel_is_found_again_as_it_was_left(panel):
    send_pins(panel, PINS)
    panel.evaluate("(stroke) => decode.signal('stroke', stroke)", STROKE)
    panel.get_by_label("Speed").select_option("4")
    panel.get_by_label("Repeat").select_option("Once")
    panel.get_by_role("slider", name="Frames").fill("12")
    panel.get_by_role("slider", name=re.compile("Film strip")).press("End")
    before = path(panel)
    panel.evaluate("remount()")
    assert path(panel) == before
    expect(panel.get_by_label("Speed")).to_have_value("4")
    expect(panel.get_by_label("Repeat")).to_have_value("off")
    expect(panel.locator("[value=drawn]")).to_be_checked()
    expect(panel.locator(".lp-paths-player output")).to_have_text("frame 12 of 12")
    expect(panel.locator(".lp-paths-pin")).to_have_count(3)
    assert strip(panel).shape == (12, 28, 28)


@pytest.mark.parametrize("page", [{}, DARK, PHONE], indirect=True, ids=["light", "dark", "phone"])
def test_nothing_is_wider_than_the_page(panel):
    send_pins(panel, PINS | {"a name as long as a name may be, of 40!": (-19.99, -19.99)})
    panel.get_by_role("slider", name="Frames").fill("60")
    width, room = panel.evaluate("[document.documentElement.scrollWidth, window.innerWidth]")
    assert width <= room
    right = panel.evaluate(
        "Math.max(...[...document.querySelectorAll('.lp-paths *')].map((e) => e.getBoundingClientRect().right))"
    )
    assert right <= room
    tile = panel.locator(".lp-paths-present").bounding_box()
    assert tile["width"] >= 34
