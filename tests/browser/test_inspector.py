"""The panels of one place: the decoded picture, the inspector of z, and the card of an image."""

import re
from pathlib import Path

import numpy as np
import pytest
import torch
from playwright.sync_api import Page, Route, expect

from tests.browser.bare import go, grey, make_site, open_bare
from tests.browser.harness import click_at, position
from vae import data
from vae.analysis.latent import Latent
from vae.config import make_settings
from vae.model.vae import VAE
from vae.runs import catalogue

PHONE = {"viewport": {"width": 400, "height": 850}}
PLACE = (0.53, -1.21)


@pytest.fixture(scope="module")
def site(bundled, tmp_path_factory):
    folder = tmp_path_factory.mktemp("site")
    make_site(folder, bundled, {"last": (60, "test", True), "past": (25, "test", True)})
    return folder


@pytest.fixture
def bare(page: Page, site) -> Page:
    open_bare(page, site, ["picture", "inspector"], "last")
    return page


def mean_image(run, place, epoch=60) -> torch.Tensor:
    """(28, 28) in [0, 1]."""
    with torch.no_grad():
        return torch.sigmoid(run.snapshot(epoch).decoder()(torch.tensor([place]))).reshape(28, 28)


def mode(page: Page, name: str) -> None:
    page.get_by_role("button", name=name, exact=True).click()


def text(page: Page, selector: str) -> str:
    return page.locator(selector).inner_text().replace("−", "-")


def numbers(page: Page, selector: str) -> list[float]:
    return [float(number) for number in re.findall(r"-?\d+\.?\d*", text(page, selector))]


# The picture


def test_the_mean_is_what_the_decoder_says(bare, bundled):
    go(bare, PLACE, pin=True)
    assert np.abs(grey(bare, ".lp-picture canvas") - 255 * mean_image(bundled, PLACE).numpy()).max() <= 1
    expect(bare.locator(".lp-place")).to_have_text("z = (0.53, −1.21)")
    expect(bare.locator(".lp-whence")).to_have_text("pinned")


def test_a_sample_is_black_and_white_and_stays_while_z_moves(bare):
    mode(bare, "Sample")
    go(bare, PLACE)
    first = grey(bare, ".lp-picture canvas")
    assert set(np.unique(first)) == {0, 255}
    go(bare, (PLACE[0] + 0.01, PLACE[1]))
    assert (grey(bare, ".lp-picture canvas") != first).mean() < 0.01
    go(bare, PLACE)
    np.testing.assert_array_equal(grey(bare, ".lp-picture canvas"), first)


def test_samples_that_are_drawn_again_have_the_pixels_chances(bare, bundled):
    mode(bare, "Sample")
    go(bare, PLACE)
    samples = []
    for _ in range(60):
        bare.get_by_role("button", name="Draw again").click()
        samples.append(grey(bare, ".lp-picture canvas") / 255)
    p = mean_image(bundled, PLACE).numpy()
    standard = (np.mean(samples, 0) - p) / np.sqrt(np.maximum(p * (1 - p), 1e-3) / len(samples))
    assert np.abs(standard).mean() < 1
    assert np.abs(standard).max() < 6
    assert len({sample.tobytes() for sample in samples}) == 60


def test_entropy_is_in_bits_and_summed_up(bare, bundled):
    mode(bare, "Entropy")
    go(bare, PLACE)
    bits = torch.distributions.Bernoulli(mean_image(bundled, PLACE).double()).entropy().numpy() / np.log(2)
    assert np.abs(grey(bare, ".lp-picture canvas") - 255 * bits).max() <= 1
    assert numbers(bare, ".lp-sum") == [round(bits.sum())]
    expect(bare.locator(".lp-legend")).to_be_visible()


@pytest.fixture(scope="module")
def pixelwise(tmp_path_factory) -> tuple[VAE, Path]:
    """An untrained model with a σ for each pixel, and its site."""
    torch.manual_seed(0)
    settings = make_settings({"likelihood": "gaussian-pixel", "hidden": "20"})
    model = VAE(settings)
    with torch.no_grad():
        model.decoder.x_scale.weight.mul_(10)
    weights = {name: tensor.numpy() for name, tensor in model.state_dict().items()}
    mu = np.random.default_rng(0).normal(size=(data.N_TEST, 2)).astype(np.float32)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LATENT_PLANE_RUNS", str(tmp_path_factory.mktemp("runs")))
        run = catalogue.create_run(settings)
        run.write_snapshot(0, weights, Latent(mu, mu, data.load("test").labels))
    folder = tmp_path_factory.mktemp("pixelwise")
    make_site(folder, run, {"grey": (0, "test", False)})
    return model, folder


