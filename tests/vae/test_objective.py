"""The objective against independent oracles: torch.distributions, quadrature, finite differences."""

import math

import pytest
import torch
from torch.distributions import Bernoulli, Normal, kl_divergence

from vae.likelihood import bernoulli_log_prob
from vae.model import reparameterise
from vae.objective import estimator_b, gaussian_kl

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


def test_log_prob_of_binary_pictures_is_that_of_torch_distributions(generator):
    x = torch.bernoulli(torch.full((B, D), 0.4, dtype=torch.float64), generator=generator)
    logits = 5 * draw(generator, L, B, D)
    torch.testing.assert_close(bernoulli_log_prob(x, logits), Bernoulli(logits=logits).log_prob(x).sum(-1))


def test_log_prob_of_grey_pictures_is_the_formula_of_the_paper(generator):
    x = torch.rand(B, D, generator=generator, dtype=torch.float64)
    logits = draw(generator, L, B, D)
    y = 1 / (1 + torch.exp(-logits))
    expected = (x * torch.log(y) + (1 - x) * torch.log(1 - y)).sum(-1)
    torch.testing.assert_close(bernoulli_log_prob(x, logits), expected)


@pytest.mark.parametrize("logit", [-1e4, -110.0, 0.0, 110.0, 1e4])
def test_log_prob_and_its_gradient_are_finite_at_extreme_logits(logit):
    logits = torch.full((1, 1, 1), logit, requires_grad=True)
    value = bernoulli_log_prob(torch.tensor([[0.5]]), logits)
    value.sum().backward()
    assert math.isfinite(value.item())
    assert math.isfinite(logits.grad.item())


def test_estimator_b_agrees_with_estimator_a_in_expectation(generator):
    """Estimator A, −log q(z|x) + log p(x, z), by torch.distributions; Kingma & Welling (2013), eq. 6."""
    n = 40_000
    mu, logvar = draw(generator, 1, 2), draw(generator, 1, 2)
    x = torch.rand(1, D, generator=generator, dtype=torch.float64)
    weights = draw(generator, 2, D)
    z = reparameterise(mu, logvar, n, generator)  # (n, 1, 2)
    logits = z @ weights
    b = estimator_b(x, logits, mu, logvar)
    q, prior = Normal(mu, torch.exp(0.5 * logvar)), Normal(0.0, 1.0)
    log_joint = prior.log_prob(z).sum(-1) + bernoulli_log_prob(x, logits)
    a = log_joint - q.log_prob(z).sum(-1)  # (n, 1)
    standard_error = (a.std() / math.sqrt(n)).item()
    assert abs(a.mean().item() - b.elbo.item()) < 4 * standard_error + 4 * (
        bernoulli_log_prob(x, logits).std() / math.sqrt(n)
    )


def test_elbo_is_never_above_the_evidence(generator):
    """log p(x) by quadrature in one dimension bounds the ELBO from above, whatever q is."""
    weights = draw(generator, 1, D)
    x = torch.rand(1, D, generator=generator, dtype=torch.float64)
    grid = torch.linspace(-10, 10, 20_001, dtype=torch.float64)
    log_joint = bernoulli_log_prob(x, grid[:, None, None] @ weights)[:, 0] + Normal(0.0, 1.0).log_prob(grid)
    evidence = torch.log(torch.trapezoid(log_joint.exp(), grid))
    for mean, logvar in [(0.0, 0.0), (1.0, -2.0), (-0.5, 0.5)]:
        mu, lv = torch.full((1, 1), mean, dtype=torch.float64), torch.full((1, 1), logvar, dtype=torch.float64)
        z = reparameterise(mu, lv, 20_000, generator)
        assert estimator_b(x, z @ weights, mu, lv).elbo.item() < evidence.item()


def test_gradients_are_those_of_finite_differences(generator):
    x = torch.rand(B, D, generator=generator, dtype=torch.float64)
    inputs = [draw(generator, *shape).requires_grad_() for shape in [(L, B, D), (B, J), (B, J)]]
    assert torch.autograd.gradcheck(lambda *tensors: estimator_b(x, *tensors).elbo, inputs)


def test_reparameterised_draws_have_the_mean_and_deviation_of_q(generator):
    mu, logvar = draw(generator, 2, J), draw(generator, 2, J)
    z = reparameterise(mu, logvar, 200_000, generator)
    torch.testing.assert_close(z.mean(0), mu, atol=0.03, rtol=0)
    torch.testing.assert_close(z.std(0), torch.exp(0.5 * logvar), rtol=0.01, atol=0)


def test_gradients_flow_through_the_draws(generator):
    mu = draw(generator, B, J).requires_grad_()
    logvar = draw(generator, B, J).requires_grad_()
    state = generator.get_state()

    def repeatable(mu: torch.Tensor, logvar: torch.Tensor) -> torch.Tensor:
        generator.set_state(state)
        return reparameterise(mu, logvar, L, generator)

    assert torch.autograd.gradcheck(repeatable, (mu, logvar))
