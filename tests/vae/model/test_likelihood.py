"""Every p(x|z) against torch.distributions, against numerical integrals, and at the edges of its numbers."""

import math

import pytest
import torch
from torch import distributions
from torch.nn.functional import softplus

from vae.model.architecture import SCALE_BOUNDS
from vae.model.likelihood import Bernoulli, Beta, ContinuousBernoulli, Gaussian, Likelihood, bounded, log_c
from vae.model.likelihood import softplus as quick_softplus

B, D, L = 5, 7, 4
BOUNDS = SCALE_BOUNDS["gaussian-pixel"]
LIKELIHOODS: dict[str, Likelihood] = {
    "bernoulli": Bernoulli(D),
    "continuous-bernoulli": ContinuousBernoulli(D),
    "gaussian": Gaussian(0.2, D),
    "gaussian-learned": Gaussian(BOUNDS, D),
    "gaussian-pixel": Gaussian(BOUNDS, D),
    "beta": Beta(SCALE_BOUNDS["beta"], D),
}
N_PARAMETERS = dict.fromkeys(LIKELIHOODS, D) | {"gaussian-learned": D + 1, "gaussian-pixel": 2 * D, "beta": 2 * D}
GRID = torch.linspace(0, 1, 20_001, dtype=torch.float64)


@pytest.fixture
def generator() -> torch.Generator:
    return torch.Generator().manual_seed(0)


def parameters_of(name: str, generator: torch.Generator, *shape: int, spread: float = 2.0) -> torch.Tensor:
    return spread * torch.randn(*shape, N_PARAMETERS[name], generator=generator, dtype=torch.float64)


def of_torch(name: str, parameters: torch.Tensor) -> distributions.Distribution:
    logits, scale = parameters[..., :D], parameters[..., D:]
    if name == "bernoulli":
        return distributions.Bernoulli(logits=logits)
    if name == "continuous-bernoulli":
        return distributions.ContinuousBernoulli(logits=logits)
    if name == "beta":
        concentration = bounded(scale, SCALE_BOUNDS["beta"]).exp()
        return distributions.Beta(
            concentration * torch.sigmoid(logits) + 1e-4, concentration * torch.sigmoid(-logits) + 1e-4
        )
    sigma = torch.tensor(0.2, dtype=torch.float64) if name == "gaussian" else bounded(scale, BOUNDS).exp()
    return distributions.Normal(torch.sigmoid(logits), sigma.expand_as(logits))


@pytest.mark.parametrize("name", LIKELIHOODS)
def test_log_prob_is_that_of_torch_distributions(name, generator):
    x = torch.rand(B, D, generator=generator, dtype=torch.float64)
    if name == "bernoulli":
        x = x.round()
    parameters = parameters_of(name, generator, L, B)
    at = (255 * x + 0.5) / 256 if name == "beta" else x
    expected = of_torch(name, parameters).log_prob(at).sum(-1)
    torch.testing.assert_close(LIKELIHOODS[name].log_prob(x, parameters), expected, rtol=1e-6, atol=1e-5)


def test_log_prob_of_grey_pictures_is_the_formula_of_the_paper(generator):
    x = torch.rand(B, D, generator=generator, dtype=torch.float64)
    logits = torch.randn(L, B, D, generator=generator, dtype=torch.float64)
    y = 1 / (1 + torch.exp(-logits))
    expected = (x * torch.log(y) + (1 - x) * torch.log(1 - y)).sum(-1)
    torch.testing.assert_close(Bernoulli(D).log_prob(x, logits), expected)


@pytest.mark.parametrize("name", LIKELIHOODS)
def test_log_prob_is_the_inner_product_of_an_exponential_family(name, generator):
    likelihood = LIKELIHOODS[name]
    x = torch.rand(B, D, generator=generator, dtype=torch.float64)
    parameters = parameters_of(name, generator, 9)
    eta, normaliser = likelihood.natural(parameters)
    product = likelihood.statistics(x) @ eta.T - normaliser  # (B, 9)
    expected = likelihood.log_prob(x, parameters[:, None].expand(-1, B, -1)).T
    torch.testing.assert_close(product, expected)


@pytest.mark.parametrize("name", LIKELIHOODS)
def test_the_mean_is_that_of_torch_distributions(name, generator):
    parameters = parameters_of(name, generator, 50)
    tolerance = 2e-3 if name == "beta" else 1e-6  # the floor of α and β
    torch.testing.assert_close(
        LIKELIHOODS[name].mean(parameters), of_torch(name, parameters).mean, atol=tolerance, rtol=1e-4
    )


@pytest.mark.parametrize("name", LIKELIHOODS)
def test_draws_have_the_mean_and_the_deviation_of_the_distribution(name, generator):
    parameters, n = parameters_of(name, generator, 1, spread=1.0), 20_000
    draws = LIKELIHOODS[name].sample(parameters.expand(n, -1), generator)
    theirs = of_torch(name, parameters)
    assert draws.shape == (n, D)
    assert ((draws.mean(0) - theirs.mean[0]).abs() < 5 * theirs.stddev[0] / math.sqrt(n)).all()
    torch.testing.assert_close(draws.std(0), theirs.stddev[0], rtol=0.05, atol=0)


