"""Pictures and figures of test images, against the metrics, the posterior's integrals and the model itself."""

import subprocess
import sys
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from vae import data
from vae.analysis import reconstruction
from vae.analysis.metrics import evaluate_elbo
from vae.analysis.posterior import exact_elbo, kl_to_posterior
from vae.analysis.reconstruction import Encoded, _Posteriors, choose
from vae.config import make_settings
from vae.model.elbo import gaussian_kl
from vae.model.vae import Decoder

ROOT = Path(__file__).parents[3]
LABELS = data.load("test").labels


@pytest.fixture(scope="module")
def whole(bundled) -> Encoded:
    return bundled.snapshot(60).encoded()


@pytest.fixture(scope="module")
def losses(whole) -> np.ndarray:
    return reconstruction.losses(whole)


def untrained(latent_dim: int, **values) -> Encoded:
    """A small decoder of random weights, and random posteriors."""
    torch.manual_seed(0)
    decoder = Decoder(make_settings({"hidden": "8", "latent_dim": latent_dim, **values})).eval()
    mu = torch.randn(data.N_TEST, latent_dim)
    return Encoded(decoder, mu, torch.full_like(mu, -2), values.get("objective") == "autoencoder")


def test_the_mean_of_the_terms_is_what_the_evaluation_measures(bundled, whole):
    terms = reconstruction.elbo_terms(whole, 1)
    images, _ = data.load("test").tensors()
    means = evaluate_elbo(bundled.snapshot(60).model(), images, 1)
    assert terms.elbo.shape == (data.N_TEST,)
    assert terms.reconstruction.double().mean().item() == pytest.approx(means.reconstruction, abs=2e-3)
    assert terms.kl.double().mean().item() == pytest.approx(means.kl, abs=1e-4)


def test_half_precision_of_a_slim_snapshot_costs_some_hundredths(whole):
    halved = whole._replace(mu=whole.mu.half().float(), logvar=whole.logvar.half().float())
    x = torch.tensor(data.load("test").images[:8]).flatten(1) / 255
    elbo, changed = (
        exact_elbo(model, x, *model.q) for model in (_Posteriors(whole, range(8)), _Posteriors(halved, range(8)))
    )
    assert (changed - elbo).abs().max() < 0.05


def test_without_its_encoder_an_epoch_is_reconstructed_too(bundled):
    assert not bundled.snapshot(59).has_encoder()
    pictures = reconstruction.reconstructions(bundled.snapshot(59).encoded(), [0, 1])
    assert np.abs(pictures.astype(int) - reconstruction.originals([0, 1])).mean() < 30


def test_the_identity_of_the_gap_holds(whole):
    """Oracle of the gap: KL(q(z|x) ‖ p(z|x)) integrated over other points, with the posterior itself."""
    figures = reconstruction.figures(whole, 18)
    assert figures.is_exact
    assert figures.draws == 0
    assert figures.error < 0.01
    assert figures.kl == pytest.approx(gaussian_kl(whole.mu[18], whole.logvar[18]).item())
    model = _Posteriors(whole, [18])
    x = torch.tensor(data.load("test").images[[18]]).flatten(1) / 255
    oracle = kl_to_posterior(model, x, *model.q, torch.tensor([figures.log_px]))
    assert figures.gap == pytest.approx(oracle.item(), abs=0.01)


def test_the_loss_of_one_image_is_that_of_its_figures(whole, losses):
    """That is of four draws of z, which scatter."""
    assert losses[2] == pytest.approx(reconstruction.figures(whole, 2).negative_elbo, rel=0.1)


def test_ten_dimensions_have_a_bound_instead():
    figures = reconstruction.figures(untrained(10), 0)
    assert not figures.is_exact
    assert figures.draws == 1024
    assert figures.error > 0
    assert figures.gap > -3 * figures.error


def test_an_auto_encoder_has_a_reconstruction_error_alone():
    encoded = untrained(2, objective="autoencoder")
    figures = reconstruction.figures(encoded, 3)
    x = torch.tensor(data.load("test").images[[3]]).flatten(1) / 255
    with torch.no_grad():
        expected = -encoded.decoder.likelihood.log_prob(x, encoded.decoder(encoded.mu[[3]]))
    assert figures.reconstruction_error == pytest.approx(expected.item(), rel=1e-5)
    assert np.isnan([figures.kl, figures.log_px, figures.gap]).all()
    assert reconstruction.losses(encoded)[3] == pytest.approx(expected.item(), rel=1e-5)


