"""log p(x) and p(z|x) against closed forms, dense grids, importance sampling, and each other."""

import math

import pytest
import torch
from torch import Tensor, nn

from vae import data
from vae.analysis.evidence import TOLERANCE_OF_MANY, EvidenceError, iwae_bound, log_evidence
from vae.analysis.posterior import best_gaussian, exact_elbo, gap, kl_to_posterior, posterior_map, posterior_window
from vae.config import make_settings
from vae.model.elbo import estimator_a
from vae.model.likelihood import Likelihood
from vae.model.vae import VAE

N = 200


class GaussianPixels(Likelihood):
    """N(parameters, σ²): with a linear decoder, log p(x) and p(z|x) are Gaussians in closed form."""

    exact_dtype = torch.float64

    def __init__(self, sigma: float, n_pixels: int):
        super().__init__(n_pixels)
        self.sigma = sigma

    def log_prob(self, x: Tensor, parameters: Tensor) -> Tensor:
        return torch.distributions.Normal(parameters, self.sigma).log_prob(x).sum(-1)

    def mean(self, parameters: Tensor) -> Tensor:
        return parameters

    def sample(self, parameters: Tensor, generator: torch.Generator | None = None) -> Tensor:
        return parameters + self.sigma * torch.randn(parameters.shape, generator=generator)

    def statistics(self, x: Tensor) -> Tensor:
        return torch.cat([x, x.square()], -1)

    def natural(self, parameters: Tensor) -> tuple[Tensor, Tensor]:
        precision = self.sigma**-2
        square = torch.full_like(parameters, -0.5 * precision)
        constant = 0.5 * precision * parameters.square() + math.log(self.sigma) + 0.5 * math.log(2 * math.pi)
        return torch.cat([parameters * precision, square], -1), constant.sum(-1)


