"""The picture at the machine's entrance: test digits, drawings, pictures from outside; and what is said of them."""

import io
import re
import time

import numpy as np
import pytest
import torch
from PIL import Image
from playwright.sync_api import FilePayload, Page, expect

from tests.browser.harness import open_page
from tests.browser.test_instrument import ask_channel, fingers, layer
from vae import data, metrics

PHONE = {"viewport": {"width": 400, "height": 850}, "has_touch": True, "is_mobile": True}


@pytest.fixture
def pad(page, server) -> Page:
    open_page(page, f"{server}/Decode")
    expect(page.locator(".lp-caption")).to_contain_text("test image")
    return page


@pytest.fixture
def sheet(pad) -> Page:
    pad.get_by_role("button", name="Draw", exact=True).click()
    return pad


def encoded(bundled, image: np.ndarray) -> np.ndarray:
    with torch.no_grad():
        return bundled.model(60).encode(torch.tensor(image.reshape(1, -1) / 255, dtype=torch.float32))[0][0].numpy()


def draw(page: Page, *strokes) -> None:
    """Strokes of places in the unit square, by the mouse."""
    box = page.locator(".lp-sheet").bounding_box()
    for stroke in strokes:
        (x, y), *rest = [(box["x"] + u * box["width"], box["y"] + v * box["height"]) for u, v in stroke]
        page.mouse.move(x, y)
        page.mouse.down()
        for place in rest:
            page.mouse.move(*place, steps=4)
        page.mouse.up()


def circle() -> list[tuple[float, float]]:
    turns = np.linspace(0, 2 * np.pi, 20)
    return [(0.5 + 0.22 * np.sin(t), 0.5 - 0.35 * np.cos(t)) for t in turns]


ONE = [(0.55, 0.15), (0.45, 0.85)]
SEVEN = [(0.3, 0.2), (0.7, 0.2), (0.45, 0.85)]


def test_a_test_digit_is_encoded_in_the_browser(pad, bundled):
    images = data.load("test").images
    for index in (0, 1, 777):
        field = pad.get_by_label("Index of the digit")
        field.fill(str(index))
        field.press("Enter")
        expect(pad.locator(".lp-caption")).to_contain_text(f"test image {index},")
        found = ask_channel(pad, "input")
        np.testing.assert_allclose(found["mu"], encoded(bundled, images[index]), atol=1e-4)
        sigma = np.exp(np.array(found["logvar"]) / 2)
        np.testing.assert_allclose(found["z"], found["mu"] + sigma * found["eps"], atol=1e-5)
    pad.get_by_role("button", name="Next digit").click()
    expect(pad.locator(".lp-caption")).to_contain_text("test image 778,")


def test_new_noise_moves_z_and_not_the_mean(pad):
    before = ask_channel(pad, "input")
    pad.get_by_role("button", name="New ε").click()
    after = ask_channel(pad, "input")
    assert after["mu"] == before["mu"]
    assert after["eps"] != before["eps"]
    assert after["z"] != before["z"]
    assert [cell.inner_text() for cell in pad.locator(".lp-numbers tbody td").all()][3] != ""


@pytest.mark.parametrize(("digit", "stroke"), [(1, ONE), (0, circle()), (7, SEVEN)], ids=["1", "0", "7"])
def test_a_drawn_digit_lands_among_its_fellows(sheet, bundled, digit, stroke):
    draw(sheet, stroke)
    mu = np.array(ask_channel(sheet, "input")["mu"])
    means, _, labels = bundled.latent(60)
    nearest = labels[np.argsort(np.linalg.norm(means - mu, axis=1))[:15]]
    assert np.bincount(nearest).argmax() == digit
    expect(sheet.locator(".lp-pad .lp-said")).to_contain_text(f"beside a {digit}")
    assert layer(sheet, "ink").any()


def test_it_lands_while_it_is_drawn_and_the_server_hears_nothing(sheet):
    frames = []
    sheet.evaluate(
        """() => {
          window.encodes = [];
          addEventListener("latentplane:encoded", ({ detail }) => window.encodes.push(detail.milliseconds));
        }"""
    )
    sheet.on("websocket", lambda socket: socket.on("framesent", lambda frame: frames.append(frame)))
    box = sheet.locator(".lp-sheet").bounding_box()
    sheet.mouse.move(box["x"] + 40, box["y"] + 20)
    sheet.mouse.down()
    places = []
    for step in range(30):
        sheet.mouse.move(box["x"] + 40 + 2 * (step % 8), box["y"] + 20 + 3 * step)
        sheet.evaluate("() => new Promise(requestAnimationFrame)")
        places.append(tuple(ask_channel(sheet, "input")["mu"]))
    assert len(set(places)) > 20  # every frame another place, with the button still down
    sheet.mouse.up()
    assert np.quantile(sheet.evaluate("window.encodes"), 0.95) < 16
    assert frames == []


def test_undo_eraser_and_clear_take_away_and_give_back(sheet):
    draw(sheet, ONE)
    one = ask_channel(sheet, "input")["mu"]
    draw(sheet, [(0.2, 0.5), (0.8, 0.5)])
    cross = ask_channel(sheet, "input")["mu"]
    assert cross != one
    sheet.get_by_role("button", name="Undo").click()
    assert ask_channel(sheet, "input")["mu"] == one
    sheet.get_by_label("Eraser").check()
    draw(sheet, [(0.3, 0.7), (0.7, 0.7)])
    assert ask_channel(sheet, "input")["mu"] != one
    sheet.get_by_role("button", name="Clear", exact=True).first.click()
    assert ask_channel(sheet, "input") is None
    expect(sheet.get_by_text("Draw a digit here")).to_be_visible()
    sheet.get_by_role("button", name="Undo").click()
    assert ask_channel(sheet, "input") is not None


