"""The one HTML file in a browser: from the disk, with no server and no network."""

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from playwright.sync_api import Page, expect

from tests.browser.harness import click_at, picture, position
from vae.analysis.latent import coordinate_chart
from vae.browser.standalone import standalone_page
from vae.config import PRESETS
from vae.runs import catalogue

PHONE = {"viewport": {"width": 400, "height": 850}}
PAINTED = ".lp-plane:not([aria-busy])"


@pytest.fixture(scope="module")
def file(bundled, tmp_path_factory) -> str:
    return write(tmp_path_factory.mktemp("page"), standalone_page(bundled.snapshot(60)))


def write(folder: Path, content: bytes) -> str:
    (folder / "plane.html").write_bytes(content)
    return (folder / "plane.html").as_uri()


def open_file(page: Page, address: str) -> list[str]:
    """Open it; the list fills with what goes wrong, and with whatever is asked of any network."""
    wrong: list[str] = []
    page.on("console", lambda message: message.type == "error" and wrong.append(message.text))
    page.on("request", lambda request: request.url.startswith(("file:", "data:", "blob:")) or wrong.append(request.url))
    page.goto(address)
    page.wait_for_selector(PAINTED)
    return wrong


def last(page: Page, topic: str) -> Any:
    """What was last said of a topic on the page's channel, arrays as lists."""
    return page.evaluate(
        """async (topic) => {
          const { channel } = await import("latent-plane/channel.js");
          const listed = (value) => (ArrayBuffer.isView(value) ? [...value] : value);
          const plain = (key, value) => (key === "payload" ? undefined : listed(value));
          return JSON.parse(JSON.stringify(channel("page").last(topic) ?? null, plain));
        }""",
        topic,
    )


def show(page: Page, z: tuple[float, float]) -> dict[str, Any]:
    """Point at a place, and wait for the frame that shows it."""
    page.mouse.move(*position(page, z))
    page.evaluate("new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)))")
    return last(page, "shown")


def test_it_decodes_what_torch_decodes(page, file, bundled):
    wrong = open_file(page, file)
    model = bundled.snapshot(60).model()
    page.add_style_tag(content=".lp-thumbnail { display: none }")  # a card that comes under the pointer would catch it
    for z in np.random.default_rng(0).uniform([-3, -4], [3, 3], (25, 2)).tolist():
        shown = show(page, z)
        assert shown["place"] == pytest.approx(z, abs=0.03)
        with torch.no_grad():
            expected = torch.sigmoid(model.decode(torch.tensor(shown["z"]))).mul(255).round().numpy()
        assert np.abs(np.array(picture(page)) - expected).max() <= 1
    assert wrong == []


def test_a_digit_drawn_in_it_is_encoded_as_torch_encodes_it(page, file, bundled):
    wrong = open_file(page, file)
    page.wait_for_function("document.querySelector('.lp-pad tbody').rows.length === 2")
    assert last(page, "input")["name"] == "test image 0"
    page.get_by_role("button", name="Draw", exact=True).click()
    box = page.locator(".lp-sheet").bounding_box()
    page.mouse.move(box["x"] + box["width"] * 0.5, box["y"] + box["height"] * 0.15)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 0.45, box["y"] + box["height"] * 0.85, steps=10)
    page.mouse.up()
    expect(page.locator(".lp-caption")).to_have_text("your drawing")
    expect(page.locator(".lp-pad .lp-said")).to_contain_text("beside a 1")
    drawn = last(page, "input")
    with torch.no_grad():
        mu, logvar = bundled.snapshot(60).model().encode(torch.tensor([drawn["pixels"]]))
    np.testing.assert_allclose(drawn["mu"], mu[0], atol=0.01)
    np.testing.assert_allclose(drawn["logvar"], logvar[0], atol=0.03)
    assert wrong == []


def test_thumbnails_backdrops_and_paths_work_in_it(page, file, bundled):
    wrong = open_file(page, f"{file}?pins=1,1,A;-1,0,B")
    mu = bundled.snapshot(60).latent().mu[:2000]
    index = int(np.argmin(mu[:, 1]))
    page.mouse.move(*position(page, tuple(mu[index].tolist())))
    expect(page.locator(".lp-thumbnail")).to_contain_text(f"test image {index}")
    for name in ("manifold", "magnification", "trust"):
        page.locator(".lp-backdrops").select_option(name)
        page.wait_for_function(f"document.querySelector('.lp-plane').dataset.backdrop === '{name}'")
    expect(page.locator("#paths").get_by_role("button", name="GIF")).to_have_count(0)  # Python makes it
    straight = last(page, "path")
    assert straight["kind"] == "straight"
    page.locator("#paths").get_by_text("Geodesic", exact=True).click()
    page.wait_for_function("document.querySelector('.lp-paths-progress').hidden")
    assert last(page, "path")["kind"] == "geodesic"
    assert wrong == []