class LinearModel(nn.Module):
    """x = W z + b + σ ε, z ~ N(0, I): the model of which all is known (Tipping & Bishop 1999)."""

    def __init__(self, latent_dim: int, sigma: float, n_pixels: int = 3):
        super().__init__()
        generator = torch.Generator().manual_seed(latent_dim)
        self.latent_dim = latent_dim
        self.weights = torch.randn(n_pixels, latent_dim, generator=generator, dtype=torch.float64)
        self.bias = torch.randn(n_pixels, generator=generator, dtype=torch.float64)
        self.likelihood = GaussianPixels(sigma, n_pixels)
        covariance = self.weights @ self.weights.T + sigma**2 * torch.eye(n_pixels, dtype=torch.float64)
        self.marginal = torch.distributions.MultivariateNormal(self.bias, covariance)
        precision = torch.eye(latent_dim, dtype=torch.float64) + self.weights.T @ self.weights / sigma**2
        self.posterior_covariance = torch.linalg.inv(precision)

    def decode(self, z: Tensor) -> Tensor:
        return z.double() @ self.weights.T + self.bias

    def posterior_mean(self, x: Tensor) -> Tensor:
        return (x - self.bias) @ self.weights @ self.posterior_covariance / self.likelihood.sigma**2

    def encode(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Not the posterior: it is off by half a deviation, and twice as wide."""
        deviation = self.posterior_covariance.diagonal().sqrt()
        return self.posterior_mean(x) + 0.5 * deviation, (2 * torch.log(2 * deviation)).expand(len(x), -1)

    def images(self, n: int) -> Tensor:
        with torch.random.fork_rng():
            torch.manual_seed(0)
            return self.marginal.sample((n,))


@pytest.fixture(scope="module")
def model(bundled) -> VAE:
    return bundled.snapshot(60).model()


@pytest.fixture(scope="module")
def x() -> Tensor:
    return data.load("test").tensors()[0][:N].float() / 255


@pytest.mark.parametrize("latent_dim", [1, 2])
@pytest.mark.parametrize("sigma", [1.0, 0.3, 0.02, 0.004])
def test_the_evidence_of_a_linear_gaussian_model_is_the_closed_form(latent_dim, sigma):
    linear = LinearModel(latent_dim, sigma)
    images = linear.images(40)
    found = log_evidence(linear, images)
    torch.testing.assert_close(found.log_px, linear.marginal.log_prob(images), atol=5e-3, rtol=0)
    assert (found.error <= 2e-3).all()


def test_a_posterior_far_outside_the_first_lattice_is_found():
    linear = LinearModel(2, 0.3)
    far = torch.tensor([[8.5, 0.0], [0.0, -12.3], [5.5, 5.8]], dtype=torch.float64)
    images = linear.decode(far)
    torch.testing.assert_close(log_evidence(linear, images).log_px, linear.marginal.log_prob(images), atol=2e-3, rtol=0)


def test_two_modes_are_both_counted():
    """x = |z₁|: the posterior of every x has two equal modes, and twice the mass of one."""
    linear = LinearModel(1, 0.05)
    both = LinearModel(1, 0.05)
    both.decode = lambda z: linear.decode(z.abs())
    images = linear.decode(torch.tensor([[1.5], [0.9]]))
    one_sided = linear.marginal.log_prob(images)  # the other half line has no mass to speak of
    torch.testing.assert_close(log_evidence(both, images).log_px, one_sided + math.log(2), atol=2e-3, rtol=0)


def test_it_tells_how_far_it_is():
    linear, told = LinearModel(2, 0.3), []
    log_evidence(linear, linear.images(5), told.append)
    assert told == sorted(told)
    assert len(told) > 5
    assert told[0] < 0.2
    assert told[-1] == 1.0


def test_other_dimensions_are_refused():
    with pytest.raises(EvidenceError, match="over 3 dimensions"):
        log_evidence(LinearModel(3, 0.3), torch.zeros(1, 3))


def test_the_evidence_agrees_with_a_dense_grid(model, x):
    """1,000 × 1,000 points over ±4.5 for three images of which the posterior lies within."""
    images = x[[1, 3, 8]]
    axis = torch.linspace(-4.5, 4.5, 1001)
    total = torch.full((3,), -math.inf, dtype=torch.float64)
    with torch.no_grad():
        for rows in axis.split(20):
            z = torch.cartesian_prod(rows, axis)
            log_prior = torch.distributions.Normal(0.0, 1.0).log_prob(z).sum(-1)
            logits = model.decode(z)
            log_px_z = images @ logits.T - torch.nn.functional.softplus(logits).sum(-1)
            total = torch.logaddexp(total, torch.logsumexp((log_px_z + log_prior).double(), 1))
    expected = total + 2 * math.log(axis[1] - axis[0])
    torch.testing.assert_close(log_evidence(model, images).log_px, expected, atol=3e-3, rtol=0)


def test_many_images_are_each_within_a_hundredth_of_a_nat(model):
    images = data.load("test").tensors()[0][::20].float() / 255
    quick = log_evidence(model, images, tolerance=TOLERANCE_OF_MANY).log_px
    exact = log_evidence(model, images, tolerance=3e-4).log_px
    assert (quick - exact).abs().max() < 1e-2
    assert (quick - exact).abs().mean() < 1e-3


def test_the_images_do_not_depend_on_their_company(model, x):
    together = log_evidence(model, x[:20]).log_px
    alone = torch.cat([log_evidence(model, image[None]).log_px for image in x[:20]])
    torch.testing.assert_close(together, alone, atol=2e-3, rtol=0)


def test_the_evidence_is_above_iwae_and_equal_where_the_posterior_has_one_mode(model, x):
    exact = log_evidence(model, x)
    bound = iwae_bound(model, x, 5_000)
    assert (exact.log_px > bound.log_px - 3 * bound.standard_error - 2e-3).all()
    easy = bound.standard_error < 0.02  # the weights are even: nothing was missed
    assert easy.sum() > 50
    off = (exact.log_px - bound.log_px)[easy] / (bound.standard_error[easy] + 1e-3)
    assert off.abs().median() < 1.5


def test_evidence_is_elbo_plus_kl_to_the_posterior(model, x):
    mu, logvar = (tensor.detach() for tensor in model.encode(x[::4]))
    log_px = log_evidence(model, x[::4]).log_px
    kl = kl_to_posterior(model, x[::4], mu, logvar, log_px)
    assert (kl > 0).all()
    torch.testing.assert_close(exact_elbo(model, x[::4], mu, logvar) + kl, log_px, atol=1e-2, rtol=0)


@pytest.mark.parametrize("likelihood", ["continuous-bernoulli", "gaussian-pixel", "beta"])
def test_the_identity_holds_for_every_likelihood(likelihood, x):
    torch.manual_seed(0)
    other = VAE(make_settings({"hidden": "32", "likelihood": likelihood, "latent_dim": 1}))
    mu, logvar = (tensor.detach() for tensor in other.encode(x[:10]))
    log_px = log_evidence(other, x[:10]).log_px
    kl = kl_to_posterior(other, x[:10], mu, logvar, log_px)
    torch.testing.assert_close(exact_elbo(other, x[:10], mu, logvar) + kl, log_px, atol=1e-2, rtol=1e-5)


def test_iwae_with_one_sample_is_estimator_a(model, x):
    bound = iwae_bound(model, x[:50], 1, seed=3)
    with torch.no_grad():
        parameters, *draws = model(x[:50], 1, torch.Generator().manual_seed(3))
        expected = estimator_a(model.likelihood.log_prob(x[:50], parameters), *draws).elbo
    torch.testing.assert_close(bound.log_px, expected.double(), atol=1e-3, rtol=0)


def test_iwae_does_not_decrease_with_k(model, x):
    means = [iwae_bound(model, x, k).log_px.mean().item() for k in (1, 5, 50, 500)]
    assert means == sorted(means)
    assert means[-1] - means[0] > 1


def test_iwae_of_the_linear_model_is_its_evidence():
    linear = LinearModel(3, 0.5)
    images = linear.images(20)
    bound = iwae_bound(linear, images, 5_000)
    assert ((bound.log_px - linear.marginal.log_prob(images)).abs() < 5 * bound.standard_error).all()


def test_the_posterior_map_is_a_density_within_its_window(model, x):
    for image in x[:5]:
        log_px = log_evidence(model, image[None]).log_px.item()
        (z1, z2), density = posterior_map(model, image, log_px, posterior_window(model, image), 120)
        assert density.shape == (120, 120)
        assert density.sum() * (z1[1] - z1[0]) * (z2[1] - z2[0]) == pytest.approx(1, abs=0.01)


def test_the_posterior_map_of_the_linear_model_is_its_posterior():
    linear = LinearModel(2, 0.3)
    (image,) = linear.images(1)
    axes, density = posterior_map(linear, image, linear.marginal.log_prob(image).item(), ((-3, 3), (-2, 4)), 7)
    posterior = torch.distributions.MultivariateNormal(linear.posterior_mean(image), linear.posterior_covariance)
    for i in (0, 2, 5):
        for j in (1, 4, 6):
            place = torch.tensor([axes[0][j], axes[1][i]], dtype=torch.float64)
            assert density[i, j] == pytest.approx(posterior.log_prob(place).exp().item(), rel=1e-4, abs=1e-12)


def test_the_best_gaussian_of_the_linear_model_is_known():
    """Of a Gaussian posterior, the diagonal q of the greatest ELBO has its mean and the precision's diagonal."""
    linear = LinearModel(2, 0.3)
    (image,) = linear.images(1)
    best = best_gaussian(linear, image)
    torch.testing.assert_close(best.mu, linear.posterior_mean(image), atol=1e-3, rtol=0)
    precision = torch.linalg.inv(linear.posterior_covariance)
    torch.testing.assert_close(best.logvar, -torch.log(precision.diagonal()), atol=1e-2, rtol=0)


def test_the_gap_splits_into_two_parts_of_which_neither_is_negative(model, x):
    for image in x[[0, 6, 8]]:
        found = gap(model, image)
        assert found.exact
        assert found.approximation > -2e-3
        assert found.amortisation > -2e-3
        assert found.encoder.elbo + found.amortisation + found.approximation == pytest.approx(found.log_px)
    assert found.amortisation > 10  # an image that this encoder does badly


def test_the_gap_of_ten_dimensions_is_one_to_a_bound(x):
    torch.manual_seed(0)
    other = VAE(make_settings({"preset": "article-10", "hidden": "16"}))
    found = gap(other, x[0])
    assert not found.exact
    assert found.log_px > found.best.elbo - 3 * found.error
    assert found.best.elbo >= found.encoder.elbo
