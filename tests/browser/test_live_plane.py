"""The plane and the gallery while the weights under them change: the modules alone, fed as the server would."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
import torch
from playwright.sync_api import Page, expect

from tests.browser.harness import picture, position
from vae import data, pictures
from vae.browser import assets, payload
from vae.browser.message import PlaneMessage, Sheets
from vae.runs.run import Run

ORIGIN = "http://plane.test"
EPOCHS = (0, 5, 17, 60)
EARLY, LATE = EPOCHS[0], EPOCHS[-1]  # at first all means lie within the prior's bulk, later far beyond
RANGES = "(({ xaxis, yaxis }) => [xaxis.range, yaxis.range])(lp._fullLayout)"
GALLERY_SIZE = "(({ width, height }) => [width, height])(document.querySelector('.lp-gallery').getBoundingClientRect())"
LIMIT = 500  # ms from a payload's arrival to its painted frame; 150 on two free cores without a GPU

HTML = """
<!doctype html><meta charset="utf-8"><link rel="stylesheet" href="plane.css">
<div style="width: 640px" id="plane"></div><div style="width: 240px" id="picture"></div>
<div style="width: 400px" id="gallery"></div>
<script type="module">
  import { mount as plane } from "./plane.js";
  import { mount as picture } from "./panels/picture/index.js";
  import { mount as gallery } from "./panels/gallery/index.js";
  import { readPayload } from "./format/payload.js";
  import { mount as payload } from "./store/payload.js";

  const at = (id) => ({ parentElement: document.getElementById(id), setStateValue() {} });
  const bytes = async (name) => new Uint8Array(await (await fetch(name)).arrayBuffer());
  window.painted = [];
  document.addEventListener("latentplane:painted", ({ detail }) => window.painted.push(detail));
  /** What one script run sends: the plane's message, then the bytes it asks for. */
  window.send = (data, pin = null) => {
    const { key } = readPayload(data);
    plane({ ...at("plane"), data: { ...MESSAGE, payload: key, pin } });
    payload({ data });
    return key;
  };
  window.show = async (epoch, pin = null) => {
    const key = window.send(await bytes(`${epoch}.payload`), pin);
    while (window.painted.at(-1)?.key !== key) await new Promise(requestAnimationFrame);
    window.lp = document.querySelector(".lp-graph");
  };
  /** Send the first; then, while it is being painted, all others at once. */
  window.hurry = async (epochs) => {
    const [first, ...others] = await Promise.all(epochs.map((epoch) => bytes(`${epoch}.payload`)));
    const keys = [window.send(first)];
    await new Promise((resolve) => setTimeout(resolve));
    return [...keys, ...others.map((data) => window.send(data))];
  };
  gallery({ ...at("gallery"), data: { channel: "live" } }); // first: what it decodes must not reach the picture
  picture({ ...at("picture"), data: { channel: "live" } });
  window.ready = true;
</script>
"""


@pytest.fixture(scope="module")
def site(bundled: Run, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the modules, plotly.js, and payloads of a few epochs."""
    folder = tmp_path_factory.mktemp("site")
    shutil.copytree(assets.SOURCE, folder, dirs_exist_ok=True)
    shutil.copy(assets.plotly_js(), folder)
    (folder / "test-0.png").write_bytes(pictures.sheet(data.load("test").images))
    for epoch in EPOCHS:
        (folder / f"{epoch}.payload").write_bytes(payload.plane_payload(bundled.snapshot(epoch)))
    message = PlaneMessage("live", payload="", sheets=Sheets(["test-0.png"], perSheet=data.N_TEST))
    (folder / "index.html").write_text(HTML.replace("MESSAGE", json.dumps(message.as_json())))
    return folder


@pytest.fixture
def live(page: Page, site: Path) -> Page:
    """A page with an empty plane, its picture and its gallery; `show(epoch)` updates them."""
    page.route(f"{ORIGIN}/**", lambda route: route.fulfill(path=site / route.request.url.removeprefix(f"{ORIGIN}/")))
    page.goto(f"{ORIGIN}/index.html")
    page.wait_for_function("window.ready")
    return page


