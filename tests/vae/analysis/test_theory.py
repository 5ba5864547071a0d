"""Computations of the Theory page: divergences, estimators, grey values, aligned maps."""

import math

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch.distributions import Categorical, Normal, kl_divergence

from vae import data
from vae.analysis import alignment, comparison, divergence, estimators, pixel_densities, posterior
from vae.analysis.latent import Latent
from vae.config import PRESETS, make_settings
from vae.model.elbo import estimator_a, estimator_b
from vae.model.vae import VAE

WEIGHTS = st.lists(st.floats(0.01, 100), min_size=4, max_size=4)
NORMALS = st.builds(divergence.Normal, st.floats(-4, 4), st.floats(0.1, 3))


@pytest.fixture(scope="module")
def model(bundled) -> VAE:
    return bundled.snapshot(60).model()


@pytest.fixture(scope="module")
def images() -> torch.Tensor:
    return data.load("test").tensors()[0][:200].float() / 255


@given(WEIGHTS, WEIGHTS)
def test_a_codes_divergence_is_that_of_torch_distributions_in_bits(p, q):
    p, q = divergence.normalised(p), divergence.normalised(q)
    code = divergence.code(p, q)
    oracle = kl_divergence(*(Categorical(torch.tensor(values, dtype=torch.float64)) for values in (p, q)))
    assert code.divergence == pytest.approx(oracle.item() / math.log(2), abs=1e-9)
    assert code.divergence >= -1e-12
    assert code.cross_entropy == pytest.approx(code.entropy + code.divergence)
    assert sum(2.0**-length for length in code.lengths) == pytest.approx(1)  # Kraft


@given(NORMALS, NORMALS)
def test_the_closed_form_is_that_of_torch_distributions_and_the_integral(p, q):
    oracle = kl_divergence(*(Normal(*torch.tensor([n.mean, n.deviation], dtype=torch.float64)) for n in (p, q)))
    assert divergence.normal_kl(p, q) == pytest.approx(oracle.item(), abs=1e-9)
    assert divergence.integrated_kl(p, q) == pytest.approx(oracle.item(), rel=1e-6, abs=1e-8)


def test_curves_show_both_densities_and_the_integrand():
    p, q = divergence.Normal(0, 1), divergence.Normal(1, 2)
    curves = divergence.curves(p, q, 2001)
    assert np.trapezoid(curves.p, curves.z) == pytest.approx(1, abs=1e-3)
    assert np.trapezoid(curves.integrand, curves.z) == pytest.approx(divergence.normal_kl(p, q), abs=1e-3)


def test_both_estimators_have_the_exact_elbo_as_their_mean(model, images):
    mu, logvar = (tensor.detach() for tensor in model.encode(images[:5]))
    exact = posterior.exact_elbo(model, images[:5], mu, logvar)
    for image, elbo in zip(images[:5], exact, strict=True):
        for values in estimators.elbo_draws(model, image, 4000):
            summary = estimators.summary(values)
            assert abs(summary.mean - elbo.item()) < 4 * summary.standard_error + 2e-3


def test_single_draws_are_the_estimators_of_the_objective(model, images):
    drawn = estimators.elbo_draws(model, images[0], 64, seed=5)
    with torch.no_grad():
        parameters, z, mu, logvar = model(images[:1], 64, torch.Generator().manual_seed(5))
        log_px_z = model.likelihood.log_prob(images[:1], parameters)
    assert drawn.a.mean().item() == pytest.approx(estimator_a(log_px_z, z, mu, logvar).elbo.item(), rel=1e-5)
    assert drawn.b.mean().item() == pytest.approx(estimator_b(log_px_z, mu, logvar).elbo.item(), rel=1e-5)
    four = drawn.averaged(4)
    assert four.b.shape == (16,)
    assert four.b[0].item() == pytest.approx(drawn.b[:4].mean().item())


def test_b_scatters_less_at_the_beginning_of_a_training_and_a_at_its_end(model, images):
    torch.manual_seed(0)
    untrained = estimators.scatter(VAE(PRESETS["plane"]), images, 64)
    assert untrained.within_b < untrained.within_a
    trained = estimators.scatter(model, images, 64)
    assert trained.within_a < trained.within_b  # q is near the posterior, where A is constant


def test_the_variance_of_a_minibatch_is_that_of_repeated_minibatches(model, images):
    found = estimators.scatter(model, images, 64)
    generator = torch.Generator().manual_seed(0)
    means = []
    with torch.no_grad():
        for _ in range(400):
            x = images[torch.randint(len(images), (10,), generator=generator)]
            parameters, _, mu, logvar = model(x, 2, generator)
            means.append(estimator_b(model.likelihood.log_prob(x, parameters), mu, logvar).elbo.mean().item())
    assert np.std(means) == pytest.approx(found.deviation("B", 10, 2), rel=0.15)
    assert found.of_draws("B", 10, 2) == pytest.approx(math.sqrt(found.within_b / 20))


def test_all_gradient_estimators_have_the_same_mean(model, images):
    draws = estimators.gradient_draws(model, images[0], 40_000)
    reparameterised = estimators.summary(draws.reparameterised[:, 0])
    for values in (draws.score[:, 0], draws.baseline[:, 0]):
        summary = estimators.summary(values)
        assert abs(summary.mean - reparameterised.mean) < 4 * (summary.standard_error + reparameterised.standard_error)
    found = estimators.gradient_variances(draws)
    assert found.reparameterised < found.baseline < found.score
    assert found.ratio > 100


