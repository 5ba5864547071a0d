import json

import numpy as np
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