def show(page: Page, epoch: int, pin: tuple[float, float] | None = None) -> None:
    page.evaluate("([epoch, pin]) => show(epoch, pin)", [epoch, pin])


def ranges(page: Page) -> np.ndarray:
    """[[left, right], [bottom, top]] of what is in sight."""
    return np.array(page.evaluate(RANGES))


def holds(outer: np.ndarray, inner: np.ndarray) -> bool:
    return bool((outer[:, 0] <= inner[:, 0] + 1e-9).all() and (outer[:, 1] >= inner[:, 1] - 1e-9).all())


def extent(run: Run, epoch: int) -> np.ndarray:
    mu = run.snapshot(epoch).latent().mu
    return np.stack([mu.min(0), mu.max(0)], axis=1)


def zoom(page: Page) -> None:
    page.mouse.move(*position(page, (0.5, 0.5)))
    for _ in range(3):
        page.mouse.wheel(0, -300)
        page.wait_for_timeout(150)


def decoded_by_torch(run: Run, epoch: int, z: object) -> np.ndarray:
    with torch.no_grad():
        return torch.sigmoid(run.snapshot(epoch).decoder()(torch.tensor(z))).mul(255).numpy()


def test_the_view_grows_with_the_means_and_never_shrinks(live, bundled):
    show(live, EARLY)
    seen = ranges(live)
    assert not holds(seen, extent(bundled, LATE))
    for epoch in EPOCHS:
        show(live, epoch)
        assert holds(ranges(live), seen)
        assert holds(ranges(live), extent(bundled, epoch))
        seen = ranges(live)
        lengths = live.evaluate("(({ xaxis, yaxis }) => [xaxis._length, yaxis._length])(lp._fullLayout)")
        scales = lengths / np.ptp(seen, axis=1)
        assert scales[0] == pytest.approx(scales[1])
    for epoch in EPOCHS:
        show(live, epoch)
        np.testing.assert_allclose(ranges(live), seen)


def test_zoom_pin_hidden_classes_and_the_graph_survive_an_update(live, bundled):
    show(live, 17, pin=(1.0, 0.5))
    live.locator(".legendtoggle").nth(3).click()
    live.wait_for_timeout(500)
    zoom(live)
    live.evaluate("document.querySelectorAll('.lp-graph, .lp-gallery canvas').forEach((e) => (e.dataset.witness = 1))")
    zoomed = ranges(live)
    colours = live.evaluate("lp.data.map(({ marker }) => marker.color)")
    for epoch in (LATE, EARLY, LATE):
        show(live, epoch, pin=(1.0, 0.5))
        np.testing.assert_array_equal(ranges(live), zoomed)
    assert live.locator("[data-witness]").count() == 3
    graph = live.evaluate("lp.data.map(({ visible, marker }) => [visible, marker.color])")
    assert graph == [["legendonly" if i == 3 else True, colour] for i, colour in enumerate(colours)]
    x = live.evaluate("Array.from(lp.data[0].x)")
    mu, _, labels = bundled.snapshot(LATE).latent()
    np.testing.assert_array_equal(np.float32(x), mu[labels == 0, 0])
    expect(live.locator(".lp-pin")).to_be_visible()


@pytest.mark.parametrize("gesture", ["home", "double click"])
def test_all_is_shown_again_on_request_and_followed_from_then_on(live, bundled, gesture):
    show(live, EARLY)
    zoom(live)
    show(live, 17)
    assert not holds(ranges(live), extent(bundled, 17))
    if gesture == "home":
        live.locator(".lp-graph").hover()
        live.locator("[data-action=home]").click()
    else:
        live.mouse.dblclick(*position(live, (0.5, 0.5)))
    live.wait_for_function(f"{RANGES}[0][0] < -3")
    assert holds(ranges(live), extent(bundled, 17))
    show(live, LATE)
    assert holds(ranges(live), extent(bundled, LATE))


