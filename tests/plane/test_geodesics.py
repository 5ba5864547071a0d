"""Shortest ways under the decoder's metric, against what torch makes of the same energy."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch

from vae.analysis.latent import Latent
from vae.browser.payload import plane_payload
from vae.config import make_settings
from vae.data import N_TEST
from vae.model.vae import VAE
from vae.runs import catalogue
from vae.runs.run import Run

NODES, CHORDS, FINE = 25, 3, 8  # of a way; of a piece between two nodes, for its energy and for its length
PAIRS = [[[-2, 0], [2, -0.5]], [[1, -2], [1.5, 2]], [[0, 2], [0, -2]], [[-0.5, -0.3], [0.4, 0.8]], [[-2.5, 1], [2, 2]]]
Pictures = Callable[[torch.Tensor], torch.Tensor]


@pytest.fixture
def payload(bundled: Run, tmp_path: Path) -> str:
    return payload_of(bundled, 60, tmp_path)


@pytest.fixture
def pictures(bundled: Run) -> Pictures:
    decoder = bundled.snapshot(60).decoder()
    return lambda places: torch.sigmoid(decoder(places))  # J = 2: the place is z


def payload_of(run: Run, epoch: int, folder: Path) -> str:
    path = folder / "payload.safetensors"
    path.write_bytes(plane_payload(run.snapshot(epoch), n_points=1))
    return str(path)


def new_run(scale: float, **values) -> Run:
    """A run whose model has random weights, `scale` times as large as torch begins with."""
    torch.manual_seed(0)
    chosen = make_settings(values)
    run, mu = catalogue.create_run(chosen), np.zeros((N_TEST, chosen.latent_dim), np.float32)
    weights = {name: scale * tensor.numpy() for name, tensor in VAE(chosen).state_dict().items()}
    run.write_snapshot(0, weights, Latent(mu, mu, np.zeros(N_TEST, np.uint8)))
    return run


def line(start: list[float], end: list[float]) -> torch.Tensor:
    t = torch.linspace(0, 1, NODES)[:, None]
    return torch.tensor(start) * (1 - t) + torch.tensor(end) * t


def cut(nodes: torch.Tensor, pieces: int) -> torch.Tensor:
    """Each of the way's pieces in so many equal ones."""
    t = (torch.arange(pieces, dtype=nodes.dtype) / pieces)[:, None]
    inner = nodes[:-1, None] * (1 - t) + nodes[1:, None] * t
    return torch.cat([inner.reshape(-1, 2), nodes[-1:]])


def differences(pictures: Pictures, nodes: torch.Tensor, pieces: int = CHORDS) -> torch.Tensor:
    return pictures(cut(nodes, pieces)).diff(dim=0)


def length(pictures: Pictures, nodes: torch.Tensor) -> float:
    with torch.no_grad():
        return differences(pictures, nodes, FINE).norm(dim=1).sum().item()


def lowered(pictures: Pictures, start: torch.Tensor) -> torch.Tensor:
    """Oracle: what L-BFGS makes of a way, its ends held."""
    inner = start[1:-1].clone().requires_grad_()
    optimiser = torch.optim.LBFGS([inner], max_iter=300, history_size=50, line_search_fn="strong_wolfe")

    def closure() -> torch.Tensor:
        optimiser.zero_grad()
        loss = differences(pictures, torch.cat([start[:1], inner, start[-1:]])).square().sum()
        loss.backward()
        return loss

    optimiser.step(closure)
    return torch.cat([start[:1], inner.detach(), start[-1:]])


def test_a_geodesic_is_as_short_as_what_an_optimiser_finds_from_there_and_from_the_straight_line(
    ask, payload, pictures
):
    for (start, end), found in zip(PAIRS, ask("geodesics", payload=payload, pairs=PAIRS), strict=True):
        way = torch.tensor(found["way"])
        assert way.shape == (NODES, 2)
        np.testing.assert_allclose(way[[0, -1]], [start, end], atol=1e-6)
        assert found["own"] == pytest.approx(length(pictures, way), rel=1e-4)
        best = min(length(pictures, lowered(pictures, each)) for each in (line(start, end), way))
        assert found["own"] <= 1.02 * best


def test_a_geodesic_is_never_longer_than_the_straight_line(ask, payload):
    pairs = np.random.default_rng(0).uniform(-4, 4, size=(6, 2, 2)).tolist()
    pairs += [[[1, 1], [1, 1]], [[0, 0], [1e-5, 0]], [[-20, -20], [20, 20]]]
    for found in ask("geodesics", payload=payload, pairs=pairs):
        assert np.isfinite(found["way"]).all()
        assert found["own"] <= found["straight"] * (1 + 1e-5)