def test_the_reparameterised_gradient_is_that_of_autograd(model, images):
    draws = estimators.gradient_draws(model, images[3], 256, seed=9)
    with torch.no_grad():
        q = model.encoder(images[3:4])
    mu = q.mu.clone().requires_grad_()
    eps = torch.randn(256, 1, 2, generator=torch.Generator().manual_seed(9))
    value = model.likelihood.log_prob(images[3:4], model.decode(mu + q.sigma * eps)).mean()
    (gradient,) = torch.autograd.grad(value, mu)
    torch.testing.assert_close(draws.reparameterised.mean(0), gradient[0].double(), rtol=1e-3, atol=1e-3)


def test_the_cloud_is_the_noise_moved_and_stretched(model, images):
    drawn = estimators.cloud(model, images[0], 50, seed=1)
    with torch.no_grad():
        q = model.encoder(images[:1])
    torch.testing.assert_close(drawn.z, q.mu + q.sigma * drawn.eps)


def test_a_window_is_widened_to_a_square_that_holds_the_gaussian():
    q = posterior.DiagonalGaussian(torch.tensor([3.0, 0.0]), torch.zeros(2), 0.0)
    assert posterior.widened(((-1, 1), (-1, 1)), q, 2.0) == ((-1.0, 5.0), (-3.0, 3.0))
    inside = q._replace(mu=torch.zeros(2), logvar=torch.full((2,), -20.0))
    assert posterior.widened(((-1, 1), (-1, 1)), inside) == ((-1.0, 1.0), (-1.0, 1.0))


@pytest.mark.parametrize("mean", [0.01, 0.5, 0.8, 0.99])
def test_grey_densities_integrate_as_they_say(mean):
    bernoulli, continuous, gaussian, beta = pixel_densities.grey_densities(mean, 0.2, 10.0)
    assert bernoulli.inside <= 0.5 + 1e-6
    assert not bernoulli.is_density
    assert continuous.inside == pytest.approx(1, abs=1e-3)
    expected = Normal(mean, 0.2).cdf(torch.tensor(1.0)) - Normal(mean, 0.2).cdf(torch.tensor(0.0))
    assert gaussian.inside == pytest.approx(expected.item(), abs=1e-3)
    assert beta.density.max() > 1


@given(st.floats(-180, 180), st.booleans())
def test_a_map_that_was_turned_and_mirrored_is_laid_back(degrees, mirrored):
    onto = np.random.default_rng(0).normal(size=(50, 2)) * [3, 1]
    angle = np.radians(degrees)
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    turned = onto @ turn @ np.diag([1, -1 if mirrored else 1])
    laid = alignment.procrustes(turned, onto)
    np.testing.assert_allclose(laid.mu, onto, atol=1e-6)
    assert laid.explained == pytest.approx(1)
    assert laid.is_mirrored == mirrored
    np.testing.assert_allclose(laid.matrix @ laid.matrix.T, np.eye(2), atol=1e-9)


def test_no_orthogonal_matrix_does_better():
    generator = np.random.default_rng(1)
    mu, onto = generator.normal(size=(2, 40, 3))
    best = np.square(alignment.procrustes(mu, onto).mu - onto).sum()
    for _ in range(200):
        other, _ = np.linalg.qr(generator.normal(size=(3, 3)))
        assert best <= np.square(mu @ other - onto).sum() + 1e-9


def test_guesses_are_those_of_the_nearest_others():
    generator = np.random.default_rng(2)
    mu = generator.normal(size=(700, 2)).astype(np.float32)
    labels = (mu[:, 0] > 0).astype(np.uint8)
    guesses = alignment.guessed_labels(Latent(mu, mu, labels), 5)
    for i in (0, 333, 699):
        nearest = np.argsort(np.linalg.norm(mu - mu[i], axis=1))[1:6]
        assert guesses[i] == np.bincount(labels[nearest]).argmax()
    table = alignment.neighbours_confusion(Latent(mu, mu, labels), 5)
    assert table.counts.sum() == 700
    assert table.accuracy == pytest.approx((guesses == labels).mean())
    (pair,) = table.most_mingled(1)
    assert (pair.a, pair.b, pair.n_images) == (0, 1, int((guesses != labels).sum()))


def test_the_bundled_map_sets_ones_apart_and_mingles_fours_and_nines(bundled):
    table = alignment.neighbours_confusion(bundled.snapshot(60).latent(), 15)
    assert {label for label, _ in table.most_apart(3)} <= {0, 1, 6, 7}
    assert (table.most_mingled(1)[0].a, table.most_mingled(1)[0].b) == (4, 9)


def test_only_runs_of_one_measure_are_comparable():
    plain, gaussian, point = (
        make_settings(values) for values in ({}, {"likelihood": "gaussian"}, {"objective": "autoencoder"})
    )
    assert comparison.incomparable([plain, PRESETS["article-10"]]) is None
    assert "not comparable" in comparison.incomparable([plain, gaussian])
    assert "no bound" in comparison.incomparable([plain, point])
    assert comparison.incomparable([]) is None
