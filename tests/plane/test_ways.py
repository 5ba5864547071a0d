"""Ways through the plane, the search for a picture, the frame of a drawing, and what a reader types and keeps."""

from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from vae import data, export, runs
from vae.config import make_settings
from vae.data import N_TEST
from vae.model import VAE
from vae.run import Latent, Run

RNG = np.random.default_rng(0)
NODES = 25


def payload_of(run: Run, epoch: int, folder: Path) -> str:
    path = folder / "payload.safetensors"
    path.write_bytes(export.plane_payload(run, epoch, n_points=1))
    return str(path)


def new_run(scale: float, **values) -> Run:
    """A run whose model has random weights, `scale` times as large as torch begins with."""
    torch.manual_seed(0)
    chosen = make_settings(values)
    run, mu = runs.create_run(chosen), np.zeros((N_TEST, chosen.latent_dim), np.float32)
    weights = {name: scale * tensor.numpy() for name, tensor in VAE(chosen).state_dict().items()}
    run.write_snapshot(0, weights, Latent(mu, mu, np.zeros(N_TEST, np.uint8)))
    return run


def length(places: np.ndarray) -> float:
    return np.linalg.norm(np.diff(places, axis=0), axis=1).sum()


@settings(max_examples=15)
@given(st.integers(1, 12), st.integers(2, 40), st.integers(0, 2**31))
def test_a_way_is_resampled_at_equal_distances_along_it(ask, corners, n, seed):
    rng = np.random.default_rng(seed)
    places = np.repeat(rng.normal(size=(corners, 2)), rng.integers(1, 3, corners), axis=0)  # the hand rests
    along = np.append(0, np.linalg.norm(np.diff(places, axis=0), axis=1).cumsum())
    assert ask("length", places=places) == pytest.approx(length(places))
    wanted = np.linspace(0, along[-1], n)
    expected = np.stack([np.interp(wanted, along, axis) for axis in places.T], 1)
    found = np.array(ask("resampled", places=places, n=n))
    np.testing.assert_allclose(found, expected, atol=1e-6)
    assert found[-1].tolist() == places[-1].tolist()


def from_the_way(point: np.ndarray, way: np.ndarray) -> float:
    starts, sides = way[:-1], np.diff(way, axis=0)
    squares = np.maximum((sides**2).sum(1), 1e-300)
    parts = np.clip(((point - starts) * sides).sum(1) / squares, 0, 1)
    return np.linalg.norm(starts + parts[:, None] * sides - point, axis=1).min()


@settings(max_examples=15)
@given(st.integers(2, 60), st.floats(0, 0.5), st.booleans(), st.integers(0, 2**31))
def test_a_simplified_way_keeps_places_of_the_way_and_stays_close_to_the_others(ask, n, tolerance, closed, seed):
    places = np.random.default_rng(seed).normal(scale=0.2, size=(n, 2)).cumsum(0)
    if closed:
        places[-1] = places[0]
    kept = np.array(ask("simplified", places=places, tolerance=tolerance))
    rows = places.tolist()
    at = [rows.index(place) for place in kept[:-1].tolist()]
    assert at == sorted(at)
    assert kept[[0, -1]].tolist() == places[[0, -1]].tolist()
    assert max(from_the_way(place, kept) for place in places) <= tolerance + 1e-9


def test_a_long_stroke_is_simplified(ask):
    turn = np.linspace(0, 20 * np.pi, 5000)
    spiral = (turn * [np.cos(turn), np.sin(turn)]).T
    assert 100 < len(ask("simplified", places=spiral, tolerance=0.2)) < 1000


def pictures(run: Run, epoch: int, places: torch.Tensor) -> torch.Tensor:
    """J = 2: the place is z."""
    return torch.sigmoid(run.decoder(epoch)(places))


def test_the_length_in_pictures_is_numpys(ask, bundled, tmp_path):
    places = RNG.normal(size=(30, 2)).astype(np.float32)
    with torch.no_grad():
        expected = length(pictures(bundled, 60, torch.tensor(places)).numpy())
    assert ask("pictureLength", payload=payload_of(bundled, 60, tmp_path), places=places) == pytest.approx(
        expected, 1e-4
    )
    assert ask("pictureLength", payload=payload_of(bundled, 60, tmp_path), places=places[:1]) == 0


