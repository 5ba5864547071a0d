import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from vae.architecture import decoder_layers, encoder_layers, parameter_shapes
from vae.config import PRESETS, make_settings
from vae.data import N_PIXELS
from vae.model import VAE


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
    x_logits, mu, logvar = model(x, n_samples=5)
    assert x_logits.shape == (5, 3, N_PIXELS)
    assert mu.shape == logvar.shape == (3, latent_dim)
    shapes = parameter_shapes([*encoder_layers(chosen), *decoder_layers(chosen)])
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
    model.start_at(mean)
    with torch.no_grad():
        drawn = torch.sigmoid(model.decode(torch.zeros(1, 2)))[0]
    assert (drawn - mean.clamp(0.2, 0.8)).abs().max() < 0.25
    assert (drawn - mean.clamp(0.2, 0.8)).abs().mean() < 0.1
    assert torch.isfinite(model.decoder.x_logits.bias).all()
