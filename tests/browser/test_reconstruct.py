"""The Reconstruct page, in a browser."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.harness import IDLE, query

PHONE = {"viewport": {"width": 400, "height": 850}}


def settled(page: Page) -> None:
    page.wait_for_selector(IDLE)
    expect(page.locator(".st-key-figures table")).to_be_visible()


def source(page: Page, part: str) -> str:
    """The address of a picture, which tells it from others."""
    return page.locator(f"{part} img").first.get_attribute("src")


@pytest.mark.parametrize("page", [{"color_scheme": "dark"}], indirect=True, ids=["dark"])
def test_images_are_chosen_drawn_again_and_compared(page, server):
    errors = []
    page.on("console", lambda message: errors.append(message) if message.type == "error" else None)
    page.goto(f"{server}/Reconstruct")
    settled(page)
    table = page.locator(".st-key-figures table")
    first = table.inner_text()
    bottom = page.locator(".st-key-machine-of-mnist-plane").bounding_box()
    assert bottom["y"] + bottom["height"] < 800  # the row and the chosen image are in sight together

    page.locator(".st-key-reconstruct-image-choice").get_by_role("radio").nth(2).click()
    expect(table).to_contain_text("test image 2")
    assert table.inner_text() != first
    page.wait_for_function("location.search.includes('image=2')")

    page.locator(".st-key-reconstruct-which-choice").get_by_text("Random").click()
    expect(page.locator(".st-key-seed-again")).to_be_visible()
    settled(page)
    before = source(page, ".st-key-row")
    page.locator(".st-key-seed-again button").first.click()
    page.wait_for_function("location.search.includes('seed=1')")
    expect(page.locator(".st-key-row img")).not_to_have_attribute("src", before)
    settled(page)
    before = source(page, ".st-key-samples")
    page.locator(".st-key-prior-seed-again button").first.click()
    expect(page.locator(".st-key-samples img")).not_to_have_attribute("src", before)

    page.goto(f"{page.url}&with=mnist-article-10")
    settled(page)
    expect(table.locator("th")).to_have_count(3)
    expect(page.locator(".st-key-samples img")).to_have_count(2)
    assert query(page)["with"] == "mnist-article-10"
    assert [message.text for message in errors if "/_stcore/" not in message.location["url"]] == []


@pytest.mark.parametrize("page", [PHONE], indirect=True, ids=["phone"])
def test_the_eight_stay_beside_one_another_on_a_phone(page, server):
    page.goto(f"{server}/Reconstruct?image=4711")
    settled(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= 400
    picture = page.locator(".st-key-row img").bounding_box()
    assert picture["width"] > 340
    tiles = [button.bounding_box() for button in page.locator(".st-key-reconstruct-image-choice button").all()]
    assert len(tiles) == 8
    assert len({tile["y"] for tile in tiles}) == 1
    for place, tile in enumerate(tiles):
        middle = picture["x"] + (place + 0.5) / 8 * picture["width"]
        assert abs(tile["x"] + tile["width"] / 2 - middle) < 3