def energy(decoder, way: torch.Tensor) -> torch.Tensor:
    """Σ‖x_{k+1} − x_k‖²."""
    return torch.sigmoid(decoder(way)).diff(dim=0).square().sum()


def least_energy(decoder, start: torch.Tensor) -> float:
    """Oracle: what L-BFGS makes of a way, its ends held."""
    inner = start[1:-1].clone().requires_grad_()
    optimiser = torch.optim.LBFGS([inner], max_iter=500, history_size=50, line_search_fn="strong_wolfe")

    def closure() -> torch.Tensor:
        optimiser.zero_grad()
        loss = energy(decoder, torch.cat([start[:1], inner, start[-1:]]))
        loss.backward()
        return loss

    optimiser.step(closure)
    return closure().item()


def test_a_geodesic_has_no_more_energy_than_what_an_optimiser_finds_from_the_straight_line(ask, bundled, tmp_path):
    decoder = bundled.decoder(60)
    pairs = [[[-2, 0.5], [1.5, 1]], [[1, -2], [1.5, 2]], [[-0.5, -0.3], [0.4, 0.8]]]
    for (start, end), found in zip(pairs, ask("geodesics", payload=payload_of(bundled, 60, tmp_path), pairs=pairs)):
        t = torch.linspace(0, 1, NODES)[:, None]
        straight = torch.tensor(start) * (1 - t) + torch.tensor(end) * t
        way = torch.tensor(found["way"])
        assert way.shape == (NODES, 2)
        np.testing.assert_allclose(way[[0, -1]], [start, end], atol=1e-6)
        assert energy(decoder, way).item() <= 1.02 * least_energy(decoder, straight)
        done = np.array(found["yielded"])
        assert (np.diff(done[done > 0.2]) > -0.41).all()
        assert 0 <= done.min() <= done.max() <= 1


def test_a_geodesic_is_never_longer_than_the_straight_line(ask, bundled, tmp_path):
    pairs = RNG.uniform(-4, 4, size=(6, 2, 2))
    pairs = [*pairs, [[1, 1], [1, 1]], [[0, 0], [1e-5, 0]], [[-20, -20], [20, 20]]]
    for found in ask("geodesics", payload=payload_of(bundled, 60, tmp_path), pairs=[np.array(pair) for pair in pairs]):
        assert np.isfinite(found["way"]).all()
        own, straight = found["lengths"]
        assert own <= straight


def test_where_pictures_change_evenly_a_geodesic_is_straight(ask, tmp_path):
    """A linear decoder, its logits so near to 0 that the sigmoid is linear too."""
    run = new_run(0.05, hidden="", latent_dim=2)
    ((found,)) = ask("geodesics", payload=payload_of(run, 0, tmp_path), pairs=[[[-1, 0.5], [1, -1]]])
    t = np.linspace(0, 1, NODES)[:, None]
    np.testing.assert_allclose(found["way"], (1 - t) * [-1, 0.5] + t * [1, -1], atol=0.01)


def test_of_one_latent_dimension_a_geodesic_stays_finite(ask, tmp_path):
    run = new_run(1, hidden="8", latent_dim=1, activation="tanh")
    ((found,)) = ask("geodesics", payload=payload_of(run, 0, tmp_path), pairs=[[[-1, 0], [1, 0]]])
    assert np.isfinite(found["way"]).all()
    assert found["lengths"][0] <= found["lengths"][1]


def test_the_search_goes_down_to_the_closest_picture_and_rests_after_each(ask):
    found = ask("search", starts=[[9, 9], [3, -1], [-5, 0]], target=[1.2345, 1, 0.5], firstStep=1)
    np.testing.assert_allclose(found["place"], [1.2345, 0.5], atol=2e-3)
    assert found["distance"] == pytest.approx(0.5, abs=1e-4)  # the third pixel cannot be had
    assert found["looks"] == found["yields"] < 400


