"""The verdict on the input picture: ELBO, rank, neighbours."""

import re

import pytest
import torch
from playwright.sync_api import expect

from tests.browser.entrance import (
    DIGITS,
    choose_digit,
    mu_of,
    stroke,
)
from tests.browser.harness import shown_place
from vae import data
from vae.analysis.latent import nearest
from vae.runs.run import Run


def elbos_by_torch(run: Run, rows: slice, n_draws: int) -> torch.Tensor:
    """(n_draws, N) estimates in nats of the ELBOs of these test images, one draw of z each."""
    torch.manual_seed(0)
    mu, logvar, _ = run.snapshot(60).latent()
    q = torch.distributions.Normal(torch.tensor(mu[rows]), torch.tensor(logvar[rows] / 2).exp())
    kl = torch.distributions.kl_divergence(q, torch.distributions.Normal(0, 1)).sum(-1)
    x = torch.tensor(data.load("test").images[rows].reshape(-1, 784) / 255, dtype=torch.float32)
    with torch.no_grad():
        logits = run.snapshot(60).decoder()(q.sample((n_draws,)))
    loss = torch.nn.functional.binary_cross_entropy_with_logits(logits, x.expand_as(logits), reduction="none")
    return -loss.sum(-1) - kl


def test_the_elbo_agrees_with_torch(digit, bundled):
    for index in (0, 4):
        choose_digit(digit, index)
        total, reconstruction, kl = map(float, re.findall(r"[\d.]+", digit.locator(".lp-elbo").inner_text()))
        assert total == pytest.approx(reconstruction + kl, abs=0.11)
        expected = elbos_by_torch(bundled, slice(index, index + 1), 2000).mean().item()
        assert -total == pytest.approx(expected, abs=3)


def test_the_rank_grows_into_that_among_all_images(digit, bundled):
    rank = digit.locator(".lp-rank")
    expect(rank).to_have_text(re.compile(r"^Better than \d+ % of [\d,]+ images"))
    expect(rank).to_have_text(re.compile(r"of 10,000 images\.$"), timeout=60_000)
    share = int(re.search(r"(\d+) %", rank.inner_text())[1])
    own = elbos_by_torch(bundled, slice(0, 1), 2000).mean()
    others = elbos_by_torch(bundled, slice(None), 1)
    assert share == pytest.approx(100 * (others < own).double().mean().item(), abs=3)


def test_it_lies_next_to_real_digits_that_lead_to_their_places(sheet, bundled):
    stroke(sheet, DIGITS[0])
    mu, _, labels = bundled.snapshot(60).latent()
    beside = nearest(mu, tuple(mu_of(sheet)), 4)
    buttons = sheet.locator(".lp-beside button")
    expect(buttons).to_have_text([f"{labels[index]} · {distance:.2f}" for index, distance in beside])
    buttons.nth(2).click()
    expect(sheet.locator(".lp-whence")).to_have_text("pinned")
    assert shown_place(sheet) == pytest.approx(mu[beside[2].image].tolist(), abs=0.006)
    expect(sheet).to_have_url(re.compile("z="))
    assert mu_of(sheet) is not None  # the server's answer leaves the drawing where it is