def test_where_pixels_are_grey_their_spread_is_shown_and_samples_have_it(page, pixelwise):
    model, folder = pixelwise
    open_bare(page, folder, ["picture"], "grey")
    go(page, PLACE)
    with torch.no_grad():
        parameters = model.decode(torch.tensor([PLACE]))
        mean = model.likelihood.mean(parameters).reshape(28, 28).numpy()
        sigma = model.likelihood.log_sigma(parameters).exp().reshape(28, 28).numpy()
    mode(page, "Spread")
    assert np.abs(grey(page, ".lp-picture canvas") - 255 * sigma / sigma.max()).max() <= 1
    assert numbers(page, ".lp-legend") == [0, pytest.approx(sigma.max(), rel=0.05)]
    mode(page, "Sample")
    draws = []
    for _ in range(60):
        page.get_by_role("button", name="Draw again").click()
        draws.append(grey(page, ".lp-picture canvas") / 255)
    inside = (mean - 4 * sigma > 0) & (mean + 4 * sigma < 1)  # what lies beyond is shown as black or white
    assert inside.sum() > 100
    standard = (np.mean(draws, 0) - mean)[inside] / (sigma[inside] / np.sqrt(60) + 1e-3)
    assert np.abs(standard).max() < 6
    np.testing.assert_allclose((np.std(draws, 0) / sigma)[inside].mean(), 1, atol=0.05)


def test_a_mode_is_chosen_by_keys_and_remembered(bare):
    bare.get_by_role("button", name="Mean", exact=True).focus()
    bare.keyboard.press("Tab")
    bare.keyboard.press("Tab")
    bare.keyboard.press("Enter")
    chosen = bare.locator(".lp-modes [aria-pressed=true]")
    expect(chosen).to_have_text("Entropy")
    bare.evaluate("document.querySelector('#picture').remove()")
    bare.evaluate("mountPanel('picture')")
    expect(chosen).to_have_text("Entropy")
    expect(bare.locator(".lp-legend")).to_be_visible()


# The inspector


def test_the_prior_density_agrees_with_torch(bare):
    for place in [(0.0, 0.0), PLACE, (-3.2, 2.8), (5.0, -4.0)]:
        go(bare, place)
        log_p = torch.distributions.Normal(0, 1).log_prob(torch.tensor(place)).sum().item()
        assert numbers(bare, ".lp-log-density") == [pytest.approx(log_p, abs=0.005)]
        digits, _, exponent = text(bare, ".lp-density").partition(" × 10⁻")
        power = int("".join(str("⁰¹²³⁴⁵⁶⁷⁸⁹".index(digit)) for digit in exponent) or 0)
        assert float(digits) * 10.0**-power == pytest.approx(np.exp(log_p), rel=0.006)
        closer = 100 * torch.distributions.Chi2(torch.tensor(2.0)).cdf(torch.tensor(np.square(place).sum())).item()
        assert numbers(bare, ".lp-mass")[0] == pytest.approx(min(closer, 99.99), abs=0.5)


def test_the_nearest_digits_are_the_nearest_and_lead_to_their_places(bare, bundled):
    go(bare, PLACE)
    mu, _, labels = bundled.snapshot(60).latent()
    distances = np.linalg.norm(mu - np.array(PLACE, np.float32), axis=1)
    nearest = np.argsort(distances)[:8]
    buttons = bare.locator(".lp-nearest button")
    expect(buttons).to_have_text([f"{labels[i]} · {distances[i]:.2f}" for i in nearest])
    expect(bare.locator(".lp-inspector h4 small")).to_have_text("test images · distance in z")
    images = data.load("test").images
    bare.evaluate("Promise.all([0, 2500, 5000, 7500].map((i) => bare.last('payload').images.load(i)))")
    for at, index in enumerate(nearest):
        np.testing.assert_array_equal(grey(bare, ".lp-nearest canvas", at), images[index])
    buttons.nth(3).click()
    expect(bare.locator(".lp-whence")).to_have_text("pinned")
    (went,) = bare.evaluate("went.filter(({ pin }) => pin)")
    assert went["place"] == pytest.approx(mu[nearest[3]].tolist())
    expect(buttons.first).to_have_text(f"{labels[nearest[3]]} · 0.00")


