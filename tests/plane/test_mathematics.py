"""The plane's mathematics in JavaScript, against torch and numpy."""

import numpy as np
import pytest
import torch
from torch.nn.functional import binary_cross_entropy_with_logits

from vae import data, export, objective, runs
from vae.config import make_settings
from vae.data import N_TEST
from vae.model import VAE
from vae.run import Latent, Run

RNG = np.random.default_rng(0)


def payload_of(run: Run, epoch: int, folder) -> str:
    path = folder / "payload.safetensors"
    path.write_bytes(export.plane_payload(run, epoch, encoder=True))
    return str(path)


def new_run(**values) -> tuple[Run, VAE]:
    """A run that holds an untrained model at epoch 0."""
    torch.manual_seed(0)
    chosen = make_settings(values)
    run, model = runs.create_run(chosen), VAE(chosen)
    mu = np.zeros((N_TEST, chosen.latent_dim), np.float32)
    weights = {name: tensor.numpy() for name, tensor in model.state_dict().items()}
    run.write_snapshot(0, weights, Latent(mu, mu, np.zeros(N_TEST, np.uint8)))
    return run, model


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


@pytest.mark.parametrize("k", [1, 2, 3, 10, 256])
def test_the_chi_square_distribution_agrees_with_torch(ask, k):
    x = np.array([0, 1e-4, 0.5, 1, 2, 5, 9.21, 30, 250, 400], float)
    expected = torch.special.gammainc(torch.tensor(k / 2, dtype=torch.float64), torch.tensor(x) / 2)
    np.testing.assert_allclose(ask("chiSquare", x=x, k=k), expected.numpy(), rtol=1e-8, atol=1e-12)


# The bound


@pytest.mark.parametrize("scale", [1, 30, 1e4])
def test_the_log_likelihood_is_torchs_and_stable(ask, scale):
    x, logits = RNG.uniform(size=784), scale * RNG.normal(size=784)
    expected = -binary_cross_entropy_with_logits(torch.tensor(logits), torch.tensor(x), reduction="sum").item()
    assert ask("logProb", x=x, logits=logits) == pytest.approx(expected, rel=1e-9)


def test_the_kl_is_torchs(ask):
    mu, logvar = torch.tensor(RNG.normal(size=6)), torch.tensor(RNG.normal(size=6))
    posterior = torch.distributions.Normal(mu, torch.exp(logvar / 2))
    prior = torch.distributions.Normal(torch.zeros(6), torch.ones(6))
    expected = torch.distributions.kl_divergence(posterior, prior).sum().item()
    assert ask("kl", mu=mu.numpy(), logvar=logvar.numpy()) == pytest.approx(expected)


def test_the_elbo_is_estimator_b_of_the_core(ask, bundled, tmp_path):
    model = bundled.model(60)
    x = torch.tensor(data.load("test").images[3].reshape(1, -1) / 255, dtype=torch.float32)
    eps = torch.tensor(RNG.normal(size=(5, 2)), dtype=torch.float32)
    with torch.no_grad():
        mu, logvar = model.encode(x)
        x_logits = model.decode(mu + torch.exp(logvar / 2) * eps[:, None])
        expected = objective.estimator_b(x, x_logits, mu, logvar)
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


# The decoder's metric


@pytest.mark.parametrize(
    "values",
    [{"hidden": "30-20"}, {"hidden": "7-5", "activation": "tanh", "latent_dim": 3}, {"hidden": "", "latent_dim": 4}],
    ids=["relu", "tanh, three dimensions", "linear, four dimensions"],
)
def test_derivatives_of_the_picture_are_those_of_torch(ask, values, tmp_path):
    run, model = new_run(**values)
    latent_dim = run.settings.latent_dim
    axes = np.linalg.qr(RNG.normal(size=(latent_dim, 2)))[0].T
    z = torch.tensor(RNG.normal(size=(5, latent_dim)), dtype=torch.float32)
    found = ask("tangents", payload=payload_of(run, 0, tmp_path), z=z.numpy(), axes=axes)
    for point, answer in zip(z, found, strict=True):
        jacobian = torch.func.jacfwd(lambda z: torch.sigmoid(model.decode(z)))(point).detach().double().numpy() @ axes.T
        np.testing.assert_allclose(np.array(answer["tangents"]).T, jacobian, atol=2e-6)
        expected = jacobian.T @ jacobian
        np.testing.assert_allclose(
            answer["metric"], [expected[0, 0], expected[0, 1], expected[1, 1]], rtol=1e-4, atol=1e-9
        )
        assert answer["magnification"] == pytest.approx(np.sqrt(np.linalg.det(expected)), rel=1e-3)


