"""The plane's mathematics in JavaScript, against torch and numpy."""

import numpy as np
import pytest
import torch

from vae import data
from vae.browser import payload
from vae.model import elbo
from vae.runs.run import Run

RNG = np.random.default_rng(0)


def payload_of(run: Run, epoch: int, folder) -> str:
    path = folder / "payload.safetensors"
    path.write_bytes(payload.plane_payload(run.snapshot(epoch), encoder=True))
    return str(path)


# Distributions


def test_normal_draws_are_normal_and_belong_to_their_seed(ask):
    draws = np.array(ask("normals", n=20_001, seed=7))
    assert ask("normals", n=20_001, seed=7) == draws.tolist()
    others = np.array(ask("normals", n=20_001, seed=8))
    assert abs(np.corrcoef(draws, others)[0, 1]) < 0.03
    assert abs(np.corrcoef(draws[:-1], draws[1:])[0, 1]) < 0.03
    for values in (draws, others):
        ranks = torch.special.ndtr(torch.tensor(np.sort(values))).numpy()
        distance = np.abs(ranks - (np.arange(len(values)) + 0.5) / len(values)).max()
        assert distance < 1.95 / np.sqrt(len(values))  # Kolmogorov & Smirnov, a chance of 0.001


def test_the_normal_distribution_agrees_with_torch(ask):
    x = np.array([-12, -6, -2.5, -1, -1e-3, 0, 0.3, 1, 4, 9], float)
    expected = torch.special.erfc(-torch.tensor(x) / np.sqrt(2)) / 2
    np.testing.assert_allclose(ask("cdf", x=x), expected.numpy(), rtol=1e-9)
    p = np.array([1e-12, 1e-6, 0.01, 0.02425, 0.1, 0.5, 0.77, 0.975, 1 - 1e-9])
    np.testing.assert_allclose(
        ask("quantile", p=p), torch.special.ndtri(torch.tensor(p)).numpy(), rtol=1e-9, atol=1e-12
    )


def test_distribution_functions_end_at_0_and_1(ask):
    assert ask("atInfinity") == [0, 1, 1]


@pytest.mark.parametrize("k", [1, 2, 3, 10, 256, 10_000])
def test_the_chi_square_distribution_agrees_with_torch(ask, k):
    x = np.array([0, 1e-4, 0.5, 1, 2, 5, 9.21, 30, 250, 400, 0.97 * k, k, 1.03 * k], float)
    expected = torch.special.gammainc(torch.tensor(k / 2, dtype=torch.float64), torch.tensor(x) / 2)
    np.testing.assert_allclose(ask("chiSquare", x=x, k=k), expected.numpy(), rtol=1e-8, atol=1e-12)


# The bound


def test_the_kl_is_torchs(ask):
    mu, logvar = torch.tensor(RNG.normal(size=6)), torch.tensor(RNG.normal(size=6))
    posterior = torch.distributions.Normal(mu, torch.exp(logvar / 2))
    prior = torch.distributions.Normal(torch.zeros(6), torch.ones(6))
    expected = torch.distributions.kl_divergence(posterior, prior).sum().item()
    assert ask("kl", mu=mu.numpy(), logvar=logvar.numpy()) == pytest.approx(expected)


def test_the_elbo_is_estimator_b_of_the_core(ask, bundled, tmp_path):
    model = bundled.snapshot(60).model()
    x = torch.tensor(data.load("test").images[3].reshape(1, -1) / 255, dtype=torch.float32)
    eps = torch.tensor(RNG.normal(size=(5, 2)), dtype=torch.float32)
    with torch.no_grad():
        mu, logvar = model.encode(x)
        x_logits = model.decode(mu + torch.exp(logvar / 2) * eps[:, None])
        expected = elbo.estimator_b(model.likelihood.log_prob(x, x_logits), mu, logvar)
    terms = ask(
        "elbo",
        payload=payload_of(bundled, 60, tmp_path),
        x=x[0].numpy(),
        mu=mu[0].numpy(),
        logvar=logvar[0].numpy(),
        eps=eps.numpy(),
    )
    assert terms["reconstruction"] == pytest.approx(expected.reconstruction.item(), rel=1e-5)
    assert terms["kl"] == pytest.approx(expected.kl.item(), rel=1e-5)
    assert terms["elbo"] == pytest.approx(expected.elbo.item(), rel=1e-5)


# Shapes in the plane