def test_the_round_trip_goes_through_decoder_and_encoder(bare, bundled):
    go(bare, PLACE)
    with torch.no_grad():
        back, _ = bundled.snapshot(60).model().encode(mean_image(bundled, PLACE).reshape(1, -1))
    back = back[0].numpy()
    distance = np.linalg.norm(back - PLACE)
    assert numbers(bare, ".lp-trip") == pytest.approx([*back, distance], abs=0.006)
    trip = bare.evaluate("bare.last('trip')")
    assert trip["from"] == pytest.approx(PLACE)
    assert trip["to"] == pytest.approx(back.tolist(), abs=1e-4)


def test_the_arrow_of_the_round_trip_can_be_left_out_and_that_is_remembered(bare):
    go(bare, PLACE)
    bare.get_by_label("show it on the plane").uncheck()
    assert bare.evaluate("bare.last('trip')") is None
    go(bare, (1, 1))
    assert bare.evaluate("bare.last('trip')") is None
    bare.evaluate("document.querySelector('#inspector').remove()")
    bare.evaluate("mountPanel('inspector')")
    expect(bare.get_by_label("show it on the plane")).not_to_be_checked()


def test_a_panel_that_leaves_takes_its_arrow_along(bare):
    assert bare.evaluate("bare.last('trip')") is not None
    bare.evaluate("mountPanel('inspector').then((leave) => leave())")
    bare.wait_for_function("bare.last('trip') === null")


def test_a_snapshot_without_an_encoder_says_so(bare):
    bare.evaluate("show('past')")
    expect(bare.locator(".lp-trip")).to_contain_text("holds only the decoder")
    expect(bare.get_by_label("show it on the plane")).to_be_hidden()
    assert bare.evaluate("bare.last('trip')") is None
    assert numbers(bare, ".lp-log-density") == [pytest.approx(-1.84)]


@pytest.mark.alone
def test_all_of_it_costs_little_of_a_frame(bare):
    """Bar: 1.5 ms with 10,000 points, for the picture and the inspector together."""
    times = bare.evaluate(
        """() => {
          const shown = bare.last("shown");
          const { payload } = shown;
          return Array.from({ length: 300 }, (_, i) => {
            const z = Float32Array.of(2 * Math.cos(i / 20), 2 * Math.sin(i / 17));
            const pixels = payload.decodeLatent(z).slice();
            const started = performance.now();
            bare.send("shown", { ...shown, place: [...z], z, pixels, pinned: false });
            return performance.now() - started;
          });
        }"""
    )
    assert np.median(times[50:]) < 1.5


def test_a_slow_encoder_waits_until_the_pointer_rests(bare):
    bare.evaluate(
        """() => {
          const shown = bare.last("shown");
          const encode = (x) => {
            const end = performance.now() + 3;
            while (performance.now() < end);
            window.encoded = (window.encoded ?? 0) + 1;
            return shown.payload.encode(x);
          };
          window.slow = { ...shown, payload: { ...shown.payload, encode } };
          for (let i = 0; i < 20; i++) bare.send("shown", window.slow);
        }"""
    )
    assert bare.evaluate("encoded") < 6
    assert bare.evaluate("document.querySelector('.lp-trip').textContent").endswith("…")
    assert bare.evaluate("bare.last('trip')") is None
    expect(bare.locator(".lp-trip")).to_contain_text("away")
    assert bare.evaluate("bare.last('trip')") is not None
    assert bare.evaluate("encoded") < 7


# The card


def lowest(run) -> int:
    """An image with no other near it."""
    return int(np.argmin(run.snapshot(60).latent().mu[:, 1]))