def png(image: Image.Image, kind: str = "PNG", **options) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def upload(page: Page, name: str, content: bytes, mime: str = "image/png") -> None:
    page.locator(".lp-upload input").set_input_files(FilePayload(name=name, mimeType=mime, buffer=content))


@pytest.mark.parametrize(
    ("name", "content", "complaint"),
    [
        ("note.png", b"this is text, not a picture", "is not a picture that the browser can read"),
        ("empty.png", b"", "is empty"),
        ("x.svg", b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>", "is text, not a picture"),
        ("blank.png", png(Image.new("L", (40, 40), 200)), "all of one colour"),
        ("<img src=x onerror=alert(1)>.png", b"", "“<img src=x onerror=alert(1)>.png” is empty"),
    ],
    ids=["text", "empty", "svg", "blank", "name"],
)
def test_what_is_no_picture_is_explained(pad, name, content, complaint):
    upload(pad, name, content, "image/svg+xml" if name.endswith("svg") else "image/png")
    expect(pad.locator(".lp-pad .lp-said")).to_contain_text(complaint)
    assert pad.locator(".lp-pad img").count() == 0


def test_forty_megapixels_are_refused_at_once(pad):
    content = png(Image.new("1", (8000, 5000)))
    started = time.monotonic()
    upload(pad, "huge.png", content)
    expect(pad.locator(".lp-pad .lp-said")).to_contain_text("has 40.0 megapixels (8000 × 5000)")
    assert time.monotonic() - started < 5
    assert ask_channel(pad, "input")["name"].startswith("test image")  # what was there is still there


def enlarged(index: int, factor: int = 10) -> Image.Image:
    image = Image.fromarray(data.load("test").images[index])
    return image.resize((28 * factor, 28 * factor), Image.Resampling.BICUBIC)


def on_paper() -> bytes:
    """Dark ink on paper with a little shade, as a photograph has it."""
    shade = np.linspace(0, 12, 280)[None, :]
    return png(Image.fromarray(np.clip(235 - 0.8 * np.asarray(enlarged(0), float) - shade, 0, 255).astype(np.uint8)))


def transparent() -> bytes:
    ink = Image.new("RGBA", (280, 280), (0, 0, 0, 0))
    ink.putalpha(enlarged(0))
    return png(ink)


@pytest.mark.parametrize(
    "content", [png(enlarged(0, 1)), on_paper(), transparent()], ids=["mnist", "photo", "transparent"]
)
def test_a_picture_from_outside_lands_among_its_fellows(pad, bundled, content):
    upload(pad, "seven.png", content)
    expect(pad.locator(".lp-caption")).to_have_text("seven.png")
    mu = np.array(ask_channel(pad, "input")["mu"])
    means, _, labels = bundled.latent(60)
    nearest = labels[np.argsort(np.linalg.norm(means - mu, axis=1))[:15]]
    assert np.bincount(nearest).argmax() == 7


def test_of_an_animation_the_first_picture_is_used(pad):
    frames = [enlarged(index) for index in (0, 1)]
    upload(pad, "moving.gif", png(frames[0], "GIF", save_all=True, append_images=frames[1:]), "image/gif")
    expect(pad.locator(".lp-pad .lp-said")).to_contain_text("its first picture is used")


def test_an_epoch_without_encoder_explains_what_to_do(page, server, bundled):
    open_page(page, f"{server}/Decode?epoch=9")
    expect(page.locator(".lp-caption")).to_contain_text("test image 0")
    np.testing.assert_allclose(ask_channel(page, "input")["mu"], bundled.latent(9).mu[0], atol=1e-6)
    page.get_by_role("button", name="Draw", exact=True).click()
    draw(page, ONE)
    expect(page.locator(".lp-pad .lp-said")).to_contain_text("holds the decoder alone")
    assert ask_channel(page, "input") is None


def test_the_verdict_is_the_elbo_and_its_rank(pad, bundled):
    text = pad.locator(".lp-elbo").inner_text()
    total, reconstruction, kl = (float(number) for number in re.findall(r"[\d.]+", text))
    assert total == pytest.approx(reconstruction + kl, abs=0.11)
    image = torch.tensor(data.load("test").images[:1].reshape(1, -1))
    expected = metrics.evaluate_elbo(bundled.model(60), image, n_samples=500)
    assert total == pytest.approx(-expected.elbo, abs=2)
    assert kl == pytest.approx(expected.kl, abs=0.06)
    expect(pad.locator(".lp-rank")).to_contain_text(re.compile(r"Better than \d+ % of [\d,]+ images"), timeout=15_000)
    pad.locator(".lp-beside button").first.click()
    expect(pad).to_have_url(re.compile("z="))


@pytest.mark.parametrize("page", [PHONE], indirect=True, ids=["phone"])
def test_a_finger_draws(page, server):
    open_page(page, f"{server}/Decode")
    page.get_by_role("button", name="Draw", exact=True).click()
    sheet = page.locator(".lp-sheet")
    sheet.scroll_into_view_if_needed()
    box = sheet.bounding_box()
    session = page.context.new_cdp_session(page)
    fingers(session, "touchStart", (box["x"] + box["width"] / 2, box["y"] + 20))
    for step in range(1, 8):
        fingers(session, "touchMove", (box["x"] + box["width"] / 2 - step, box["y"] + 20 + step * box["height"] / 10))
    fingers(session, "touchEnd")
    page.wait_for_timeout(100)
    assert ask_channel(page, "input")["name"] == "your drawing"
