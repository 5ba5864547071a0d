"""Draws, distribution functions, the terms of the bound and regions of the plane at their extremes."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from vae.analysis import latent

RNG = np.random.default_rng(0)
LEVEL = 1.95  # Kolmogorov & Smirnov: above it / √n by a chance of 0.001


def distance_from_normal(draws: np.ndarray) -> float:
    """√n · sup |F_n − Φ|."""
    ranks = torch.special.ndtr(torch.tensor(np.sort(draws))).numpy()
    n = len(draws)
    return np.sqrt(n) * max(np.abs(ranks - np.arange(n) / n).max(), np.abs(ranks - np.arange(1, n + 1) / n).max())


def test_normal_draws_have_the_moments_of_the_normal_distribution(ask):
    n = 100_000
    draws = np.array(ask("normals", n=n, seed=3))
    # E z, E z², E z³, E z⁴, and the variances of z, …, z⁴: 1, 2, 15, 96
    for power, (moment, variance) in enumerate([(0, 1), (1, 2), (0, 15), (3, 96)], start=1):
        assert (draws**power).mean() == pytest.approx(moment, abs=4 * np.sqrt(variance / n))
    squares = draws[0::2] ** 2, draws[1::2] ** 2  # of one pair each, whose radius they share
    assert abs(np.corrcoef(*squares)[0, 1]) < 4 / np.sqrt(n / 2)


def test_neighbouring_seeds_begin_far_apart(ask):
    """The elbow of a weak generator: its first draws, over consecutive seeds."""
    draws = np.array(ask("firstOfEach", seeds=4000, n=3))
    for of_place in draws.T:
        assert distance_from_normal(of_place) < LEVEL
        assert abs(np.corrcoef(of_place[:-1], of_place[1:])[0, 1]) < 4 / np.sqrt(4000)
    np.testing.assert_allclose(np.corrcoef(draws.T), np.eye(3), atol=4 / np.sqrt(4000))


@pytest.mark.parametrize("n", [0, 1, 2, 7])
def test_fewer_draws_are_the_first_ones_of_more(ask, n):
    assert ask("normals", n=n, seed=5) == ask("normals", n=8, seed=5)[:n]


def test_the_cdf_agrees_with_torch_everywhere(ask):
    x = np.concatenate([np.linspace(-8, 8, 1601), RNG.normal(size=200), [-37, 37, 1e-300, -1e-300]])
    expected = torch.special.erfc(-torch.tensor(x) / np.sqrt(2)).numpy() / 2  # its ndtr is coarser in the lower tail
    found = np.array(ask("cdf", x=x))
    np.testing.assert_allclose(found, expected, rtol=1e-10, atol=1e-300)
    assert (np.diff(found[:1601]) >= 0).all()


def test_the_quantile_agrees_with_torch_as_far_as_the_tails(ask):
    p = np.concatenate([10.0 ** -np.arange(1, 300, 7), np.linspace(1e-3, 1 - 1e-3, 999), 1 - 10.0 ** -np.arange(3, 15)])
    expected = torch.special.ndtri(torch.tensor(p)).numpy()
    np.testing.assert_allclose(ask("quantile", p=p), expected, rtol=1e-9, atol=1e-12)
    assert ask("ends") == ["-Infinity", "Infinity", "NaN", "NaN", "NaN"]


@pytest.mark.parametrize("k", [1, 2, 3, 10, 64, 256])
def test_the_chi_square_distribution_agrees_with_torch_around_its_mean_too(ask, k):
    x = np.concatenate([np.linspace(0, 3 * k, 301), 10.0 ** np.arange(-12, 4)])
    expected = torch.special.gammainc(torch.tensor(k / 2, dtype=torch.float64), torch.tensor(x) / 2).numpy()
    np.testing.assert_allclose(ask("chiSquare", x=x, k=k), expected, rtol=5e-9, atol=1e-280)


def test_the_kl_agrees_with_torch_from_certainty_to_ignorance(ask):
    mus, logvars = RNG.normal(scale=5, size=(40, 3)), RNG.uniform(-30, 8, size=(40, 3))
    posteriors = torch.distributions.Normal(torch.tensor(mus), torch.tensor(logvars / 2).exp())
    prior = torch.distributions.Normal(torch.zeros(3, dtype=torch.float64), torch.ones(3, dtype=torch.float64))
    expected = torch.distributions.kl_divergence(posteriors, prior).sum(1).numpy()
    np.testing.assert_allclose(ask("kls", mus=mus, logvars=logvars), expected, rtol=1e-6)
    assert ask("kls", mus=[[0, 0]], logvars=[[0, 0]]) == [0]


def test_a_reparameterised_draw_is_mu_plus_sigma_eps(ask):
    mu, logvar, eps = RNG.normal(size=(3, 8))
    found = ask("reparameterised", mu=mu, logvar=logvar, eps=eps)
    np.testing.assert_allclose(found, mu + np.exp(logvar / 2) * eps, rtol=1e-5, atol=1e-6)


@settings(max_examples=15)
@given(st.integers(0, 2**31), st.floats(1e-6, 1e6))
def test_ellipses_of_all_sizes_have_the_axes_that_numpy_finds(ask, seed, scale):
    factors = scale * np.random.default_rng(seed).normal(size=(20, 2, 2))
    matrices = factors @ factors.transpose(0, 2, 1)
    found = ask("ellipses", covariances=matrices[:, [0, 0, 1], [0, 1, 1]])
    values, vectors = np.linalg.eigh(matrices)
    for ellipse, (least, most), axes in zip(found, values, vectors, strict=True):
        assert ellipse["major"] == pytest.approx(np.sqrt(most))
        assert ellipse["minor"] ** 2 == pytest.approx(least, abs=1e-12 * most)
        direction = np.array([np.cos(ellipse["angle"]), np.sin(ellipse["angle"])])
        assert abs(direction @ axes[:, 1]) == pytest.approx(1, abs=1e-6)
        assert -np.pi / 2 < ellipse["angle"] <= np.pi / 2


def test_the_nearest_means_are_those_of_the_python_interface(ask, bundled):
    mu = bundled.snapshot(60).latent().mu
    for z in ((0.0, 0.0), (1.5, -2.0), (9.0, 9.0)):
        found = ask("nearest", mu=mu.ravel(), z=z, k=12)
        expected = latent.nearest(mu, z, 12)
        assert [each["index"] for each in found] == [each.image for each in expected]
        distances = [each.distance for each in expected]
        np.testing.assert_allclose([each["distance"] for each in found], distances, rtol=1e-5)


def test_of_equally_near_means_the_first_ones_count(ask):
    found = ask("nearest", mu=[1, 0, 0, 1, -1, 0, 0, -1, 0.5, 0], z=[0, 0], k=3)
    assert found == [{"index": i, "distance": d} for i, d in ((4, 0.5), (0, 1), (1, 1))]


def crossings(polygon: np.ndarray, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Oracle: how many sides a ray from each point downwards meets."""
    total = np.zeros(len(x), int)
    for (u0, v0), (u1, v1) in zip(polygon, np.roll(polygon, -1, axis=0), strict=True):
        under = (u0 <= x) != (u1 <= x)
        with np.errstate(divide="ignore", invalid="ignore"):
            total += under & (v0 + (x - u0) / (u1 - u0) * (v1 - v0) < y)
    return total