def framed(ask, *inks: np.ndarray) -> list[np.ndarray | None]:
    frames = ask("frames", inks=[ink.ravel() for ink in inks], shape=inks[0].shape)
    return [frame and np.array(frame).reshape(28, 28) for frame in frames]


def extent(image: np.ndarray) -> np.ndarray:
    inked = np.argwhere(image > 0.05)
    return inked.max(0) + 1 - inked.min(0)


@pytest.mark.parametrize("box", [(20, 40), (90, 30), (60, 60), (7, 3)])
@pytest.mark.parametrize("corner", [(0, 0), (100, 120)])
def test_a_drawing_keeps_its_proportions_wherever_it_is_drawn(ask, box, corner):
    ink = np.zeros((200, 200))
    ink[tuple(slice(start, start + size) for start, size in zip(corner, box, strict=True))] = 0.7
    (image,) = framed(ask, ink)
    assert image.max() == pytest.approx(1)
    np.testing.assert_allclose(image.sum(1).max(), 20 * box[1] / max(box), atol=0.5)
    np.testing.assert_allclose(image.sum(0).max(), 20 * box[0] / max(box), atol=0.5)
    centre = [(np.arange(28) + 0.5) @ image.sum(axis) / image.sum() for axis in (1, 0)]
    np.testing.assert_allclose(centre, 14, atol=0.6)


@pytest.mark.parametrize("at", [0, 99])
def test_a_line_at_the_edge_is_a_line_of_twenty_pixels(ask, at):
    upright, level, dot = np.zeros((3, 100, 100))
    upright[:, at] = level[at] = dot[at, at] = 1
    images = framed(ask, upright, level, dot)
    assert [extent(image).max() for image in images] == pytest.approx([20, 20, 20], abs=1)
    assert extent(images[0])[1] <= 2
    assert extent(images[1])[0] <= 2
    assert all(np.isfinite(image).all() and image.max() == pytest.approx(1) for image in images)


def test_what_is_blank_has_no_frame_and_what_is_faint_belongs_to_no_stroke(ask):
    ink = np.zeros((50, 50))
    blank, clean, smudged = framed(ask, ink, *(ink + stroke for stroke in strokes(ink.shape)))
    assert blank is None
    assert extent(smudged > 0.1).tolist() == extent(clean > 0.1).tolist()


def strokes(shape: tuple[int, int]) -> tuple[np.ndarray, np.ndarray]:
    """A box, and the same with a speck in a corner that nobody sees."""
    clean = np.zeros(shape)
    clean[20:40, 15:30] = 1
    smudged = clean.copy()
    smudged[0, 0] = 0.04
    return clean, smudged


def test_digits_of_mnist_stay_nearly_themselves(ask):
    digits = data.load("test").images[:50] / 255
    differences = np.abs(np.array(framed(ask, *digits)) - digits).mean((1, 2))
    assert differences.mean() < 0.03
    assert differences.max() < 0.08


def test_what_is_sought_is_a_label_or_else_an_image(ask):
    texts = [
        "7",
        "#7",
        "8",
        "07",
        "#0",
        "99",
        "#99",
        "100",
        "#100",
        "",
        "#",
        "-1",
        "1.5",
        "1e1",
        "7 ",
        "#12345678",
        "ü",
    ]
    label, image = {"label": 7}, {"index": 7}
    expected = [label, image, {"index": 8}, label, {"index": 0}, {"index": 99}, {"index": 99}, *[None] * 10]
    assert ask("sought", texts=texts, labels=[3, 7], n=100) == expected


def test_a_pin_gets_the_first_letter_that_is_free(ask):
    pins = ask("pinned", names=["B", "my place", "D"], times=3)
    assert [pin["name"] for pin in pins] == ["B", "my place", "D", "A", "C", "E"]
    assert pins[3]["place"] == [0, 1]


def test_after_the_letters_pins_are_numbered_and_no_name_is_given_twice(ask):
    letters = [chr(65 + i) for i in range(26)]
    names = [pin["name"] for pin in ask("pinned", names=letters, times=24)]
    assert names == [*letters, *map(str, range(27, 51))]
    after_removal = [*letters, "28"]
    assert [pin["name"] for pin in ask("pinned", names=after_removal, times=2)][-2:] == ["27", "29"]