def test_a_pin_is_kept_in_its_address_and_through_themes(page, file):
    wrong = open_file(page, f"{file}?backdrop=prior")
    click_at(page, (0.8, -1.0))
    expect(page).to_have_url(re.compile(r"\?backdrop=prior&z=0\.[78]\d*,-(1\.0|0\.9)\d*$"))
    pinned = last(page, "shown")["place"]
    click_at(page, (-1.0, 0.6))
    pinned = last(page, "shown")["place"]
    assert pinned == pytest.approx([-1.0, 0.6], abs=0.1)
    page.mouse.move(5, 5)
    for action in (lambda: page.locator("#theme").click(), page.reload):
        action()
        page.wait_for_selector(PAINTED)
        assert last(page, "shown")["place"] == pinned
        assert last(page, "shown")["pinned"]
    assert wrong == []


def test_the_theme_is_the_systems_until_the_reader_chooses(page, file):
    wrong = open_file(page, file)
    graph_text = "getComputedStyle(document.querySelector('.lp-graph .xtick text')).fill"
    button = page.locator("#theme")
    light = page.evaluate(graph_text)
    expect(button).to_have_accessible_name("Dark theme")
    page.emulate_media(color_scheme="dark")
    page.wait_for_function(f"{graph_text} !== '{light}'")
    expect(button).to_have_accessible_name("Light theme")
    button.click()
    page.wait_for_function(f"{graph_text} === '{light}'")
    page.emulate_media(color_scheme="light")
    page.emulate_media(color_scheme="dark")
    expect(page.locator("html")).to_have_attribute("data-theme", "light")
    assert wrong == []


@pytest.mark.parametrize("page", [PHONE], indirect=True, ids=["phone"])
def test_it_fits_a_phone_in_the_order_of_the_data(page, file):
    wrong = open_file(page, file)
    width, available = page.evaluate("[document.documentElement.scrollWidth, innerWidth]")
    assert width <= available
    tops = [page.locator(f"#{name}").bounding_box()["y"] for name in ("pad", "plane", "picture", "paths")]
    assert tops == sorted(tops)
    assert wrong == []


def test_an_epoch_without_encoder_is_a_plane_with_a_decoder(page, bundled, tmp_path):
    wrong = open_file(page, write(tmp_path, standalone_page(bundled.snapshot(9), n_points=300)))
    shown = show(page, (0.5, 0.5))
    with torch.no_grad():
        expected = torch.sigmoid(bundled.snapshot(9).decoder()(torch.tensor(shown["z"]))).numpy()
    assert np.abs(np.array(shown["pixels"]) - expected).max() < 1.5 / 255
    assert page.locator(".lp-pad").count() == 0
    assert wrong == []


@pytest.mark.parametrize("latent_dim", [1, 5])
def test_models_of_other_dimensions_open_too(page, small_mnist, tmp_path, latent_dim):
    from vae.jobs.train import train

    run = catalogue.create_run(
        PRESETS["article"].model_copy(update={"epochs": 1, "hidden": (8,), "latent_dim": latent_dim})
    )
    list(train(run))
    chart = coordinate_chart(5, 3, 1, {0: 0.5}) if latent_dim == 5 else None
    wrong = open_file(page, write(tmp_path, standalone_page(run.snapshot(1), n_points=100, chart=chart)))
    shown = show(
        page, (0.4, 0.0) if latent_dim == 1 else tuple(run.snapshot(1).latent().mu[:100, [3, 1]].mean(0).tolist())
    )
    u, v = shown["place"]
    assert shown["z"] == pytest.approx([u] if latent_dim == 1 else [0.5, v, 0, u, 0], abs=1e-6)
    with torch.no_grad():
        expected = torch.sigmoid(run.snapshot(1).decoder()(torch.tensor(shown["z"], dtype=torch.float32))).numpy()
    assert np.abs(np.array(shown["pixels"]) - expected).max() < 1.5 / 255
    assert wrong == []