def test_what_is_told_meanwhile_only_gets_better(ask, payload):
    (found,) = ask("geodesics", payload=payload, pairs=PAIRS[:1])
    yielded = found["yielded"]
    done = [each["done"] for each in yielded]
    assert done == sorted(done)
    assert (done[0], done[-1]) == (0, 1)
    assert len(set(done)) > 20
    lengths = [each["length"] for each in yielded if each["length"] is not None]
    assert lengths[:-1] == sorted(lengths[:-1], reverse=True)  # the last one was chosen by a finer measure
    assert len(set(lengths)) > 5
    assert all(each["energy"] >= each["length"] ** 2 for each in yielded if each["length"] is not None)
    assert all(np.shape(each["places"]) == (NODES, 2) for each in yielded)
    assert yielded[-1]["places"] == found["way"]


def test_a_step_is_gauss_newtons(ask, payload, pictures, bundled):
    """Oracle: the dense normal equations, of a Jacobian by torch."""
    rng = np.random.default_rng(3)
    nodes = line([-1, 0.5], [1, -0.3])[::4].double() + torch.tensor(rng.normal(scale=0.1, size=(7, 2)))
    found = ask("look", payload=payload, nodes=nodes.numpy(), damping=0.05)
    decoder = bundled.snapshot(60).decoder().double()

    def residuals(inner: torch.Tensor) -> torch.Tensor:
        way = torch.cat([nodes[:1], inner.reshape(-1, 2), nodes[-1:]])
        return differences(lambda places: torch.sigmoid(decoder(places)), way).reshape(-1)

    inner = nodes[1:-1].reshape(-1)
    jacobian, r = torch.func.jacfwd(residuals)(inner).detach(), residuals(inner).detach()
    normal = jacobian.T @ jacobian
    damped = normal + 0.05 * normal.diagonal().mean() * torch.eye(len(normal))
    step = torch.linalg.solve(damped, -jacobian.T @ r).reshape(-1, 2)
    np.testing.assert_allclose(found["step"][1:-1], step, rtol=1e-3, atol=1e-5)
    assert found["step"][0] == found["step"][-1] == [0, 0]
    chords = r.reshape(-1, 784)
    assert found["length"] == pytest.approx(chords.norm(dim=1).sum().item(), rel=1e-5)
    assert found["energy"] == pytest.approx(len(chords) * chords.square().sum().item(), rel=1e-5)


def test_the_way_on_the_grid_leads_around_a_ridge_that_is_high_and_over_one_that_is_not(ask):
    places = {"from": [-1, 0], "to": [1, 0]}
    over = np.array(ask("onGrid", **places, ridge={"width": 0.1, "top": 0.5, "height": 1.5})["result"])
    around = np.array(ask("onGrid", **places, ridge={"width": 0.1, "top": 0.5, "height": 400})["result"])
    assert np.abs(over[:, 1]).max() < 0.1
    assert np.interp(0, *around.T) >= 0.4
    shortest = 2 * np.hypot(0.9, 0.5) + 0.2  # by the ridge's two upper corners
    assert np.linalg.norm(np.diff(around, axis=0), axis=1).sum() == pytest.approx(shortest, rel=0.08)


def test_the_way_on_the_grid_follows_the_direction_in_which_the_picture_hardly_changes(ask):
    """Upwards to the right on the left, downwards on the right."""
    way = np.array(ask("onSlopes", **{"from": [-0.8, 0], "to": [0.8, 0]}, f=0.95)["result"])
    np.testing.assert_allclose(way[:, 1], 0.8 - np.abs(way[:, 0]), atol=0.12)


def test_where_pictures_change_evenly_a_geodesic_is_straight(ask, tmp_path):
    """A linear decoder, its logits so near to 0 that the sigmoid is linear too."""
    run = new_run(0.05, hidden="", latent_dim=2)
    (found,) = ask("geodesics", payload=payload_of(run, 0, tmp_path), pairs=[[[-1, 0.5], [1, -1]]])
    np.testing.assert_allclose(found["way"], line([-1, 0.5], [1, -1]), atol=1e-6)


def test_of_one_latent_dimension_a_geodesic_is_the_line(ask, tmp_path):
    run = new_run(1, hidden="8", latent_dim=1, activation="tanh")
    (found,) = ask("geodesics", payload=payload_of(run, 0, tmp_path), pairs=[[[-1, 0], [1, 0]]])
    np.testing.assert_allclose(found["way"], line([-1, 0], [1, 0]), atol=1e-6)
