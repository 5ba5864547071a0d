"""Find the digit: rounds played on the real plane, with what a player does checked by torch."""

import re

import numpy as np
import pytest
import torch
from playwright.sync_api import Page, expect

from tests.browser.bare import go, grey, make_site, open_bare
from tests.browser.harness import click_at
from vae import data

PHONE = {"viewport": {"width": 400, "height": 850}}
SHORT = {"viewport": {"width": 1280, "height": 560}}


@pytest.fixture(scope="module")
def site(bundled, tmp_path_factory):
    folder = tmp_path_factory.mktemp("site")
    make_site(folder, bundled, {"last": (60, "test", True), "past": (25, "test", True)})
    return folder


@pytest.fixture
def bare(page: Page, site) -> Page:
    open_bare(page, site, ["game"], "last")
    return page


def begin(page: Page, kind: str = "digit") -> np.ndarray:
    """Begin a round; returns the target, (28, 28) of 0…255."""
    page.get_by_label("The target is").select_option(kind)
    page.get_by_role("button", name="New round").click()
    expect(page.locator(".lp-outcome")).to_have_text("Find it.")
    return grey(page, ".lp-scene canvas")


def reveal(page: Page) -> str:
    page.get_by_role("button", name="Reveal").click()
    return outcome(page)


def outcome(page: Page) -> str:
    return page.locator(".lp-outcome").inner_text().replace("−", "-")


def decoded(run, place) -> np.ndarray:
    """(28, 28) in [0, 1]."""
    with torch.no_grad():
        return (
            torch.sigmoid(run.snapshot(60).decoder()(torch.tensor([place], dtype=torch.float32)))
            .reshape(28, 28)
            .numpy()
        )


def image_of(target: np.ndarray) -> int:
    """The index of the test image that is the target."""
    (indices,) = np.nonzero((data.load("test").images == target).all((1, 2)))
    return int(indices[0])


def test_a_guess_at_the_encoders_mean_scores_what_its_picture_is_worth(bare, bundled):
    """Oracles: torch's pictures for the distance; the best of a fine grid for the closest one."""
    target = begin(bare)
    mu, _, labels = bundled.snapshot(60).latent()
    index = image_of(target)
    place = tuple(round(float(value), 4) for value in mu[index])
    go(bare, place, pin=True)
    x = target / 255
    distance = np.linalg.norm(decoded(bundled, place) - x)
    axis = torch.linspace(-5, 5, 301)
    with torch.no_grad():
        pictures = torch.sigmoid(bundled.snapshot(60).decoder()(torch.cartesian_prod(axis, axis)))
    least = torch.cdist(torch.tensor(x.reshape(1, -1), dtype=torch.float32), pictures).min().item()
    score = 100 * (np.linalg.norm(x) - distance) / (np.linalg.norm(x) - min(least, distance))
    (shown,) = re.findall(r"(?:Guess 1: |^)(\d+) of 100", outcome(bare))
    assert int(shown) == pytest.approx(score, abs=4)
    assert int(bare.locator(".lp-closeness b").inner_text()) == int(shown)
    said = outcome(bare) if int(shown) >= 97 else reveal(bare)
    yours, best = map(float, re.search(r"differs by (\d+\.\d), the best place's by (\d+\.\d)", said).groups())
    assert yours == pytest.approx(distance, abs=0.06)
    assert best == pytest.approx(min(least, distance), abs=0.15)
    assert f"test image {index}, a {labels[index]}" in said
    assert "0.00 away from your guess" in said
    assert bare.evaluate("bare.last('target').place") == pytest.approx(mu[index].tolist())


def test_a_drawing_is_decoded_where_the_reveal_says(bare, bundled):
    target = begin(bare, "drawing")
    said = reveal(bare)
    place = bare.evaluate("bare.last('target').place")
    assert np.abs(255 * decoded(bundled, place) - target).max() <= 1
    assert said.startswith(f"It was drawn at ({place[0]:.2f}, {place[1]:.2f}). No guess was made")
    go(bare, place)
    expect(bare.locator(".lp-closeness b")).to_have_text("100")


