"""The panels on the app's own pages, where the server answers in between; what each of them says has tests of its own."""

import re
from collections.abc import Iterator

import numpy as np
import pytest
import torch
from playwright.sync_api import Browser, Page, expect

from tests.browser.bare import grey
from tests.browser.harness import (
    ask_channel,
    click_at,
    draw_square,
    layer,
    open_page,
    picture,
    position,
    shown_place,
    window,
)
from vae import data
from vae.run import Run

FAR = (-2.5, 3.0)  # no image is near


@pytest.fixture(scope="module")
def decode(chromium: Browser, server: str) -> Iterator[Page]:
    with window(chromium) as page:
        open_page(page, f"{server}/Decode")
        yield page


@pytest.fixture(scope="module")
def latent_space(chromium: Browser, server: str) -> Iterator[Page]:
    with window(chromium) as page:
        open_page(page, f"{server}/Latent_space")
        yield page


def mean_image(run: Run, place: tuple[float, float]) -> np.ndarray:
    """(784) in [0, 1]."""
    with torch.no_grad():
        return torch.sigmoid(run.decoder(60)(torch.tensor(place))).numpy()


def signal_go(page: Page, place: tuple[float, float]) -> None:
    """Pin a place to more digits than a pixel has."""
    page.evaluate(
        """async (place) => {
          const plotly = document.querySelector("script[src*='plotly']").src;
          const { channel } = await import(plotly.replace("plotly.min.js", "channel.js"));
          channel("decode").signal("go", { place, pin: true });
        }""",
        list(place),
    )


def mode(page: Page, name: str) -> None:
    page.get_by_role("button", name=name, exact=True).click()


def test_a_mode_and_its_chances_survive_the_servers_answer(decode, bundled):
    mode(decode, "Sample")
    click_at(decode, FAR)
    expect(decode).to_have_url(re.compile("z="))
    decode.mouse.move(5, 5)
    sample = picture(decode)
    assert set(sample) == {0, 255}
    decode.get_by_role("button", name="Draw again").click()
    again = picture(decode)
    assert again != sample
    decode.mouse.move(*position(decode, (FAR[0] + 0.03, FAR[1])))
    decode.wait_for_function("document.querySelector('.lp-whence').textContent === ''")
    assert np.mean(np.array(picture(decode)) != again) < 0.02
    decode.mouse.move(5, 5)
    mode(decode, "Entropy")
    bits = torch.distributions.Bernoulli(torch.tensor(mean_image(bundled, shown_place(decode)))).entropy() / np.log(2)
    total = float(decode.locator(".lp-sum").inner_text().split()[0])
    assert total == pytest.approx(bits.sum().item(), abs=1)
    mode(decode, "Mean")


def test_the_round_trips_arrow_is_drawn_on_the_plane(decode):
    click_at(decode, FAR)
    decode.mouse.move(5, 5)
    trip = ask_channel(decode, "trip")
    middle = position(decode, tuple(np.mean([trip["from"], trip["to"]], 0)))
    box = decode.locator(".lp-plane").bounding_box()
    column, row = (round(middle[axis] - box[name]) for axis, name in enumerate("xy"))

    def ink_in_the_middle() -> bool:
        decode.wait_for_timeout(100)
        return bool(layer(decode, "ink")[row - 2 : row + 3, column - 2 : column + 3, 3].any())

    assert np.linalg.norm(np.subtract(trip["to"], trip["from"])) > 0.3  # else the pin's own surroundings are seen
    assert ink_in_the_middle()
    decode.get_by_label("show it on the plane").uncheck()
    assert not ink_in_the_middle()
    decode.get_by_label("show it on the plane").check()
    assert ink_in_the_middle()


def begin_round(page: Page, kind: str, chance: float) -> None:
    """A new round, whose choices all fall by the same chance."""
    page.get_by_role("tab", name="Find the digit").click()
    page.get_by_label("The target is").select_option(kind)
    page.evaluate(
        """(chance) => {
          const { random } = Math;
          Math.random = () => chance;
          document.querySelector("[data-action=begin]").click();
          Math.random = random;
        }""",
        chance,
    )
    expect(page.locator(".lp-outcome")).to_have_text("Find it.")