def test_magnification_lies_on_its_grid(ask, bundled, tmp_path):
    grid = {"x0": -1, "y0": -0.5, "dx": 0.75, "dy": 0.5, "columns": 3, "rows": 4}
    found = np.array(ask("magnified", payload=payload_of(bundled, 60, tmp_path), grid=grid)).reshape(4, 3)
    decoder = bundled.decoder(60)
    for row, column in [(0, 0), (1, 2), (3, 1)]:
        z = torch.tensor([-1 + 0.75 * column, -0.5 + 0.5 * row])
        jacobian = torch.func.jacfwd(lambda z: torch.sigmoid(decoder(z)))(z).double()
        assert found[row, column] == pytest.approx(torch.sqrt(torch.linalg.det(jacobian.T @ jacobian)).item(), rel=2e-3)


@pytest.mark.parametrize(("start", "end"), [((-2, 0), (2, -0.5)), ((-1, -1), (1, 1)), ((0, 2), (0, -2))])
def test_a_geodesic_is_as_short_as_an_optimiser_can_make_it(ask, bundled, tmp_path, start, end):
    answer = ask("geodesic", payload=payload_of(bundled, 60, tmp_path), **{"from": start, "to": end})
    places = torch.tensor(answer["places"])
    np.testing.assert_allclose(places[[0, -1]], [start, end], atol=1e-6)
    straight, found = answer["lengths"]
    assert found < straight
    decoder = bundled.decoder(60)

    def pieces(inner: torch.Tensor) -> torch.Tensor:
        pictures = torch.sigmoid(decoder(torch.cat([places[:1], inner, places[-1:]])))
        return (pictures[1:] - pictures[:-1]).norm(dim=1)

    inner = places[1:-1].clone().requires_grad_()
    optimiser = torch.optim.LBFGS([inner], max_iter=200, line_search_fn="strong_wolfe")

    def energy() -> torch.Tensor:
        optimiser.zero_grad()
        loss = pieces(inner).square().sum()
        loss.backward()
        return loss

    before = pieces(places[1:-1]).square().sum().item()
    optimiser.step(energy)
    assert before <= 1.02 * pieces(inner).square().sum().item()
    assert found == pytest.approx(pieces(places[1:-1]).sum().item(), rel=1e-3)


# Fields


def mixture(points: dict, places: np.ndarray) -> np.ndarray:
    """Oracle: the density of the mixture at places (..., 2)."""
    total = torch.zeros(places.shape[:-1], dtype=torch.float64)
    for x, y, xx, xy, yy in zip(*(points[name] for name in ("x", "y", "xx", "xy", "yy")), strict=True):
        covariance = torch.tensor([[xx, xy], [xy, yy]], dtype=torch.float64)
        normal = torch.distributions.MultivariateNormal(torch.tensor([x, y], dtype=torch.float64), covariance)
        total += normal.log_prob(torch.tensor(places)).exp()
    return (total / len(points["x"])).numpy()


GRID = {"x0": -3.9, "y0": -2.9, "dx": 0.2, "dy": 0.2, "columns": 40, "rows": 30}
FINE = (np.arange(8) + 0.5) / 8 - 0.5  # of a cell


def cell_means(points: dict) -> np.ndarray:
    x = GRID["x0"] + GRID["dx"] * (np.arange(40)[:, None] + FINE).ravel()
    y = GRID["y0"] + GRID["dy"] * (np.arange(30)[:, None] + FINE).ravel()
    density = mixture(points, np.stack(np.meshgrid(x, y), -1))
    return density.reshape(30, 8, 40, 8).mean((1, 3))