def test_who_finds_the_place_of_a_drawing_has_won(bare, bundled):
    target = torch.tensor(begin(bare, "drawing").reshape(-1) / 255, dtype=torch.float32)
    axis = torch.linspace(-4, 4, 401)
    grid = torch.cartesian_prod(axis, axis)
    with torch.no_grad():
        nearest = torch.cdist(target[None], torch.sigmoid(bundled.snapshot(60).decoder()(grid))).argmin().item()
    go(bare, grid[nearest].tolist(), pin=True)
    expect(bare.locator(".lp-outcome")).to_contain_text(re.compile(r"^(97|98|99|100) of 100 after 1 guess"))
    expect(bare.locator(".lp-record")).to_have_text(re.compile(r"Best of this visit: \d+"))
    assert bare.evaluate("bare.last('target')") is not None


def test_the_target_is_never_a_digit_that_the_model_draws_badly(bare, bundled):
    """The best of six of its class: its reconstruction error has a mean well below that of all images."""
    images = data.load("test").images / 255
    mu = bundled.snapshot(60).latent().mu
    with torch.no_grad():
        decodings = torch.sigmoid(bundled.snapshot(60).decoder()(torch.tensor(mu))).reshape(-1, 28, 28).numpy()
    errors = np.linalg.norm((decodings - images).reshape(len(images), -1), axis=1)
    targets = [image_of(begin(bare)) for _ in range(12)]
    assert errors[targets].mean() < errors.mean()
    assert len({data.load("test").labels[index] for index in targets}) > 3


def test_closeness_follows_the_pointer_and_is_no_guess(bare, bundled):
    mean = bundled.snapshot(60).latent().mu[image_of(begin(bare))]
    scores = []
    for place in [(-2, 0), (0, 0), tuple(mean.tolist()), (0.5, 2), (0, -2)]:
        go(bare, place)
        scores.append(bare.locator(".lp-closeness b").inner_text())
        assert bare.locator("meter").evaluate("(meter) => String(meter.value)") == scores[-1]
    assert len(set(scores)) > 1
    expect(bare.locator(".lp-tally")).to_contain_text("0 guesses")


def test_it_is_played_by_keys_alone(bare):
    bare.get_by_role("button", name="New round").focus()
    bare.keyboard.press("Enter")
    expect(bare.locator(".lp-outcome")).to_have_text("Find it.")
    bare.locator(".lp-plane").focus()
    bare.keyboard.press("ArrowRight")
    bare.keyboard.press("Shift+ArrowUp")
    expect(bare.locator(".lp-spoken")).to_have_text(re.compile(r"Closeness here: \d+ of 100"))
    bare.keyboard.press("Enter")
    expect(bare.locator(".lp-outcome")).to_have_text(re.compile(r"^Guess 1: \d+ of 100\.$"))
    bare.keyboard.press("Shift+ArrowLeft")
    bare.keyboard.press("Enter")
    expect(bare.locator(".lp-outcome")).to_have_text(re.compile(r"^Guess 2: \d+ of 100, .+ your best\.$"))
    bare.get_by_role("button", name="Reveal").focus()
    bare.keyboard.press("Enter")
    expect(bare.get_by_role("button", name="New round")).to_be_focused()


def test_a_click_on_the_plane_is_a_guess_and_an_older_pin_is_none(bare):
    click_at(bare, (1, 1))
    begin(bare)
    expect(bare.locator(".lp-tally")).to_contain_text("0 guesses")
    click_at(bare, (-2, 0))
    expect(bare.locator(".lp-tally")).to_contain_text("1 guess ·")
    bare.mouse.move(2, 2)  # the pin is shown again
    expect(bare.locator(".lp-tally")).to_contain_text("1 guess ·")


