"""Fields over the plane where they are hard: narrow, flat, correlated or far posteriors, and decoders that stand still."""

from pathlib import Path

import numpy as np
import pytest
import torch

from vae import export, runs
from vae.config import make_settings
from vae.data import N_TEST
from vae.model import VAE
from vae.run import Latent, Run

RNG = np.random.default_rng(0)
GRID = {"x0": -1.9, "y0": -1.45, "dx": 0.2, "dy": 0.1, "columns": 20, "rows": 30}
COLUMNS = GRID["x0"] + GRID["dx"] * np.arange(GRID["columns"])
ROWS = GRID["y0"] + GRID["dy"] * np.arange(GRID["rows"])
CELL = GRID["dx"] * GRID["dy"]


def payload_of(run: Run, epoch: int, folder: Path) -> str:
    path = folder / "payload.safetensors"
    path.write_bytes(export.plane_payload(run, epoch, n_points=1))
    return str(path)


def new_run(change=lambda state: None, **values) -> tuple[Run, VAE]:
    """A run of an untrained model, after `change` of its weights."""
    torch.manual_seed(0)
    chosen = make_settings(values)
    run, model = runs.create_run(chosen), VAE(chosen)
    change(model.state_dict())
    mu = np.zeros((N_TEST, chosen.latent_dim), np.float32)
    weights = {name: tensor.numpy() for name, tensor in model.state_dict().items()}
    run.write_snapshot(0, weights, Latent(mu, mu, np.zeros(N_TEST, np.uint8)))
    return run, model


def gaussians(x, y, xx=0.0, xy=0.0, yy=0.0) -> dict:
    return {
        name: np.broadcast_to(v, np.shape(x))
        for name, v in zip(["x", "y", "xx", "xy", "yy"], (x, y, xx, xy, yy), strict=True)
    }


def mass_of(ask, points: dict) -> np.ndarray:
    return np.array(ask("posterior", grid=GRID, points=points)).reshape(GRID["rows"], -1) * CELL


def cell_masses(points: dict, fine: int) -> np.ndarray:
    """Oracle: torch's mixture at `fine` × `fine` places of each cell."""
    within = (np.arange(fine) + 0.5) / fine - 0.5
    x, y = ((axis[:, None] + step * within).ravel() for axis, step in ((COLUMNS, GRID["dx"]), (ROWS, GRID["dy"])))
    places = torch.tensor(np.stack(np.meshgrid(x, y), -1))
    means = torch.tensor(np.stack([points["x"], points["y"]], -1))
    covariances = torch.tensor(np.stack([points["xx"], points["xy"], points["xy"], points["yy"]], -1)).reshape(-1, 2, 2)
    normals = torch.distributions.MultivariateNormal(means, covariances)
    density = normals.log_prob(places[..., None, :]).exp().mean(-1).numpy()
    return density.reshape(GRID["rows"], fine, GRID["columns"], fine).mean((1, 3)) * CELL


@pytest.mark.parametrize(("correlation", "tolerance"), [(0, 1e-3), (0.5, 0.02), (-0.9, 0.05)])
@pytest.mark.parametrize("sigma", [0.08, 0.3])  # below a cell's width, and above
def test_each_cell_has_the_mass_that_torch_finds(ask, correlation, tolerance, sigma):
    n = 8
    xx, yy = sigma**2 * RNG.uniform(0.5, 2, size=(2, n))
    points = gaussians(*RNG.uniform(-1, 1, size=(2, n)), xx, correlation * np.sqrt(xx * yy), yy)
    expected = cell_masses(points, fine=12)
    assert np.abs(mass_of(ask, points) - expected).sum() < tolerance + 1e-3  # total variation, twice