@pytest.mark.parametrize("correlation", [0.0, 0.8])
def test_the_aggregated_posterior_is_the_mixture_averaged_over_each_cell(ask, correlation):
    n = 20
    xx, yy = RNG.uniform(0.02, 0.3, n), RNG.uniform(0.02, 0.3, n)
    xy = correlation * np.sqrt(xx * yy)
    points = {"x": RNG.normal(size=n), "y": RNG.normal(size=n), "xx": xx, "xy": xy, "yy": yy}
    found = np.array(ask("posterior", grid=GRID, points=points)).reshape(30, 40)
    expected = cell_means(points)
    tolerance = 0.05 if correlation else 1e-3  # a correlated one is taken as shifting from row to row, not within
    assert np.abs(found - expected).max() < tolerance * expected.max()


@pytest.mark.parametrize("correlation", [0.0, -0.9])
@pytest.mark.parametrize("sigma", [1e-3, 0.05, 0.5])
def test_no_probability_is_lost_however_narrow_a_posterior(ask, sigma, correlation):
    n = 50
    variance = np.full(n, sigma**2)
    points = {"x": RNG.uniform(-1, 1, n), "y": RNG.uniform(-0.8, 0.8, n), "xx": variance, "yy": variance}
    points["xy"] = correlation * variance
    density = np.array(ask("posterior", grid=GRID, points=points))
    assert density.sum() * GRID["dx"] * GRID["dy"] == pytest.approx(1, abs=2e-3)


def test_the_class_map_tells_who_lives_where_and_how_certain_it_is(ask):
    variance = [0.04] * 4
    points = {
        "x": [-1, 1, 1, 2.5],
        "y": [0, 0, 0, 0],
        "xx": variance,
        "xy": [0] * 4,
        "yy": variance,
        "labels": [3, 5, 7, 9],
    }
    answer = ask("classes", grid=GRID, points=points, hidden=[9])
    label, confidence = (np.array(answer[name]).reshape(30, 40) for name in ("label", "confidence"))
    row = 14  # y = −0.1
    assert label[row, 14] == 3  # x = −1.1
    assert confidence[row, 14] == pytest.approx(1, abs=1e-6)
    assert label[row, 24] in (5, 7)  # x = 0.9
    assert confidence[row, 24] == pytest.approx(0.5, abs=1e-6)
    assert not (label == 9).any()
    assert label[0, 0] == 255
    expected = cell_means({name: values[:3] for name, values in points.items()}) * 3 / 4
    np.testing.assert_allclose(np.array(answer["density"]).reshape(30, 40), expected, atol=0.02)


def test_trust_is_the_chance_of_a_training_draw_nearby(ask):
    density = [0, 1e-4, 0.01, 1]
    expected = -np.expm1(-np.array(density) * 1000 * np.pi * 0.1**2)
    np.testing.assert_allclose(ask("trust", density=density, nTrain=1000, radius=0.1), expected, rtol=1e-6)


def test_the_priors_circles_hold_their_mass(ask):
    for mass in (0.5, 0.9, 0.99):
        radius = ask("radius", mass=mass)
        chi = torch.distributions.Chi2(torch.tensor(2.0, dtype=torch.float64))
        assert chi.cdf(torch.tensor(radius**2, dtype=torch.float64)).item() == pytest.approx(mass)


def test_the_manifolds_places_stand_for_equal_shares_of_the_prior(ask):
    places = np.array(ask("manifold", n=4)).reshape(4, 4, 2)
    z = torch.special.ndtri(torch.tensor([0.125, 0.375, 0.625, 0.875], dtype=torch.float64)).numpy()
    np.testing.assert_allclose(places[0, :, 0], z, rtol=1e-9)
    np.testing.assert_allclose(places[:, 0, 1], z[::-1], rtol=1e-9)
    grid = np.array(ask("grid", ranges=[[0, 4], [0, 2]], columns=4, rows=2))
    assert grid.tolist() == [
        [0.5, 1.5],
        [1.5, 1.5],
        [2.5, 1.5],
        [3.5, 1.5],
        [0.5, 0.5],
        [1.5, 0.5],
        [2.5, 0.5],
        [3.5, 0.5],
    ]


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