def test_the_time_runs_while_it_is_played(bare):
    begin(bare)
    expect(bare.locator(".lp-tally")).to_have_text(re.compile("^2 s"))
    reveal(bare)
    stopped = bare.locator(".lp-tally").inner_text()
    bare.wait_for_timeout(1500)
    assert bare.locator(".lp-tally").inner_text() == stopped


def test_a_new_round_and_leaving_hide_what_was_revealed(bare):
    begin(bare)
    reveal(bare)
    assert bare.evaluate("bare.last('target')") is not None
    begin(bare)
    assert bare.evaluate("bare.last('target')") is None
    reveal(bare)
    bare.evaluate("mountPanel('game').then((leave) => leave())")
    bare.wait_for_function("bare.last('target') === null")


def test_the_record_of_the_visit_stays_when_the_panel_comes_again(bare):
    begin(bare)
    go(bare, (0, 0.5), pin=True)
    if "Guess" in outcome(bare):
        reveal(bare)
    record = bare.locator(".lp-record").inner_text()
    assert re.fullmatch(r"Best of this visit: \d+", record)
    bare.evaluate("document.querySelector('#game').remove()")
    bare.evaluate("mountPanel('game')")
    expect(bare.locator(".lp-record")).to_have_text(record)


def test_another_epoch_ends_the_round_and_says_so(bare):
    begin(bare)
    bare.evaluate("show('past')")
    expect(bare.locator(".lp-outcome")).to_contain_text("The plane has changed")
    expect(bare.locator(".lp-scene")).to_be_hidden()
    begin(bare)


def test_another_theme_does_not(bare):
    begin(bare)
    bare.emulate_media(color_scheme="dark")
    bare.evaluate("show('last')")
    bare.wait_for_timeout(800)
    expect(bare.locator(".lp-outcome")).to_have_text("Find it.")
    expect(bare.locator(".lp-scene")).to_be_visible()


def test_a_pin_made_while_the_game_is_out_of_sight_is_no_guess(bare):
    begin(bare)
    bare.evaluate("document.querySelector('#game').style.display = 'none'")
    go(bare, (1, 1), pin=True)
    bare.evaluate("document.querySelector('#game').style.display = ''")
    expect(bare.locator(".lp-tally")).to_contain_text("0 guesses")


@pytest.mark.parametrize("page", [SHORT, PHONE], indirect=True, ids=["short", "phone"])
def test_the_target_stays_in_sight_while_the_plane_is_looked_at(bare):
    bare.add_style_tag(content="#game { margin-top: 900px } body { padding-bottom: 300px }")
    bare.locator("#game").scroll_into_view_if_needed()
    begin(bare)
    bare.evaluate("scrollTo(0, 0)")
    docked = bare.locator(".lp-docked")
    expect(docked).to_be_visible()
    window, box = bare.viewport_size, docked.bounding_box()
    assert 0 <= box["x"] <= window["width"] - box["width"]
    assert 0 <= box["y"] <= window["height"] - box["height"]
    go(bare, (0, 0), pin=True)
    expect(docked).to_contain_text("Guess 1")
    reveal(bare)
    expect(docked.locator("figure:visible")).to_have_count(4)
    bare.locator(".lp-game > p").first.scroll_into_view_if_needed()
    bare.evaluate("document.querySelector('.lp-game').scrollIntoView()")
    expect(docked).to_have_count(0)
    bare.evaluate("scrollTo(0, 0)")
    expect(docked).to_be_visible()
    bare.get_by_role("button", name="Close").click()
    expect(docked).to_have_count(0)
    assert bare.evaluate("bare.last('target')") is None
    assert bare.evaluate("document.documentElement.scrollWidth") <= window["width"]


def test_pictures_that_do_not_come_are_explained(bare):
    bare.route("**/test-*.png", lambda route: route.abort())
    bare.get_by_role("button", name="New round").click()
    expect(bare.locator(".lp-outcome")).to_contain_text("pictures did not come")
    expect(bare.get_by_role("button", name="New round")).to_be_enabled()