@pytest.mark.parametrize("covariance", [[2, 0.7, 1], [1, -0.9, 1], [0.3, 0, 4], [1, 0, 1], [0, 0, 0], [1, 1, 1]])
def test_an_ellipse_has_the_axes_of_its_covariance(ask, covariance):
    xx, xy, yy = covariance
    found = ask("ellipse", covariance=covariance)
    major, minor, angle = found["major"], found["minor"], found["angle"]
    values, _ = np.linalg.eigh([[xx, xy], [xy, yy]])
    np.testing.assert_allclose([minor**2, major**2], np.maximum(values, 0), atol=1e-12)
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    rebuilt = turn @ np.diag([major**2, minor**2]) @ turn.T
    np.testing.assert_allclose(rebuilt, [[xx, xy], [xy, yy]], atol=1e-12)


def winding_odd(polygon: np.ndarray, point: np.ndarray) -> bool:
    """Oracle: the angles under which the sides are seen add up to an odd number of turns."""
    seen = np.arctan2(*(polygon - point).T[::-1])
    turns = (np.diff(np.append(seen, seen[0])) + np.pi) % (2 * np.pi) - np.pi
    return round(turns.sum() / (2 * np.pi)) % 2 == 1


@pytest.mark.parametrize("corners", [3, 5, 12])
def test_points_inside_a_polygon_are_found(ask, corners):
    polygon, points = RNG.normal(size=(corners, 2)), RNG.normal(size=(400, 2))
    labels = RNG.integers(3, size=400)
    found = ask("inside", polygon=polygon, x=points[:, 0], y=points[:, 1], labels=labels, hidden=[1])
    expected = [i for i in range(400) if labels[i] != 1 and winding_odd(polygon, points[i])]
    assert found == expected


def test_a_way_is_measured_resampled_and_simplified(ask):
    places = [[0, 0], [3, 0], [3, 4], [3, 4], [0, 4]]
    answer = ask("path", places=places, n=11, tolerance=0.01)
    assert answer["length"] == 10
    np.testing.assert_allclose(
        answer["resampled"], [[0, 0], [1, 0], [2, 0], [3, 0], [3, 1], [3, 2], [3, 3], [3, 4], [2, 4], [1, 4], [0, 4]]
    )
    t = np.linspace(0, 1, 200)
    curve = np.stack([t, np.sin(6 * t)], 1)
    kept = np.array(ask("path", places=curve, n=2, tolerance=0.01)["simplified"])
    assert 5 < len(kept) < 40
    assert np.abs(np.interp(t, kept[:, 0], kept[:, 1]) - curve[:, 1]).max() < 0.07


# Handwriting


def centre_of_mass(image: np.ndarray) -> np.ndarray:
    rows, columns = np.mgrid[:28, :28] + 0.5
    return np.array([(rows * image).sum(), (columns * image).sum()]) / image.sum()


@pytest.mark.parametrize("shape", [(60, 200), (280, 280), (20, 20)])
def test_a_drawing_gets_the_frame_of_mnist(ask, shape):
    ink = np.zeros(shape)
    height, width = shape
    ink[height // 4 : height // 4 + height // 2, width // 10 : width // 10 + width // 5] = 1
    ink[height // 4 : height // 4 + height // 8, width // 10 : width // 2] = 1
    image = np.array(ask("frame", ink=ink.ravel(), shape=shape)).reshape(28, 28)
    assert image.max() == pytest.approx(1)
    np.testing.assert_allclose(centre_of_mass(image), [14.5, 14.5], atol=0.3)
    inked = np.argwhere(image > 0.3)
    size = inked.max(0) - inked.min(0) + 1
    drawn = np.argwhere(ink).max(0) - np.argwhere(ink).min(0) + 1
    assert size.max() in (19, 20, 21)
    assert size.min() / size.max() == pytest.approx(drawn.min() / drawn.max(), abs=0.1)


def test_a_digit_of_mnist_stays_what_it_is(ask):
    for image in data.load("test").images[:5]:
        framed = np.array(ask("frame", ink=image.ravel() / 255, shape=[28, 28])).reshape(28, 28)
        assert np.corrcoef(framed.ravel(), image.ravel())[0, 1] > 0.9


def test_nothing_drawn_is_nothing_and_a_dot_is_a_blot(ask):
    assert ask("frame", ink=np.zeros(400), shape=[20, 20]) is None
    ink = np.zeros((20, 20))
    ink[0, 19] = 1
    image = np.array(ask("frame", ink=ink.ravel(), shape=[20, 20])).reshape(28, 28)
    assert image.sum() == pytest.approx(400, rel=0.05)
