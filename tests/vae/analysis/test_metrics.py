import math

import numpy as np
import pytest
import torch

from vae.analysis.metrics import (
    active_units,
    aggregate_kl,
    log_aggregate_posterior,
    mmd,
    mutual_information,
    trustworthiness,
)

MU = torch.tensor([[-2.0], [-0.3], [0.0], [0.9], [3.0]], dtype=torch.float64)
LOGVAR = torch.tensor([[-3.0], [0.2], [-1.0], [-4.0], [-0.5]], dtype=torch.float64)


def density(z: np.ndarray, mean: float, variance: float) -> np.ndarray:
    return np.exp(-((z - mean) ** 2) / (2 * variance)) / np.sqrt(2 * np.pi * variance)


@pytest.fixture(scope="module")
def by_quadrature() -> tuple[float, float]:
    """KL(q(z) ‖ p(z)) and I_q(x; z) of the five Gaussians, each as its defining integral."""
    z = np.linspace(-15, 15, 300_001)
    each = np.array([density(z, m, math.exp(v)) for m, v in zip(MU[:, 0].tolist(), LOGVAR[:, 0].tolist(), strict=True)])
    q, p = each.mean(0), density(z, 0.0, 1.0)

    def integral(values: np.ndarray) -> float:
        return np.trapezoid(values, z).item()

    def divergence(a: np.ndarray, b: np.ndarray) -> float:
        return integral(np.where(a > 0, a * np.log(np.where(a > 0, a, 1) / np.where(b > 0, b, 1)), 0.0))

    return divergence(q, p), float(np.mean([divergence(component, q) for component in each]))


def repeated(values: torch.Tensor, n: int) -> torch.Tensor:
    """Every image n times: the same q(z), by more draws."""
    return values.repeat(n, 1)


def test_aggregate_kl_and_mutual_information_are_those_of_quadrature(by_quadrature):
    expected_kl, expected_information = by_quadrature
    mu, logvar = repeated(MU, 1000), repeated(LOGVAR, 1000)
    kl = aggregate_kl(mu, logvar)
    assert 0 < kl.standard_error < 0.02
    assert kl.value == pytest.approx(expected_kl, abs=4 * kl.standard_error)
    information = mutual_information(mu, logvar, kl.value)
    assert information == pytest.approx(expected_information, abs=4 * kl.standard_error)


def test_the_standard_error_is_the_spread_over_seeds():
    mu, logvar = repeated(MU, 20), repeated(LOGVAR, 20)
    estimates = [aggregate_kl(mu, logvar, seed) for seed in range(300)]
    spread = np.std([estimate.value for estimate in estimates], ddof=1)
    stated = math.sqrt(np.mean([estimate.standard_error**2 for estimate in estimates]))
    assert stated == pytest.approx(spread, rel=0.15)


def test_equal_seeds_give_equal_estimates():
    assert aggregate_kl(MU, LOGVAR, 5) == aggregate_kl(MU, LOGVAR, 5) != aggregate_kl(MU, LOGVAR, 6)


def test_images_that_are_told_apart_for_certain_have_log_n_of_information():
    mu = torch.linspace(-3, 3, 50)[:, None]
    logvar = torch.full((50, 1), -12.0)
    kl = aggregate_kl(mu, logvar)
    assert kl.standard_error < 0.1
    assert mutual_information(mu, logvar, kl.value) == pytest.approx(math.log(50), abs=4 * kl.standard_error)


def test_a_posterior_that_is_the_prior_has_no_information():
    nothing = torch.zeros(200, 3)
    kl = aggregate_kl(nothing, nothing)
    assert kl.value == pytest.approx(0.0, abs=1e-12)
    assert mutual_information(nothing, nothing, kl.value) == pytest.approx(0.0, abs=1e-12)
    assert active_units(nothing) == 0


def test_the_aggregate_posterior_is_the_mixture_of_all_images():
    generator = torch.Generator().manual_seed(1)
    mu, logvar, z = (torch.randn(n, 4, generator=generator, dtype=torch.float64) for n in (30, 30, 7))
    components = torch.distributions.Independent(torch.distributions.Normal(mu, torch.exp(0.5 * logvar)), 1)
    mixture = torch.distributions.MixtureSameFamily(torch.distributions.Categorical(torch.ones(30)), components)
    torch.testing.assert_close(log_aggregate_posterior(z, mu, logvar), mixture.log_prob(z), rtol=1e-6, atol=1e-6)


def test_narrow_posteriors_far_out_lose_no_digits():
    mu, logvar = torch.tensor([[30.0], [31.0]]).double(), torch.full((2, 1), -20.0).double()
    z = mu + torch.exp(0.5 * logvar)
    expected = -0.5 * (1 - 20 + math.log(2 * math.pi)) - math.log(2)
    torch.testing.assert_close(
        log_aggregate_posterior(z, mu, logvar), torch.full((2,), expected).double(), atol=1e-3, rtol=0
    )


