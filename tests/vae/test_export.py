import json

import numpy as np
import pytest
import torch
from safetensors import numpy as safetensors

from vae import data, export, pictures


def test_the_payload_holds_points_labels_and_the_decoder(bundled):
    epoch = bundled.last_epoch()
    content = export.plane_payload(bundled, epoch)
    tensors = safetensors.load(content)
    latent = bundled.latent(epoch)
    np.testing.assert_array_equal(tensors["x"], latent.mu[:, 0])
    np.testing.assert_array_equal(tensors["y"], latent.mu[:, 1])
    np.testing.assert_array_equal(tensors["labels"], data.load("test").labels)
    description = json.loads(
        json.loads(content[8 : 8 + int.from_bytes(content[:8], "little")])["__metadata__"]["plane"]
    )
    assert [layer["activation"] for layer in description["layers"]] == ["relu", "relu", "sigmoid"]
    assert not any(name.startswith("encoder.") for name in tensors)

    h = torch.tensor([[0.5, -1.2]])
    for layer in description["layers"]:
        h = h @ torch.from_numpy(tensors[f"{layer['name']}.weight"]).T + torch.from_numpy(
            tensors[f"{layer['name']}.bias"]
        )
        h = torch.sigmoid(h) if layer["activation"] == "sigmoid" else torch.relu(h)
    with torch.no_grad():
        expected = torch.sigmoid(bundled.model(epoch).decode(torch.tensor([[0.5, -1.2]])))
    torch.testing.assert_close(h, expected)


def test_the_payload_holds_the_same_examples_and_draws_for_every_snapshot(bundled):
    first, last = (safetensors.load(export.plane_payload(bundled, epoch)) for epoch in (0, 60))
    for tensors, epoch in ((first, 0), (last, 60)):
        mu, test = bundled.latent(epoch).mu, data.load("test")
        for image, mean in zip(tensors["examples"], tensors["examples_mu"], strict=True):
            (index,) = np.flatnonzero((test.images == image).all(axis=(1, 2)))
            np.testing.assert_array_equal(mean, mu[index])
    np.testing.assert_array_equal(first["examples"], last["examples"])
    np.testing.assert_array_equal(first["prior_z"], last["prior_z"])
    assert first["examples"].dtype == np.uint8
    assert first["examples_mu"].dtype == first["prior_z"].dtype == np.float32


def test_examples_are_the_first_of_every_class_and_the_second_of_some():
    labels = np.array([9, 8, 7, 6, 5, 4, 3, 2, 1, 0, *range(10), *range(10)], np.uint8)
    chosen = export.example_indices(labels)
    assert labels[chosen].tolist() == [0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 7, 8, 9]
    assert chosen.tolist() == [9, 10, 8, 11, 7, 12, 6, 13, 5, 14, 4, 15, 3, 2, 1, 0]


@pytest.mark.parametrize("latent_dim", [1, 2, 10])
def test_draws_from_the_prior_are_always_the_same(latent_dim):
    draws = export.prior_draws(latent_dim)
    assert draws.shape == (16, latent_dim)
    np.testing.assert_array_equal(draws, export.prior_draws(latent_dim))


def test_a_live_snapshot_is_exported_as_an_epoch_is(small_run):
    small_run.write_snapshot("live", small_run.weights(1), small_run.latent(1))
    live, epoch = (safetensors.load(export.plane_payload(small_run, moment)) for moment in ("live", 1))
    assert live.keys() == epoch.keys()
    for name in live:
        np.testing.assert_array_equal(live[name], epoch[name])
    key = export.payload_key(small_run, "live")
    assert key.startswith(f"{small_run.id}@live@")
    assert export.stored_key(export.plane_payload(small_run, "live")) == key


def test_equal_content_gives_equal_bytes(bundled):
    assert export.plane_payload(bundled, 60) == export.plane_payload(bundled, 60)


def test_a_changed_snapshot_changes_the_key(small_run):
    before = export.payload_key(small_run, 2)
    small_run.write_snapshot(2, small_run.weights(2), small_run.latent(2))
    assert export.payload_key(small_run, 2) != before


def test_the_sprite_holds_every_image_at_its_tile():
    from io import BytesIO

    from PIL import Image

    images = data.load("test").images[:250]
    sheet = np.asarray(Image.open(BytesIO(pictures.sprite(images))))
    assert sheet.shape == (3 * 28, 100 * 28)
    for index in (0, 99, 100, 249):
        row, column = divmod(index, pictures.SPRITE_COLUMNS)
        tile = sheet[28 * row : 28 * (row + 1), 28 * column : 28 * (column + 1)]
        np.testing.assert_array_equal(tile, images[index])
    assert not sheet[56:, 50 * 28 :].any()


def test_enlarged_pixels_are_squares():
    assert pictures.enlarge(np.array([[1, 2]], np.uint8), 2).tolist() == [[1, 1, 2, 2], [1, 1, 2, 2]]