@pytest.mark.parametrize("sigma", [0, 1e-8, 1e-4])
def test_a_posterior_far_narrower_than_a_cell_lies_in_its_cell(ask, sigma):
    x, y = RNG.uniform(-1.9, 1.9, 200), RNG.uniform(-1.4, 1.4, 200)
    mass = mass_of(ask, gaussians(x, y, xx=sigma**2, yy=sigma**2))
    edges = [np.append(axis, axis[-1] + step) - step / 2 for axis, step in ((ROWS, GRID["dy"]), (COLUMNS, GRID["dx"]))]
    counts, *_ = np.histogram2d(y, x, bins=edges)
    np.testing.assert_allclose(mass, counts / 200, atol=1e-3 if sigma == 1e-4 else 1e-6)
    assert mass.sum() == pytest.approx(1, abs=1e-5)


def test_a_posterior_on_a_border_of_cells_is_halved(ask):
    mass = mass_of(ask, gaussians([COLUMNS[4] + GRID["dx"] / 2], [ROWS[7]], xx=1e-8, yy=1e-8))
    assert mass[7, 4] == pytest.approx(0.5, abs=1e-3)
    assert mass[7, 5] == pytest.approx(0.5, abs=1e-3)


def test_of_one_latent_dimension_the_line_carries_everything(ask):
    mass = mass_of(ask, gaussians([0.3, -0.4], [0.05, 0.05], xx=0.04))
    line = np.flatnonzero(mass.sum(1))
    assert line.tolist() == [int(np.argmin(np.abs(ROWS - 0.05)))]
    normals = torch.distributions.Normal(torch.tensor([0.3, -0.4], dtype=torch.float64), 0.2)
    edges = torch.tensor(np.append(COLUMNS, COLUMNS[-1] + GRID["dx"]) - GRID["dx"] / 2)
    expected = np.diff(normals.cdf(edges[:, None]).mean(1))
    np.testing.assert_allclose(mass[line[0]], expected, atol=1e-4)


def test_a_posterior_out_of_sight_adds_nothing_and_one_at_the_rim_a_part(ask):
    assert mass_of(ask, gaussians([50.0, -3.0], [0.0, -9.0], xx=0.01, xy=0.005, yy=0.01)).sum() == 0
    rim = gaussians([-2.0], [0.0], xx=0.01, yy=0.01)  # the grid's left edge
    assert mass_of(ask, rim).sum() == pytest.approx(0.5, abs=1e-3)


def test_a_perfectly_correlated_posterior_is_a_slanting_line(ask):
    mass = mass_of(ask, gaussians([0.0], [0.0], xx=0.09, xy=0.09, yy=0.09))
    assert mass.sum() == pytest.approx(1, abs=2e-3)
    off = np.abs(COLUMNS[None] - ROWS[:, None])
    assert mass[off > 0.3].sum() < 1e-3


def test_a_class_map_is_made_of_the_densities_of_its_classes(ask):
    n = 60
    points = gaussians(*RNG.uniform(-1.2, 1.2, size=(2, n)), xx=0.02, xy=0.005, yy=0.015)
    labels = RNG.choice([0, 3, 9], n)
    answer = ask("classes", grid=GRID, points={**points, "labels": labels}, hidden=[3])
    densities = {}
    for label in (0, 9):
        of_class = {name: values[labels == label] for name, values in points.items()}
        densities[label] = mass_of(ask, of_class).ravel() / CELL * (labels == label).mean()
    both = densities[0] + densities[9]
    np.testing.assert_allclose(answer["density"], both, rtol=1e-4, atol=1e-6)
    somebody = both > 1e-4
    confidence = np.maximum(densities[0], densities[9])[somebody] / both[somebody]
    np.testing.assert_allclose(np.array(answer["confidence"])[somebody], confidence, rtol=1e-4)
    sure = somebody & (np.abs(densities[0] - densities[9]) > 1e-4)
    expected = np.where(densities[0] > densities[9], 0, 9)
    assert (np.array(answer["label"]) == expected)[sure].all()
    nobody = np.array(answer["density"]) == 0
    assert (np.array(answer["label"])[nobody] == 255).all()