def test_active_units_are_those_whose_means_vary_by_more_than_a_hundredth():
    steps = torch.tensor([-1.0, 1.0]).repeat(500)[:, None]
    mu = steps * torch.tensor([0.0, 0.099, 0.101, 3.0]) + torch.tensor([5.0, 5.0, 0.0, 0.0])  # variances a²
    assert active_units(mu) == 2
    assert active_units(mu, threshold=0.009) == 3


def plain_mmd(z: torch.Tensor, w: torch.Tensor) -> float:
    def kernel(a: torch.Tensor, b: torch.Tensor) -> float:
        scale = 2 * len(a)
        return scale / (scale + sum((u - v) ** 2 for u, v in zip(a.tolist(), b.tolist(), strict=True)))

    def within(points: torch.Tensor) -> float:
        pairs = [kernel(a, b) for i, a in enumerate(points) for j, b in enumerate(points) if i != j]
        return sum(pairs) / len(pairs)

    across = [kernel(a, b) for a in z for b in w]
    return within(z) + within(w) - 2 * sum(across) / len(across)


def test_mmd_is_that_of_a_loop_over_all_pairs():
    generator = torch.Generator().manual_seed(2)
    z, w = torch.randn(40, 3, generator=generator), torch.randn(25, 3, generator=generator) + 0.5
    assert mmd(z, w) == pytest.approx(plain_mmd(z, w), abs=1e-9)


def test_mmd_is_unbiased_and_grows_with_the_distance():
    generator = torch.Generator().manual_seed(3)
    draws = [torch.randn(2, 60, 2, generator=generator) for _ in range(150)]
    same = np.array([mmd(z, w) for z, w in draws])
    assert abs(same.mean()) < 4 * same.std() / math.sqrt(len(same))
    assert (same < 0).any()
    assert min(mmd(z + 2, w) for z, w in draws) > same.max()


def plain_trustworthiness(x: np.ndarray, mu: np.ndarray, k: int) -> float:
    """Venna & Kaski's definition, with the ranks of all pairs: 1 for the nearest other point."""
    n, total = len(x), 0
    for i in range(n):
        others = [j for j in range(n) if j != i]
        by_pixels = sorted(others, key=lambda j: ((x[i] - x[j]) ** 2).sum())
        on_map = sorted(others, key=lambda j: ((mu[i] - mu[j]) ** 2).sum())[:k]
        rank = {j: 1 + place for place, j in enumerate(by_pixels)}
        total += sum(rank[j] - k for j in on_map if rank[j] > k)
    return 1 - 2 / (n * k * (2 * n - 3 * k - 1)) * total


def scikit_learns_trustworthiness(x: np.ndarray, mu: np.ndarray, k: int) -> float:
    """As sklearn.manifold.trustworthiness computes it."""

    def distances(points: np.ndarray) -> np.ndarray:
        table = np.linalg.norm(points[:, None] - points[None], axis=2)
        np.fill_diagonal(table, np.inf)
        return table

    n = len(x)
    ind_x = np.argsort(distances(x), axis=1)
    ind_mu = np.argsort(distances(mu), axis=1)[:, :k]
    inverted = np.zeros((n, n), dtype=int)
    ordered = np.arange(n + 1)
    inverted[ordered[:-1, np.newaxis], ind_x] = ordered[1:]
    ranks = inverted[ordered[:-1, np.newaxis], ind_mu] - k
    return 1.0 - np.sum(ranks[ranks > 0]) * (2.0 / (n * k * (2.0 * n - 3.0 * k - 1.0)))


@pytest.mark.parametrize("k", [1, 5, 15])
def test_trustworthiness_is_its_definition(k):
    rng = np.random.default_rng(4)
    x = rng.normal(size=(200, 30))
    mu = x[:, :2] + 0.3 * rng.normal(size=(200, 2))
    value = trustworthiness(torch.from_numpy(x), torch.from_numpy(mu), k)
    assert 0.5 < value < 1
    assert value == pytest.approx(plain_trustworthiness(x, mu, k), abs=1e-12)
    assert value == pytest.approx(scikit_learns_trustworthiness(x, mu, k), abs=1e-12)


def test_a_map_that_keeps_all_distances_is_trustworthy_and_a_random_one_is_not():
    x = torch.randn(300, 2, generator=torch.Generator().manual_seed(5))
    assert trustworthiness(x, 3 * x + 1) == 1
    assert trustworthiness(x, x[torch.randperm(300, generator=torch.Generator().manual_seed(6))]) < 0.6
