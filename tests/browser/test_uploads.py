"""Pictures from files, the clipboard and by drag and drop, as input of the encoder."""

from collections.abc import Callable
from io import BytesIO

import numpy as np
import pytest
from PIL import Image, ImageDraw
from playwright.sync_api import Page, expect

from tests.browser.entrance import DIGITS, class_at, mu_of, press, said, stroke
from vae import data


def content_of(image: Image.Image, kind: str = "PNG", **options) -> bytes:
    file = BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


def drawn(label: int, mode: str = "L", paper=255, ink=0) -> Image.Image:
    image = Image.new(mode, (120, 160), paper)
    points = [(u * 120, v * 160) for u, v in DIGITS[label]]
    ImageDraw.Draw(image).line(points, fill=ink, width=12, joint="curve")
    return image


def photographed(index: int) -> Image.Image:
    """A test digit, dark on paper that is lit from one side, enlarged, off the middle and with noise."""
    digit = Image.fromarray(data.load("test").images[index]).resize((280, 280), Image.Resampling.BICUBIC)
    ink = np.zeros((420, 380))
    ink[90:370, 30:310] = np.asarray(digit) / 255
    paper = np.linspace(215, 235, 380)
    noise = np.random.default_rng(0).normal(0, 3, ink.shape)
    return Image.fromarray((paper * (1 - 0.85 * ink) + noise).clip(0, 255).astype(np.uint8))


def upload(page: Page, content: bytes, name: str = "a.png", kind: str = "image/png") -> None:
    page.locator(".lp-upload input").set_input_files({"name": name, "mimeType": kind, "buffer": content})


def wait_for_picture(page: Page, name: str = "a.png") -> None:
    expect(page.locator(".lp-caption")).to_have_text(name)


SVG = b'<svg xmlns="http://www.w3.org/2000/svg" width="99" height="99"><script>alert(1)</script><rect width="9"/></svg>'
REFUSED: dict[str, tuple[str, Callable[[], bytes], str]] = {
    "words.png": ("image/png", lambda: b"These are words.", "is not a picture that the browser can read"),
    "nothing.png": ("image/png", lambda: b"", "is empty"),
    "drawing.svg": ("image/svg+xml", lambda: SVG, "is text, not a picture"),
    "disguised.png": ("image/png", lambda: b" " + SVG, "is not a picture"),
    "huge.png": ("image/png", lambda: content_of(Image.new("1", (8000, 5000))), "40.0 megapixels (8000 × 5000)"),
    "grey.png": ("image/png", lambda: content_of(Image.new("RGB", (64, 48), (90, 90, 90))), "all of one colour"),
    "cut.png": ("image/png", lambda: content_of(photographed(0))[:40], "is not a picture"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_no_usable_picture_is_refused_with_a_reason(sheet, name):
    kind, make, reason = REFUSED[name]
    content = make()
    assert len(content) < 100_000
    upload(sheet, content, name, kind)
    expect(said(sheet)).to_contain_text(reason, timeout=5000)
    expect(said(sheet)).to_contain_text(f"“{name}”")
    assert mu_of(sheet) is None
    expect(sheet.locator(".lp-hint")).to_be_visible()


def test_photographed_digits_land_near_their_own_means(sheet, bundled):
    """Most of them: a digit between two classes, such as image 0, goes far for a part of a pixel."""
    distances = []
    for index in range(12):
        name = f"photo {index}.jpg"
        upload(sheet, content_of(photographed(index), "JPEG", quality=80), name, "image/jpeg")
        wait_for_picture(sheet, name)
        distances.append(np.linalg.norm(mu_of(sheet) - bundled.snapshot(60).latent().mu[index]))
    assert np.median(distances) < 0.12
    assert np.sum(np.array(distances) < 0.5) >= 10


def test_a_picture_in_the_frame_of_the_data_is_taken_as_it_is(sheet, bundled):
    upload(sheet, content_of(Image.fromarray(data.load("test").images[7])))
    wait_for_picture(sheet)
    np.testing.assert_allclose(mu_of(sheet), bundled.snapshot(60).latent().mu[7], atol=1e-3)


def test_paper_and_ink_of_any_colour_are_the_same_drawing(sheet, bundled):
    papers = {
        "dark on white": drawn(7),
        "light on black": drawn(7, paper=0, ink=255),
        "dark on transparent": drawn(7, "RGBA", (0, 0, 0, 0), (20, 20, 20, 255)),
        "light on transparent": drawn(7, "RGBA", (0, 0, 0, 0), (255, 255, 255, 255)),
        "red on yellow": drawn(7, "RGB", (255, 240, 120), (160, 0, 0)),
    }
    landed = []
    for name, image in papers.items():
        upload(sheet, content_of(image), name)
        wait_for_picture(sheet, name)
        landed.append(mu_of(sheet))
    assert class_at(bundled, landed[0]) == 7
    np.testing.assert_allclose(landed, [landed[0]] * len(papers), atol=0.05)


def test_of_an_animation_the_first_picture_is_used_and_it_is_said(sheet, bundled):
    first, *rest = [drawn(label) for label in (7, 0, 0)]
    moving = content_of(first, "GIF", save_all=True, append_images=rest, duration=20)
    upload(sheet, moving, "moving.gif", "image/gif")
    wait_for_picture(sheet, "moving.gif")
    expect(said(sheet)).to_have_text("It is animated: its first picture is used.")
    assert class_at(bundled, mu_of(sheet)) == 7
    upload(sheet, content_of(first, "GIF"), "still.gif", "image/gif")
    wait_for_picture(sheet, "still.gif")
    expect(said(sheet)).to_have_text("")


def test_a_file_name_is_text(sheet):
    name = "<img src=x onerror=alert(1)>.png"
    upload(sheet, content_of(drawn(1)), name)
    wait_for_picture(sheet, name)
    upload(sheet, b"", name)
    expect(said(sheet)).to_contain_text(f"“{name}” is empty")
    assert sheet.locator(".lp-pad img").count() == 0


def test_a_picture_is_pasted_from_the_clipboard(digit, bundled):
    digit.context.grant_permissions(["clipboard-read", "clipboard-write"])
    digit.evaluate(
        """async (bytes) => {
          document.activeElement.blur();
          const blob = new Blob([Uint8Array.from(bytes)], { type: "image/png" });
          await navigator.clipboard.write([new ClipboardItem({ "image/png": blob })]);
        }""",
        list(content_of(drawn(0))),
    )
    digit.keyboard.press("Control+v")
    wait_for_picture(digit, "image.png")
    assert class_at(bundled, mu_of(digit)) == 0


def test_a_picture_is_dropped_and_undo_takes_it_away(sheet, bundled):
    stroke(sheet, DIGITS[1])
    one = mu_of(sheet)
    sheet.evaluate(
        """(bytes) => {
          const dataTransfer = new DataTransfer();
          dataTransfer.items.add(new File([Uint8Array.from(bytes)], "dropped.png", { type: "image/png" }));
          const event = new DragEvent("drop", { dataTransfer, bubbles: true, cancelable: true });
          document.querySelector(".lp-sheet").dispatchEvent(event);
        }""",
        list(content_of(drawn(0))),
    )
    wait_for_picture(sheet, "dropped.png")
    assert class_at(bundled, mu_of(sheet)) == 0
    press(sheet, "Undo")
    assert mu_of(sheet) == one