def test_trust_is_how_often_an_epoch_comes_near(ask):
    """Oracle: epochs of draws from a standard normal, and who of them is near each place."""
    n_train, radius, epochs = 200, 0.15, 3000
    places = np.array([[0.0, 0], [1, 0], [1.5, 1.5], [3, -1]])
    draws = np.random.default_rng(1).normal(size=(epochs, n_train, 2))
    near = [(((draws - place) ** 2).sum(-1) < radius**2).any(1).mean() for place in places]
    density = np.exp(-(places**2).sum(1) / 2) / (2 * np.pi)
    found = ask("trust", density=density, nTrain=n_train, radius=radius)
    np.testing.assert_allclose(found, near, atol=4 * 0.5 / np.sqrt(epochs))
    assert ask("trust", density=[0, 1e9], nTrain=n_train, radius=radius) == [0, 1]


def test_derivatives_of_the_bundled_decoder_are_those_of_torch(ask, bundled, tmp_path):
    decoder, places = bundled.decoder(60), RNG.normal(scale=1.5, size=(20, 2)).astype(np.float32)
    found = ask("tangents", payload=payload_of(bundled, 60, tmp_path), places=places)
    image = lambda z: torch.sigmoid(decoder(z))  # noqa: E731
    jacobians = torch.stack([torch.func.jacfwd(image)(z) for z in torch.tensor(places)]).detach().double().numpy()
    np.testing.assert_allclose([np.transpose(each["tangents"]) for each in found], jacobians, atol=2e-5)
    areas = np.sqrt(np.linalg.det(jacobians.transpose(0, 2, 1) @ jacobians))
    np.testing.assert_allclose([each["area"] for each in found], areas, rtol=1e-3)


def test_of_one_latent_dimension_no_area_is_magnified(ask, tmp_path):
    run, _ = new_run(hidden="5", latent_dim=1)
    (found,) = ask("tangents", payload=payload_of(run, 0, tmp_path), places=[[0.3, 1]])
    assert any(found["tangents"][0])
    assert not any(found["tangents"][1])
    assert found["area"] == 0


@pytest.mark.parametrize(("name", "value"), [("decoder.hidden.0.bias", -100), ("decoder.x_logits.bias", 500)])
def test_where_the_picture_stands_still_all_derivatives_are_0(ask, name, value, tmp_path):
    """Behind a ReLU that is off, and where the sigmoid is 1."""
    run, _ = new_run(lambda state: state[name].fill_(value), hidden="5")
    (found,) = ask("tangents", payload=payload_of(run, 0, tmp_path), places=[[0.3, 1]])
    assert not np.any(found["tangents"])
    assert found["area"] == 0


def test_magnification_rests_after_each_row(ask):
    answer = ask("rests", grid={"x0": 1, "y0": 5, "dx": 2, "dy": -1, "columns": 3, "rows": 2})
    assert answer["rested"] == [[0, 3], [1, 6]]
    assert answer["seen"] == [[1, 5], [3, 5], [5, 5], [1, 4], [3, 4], [5, 4]]
    assert answer["values"] == [1, 3, 5] * 2


@pytest.mark.parametrize("n", [1, 7, 20])
def test_the_manifold_is_symmetric_and_agrees_with_torch(ask, n):
    places = np.array(ask("manifold", n=n)).reshape(n, n, 2)
    z = torch.special.ndtri((torch.arange(n, dtype=torch.float64) + 0.5) / n).numpy()
    np.testing.assert_allclose(places, np.stack(np.meshgrid(z, z[::-1]), -1), atol=1e-9)
    np.testing.assert_allclose(places[:, ::-1, 0], -places[..., 0], atol=1e-12)


def test_grid_places_are_the_centres_of_cells_from_the_top_left(ask):
    places = np.array(ask("grid", ranges=[[-3, 5], [-1, 2]], columns=5, rows=3)).reshape(3, 5, 2)
    u, v = -3 + 1.6 * (np.arange(5) + 0.5), 2 - (np.arange(3) + 0.5)
    np.testing.assert_allclose(places, np.stack(np.meshgrid(u, v), -1))