@settings(max_examples=15)
@given(st.integers(3, 30), st.integers(0, 2**31))
def test_a_polygon_is_the_same_wherever_it_begins_and_whichever_way_it_goes(ask, corners, seed):
    rng = np.random.default_rng(seed)
    polygon = rng.normal(size=(corners, 2))
    x, y = rng.normal(size=(2, 300)).astype(np.float32)
    closed = np.concatenate([polygon, polygon[:1]])
    same = [polygon, np.roll(polygon, 1, axis=0), polygon[::-1], closed]
    expected = np.flatnonzero(crossings(polygon, x, y) % 2).tolist()
    assert ask("inside", polygons=[each.tolist() for each in same], x=x, y=y) == [expected] * 4


def test_points_on_a_border_that_two_polygons_share_are_in_one_of_them(ask):
    """Corners and points on a lattice, so that many points lie on sides and on corners."""
    x, y = (axis.ravel() for axis in np.meshgrid(np.arange(-3, 4), np.arange(-3, 4)))
    left, right = [[-3, -3], [0, -3], [1, 3], [-3, 3]], [[0, -3], [3, -3], [3, 3], [1, 3]]
    whole = [[-3, -3], [3, -3], [3, 3], [-3, 3]]
    in_left, in_right, in_whole = ask("inside", polygons=[left, right, whole], x=x, y=y)
    assert sorted(in_left + in_right) == in_whole
    assert len(in_whole) == 36


@pytest.mark.parametrize("polygon", [[], [[0, 0]], [[-1, -1], [1, 1]], [[-1, 0], [0, 0], [1, 0]]])
def test_a_polygon_without_an_area_holds_nothing(ask, polygon):
    assert ask("inside", polygons=[polygon], x=[0, 0.5], y=[0, 0.5]) == [[]]