def test_a_percentile_is_the_part_that_is_easier(losses):
    order = np.argsort(losses, kind="stable")
    assert reconstruction.harder_than(losses, order[0]) == 0
    assert reconstruction.harder_than(losses, order[-1]) == pytest.approx(0.9999)
    assert reconstruction.harder_than(losses, order[2500]) == pytest.approx(0.25)


@pytest.mark.parametrize("digit", [None, 7])
def test_the_hardest_and_the_easiest_are_in_order(losses, digit):
    known = losses if digit is None else losses[digit == LABELS]
    hardest = choose(LABELS, "hardest", digit, 0, 0, losses)
    easiest = choose(LABELS, "easiest", digit, 0, 0, losses)
    np.testing.assert_array_equal(losses[hardest], np.sort(known)[::-1][:8])
    np.testing.assert_array_equal(losses[easiest], np.sort(known)[:8])
    if digit is not None:
        assert set(LABELS[hardest + easiest]) == {digit}


def test_the_first_ones_of_a_digit_are_chosen():
    assert choose(LABELS, "first", None, 0, 0, None) == list(range(8))
    sevens = choose(LABELS, "first", 7, 0, 0, None)
    assert sevens == np.flatnonzero(LABELS == 7)[:8].tolist()


def test_random_ones_are_those_of_the_seed():
    first, again, others = (choose(LABELS, "random", 4, 0, seed, None) for seed in (0, 0, 1))
    assert first == again != others
    assert len(set(first)) == 8
    assert set(LABELS[first]) == {4}


@pytest.mark.parametrize(
    ("start", "digit", "expected"),
    [
        (5, None, [5, 6, 7, 8, 9, 10, 11, 12]),
        (9998, None, [9998, 9999, 0, 1, 2, 3, 4, 5]),
        (1, 7, [1, *np.flatnonzero(LABELS == 7)[1:8]]),
    ],
)
def test_an_index_is_followed_by_the_next_images(start, digit, expected):
    assert choose(LABELS, "index", digit, start, 0, None) == expected


def test_reconstructions_are_decoded_from_the_means(bundled, whole):
    images, _ = data.load("test").tensors()
    with torch.no_grad():
        expected = bundled.snapshot(60).model().reconstruct(images[[3, 1]].float() / 255) * 255
    pictures = reconstruction.reconstructions(whole, [3, 1])
    assert np.abs(pictures.reshape(2, -1) - expected.numpy()).max() < 0.6


def test_draws_are_those_of_the_seed(bundled, whole):
    samples = reconstruction.prior_samples(whole, 3)
    with torch.no_grad():
        expected = bundled.snapshot(60).model().sample(16, torch.Generator().manual_seed(3)) * 255
    assert np.abs(samples.reshape(16, -1) - expected.numpy()).max() < 0.6
    draws = reconstruction.posterior_draws(whole, 3, 0)
    assert draws.shape == (6, 28, 28)
    np.testing.assert_array_equal(draws, reconstruction.posterior_draws(whole, 3, 0))
    assert (draws != reconstruction.posterior_draws(whole, 3, 1)).any()


def test_the_difference_has_a_colour_for_each_sign():
    image, drawn = np.array([[0, 255, 10, 0]], np.uint8), np.array([[255, 0, 10, 64]], np.uint8)
    colours = reconstruction.difference(image, drawn)
    assert tuple(colours[0, 0]) == reconstruction.BRIGHTER
    assert tuple(colours[0, 1]) == reconstruction.DARKER
    assert tuple(colours[0, 2]) == (0, 0, 0)
    assert 0 < colours[0, 3, 0] < 255


def test_a_grid_holds_every_picture_in_its_place():
    pictures = data.load("test").images[:6]
    whole = np.asarray(Image.open(BytesIO(reconstruction.grid([pictures[:3], pictures[3:]]))))
    step = 28 + reconstruction.GAP
    assert whole.shape == (4 * (2 * step - 2), 4 * (3 * step - 2), 2)
    small = whole[::4, ::4]
    for i, picture in enumerate(pictures):
        row, column = divmod(i, 3)
        tile = small[row * step : row * step + 28, column * step : column * step + 28]
        np.testing.assert_array_equal(tile[..., 0], picture)
        assert (tile[..., 1] == 255).all()
    assert (small[28:30, :, 1] == 0).all()


def test_importing_it_imports_no_torch():
    script = "import sys, vae.analysis.reconstruction; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", script], cwd=ROOT).returncode == 0