def test_an_update_within_a_drag_does_not_disturb_it(live):
    show(live, 17)
    before = ranges(live)
    x, y = position(live, (0, 0))
    live.mouse.move(x, y)
    live.mouse.down()
    live.mouse.move(x + 40, y, steps=4)
    (key,) = live.evaluate("hurry([60])")
    live.wait_for_timeout(300)
    live.mouse.move(x + 100, y, steps=4)
    live.mouse.up()
    live.wait_for_function("(key) => painted.at(-1).key === key", arg=key)
    assert position(live, (0, 0)) == pytest.approx((x + 100, y), abs=2)
    assert np.ptp(ranges(live), axis=1) == pytest.approx(np.ptp(before, axis=1))


def test_a_resting_pointer_sees_the_new_weights(live, bundled):
    show(live, 17)
    live.mouse.move(*position(live, (1.0, 1.0)))
    live.wait_for_function("document.querySelector('.lp-place').textContent !== 'z = (0.00, 0.00)'")
    before = picture(live)
    live.evaluate("addEventListener('latentplane:decoded', ({ detail }) => { window.z = detail.z; })")
    show(live, LATE)
    z = live.evaluate("window.z")
    assert z == pytest.approx([1, 1], abs=0.03)
    assert picture(live) != before
    assert np.abs(np.array(picture(live)) - decoded_by_torch(bundled, LATE, z)).max() <= 1


def test_of_payloads_that_come_while_one_is_drawn_only_the_newest_is_drawn(live, bundled):
    show(live, EARLY)
    keys = live.evaluate("hurry([5, 17, 5, 17, 60])")
    live.wait_for_function("(key) => painted.at(-1).key === key", arg=keys[-1])
    live.wait_for_timeout(300)
    assert [detail["key"] for detail in live.evaluate("painted")][1:] == [keys[0], keys[-1]]
    assert live.locator(".lp-plane").get_attribute("data-payload") == payload.payload_key(bundled.snapshot(LATE))


@pytest.mark.alone
def test_an_update_is_painted_soon(live):
    show(live, 17)
    for epoch in (5, LATE, 17, 5, LATE):
        show(live, epoch)
    milliseconds = [detail["milliseconds"] for detail in live.evaluate("painted")][1:]
    assert min(milliseconds) < LIMIT, milliseconds


def test_the_gallery_shows_what_torch_makes_of_the_examples_and_of_the_draws(live, bundled):
    from vae import data

    tiles = """(i) => {
      const canvas = document.querySelectorAll(".lp-gallery canvas")[i];
      const rgba = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data;
      return [canvas.width, canvas.height, Array.from(rgba).filter((_, k) => k % 4 === 0)];
    }"""

    def sheet(index: int) -> np.ndarray:
        width, height, grey = live.evaluate(tiles, index)
        return np.array(grey).reshape(height, width)

    def tile(sheet: np.ndarray, column: int, top: int) -> np.ndarray:
        return sheet[top : top + 28, 30 * column : 30 * column + 28]

    size = live.evaluate(GALLERY_SIZE)
    for epoch in (EARLY, LATE):
        show(live, epoch)
        assert live.evaluate(GALLERY_SIZE) == size
        shown = payload.example_indices(data.load("test").labels)
        rebuilt = decoded_by_torch(bundled, epoch, bundled.snapshot(epoch).latent().mu[shown]).reshape(-1, 28, 28)
        drawn = decoded_by_torch(bundled, epoch, payload.prior_draws(2)).reshape(-1, 28, 28)
        reconstructions, samples = sheet(0), sheet(1)
        for i in range(16):
            band, column = divmod(i, 8)
            original = data.load("test").images[shown[i]]
            np.testing.assert_array_equal(tile(reconstructions, column, 66 * band), original)
            assert np.abs(tile(reconstructions, column, 66 * band + 30) - rebuilt[i]).max() <= 1
            assert np.abs(tile(samples, column, 30 * band) - drawn[i]).max() <= 1
    for label in ("16 test digits, each above its reconstruction", "The pictures decoded from 16 draws of the prior"):
        expect(live.get_by_role("img", name=label)).to_be_visible()