def test_a_round_is_played_on_the_page(decode, bundled):
    begin_round(decode, "drawing", 0.3)
    decode.get_by_role("button", name="Reveal").click()
    said = decode.locator(".lp-outcome")
    expect(said).to_have_text(re.compile(r"^It was drawn at \(.+\)\. No guess was made"))
    assert layer(decode, "ink").any()
    target = ask_channel(decode, "target")["place"]
    numbers = re.search(r"\((.+?), (.+?)\)", said.inner_text().replace("−", "-"))
    assert [float(number) for number in numbers.groups()] == pytest.approx(target, abs=0.006)

    begin_round(decode, "drawing", 0.3)  # the same one again
    assert ask_channel(decode, "target") is None
    scores = []
    for place in [FAR, (0, 0), (2, -1)]:
        decode.mouse.move(*position(decode, place))
        decode.wait_for_timeout(100)
        scores.append(decode.locator(".lp-closeness b").inner_text())
    assert len(set(scores)) > 1
    click_at(decode, FAR)
    expect(said).to_have_text(re.compile(r"^Guess 1: \d+ of 100\.$"))
    expect(decode).to_have_url(re.compile("z=-2.5"))  # the server has answered, and the round goes on
    expect(decode.locator(".lp-tally")).to_contain_text("1 guess ·")
    signal_go(decode, tuple(target))
    expect(said).to_have_text(re.compile(r"^(9[7-9]|100) of 100 after 2 guesses"))
    expect(decode.locator(".lp-record")).to_have_text(re.compile("Best of this visit: (9[7-9]|100)"))


def choose_square(page: Page, half: float) -> np.ndarray:
    """Choose by the lasso; returns the indices."""
    page.locator("[data-tool=lasso]").click()
    draw_square(page, half)
    return np.array(ask_channel(page, "selection", "latent-space")["indices"])


def test_a_lasso_fills_the_selection_which_stays_while_its_pictures_are_visited(latent_space, bundled):
    indices = choose_square(latent_space, 0.3)
    mu, _, labels = bundled.latent(60)
    title = latent_space.locator(".lp-selection h4")
    expect(title).to_have_text(f"{len(indices):,} test images chosen")
    counts = np.unique(labels[indices], return_counts=True)[1]
    expected = [f"{n:,} · {100 * n / len(indices):.0f} %".replace(" 0 %", " < 1 %") for n in counts]
    expect(latent_space.locator(".lp-counts span")).to_have_text(expected)
    latent_space.wait_for_function("document.querySelector('.lp-means progress').value === 1")
    mean = data.load("test").images[indices].mean(0)
    assert np.abs(grey(latent_space, ".lp-means canvas") - mean).max() <= 1
    latent_space.locator(".lp-gallery-page button").nth(2).click()
    place = ",".join(rf"{value:.2f}\d*" for value in mu[indices[2]])
    expect(latent_space.get_by_role("link", name="Decode the pinned place")).to_be_visible()
    assert re.search(f"z={place}", latent_space.url.replace("%2C", ","))
    expect(title).to_have_text(f"{len(indices):,} test images chosen")
    latent_space.locator(".lp-selection").get_by_role("button", name="Clear").click()
    expect(latent_space.locator(".lp-empty")).to_be_visible()


def test_55_000_training_images_are_chosen_from(page, server):
    """Bars: half a minute for all that happens once; then the first pictures in 5 s, and no frame held up for a second."""
    page.set_default_timeout(90_000)
    open_page(page, f"{server}/Latent_space?images=train")
    page.wait_for_timeout(1000)
    page.locator("[data-tool=lasso]").click()
    page.evaluate(
        """() => {
          window.gaps = [];
          let before = performance.now();
          const watch = (now) => (gaps.push(now - before), before = now, requestAnimationFrame(watch));
          requestAnimationFrame(watch);
        }"""
    )
    draw_square(page, 2)
    tile = "document.querySelector('.lp-gallery-page canvas')"
    page.wait_for_function(
        f"{tile}.getContext('2d').getImageData(0, 0, 28, 28).data.some((v, i) => i % 4 < 3 && v)", timeout=5000
    )
    indices = np.array(ask_channel(page, "selection", "latent-space")["indices"])
    images = data.load("train").images
    np.testing.assert_array_equal(grey(page, ".lp-gallery-page canvas"), images[indices[0]])
    expect(page.locator(".lp-selection h4")).to_have_text(f"{len(indices):,} training images chosen")
    page.wait_for_function("document.querySelector('.lp-means progress').value === 1")
    assert np.abs(grey(page, ".lp-means canvas") - images[indices].mean(0)).max() <= 1
    gaps = page.evaluate("gaps")
    print(len(indices), sorted(gaps)[-6:])
    assert max(gaps) < 1000
