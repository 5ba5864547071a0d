"""Pins, paths and films: the panel alone, told what a plane would tell it."""

import re
import shutil
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from playwright.sync_api import Page, expect

from pages.ui.film import parcel
from tests.browser.harness import IDLE, click_at, open_page
from vae.browser import assets, payload
from vae.browser.film import read_order
from vae.runs.run import Run

ORIGIN = "http://paths.test"
EPOCH = 60
PINS = {"A": (-1.5, 0.5), "B": (1.0, 1.7), "C": (2.0, -1.5)}
PHONE = {"viewport": {"width": 400, "height": 850}}
CALM = {"reduced_motion": "reduce"}
DARK = {"color_scheme": "dark"}

HTML = """
<!doctype html><meta charset="utf-8"><link rel="stylesheet" href="panels/paths/paths.css">
<style>
  body { margin: 16px; background: var(--st-background-color); }
  :root { --st-primary-color: #3b5bdb; --st-text-color: #31333f; --st-background-color: #ffffff; --st-font: sans-serif;
    --st-border-color: #d3d5da; }
</style>
<div id="panel"></div>
<script type="module">
  import { channel } from "./channel.js";
  import { inPlane, readPayload } from "./format/payload.js";
  import { mount } from "./panels/paths/index.js";
  import { mount as save } from "./format/download.js";

  const decode = window.decode = channel("decode");
  const bytes = async (name) => new Uint8Array(await (await fetch(name)).arrayBuffer());
  Object.assign(window, { went: [], orders: [], paths: [] });
  decode.listen("go", ({ place }) => window.went.push({ place, time: performance.now() }));
  decode.listen("path", (path) => window.paths.push(path));
  window.message = (data) => mount({
    parentElement: document.getElementById("panel"),
    setTriggerValue: (name, order) => window.orders.push([name, order]),
    data: { channel: "decode", gif: true, answer: null, ...data },
  });
  window.remount = () => {
    const old = document.getElementById("panel");
    const cleanUp = window.message();
    old.replaceWith(Object.assign(document.createElement("div"), { id: "panel" }));
    cleanUp();
    window.message();
  };
  window.save = (numbers) => save({ data: new Uint8Array(numbers) });
  window.point = (place) => decode.send("shown", { place, payload: decode.last("payload") });
  window.message();
  decode.send("payload", inPlane(readPayload(await bytes("payload")), null));
  window.point([0, 0]);
  window.ready = true;
</script>
"""


@pytest.fixture(scope="module")
def site(bundled: Run, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("site")
    shutil.copytree(assets.SOURCE, folder, dirs_exist_ok=True)
    (folder / "payload").write_bytes(payload.plane_payload(bundled, EPOCH))
    (folder / "index.html").write_text(HTML)
    return folder


@pytest.fixture
def panel(page: Page, site: Path) -> Page:
    """A page with the panel, which knows a payload and no pins."""
    page.route(f"{ORIGIN}/**", lambda route: route.fulfill(path=site / route.request.url.removeprefix(f"{ORIGIN}/")))
    page.goto(f"{ORIGIN}/index.html")
    page.wait_for_function("window.ready")
    return page


def send_pins(page: Page, pins: dict[str, tuple[float, float]]) -> None:
    page.evaluate(
        "(pins) => decode.send('pins', pins)", [{"place": place, "name": name} for name, place in pins.items()]
    )


def pins(page: Page) -> dict[str, tuple[float, float]]:
    return {pin["name"]: tuple(pin["place"]) for pin in page.evaluate("decode.last('pins')")}


def path(page: Page) -> dict:
    return page.evaluate("decode.last('path')")


def button(page: Page, name: str):
    return page.get_by_role("button", name=name, exact=True)


def choose_kind(page: Page, title: str) -> None:
    page.locator(".lp-paths-kinds").get_by_text(title, exact=True).click()


def decoded_by_torch(run: Run, places: object) -> np.ndarray:
    """(N, 28, 28) grey values, 0…255."""
    with torch.no_grad():
        grey = torch.sigmoid(run.snapshot(EPOCH).decoder()(torch.tensor(np.array(places), dtype=torch.float32)))
    return grey.mul(255).reshape(-1, 28, 28).numpy()


def canvas(page: Page, selector: str) -> np.ndarray:
    """The grey values of a canvas, (height, width)."""
    width, *values = page.evaluate(
        """(selector) => {
          const canvas = document.querySelector(selector);
          const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
          return [canvas.width, ...data.filter((_, i) => i % 4 === 0)];
        }""",
        selector,
    )
    return np.array(values).reshape(-1, width)


def strip(page: Page) -> np.ndarray:
    """The frames on the film strip, (N, 28, 28)."""
    n = int(page.locator(".lp-paths-strip").get_attribute("aria-valuemax"))
    sheet = canvas(page, ".lp-paths-strip canvas")
    sheet = np.pad(sheet, ((0, 2), (0, 2)))
    tiles = sheet.reshape(sheet.shape[0] // 30, 30, -1, 30).swapaxes(1, 2).reshape(-1, 30, 30)
    return tiles[:n, :28, :28]


def along(places: object, n: int) -> np.ndarray:
    """n places in equal steps along a polyline, computed by numpy."""
    places = np.array(places)
    ends = np.concatenate([[0], np.cumsum(np.linalg.norm(np.diff(places, axis=0), axis=1))])
    wanted = np.linspace(0, ends[-1], n)
    return np.stack([np.interp(wanted, ends, places[:, axis]) for axis in (0, 1)], axis=1)


def picture_length(run: Run, places: object) -> float:
    pictures = decoded_by_torch(run, places).reshape(len(places), -1) / 255
    return np.linalg.norm(np.diff(pictures, axis=0), axis=1).sum()


def numbers(page: Page, kind: str) -> list[float]:
    text = page.locator(".lp-paths-lengths span", has_text=kind).inner_text()
    return [float(number) for number in re.findall(r"\d+\.\d+", text)]


def went(page: Page) -> np.ndarray:
    """The places that the panel asked the plane to show, (N, 2), and when, in ms: (N, 3) together."""
    return np.array([[*go["place"], go["time"]] for go in page.evaluate("went")]).reshape(-1, 3)


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