@pytest.mark.parametrize("logit", [-800.0, -20.0, -3.0, -0.21, -1e-3, 0.0, 1e-9, 0.19, 0.2, 5.0, 40.0])
def test_the_continuous_bernoulli_integrates_to_one(logit):
    near_an_end = torch.cat([torch.logspace(-9, -2, 20_001, dtype=torch.float64), GRID])
    x = torch.cat([near_an_end, 1 - near_an_end]).sort().values
    density = ContinuousBernoulli(1).log_prob(x[:, None], torch.full((len(x), 1), logit, dtype=torch.float64)).exp()
    assert torch.trapezoid(density, x).item() == pytest.approx(1, abs=2e-5)


def test_softplus_is_the_logarithm_to_2e_9_however_large_its_argument():
    logits = torch.tensor([-1e4, -400.0, -88.0, -20.5, -19.5, -3.0, 0.0, 3.0, 88.0, 1e4], dtype=torch.float64)
    torch.testing.assert_close(quick_softplus(logits), softplus(logits), rtol=1e-9, atol=2.1e-9)


def test_the_bernoulli_is_no_density_of_grey_values():
    for logit in (-4.0, 0.0, 2.0):
        logits = torch.full((len(GRID), 1), logit, dtype=torch.float64)
        integral = torch.trapezoid(Bernoulli(1).log_prob(GRID[:, None], logits).exp(), GRID)
        assert integral.item() == pytest.approx(math.exp(-log_c(logits[0, 0]).item()), abs=1e-6)
        assert integral.item() <= 0.5 + 1e-6
    assert not Bernoulli.is_density
    assert ContinuousBernoulli.is_density


@pytest.mark.parametrize("sigma", [0.05, 0.2, 0.9])
def test_the_gaussian_integrates_to_one_over_the_whole_line_alone(sigma):
    x = torch.linspace(-12, 13, 100_001, dtype=torch.float64)
    density = Gaussian(sigma, 1).log_prob(x[:, None], torch.full((len(x), 1), 1.0, dtype=torch.float64)).exp()
    assert torch.trapezoid(density, x).item() == pytest.approx(1, abs=1e-6)
    inside = (x >= 0) & (x <= 1)
    assert torch.trapezoid(density[inside], x[inside]).item() < 1


@pytest.mark.parametrize(("logit", "scale"), [(0.0, 0.5), (1.5, 0.0), (-2.0, 0.9)])
def test_the_beta_integrates_to_one_over_what_it_says(logit, scale):
    middle = torch.linspace(1e-7, 1 - 1e-7, 2_000_001, dtype=torch.float64)  # x′
    x = (256 * middle - 0.5) / 255
    parameters = torch.tensor([[logit, scale]], dtype=torch.float64).expand(len(x), -1)
    density = Beta(SCALE_BOUNDS["beta"], 1).log_prob(x[:, None], parameters).exp()
    assert torch.trapezoid(density, middle).item() == pytest.approx(1, abs=5e-3)


@pytest.mark.parametrize("name", LIKELIHOODS)
@pytest.mark.parametrize("value", [-1e4, -110.0, -1e-3, 0.0, 1e-3, 110.0, 1e4])
@pytest.mark.parametrize("grey", [0.0, 0.5, 1.0])
def test_log_prob_mean_and_their_gradients_are_finite_everywhere(name, value, grey):
    parameters = torch.full((1, N_PARAMETERS[name]), value, requires_grad=True)
    likelihood = LIKELIHOODS[name]
    log_prob = likelihood.log_prob(torch.full((1, D), grey), parameters)
    mean = likelihood.mean(parameters)
    (log_prob.sum() + mean.sum()).backward()
    assert log_prob.isfinite().all()
    assert parameters.grad.isfinite().all()
    assert ((mean >= 0) & (mean <= 1)).all()
    assert likelihood.sample(parameters.detach()).isfinite().all()


def test_log_c_is_the_same_in_single_precision_on_both_sides_of_the_series():
    logits = torch.linspace(-3, 3, 6001)
    exact = torch.log(logits.double() / torch.tanh(logits.double() / 2))
    exact[logits == 0] = math.log(2)
    torch.testing.assert_close(log_c(logits).double(), exact, atol=3e-7, rtol=0)
    logits = torch.tensor([1e5, -1e5, 30.0])
    torch.testing.assert_close(log_c(logits), logits.abs().log())


def test_the_continuous_bernoullis_normaliser_is_an_integral(generator):
    """log ∫ e^{x l} dx over [0, 1] = A(l), by quadrature."""
    logits = torch.tensor([-7.0, -0.5, 0.1, 3.0], dtype=torch.float64)
    integral = torch.trapezoid(torch.exp(GRID[:, None] * logits), GRID, dim=0).log()
    torch.testing.assert_close(softplus(logits) - log_c(logits), integral, atol=1e-6, rtol=0)
