"""A training, from the button to the decoded plane."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.harness import open_page


@pytest.mark.timeout(300)
def test_a_training_started_from_the_page_ends_as_a_run_that_can_be_decoded(page, server):
    page.goto(f"{server}/Train?preset=article&epochs=3&hidden=32&batch_size=500")
    page.get_by_role("button", name="Start").click()
    expect(page.get_by_text(re.compile(r"Epoch 1 of 3.* s left"))).to_be_visible(timeout=60_000)
    expect(page.get_by_role("button", name="Start")).to_be_disabled()

    curves = page.locator(".lp-curves.js-plotly-plot")
    expect(curves).to_be_visible(timeout=60_000)
    curves.evaluate("(node) => { node.dataset.witness = 'the same node'; }")

    expect(page.get_by_text("Finished: 3 epochs")).to_be_visible(timeout=120_000)
    assert curves.get_attribute("data-witness") == "the same node"
    page.wait_for_function("document.querySelector('.lp-curves').data[0].x.length === 3")
    lines = curves.evaluate("(node) => node.data.map(({ name, y }) => [name, y])")
    assert [name for name, _ in lines] == ["training", "validation"] * 3
    assert all(100 < value < 400 for value in lines[0][1])
    expect(page.get_by_role("button", name="Start")).to_be_enabled()

    page.get_by_role("link", name="Decode with it").click()
    page.wait_for_url(re.compile(r"/Decode\?run=article-"))
    expect(page.locator(".lp-plane")).to_have_attribute("data-payload", re.compile(r"^article-.*@3@"))
    open_page(page, f"{server}/Latent_space")
    page.get_by_label("Run").click()
    expect(page.get_by_role("option")).to_have_count(2)


@pytest.mark.timeout(300)
def test_a_training_can_be_stopped(page, server):
    page.goto(f"{server}/Train?preset=article&epochs=500&hidden=32&batch_size=500")
    page.get_by_role("button", name="Start").click()
    expect(page.get_by_text(re.compile(r"Epoch 2 of 500"))).to_be_visible(timeout=60_000)
    page.get_by_role("button", name="Stop").click()
    expect(page.get_by_text(re.compile(r"Stopped at step \d+; everything up to the end of epoch"))).to_be_visible()
    expect(page.get_by_role("button", name="Start")).to_be_enabled()
