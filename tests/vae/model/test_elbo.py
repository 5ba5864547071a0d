"""The objective against independent oracles: torch.distributions, quadrature, finite differences."""

import math
from typing import get_args

import pytest
import torch
from torch.distributions import Normal, kl_divergence

from tests.vae.model.test_likelihood import LIKELIHOODS, N_PARAMETERS
from vae.model.elbo import (
    Objective,
    estimator_a,
    estimator_b,
    gaussian_kl,
    gaussian_log_prob,
    iwae,
    log_weights,
    objective_value,
    prior_log_prob,
)
from vae.model.likelihood import Bernoulli
from vae.model.vae import reparameterise

B, J, D, L = 5, 3, 7, 4


@pytest.fixture
def generator() -> torch.Generator:
    return torch.Generator().manual_seed(0)


def draw(generator: torch.Generator, *shape: int) -> torch.Tensor:
    return torch.randn(*shape, generator=generator, dtype=torch.float64)


def test_kl_is_that_of_torch_distributions(generator):
    mu, logvar = draw(generator, B, J), draw(generator, B, J)
    q = Normal(mu, torch.exp(0.5 * logvar))
    expected = kl_divergence(q, Normal(0.0, 1.0)).sum(-1)
    torch.testing.assert_close(gaussian_kl(mu, logvar), expected)


def test_kl_is_that_of_a_numerical_integral():
    mu, logvar = torch.tensor([[0.7]], dtype=torch.float64), torch.tensor([[-1.1]], dtype=torch.float64)
    z = torch.linspace(-12, 12, 100_001, dtype=torch.float64)
    q, p = Normal(mu[0, 0], torch.exp(0.5 * logvar[0, 0])), Normal(0.0, 1.0)
    integral = torch.trapezoid(q.log_prob(z).exp() * (q.log_prob(z) - p.log_prob(z)), z)
    torch.testing.assert_close(gaussian_kl(mu, logvar)[0], integral, atol=1e-8, rtol=0)


def test_kl_is_zero_at_the_prior_and_positive_elsewhere(generator):
    assert gaussian_kl(torch.zeros(1, J), torch.zeros(1, J)).item() == 0
    assert (gaussian_kl(draw(generator, 100, J), draw(generator, 100, J)) > 0).all()


class Model:
    """A linear decoder of `D` pixels from `J` latent dimensions, and one image with its q(z|x)."""

    def __init__(self, generator: torch.Generator, latent_dim: int = 2):
        self.generator = generator
        self.weights = draw(generator, latent_dim, D)
        self.x = torch.rand(1, D, generator=generator, dtype=torch.float64)
        self.mu, self.logvar = draw(generator, 1, latent_dim), draw(generator, 1, latent_dim)

    def draws(self, n: int) -> tuple[torch.Tensor, torch.Tensor]:
        """log p(x|z) (n, 1) and z (n, 1, J)."""
        z = reparameterise(self.mu, torch.exp(0.5 * self.logvar), n, self.generator)
        return Bernoulli(D).log_prob(self.x, z @ self.weights), z

    def evidence(self) -> torch.Tensor:
        """log p(x) by quadrature on a grid; for one latent dimension."""
        grid = torch.linspace(-10, 10, 20_001, dtype=torch.float64)
        log_px_z = Bernoulli(D).log_prob(self.x, grid[:, None, None] @ self.weights)[:, 0]
        return torch.log(torch.trapezoid(torch.exp(log_px_z + Normal(0.0, 1.0).log_prob(grid)), grid))


def test_log_densities_are_those_of_torch_distributions(generator):
    z, mu, logvar = draw(generator, L, B, J), draw(generator, B, J), draw(generator, B, J)
    torch.testing.assert_close(
        gaussian_log_prob(z, mu, logvar), Normal(mu, torch.exp(0.5 * logvar)).log_prob(z).sum(-1)
    )
    torch.testing.assert_close(prior_log_prob(z), Normal(0.0, 1.0).log_prob(z).sum(-1))


def test_estimator_a_is_the_formula_of_the_paper(generator):
    """−log q(z|x) + log p(x, z) by torch.distributions; Kingma & Welling (2013), eq. 6."""
    model = Model(generator)
    log_px_z, z = model.draws(L)
    q, prior = Normal(model.mu, torch.exp(0.5 * model.logvar)), Normal(0.0, 1.0)
    expected = (prior.log_prob(z).sum(-1) + log_px_z - q.log_prob(z).sum(-1)).mean(0)
    torch.testing.assert_close(estimator_a(log_px_z, z, model.mu, model.logvar).elbo, expected)


