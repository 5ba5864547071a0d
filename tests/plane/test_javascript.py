"""The plane's pure JavaScript, under node, against torch and numpy."""

import json
import subprocess
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors import numpy as safetensors

from vae import export, runs
from vae.config import PRESETS, make_settings
from vae.data import N_TEST
from vae.model import VAE
from vae.run import Latent, Run

CHECK = Path(__file__).parent / "check.mjs"
TOLERANCE = 1  # grey levels of 255


@pytest.fixture
def ask(node):
    def ask(question: str, **request):
        done = subprocess.run(
            [node, CHECK], input=json.dumps({"question": question, **request}), capture_output=True, text=True
        )
        assert done.returncode == 0, done.stderr
        reply = json.loads(done.stdout)
        if "error" in reply:
            raise ValueError(reply["error"])
        return reply["answer"]

    return ask


def payload_of(run: Run, epoch: int, folder: Path) -> str:
    path = folder / "payload.safetensors"
    path.write_bytes(export.plane_payload(run, epoch))
    return str(path)


def decoded_by_torch(run: Run, epoch: int, z: np.ndarray) -> np.ndarray:
    with torch.no_grad():
        return torch.sigmoid(run.model(epoch).decode(torch.from_numpy(z))).mul(255).numpy()


def test_the_decoder_agrees_with_torch_on_a_thousand_random_places(ask, bundled, tmp_path):
    epoch = bundled.last_epoch()
    z = np.random.default_rng(0).normal(scale=2, size=(1000, 2)).astype(np.float32)
    pixels = np.array(ask("decode", payload=payload_of(bundled, epoch, tmp_path), places=z.tolist()))
    assert pixels.shape == (1000, 784)
    assert np.abs(pixels - decoded_by_torch(bundled, epoch, z)).max() <= TOLERANCE


@pytest.mark.parametrize(
    "chosen",
    [
        PRESETS["article"],
        PRESETS["article-10"],
        make_settings({"hidden": "7-5-3", "activation": "tanh", "latent_dim": 1}),
        make_settings({"hidden": "", "latent_dim": 3}),
    ],
    ids=["article", "article-10", "deep tanh, one dimension", "linear, three dimensions"],
)
def test_every_architecture_is_decoded_as_torch_does(ask, chosen, tmp_path):
    torch.manual_seed(0)
    run = runs.create_run(chosen)
    weights = {name: 2 * tensor.numpy() for name, tensor in VAE(chosen).state_dict().items()}
    mu = np.zeros((N_TEST, chosen.latent_dim), np.float32)
    run.write_snapshot(0, weights, Latent(mu, mu, np.zeros(N_TEST, np.uint8)))
    z = np.zeros((50, chosen.latent_dim), np.float32)
    z[:, :2] = np.random.default_rng(1).normal(size=(50, 2))[:, : chosen.latent_dim]
    places = [[*row, 0.0][:2] for row in z.tolist()]
    pixels = np.array(ask("decode", payload=payload_of(run, 0, tmp_path), places=places))
    assert np.abs(pixels - decoded_by_torch(run, 0, z)).max() <= TOLERANCE


def test_the_payload_arrives_whole(ask, bundled, tmp_path):
    payload = ask("payload", payload=payload_of(bundled, 60, tmp_path))
    latent = bundled.latent(60)
    np.testing.assert_array_equal(np.array(payload["x"], np.float32), latent.mu[:, 0])
    np.testing.assert_array_equal(np.array(payload["y"], np.float32), latent.mu[:, 1])
    assert payload["labels"] == latent.labels.tolist()
    assert payload["key"] == export.payload_key(bundled, 60)
    assert payload["imageShape"] == [28, 28]


def test_layers_that_cannot_be_evaluated_are_refused(ask):
    layer = {"nIn": 2, "nOut": 1, "activation": "identity", "weight": [1, 2], "bias": [3]}
    assert ask("layers", layers=[layer], z=[10, 100]) == [213]
    with pytest.raises(ValueError, match="unknown activation gelu"):
        ask("layers", layers=[{**layer, "activation": "gelu"}], z=[0, 0])
    with pytest.raises(ValueError, match="layer 1 does not fit"):
        ask("layers", layers=[layer, layer], z=[0, 0])


def test_an_unknown_type_of_numbers_is_refused(ask, tmp_path):
    (tmp_path / "file").write_bytes(safetensors.save({"a": np.zeros(2, np.float64)}))
    with pytest.raises(ValueError, match="a is of type F64"):
        ask("parse", file=str(tmp_path / "file"))


POINTS = {"x": [0, 1, 1, 5], "y": [0, 0, 1, 5], "labels": [3, 3, 7, 7]}


@pytest.mark.parametrize(
    ("place", "radius", "hidden", "index"),
    [
        ([0.9, 0.2], 1, [], 1),
        ([0.9, 0.2], 1, [3], 2),
        ([3, 3], 1, [], -1),
        ([4.5, 4.5], 1, [], 3),
        ([9, 9], 99, [7], 1),
    ],
)
def test_the_nearest_visible_point_is_found(ask, place, radius, hidden, index):
    assert ask("nearest", **POINTS, place=place, radius=radius, hidden=hidden) == index


def test_classes_know_their_points_and_where_they_are_at_home(ask):
    """A class in two parts is at home in the fuller one, not between them."""
    x, y, labels = [0, 4, 4.1, 4.2, -1], [0, 2, 2.1, 2.2, -1], [7, 7, 7, 7, 3]
    first, second = ask("classes", x=x, y=y, labels=labels)
    assert (first["label"], first["indices"], first["home"]) == (3, [4], [-1, -1])
    assert (second["label"], second["indices"]) == (7, [0, 1, 2, 3])
    assert second["home"] == pytest.approx([4.1, 2.1])


def test_the_first_view_is_a_square_with_all_points(ask):
    (left, right), (bottom, top) = ask("ranges", x=[-6, 1], y=[0, 3], labels=[0, 0])
    assert right - left == pytest.approx(top - bottom)
    assert left < -6
    assert right > 2
    assert bottom < -2
    assert top > 3