def test_the_card_shows_the_image_its_reconstruction_and_its_terms(bare, bundled):
    """Oracle of the −ELBO: the mean of 4,000 draws in torch; that of 8 is allowed 5 of its standard errors."""
    mu, logvar, labels = bundled.snapshot(60).latent()
    index = lowest(bundled)
    bare.mouse.move(*position(bare, tuple(mu[index].tolist())))
    card = bare.locator(".lp-thumbnail")
    expect(card).to_contain_text(f"{labels[index]} · test image {index}")
    expect(card).to_contain_text("nats")
    image = data.load("test").images[index]
    np.testing.assert_array_equal(grey(bare, ".lp-thumbnail canvas"), image)
    reconstruction = 255 * mean_image(bundled, mu[index].tolist()).numpy()
    assert np.abs(grey(bare, ".lp-thumbnail canvas", 1) - reconstruction).max() <= 1

    shown_loss, shown_kl = numbers(bare, ".lp-thumbnail small")
    q = torch.distributions.Normal(torch.tensor(mu[index]), torch.tensor(logvar[index] / 2).exp())
    kl = torch.distributions.kl_divergence(q, torch.distributions.Normal(0, 1)).sum().item()
    x = torch.tensor(image.reshape(-1) / 255, dtype=torch.float32)
    torch.manual_seed(0)
    with torch.no_grad():
        logits = bundled.snapshot(60).decoder()(q.sample((4000,)))
    bce = torch.nn.functional.binary_cross_entropy_with_logits(logits, x.expand_as(logits), reduction="none").sum(1)
    assert shown_kl == pytest.approx(kl, abs=0.06)
    assert shown_loss == pytest.approx(bce.mean().item() + kl, abs=5 * bce.std().item() / np.sqrt(8) + 0.1)


def test_the_card_hides_where_nothing_is_near(bare, bundled):
    bare.mouse.move(*position(bare, tuple(bundled.snapshot(60).latent().mu[lowest(bundled)].tolist())))
    expect(bare.locator(".lp-thumbnail")).to_be_visible()
    bare.mouse.move(*position(bare, (-5.5, -5)))
    expect(bare.locator(".lp-thumbnail")).to_be_hidden()


@pytest.mark.parametrize("page", [{}, PHONE], indirect=True, ids=["wide", "phone"])
def test_the_card_stays_within_the_plane_and_beside_the_pointer(bare, bundled):
    mu = bundled.snapshot(60).latent().mu
    plane = bare.locator(".lp-plane").bounding_box()
    for index in {int(extreme(mu[:, axis])) for extreme in (np.argmin, np.argmax) for axis in (0, 1)}:
        x, y = position(bare, tuple(mu[index].tolist()))
        bare.mouse.move(x, y)
        expect(bare.locator(".lp-thumbnail")).to_contain_text(f"image {index}")
        card = bare.locator(".lp-thumbnail").bounding_box()
        assert card["x"] >= plane["x"] - 1
        assert card["x"] + card["width"] <= plane["x"] + plane["width"] + 1
        assert card["y"] >= plane["y"] - 1
        assert card["y"] + card["height"] <= plane["y"] + plane["height"] + 1
        outside_x = x < card["x"] - 8 or x > card["x"] + card["width"] + 8
        outside_y = y < card["y"] - 8 or y > card["y"] + card["height"] + 8
        assert outside_x or outside_y


def test_a_card_whose_picture_comes_late_is_completed_without_another_move(page, site, bundled):
    held: list[Route] = []
    open_bare(page, site, ["picture"], "last")
    index = lowest(bundled)
    sheet = f"test-{index // 2500 * 2500}.png"
    page.route(f"**/{sheet}", lambda route: held.append(route))
    page.mouse.move(*position(page, tuple(bundled.snapshot(60).latent().mu[index].tolist())))
    card = page.locator(".lp-thumbnail")
    expect(card).to_contain_text(f"image {index}")
    expect(card).to_contain_text("−ELBO …")
    assert not grey(page, ".lp-thumbnail canvas").any()
    page.wait_for_timeout(200)
    held[0].fulfill(path=site / sheet)
    expect(card).to_contain_text("nats")
    np.testing.assert_array_equal(grey(page, ".lp-thumbnail canvas"), data.load("test").images[index])


@pytest.mark.parametrize("page", [PHONE], indirect=True, ids=["phone"])
def test_nothing_is_wider_than_a_phone(bare):
    click_at(bare, (0, 0))
    for name in ("Mean", "Sample", "Entropy"):
        mode(bare, name)
        assert bare.evaluate("document.documentElement.scrollWidth") <= 400
