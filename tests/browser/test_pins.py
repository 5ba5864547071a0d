"""Pins in the paths panel: kept, named, ordered, removed."""

import re

import numpy as np
from playwright.sync_api import expect

from tests.browser.paths import (
    PINS,
    button,
    canvas,
    decoded_by_torch,
    path,
    pins,
    send_pins,
    went,
)


def test_without_pins_the_panel_says_how_to_begin(panel):
    expect(panel.get_by_text("Shift+click the plane, or press Keep")).to_be_visible()
    expect(panel.locator(".lp-paths-strip")).to_be_hidden()
    assert path(panel) is None
    panel.evaluate("decode.signal('play')")
    assert went(panel).size == 0


def test_kept_places_get_letters_and_their_pictures(panel, bundled):
    for place in PINS.values():
        panel.evaluate("(place) => point(place)", list(place))
        button(panel, "Keep this place").click()
    assert pins(panel) == PINS
    for i, expected in enumerate(decoded_by_torch(bundled, list(PINS.values())), start=1):
        assert np.abs(canvas(panel, f".lp-paths-pin:nth-child({i}) canvas") - expected).max() <= 1
    button(panel, "Keep this place").click()
    expect(panel.get_by_text("This place is kept already, as C.")).to_be_visible()
    assert len(pins(panel)) == 3


def test_fifty_pins_are_the_most(panel):
    send_pins(panel, {str(i): (i / 10, 0.0) for i in range(50)})
    expect(button(panel, "Keep this place")).to_be_disabled()


def test_a_name_is_text_whatever_it_holds(panel):
    send_pins(panel, {"<img src=x onerror=window.hacked=1>": (0, 0), "B": (1, 1)})
    name = panel.get_by_role("textbox").first
    expect(name).to_have_value("<img src=x onerror=window.hacked=1>")
    name.fill('"><script>window.hacked=1</script> and much, much longer')
    assert next(iter(pins(panel))) == '"><script>window.hacked=1</script> and m'
    panel.evaluate("(name) => decode.send('pins', [{place: [0, 0], name}])", "'<b onmouseover=window.hacked=1>")
    panel.get_by_role("button", name=re.compile("Show")).hover()
    assert not panel.evaluate("'hacked' in window")
    assert panel.locator(".lp-paths img, .lp-paths script, .lp-paths b").count() == 0


def test_a_name_that_is_wiped_out_becomes_a_letter_again(panel):
    send_pins(panel, {"A": (0, 0), "old": (1, 1)})
    name = panel.get_by_role("textbox").nth(1)
    name.fill("")
    name.press("Enter")
    expect(name).to_have_value("B")
    assert list(pins(panel)) == ["A", "B"]


def test_pins_are_put_in_order_by_keyboard_and_keep_the_focus(panel):
    send_pins(panel, PINS)
    button(panel, "Move A down").focus()
    panel.keyboard.press("Enter")
    assert list(pins(panel)) == ["B", "A", "C"]
    expect(button(panel, "Move A down")).to_be_focused()
    panel.keyboard.press("Enter")
    assert list(pins(panel)) == ["B", "C", "A"]
    expect(button(panel, "Move A down")).to_be_disabled()
    expect(button(panel, "Move A up")).to_be_focused()
    expect(panel.get_by_role("status").filter(has_text="A is number 3 of 3.")).to_be_visible()


def test_what_is_removed_or_cleared_can_be_had_back(panel):
    send_pins(panel, PINS)
    expect(button(panel, "Undo")).to_be_hidden()
    button(panel, "Remove B").click()
    assert list(pins(panel)) == ["A", "C"]
    expect(button(panel, "Remove C")).to_be_focused()
    button(panel, "Undo").click()
    assert pins(panel) == PINS
    expect(button(panel, "Undo")).to_be_hidden()
    button(panel, "Clear").click()
    assert pins(panel) == {}
    assert path(panel) is None
    expect(button(panel, "Undo")).to_be_focused()
    panel.keyboard.press("Enter")
    assert pins(panel) == PINS
    button(panel, "Remove A").click()
    send_pins(panel, {"Z": (0, 0)})
    expect(button(panel, "Undo")).to_be_hidden()


def test_a_pin_leads_to_its_place(panel):
    send_pins(panel, PINS)
    button(panel, "Show C").click()
    np.testing.assert_allclose(went(panel)[:, :2], [PINS["C"]])
