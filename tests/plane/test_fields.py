"""The decoder's metric and the fields over the plane in JavaScript, against torch and numpy."""

import numpy as np
import pytest
import torch

from vae.analysis.latent import Latent
from vae.browser import payload
from vae.config import make_settings
from vae.data import N_TEST
from vae.model.vae import VAE
from vae.runs import catalogue
from vae.runs.run import Run

RNG = np.random.default_rng(0)


def payload_of(run: Run, epoch: int, folder) -> str:
    path = folder / "payload.safetensors"
    path.write_bytes(payload.plane_payload(run.snapshot(epoch), n_points=1))
    return str(path)


def new_run(**values) -> tuple[Run, VAE]:
    """A run that holds an untrained model at epoch 0."""
    torch.manual_seed(0)
    chosen = make_settings(values)
    run, model = catalogue.create_run(chosen), VAE(chosen)
    mu = np.zeros((N_TEST, chosen.latent_dim), np.float32)
    weights = {name: tensor.numpy() for name, tensor in model.state_dict().items()}
    run.write_snapshot(0, weights, Latent(mu, mu, np.zeros(N_TEST, np.uint8)))
    return run, model


# The decoder's metric


@pytest.mark.parametrize(
    "values",
    [
        {"hidden": "30-20"},
        {"hidden": "7-5", "activation": "tanh", "latent_dim": 3},
        {"hidden": "", "latent_dim": 4},
        {"hidden": "9", "decoder_hidden": "20-7", "fourier": "2"},
    ],
    ids=["relu", "tanh, three dimensions", "linear, four dimensions", "Fourier features"],
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


def test_an_activation_without_a_derivative_is_refused(ask):
    layer = {"nIn": 2, "nOut": 1, "activation": "identity", "weight": [1, 2], "bias": [3]}
    assert ask("tangentsOf", layers=[layer], mean="sigmoid") == "function"
    with pytest.raises(ValueError, match="unknown activation gelu"):
        ask(
            "tangentsOf",
            layers=[{**layer, "nOut": 2, "weight": [1, 2, 3, 4], "bias": [0, 0], "activation": "gelu"}, layer],
            mean="sigmoid",
        )


def test_magnification_lies_on_its_grid(ask, bundled, tmp_path):
    grid = {"x0": -1, "y0": -0.5, "dx": 0.75, "dy": 0.5, "columns": 3, "rows": 4}
    found = np.array(ask("magnified", payload=payload_of(bundled, 60, tmp_path), grid=grid)).reshape(4, 3)
    decoder = bundled.snapshot(60).decoder()
    for row, column in [(0, 0), (1, 2), (3, 1)]:
        z = torch.tensor([-1 + 0.75 * column, -0.5 + 0.5 * row])
        jacobian = torch.func.jacfwd(lambda z: torch.sigmoid(decoder(z)))(z).double()
        assert found[row, column] == pytest.approx(torch.sqrt(torch.linalg.det(jacobian.T @ jacobian)).item(), rel=2e-3)


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
FINE = (np.arange(16) + 0.5) / 16 - 0.5  # of a cell


def cell_means(points: dict) -> np.ndarray:
    x = GRID["x0"] + GRID["dx"] * (np.arange(40)[:, None] + FINE).ravel()
    y = GRID["y0"] + GRID["dy"] * (np.arange(30)[:, None] + FINE).ravel()
    density = mixture(points, np.stack(np.meshgrid(x, y), -1))
    return density.reshape(30, 16, 40, 16).mean((1, 3))


@pytest.mark.parametrize(("correlation", "tolerance"), [(0.0, 1e-3), (0.8, 0.02), (-0.9, 0.02)])
@pytest.mark.parametrize("sigma", [0.05, 0.3])  # below a cell's width, and above
def test_the_aggregated_posterior_is_the_mixture_averaged_over_each_cell(ask, sigma, correlation, tolerance):
    n = 20
    xx, yy = sigma**2 * RNG.uniform(0.5, 2, size=(2, n))
    xy = correlation * np.sqrt(xx * yy)
    points = {"x": RNG.normal(size=n), "y": RNG.normal(size=n), "xx": xx, "xy": xy, "yy": yy}
    found = np.array(ask("posterior", grid=GRID, points=points)).reshape(30, 40)
    misplaced = np.abs(found - cell_means(points)).sum() / 2 * GRID["dx"] * GRID["dy"]
    assert misplaced < tolerance  # of a probability of 1


@pytest.mark.parametrize("correlation", [0.0, -0.9])
@pytest.mark.parametrize("sigma", [1e-3, 0.05, 0.5])
def test_no_probability_is_lost_however_narrow_a_posterior(ask, sigma, correlation):
    n = 50
    variance = np.full(n, sigma**2)
    points = {"x": RNG.uniform(-1, 1, n), "y": RNG.uniform(-0.8, 0.8, n), "xx": variance, "yy": variance}
    points["xy"] = correlation * variance
    density = np.array(ask("posterior", grid=GRID, points=points))
    assert density.sum() * GRID["dx"] * GRID["dy"] == pytest.approx(1, abs=2e-4)


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


@pytest.mark.parametrize("latent_dim", [1, 2, 3, 10])
def test_the_priors_circles_hold_their_mass(ask, latent_dim):
    masses = [0, 0.5, 0.9, 0.99]
    radii = np.array([ask("radius", mass=mass, J=latent_dim) for mass in masses])
    half_dim = torch.tensor(latent_dim / 2, dtype=torch.float64)
    np.testing.assert_allclose(torch.special.gammainc(half_dim, torch.tensor(radii**2 / 2)), masses, atol=1e-9)


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