def test_the_estimators_agree_in_expectation(generator):
    model, n = Model(generator), 40_000
    log_px_z, z = model.draws(n)
    a = log_weights(log_px_z, z, model.mu, model.logvar)  # estimator A of each draw alone
    b = log_px_z - gaussian_kl(model.mu, model.logvar)
    standard_error = math.sqrt((a.var() + b.var()).item() / n)
    assert abs((a.mean() - b.mean()).item()) < 4 * standard_error


def test_iwae_of_one_sample_is_estimator_a(generator):
    model = Model(generator)
    log_px_z, z = model.draws(1)
    bound = iwae(log_weights(log_px_z, z, model.mu, model.logvar))
    torch.testing.assert_close(bound, estimator_a(log_px_z, z, model.mu, model.logvar).elbo)


def test_iwae_grows_with_k_up_to_the_evidence(generator):
    model, n = Model(generator, latent_dim=1), 1 << 16
    log_px_z, z = model.draws(n)
    log_weight = log_weights(log_px_z, z, model.mu, model.logvar)  # (n, 1)
    bounds = [iwae(log_weight.reshape(k, n // k)) for k in (1, 4, 16, 64, 256)]
    means = [bound.mean().item() for bound in bounds]
    errors = [bound.std().item() / math.sqrt(len(bound)) for bound in bounds]
    assert means == sorted(means)
    assert means[1] - means[0] > 4 * errors[0]
    assert means[0] < model.evidence().item() + 3 * errors[0]
    assert means[-1] == pytest.approx(model.evidence().item(), abs=4 * errors[-1] + 0.01)


def test_elbo_is_never_above_the_evidence(generator):
    """log p(x) by quadrature in one dimension bounds the ELBO from above, whatever q is."""
    model = Model(generator, latent_dim=1)
    for mean, logvar in [(0.0, 0.0), (1.0, -2.0), (-0.5, 0.5)]:
        model.mu = torch.full((1, 1), mean, dtype=torch.float64)
        model.logvar = torch.full((1, 1), logvar, dtype=torch.float64)
        log_px_z, _ = model.draws(20_000)
        assert estimator_b(log_px_z, model.mu, model.logvar).elbo.item() < model.evidence().item()


@pytest.mark.parametrize("objective", get_args(Objective))
@pytest.mark.parametrize("likelihood", LIKELIHOODS)
def test_gradients_of_every_objective_are_those_of_finite_differences(generator, objective, likelihood):
    x = torch.rand(B, D, generator=generator, dtype=torch.float64)
    eps = draw(generator, L, B, J)
    weights = draw(generator, J, N_PARAMETERS[likelihood])
    inputs = [tensor.requires_grad_() for tensor in (draw(generator, B, J), draw(generator, B, J), weights)]

    def gain(mu: torch.Tensor, logvar: torch.Tensor, weights: torch.Tensor) -> torch.Tensor:
        z = mu + torch.exp(0.5 * logvar) * eps * (objective != "autoencoder")
        log_px_z = LIKELIHOODS[likelihood].log_prob(x, z @ weights)
        return objective_value(objective, 0.7, log_px_z, z, mu, logvar)[0]

    assert torch.autograd.gradcheck(gain, inputs)


def test_what_is_maximised_weighs_the_kl_by_beta(generator):
    model = Model(generator)
    log_px_z, z = model.draws(L)
    for objective, estimate in (("estimator-a", estimator_a), ("estimator-b", estimator_b)):
        draws = (z,) if objective == "estimator-a" else ()
        expected = estimate(log_px_z, *draws, model.mu, model.logvar)
        gain, terms = objective_value(objective, 4.0, log_px_z, z, model.mu, model.logvar)
        torch.testing.assert_close(gain, expected.reconstruction - 4 * expected.kl)
        torch.testing.assert_close(terms.elbo, expected.elbo)


def test_reparameterised_draws_have_the_mean_and_deviation_of_q(generator):
    mu, logvar = draw(generator, 2, J), draw(generator, 2, J)
    z = reparameterise(mu, torch.exp(0.5 * logvar), 200_000, generator)
    torch.testing.assert_close(z.mean(0), mu, atol=0.03, rtol=0)
    torch.testing.assert_close(z.std(0), torch.exp(0.5 * logvar), rtol=0.01, atol=0)


def test_gradients_flow_through_the_draws(generator):
    mu = draw(generator, B, J).requires_grad_()
    logvar = draw(generator, B, J).requires_grad_()
    state = generator.get_state()

    def repeatable(mu: torch.Tensor, logvar: torch.Tensor) -> torch.Tensor:
        generator.set_state(state)
        return reparameterise(mu, torch.exp(0.5 * logvar), L, generator)

    assert torch.autograd.gradcheck(repeatable, (mu, logvar))
