from typing import get_args

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from vae.config import PRESETS, Settings, make_settings
from vae.data import N_PIXELS
from vae.model.architecture import decoder_shapes, encoder_shapes
from vae.model.vae import VAE, drop_pixels


@settings(max_examples=25)
@given(
    hidden=st.lists(st.integers(1, 20), max_size=3),
    latent_dim=st.integers(1, 12),
    activation=st.sampled_from(["relu", "tanh"]),
)
def test_any_widths_and_any_latent_dimension_work(hidden, latent_dim, activation):
    chosen = make_settings({"hidden": tuple(hidden), "latent_dim": latent_dim, "activation": activation})
    model = VAE(chosen)
    x = torch.rand(3, N_PIXELS)
    draws = model(x, n_samples=5)
    assert draws.parameters.shape == (5, 3, N_PIXELS)
    assert draws.z.shape == (5, 3, latent_dim)
    assert draws.mu.shape == draws.logvar.shape == (3, latent_dim)
    shapes = encoder_shapes(chosen) | decoder_shapes(chosen)
    assert {name: tuple(tensor.shape) for name, tensor in model.state_dict().items()} == shapes


@pytest.mark.parametrize("preset", PRESETS)
def test_samples_and_reconstructions_are_pictures(preset):
    model = VAE(PRESETS[preset])
    for pictures in (model.sample(4), model.reconstruct(torch.rand(4, N_PIXELS))):
        assert pictures.shape == (4, N_PIXELS)
        assert ((pictures >= 0) & (pictures <= 1)).all()


def test_the_article_network_is_the_tutorial_formula():
    """mu = W_mu relu(W_h x + b_h) + b_mu, and the same for the decoder, written out with the stored weights."""
    model = VAE(PRESETS["article"])
    weights = model.state_dict()
    x = torch.rand(2, N_PIXELS)
    h = (x @ weights["encoder.hidden.0.weight"].T + weights["encoder.hidden.0.bias"]).clamp(min=0)
    mu = h @ weights["encoder.mu.weight"].T + weights["encoder.mu.bias"]
    torch.testing.assert_close(model.encode(x)[0], mu)
    h = (mu @ weights["decoder.hidden.0.weight"].T + weights["decoder.hidden.0.bias"]).clamp(min=0)
    x_logits = h @ weights["decoder.x_logits.weight"].T + weights["decoder.x_logits.bias"]
    torch.testing.assert_close(model.decode(mu), x_logits)


def test_an_untrained_decoder_draws_about_the_mean_image():
    torch.manual_seed(0)
    model = VAE(PRESETS["article"])
    mean = torch.linspace(0, 1, N_PIXELS)
    model.init_output_bias(mean)
    with torch.no_grad():
        drawn = torch.sigmoid(model.decode(torch.zeros(1, 2)))[0]
    assert (drawn - mean.clamp(0.2, 0.8)).abs().max() < 0.25
    assert (drawn - mean.clamp(0.2, 0.8)).abs().mean() < 0.1
    assert torch.isfinite(model.decoder.x_logits.bias).all()


@pytest.mark.parametrize("likelihood", get_args(Settings.model_fields["likelihood"].annotation))
@pytest.mark.parametrize("posterior_scale", ["log-variance", "linear"])
def test_every_likelihood_and_head_has_the_parameters_that_are_declared(likelihood, posterior_scale):
    chosen = make_settings({"hidden": "7", "likelihood": likelihood, "posterior_scale": posterior_scale, "sigma": 0.3})
    model = VAE(chosen)
    shapes = encoder_shapes(chosen) | decoder_shapes(chosen)
    assert {name: tuple(tensor.shape) for name, tensor in model.state_dict().items()} == shapes
    x = torch.rand(3, N_PIXELS)
    draws = model(x, n_samples=2)
    log_prob = model.likelihood.log_prob(x, draws.parameters)
    assert log_prob.shape == (2, 3)
    assert log_prob.isfinite().all()
    assert model.reconstruct(x).shape == (3, N_PIXELS)
    if likelihood in ("gaussian", "gaussian-learned"):
        assert model.likelihood.log_sigma(draws.parameters).exp().flatten()[0].item() == pytest.approx(0.3)


def test_sigma_given_linearly_may_be_negative_and_is_the_square_root_of_the_variance():
    torch.manual_seed(0)
    model = VAE(make_settings({"hidden": "7", "posterior_scale": "linear", "latent_dim": 3}))
    q = model.encoder(torch.rand(50, N_PIXELS))
    assert (q.sigma < 0).any()
    torch.testing.assert_close(q.logvar, torch.log(q.sigma**2 + 1e-8))
    seed = torch.Generator().manual_seed(1)
    draws = model(torch.zeros(2, N_PIXELS), 4, seed)
    q = model.encoder(torch.zeros(2, N_PIXELS))
    eps = torch.randn(4, 2, 3, generator=torch.Generator().manual_seed(1))
    torch.testing.assert_close(draws.z, q.mu + q.sigma * eps)


def test_an_auto_encoder_decodes_the_means_themselves():
    model = VAE(make_settings({"hidden": "7", "objective": "autoencoder"}))
    draws = model(torch.rand(3, N_PIXELS), 2)
    torch.testing.assert_close(draws.z, draws.mu.expand(2, -1, -1))


def test_dropped_pixels_are_black_and_the_others_make_up_for_them():
    x = torch.rand(4_000, N_PIXELS) + 0.1
    seen = drop_pixels(x, 0.25, torch.Generator().manual_seed(0))
    kept = seen != 0
    torch.testing.assert_close(seen[kept], x[kept] / 0.75)
    assert kept.float().mean() == pytest.approx(0.75, abs=0.002)
    assert kept.float().mean(0).std() < 0.01  # no pixel, and no byte of a word, is dropped more often than others
    assert kept.float().mean(1).std() < 0.02
    assert drop_pixels(x, 0.0, None) is x
