import json
from io import BytesIO

import numpy as np
import pytest
import torch
from PIL import Image
from safetensors import numpy as safetensors

from vae import data, pictures
from vae.browser import payload
from vae.errors import RunError


def description_of(content: bytes) -> dict:
    return json.loads(json.loads(content[8 : 8 + int.from_bytes(content[:8], "little")])["__metadata__"]["plane"])


def evaluate(layers: list[dict], tensors: dict[str, np.ndarray], x: torch.Tensor) -> torch.Tensor:
    """What the layers of a payload, one after the other, make of x."""
    for layer in layers:
        weight, bias = (torch.from_numpy(tensors[f"{layer['name']}.{kind}"]) for kind in ("weight", "bias"))
        x = {"relu": torch.relu, "tanh": torch.tanh, "identity": lambda h: h}[layer["activation"]](x @ weight.T + bias)
    return x


def test_the_payload_holds_points_labels_and_the_decoder(bundled):
    epoch = bundled.last_epoch()
    content = payload.plane_payload(bundled.snapshot(epoch))
    tensors = safetensors.load(content)
    latent = bundled.snapshot(epoch).latent()
    np.testing.assert_array_equal(tensors["mu"], latent.mu)
    np.testing.assert_array_equal(tensors["logvar"], latent.logvar)
    np.testing.assert_array_equal(tensors["labels"], data.load("test").labels)
    description = description_of(content)
    assert description["split"] == "test"
    assert description["encoder"] == []
    assert [layer["activation"] for layer in description["decoder"]] == ["relu", "relu", "identity"]
    assert not any(name.startswith("encoder.") for name in tensors)

    z = torch.tensor([[0.5, -1.2]])
    with torch.no_grad():
        logits = bundled.snapshot(epoch).model().decode(z)
    torch.testing.assert_close(evaluate(description["decoder"], tensors, z), logits)
    assert description["mean"] == "sigmoid"


def test_the_payload_holds_the_encoder_where_it_is_asked_for_and_there_is_one(bundled):
    content = payload.plane_payload(bundled.snapshot(60), encoder=True)
    tensors = safetensors.load(content)
    *hidden, mu, logvar = description_of(content)["encoder"]
    images = torch.from_numpy(data.load("test").images[:5].reshape(5, -1) / np.float32(255))
    h = evaluate(hidden, tensors, images)
    with torch.no_grad():
        expected = bundled.snapshot(60).model().encode(images)
    torch.testing.assert_close(evaluate([mu], tensors, h), expected[0])
    torch.testing.assert_close(evaluate([logvar], tensors, h), expected[1])
    assert payload.stored_key(content) == payload.payload_key(bundled.snapshot(60), encoder=True)

    slim = payload.plane_payload(bundled.snapshot(9), encoder=True)  # that epoch was shipped without
    assert description_of(slim)["encoder"] == []
    assert not any(name.startswith("encoder.") for name in safetensors.load(slim))


def test_ten_thousand_points_with_decoder_and_encoder_are_two_and_a_half_megabytes_at_most(bundled):
    assert len(payload.plane_payload(bundled.snapshot(60), encoder=True)) <= 2.5e6


@pytest.mark.parametrize(("split", "n"), [("validation", 5_000), ("train", 55_000)])
def test_other_images_are_encoded_by_the_model_of_the_epoch(bundled, split, n):
    content = payload.plane_payload(bundled.snapshot(60), split=split)
    tensors = safetensors.load(content)
    images = data.load(split)
    assert tensors["mu"].shape == tensors["logvar"].shape == (n, 2)
    np.testing.assert_array_equal(tensors["labels"], images.labels)
    chosen = np.random.default_rng(0).integers(n, size=50)
    with torch.no_grad():
        mu, logvar = (
            bundled.snapshot(60)
            .model()
            .encode(torch.from_numpy(images.images[chosen].reshape(50, -1) / np.float32(255)))
        )
    np.testing.assert_allclose(tensors["mu"][chosen], mu, atol=1e-5)
    np.testing.assert_allclose(tensors["logvar"][chosen], logvar, atol=1e-5)
    np.testing.assert_array_equal(
        tensors["examples_mu"], safetensors.load(payload.plane_payload(bundled.snapshot(60)))["examples_mu"]
    )
    assert payload.stored_key(content) == payload.payload_key(bundled.snapshot(60), split=split)
    assert payload.payload_key(bundled.snapshot(60), split=split) != payload.payload_key(bundled.snapshot(60))
    assert len(content) <= 2.5e6


def test_an_epoch_without_encoder_says_which_epochs_have_one(bundled):
    with pytest.raises(
        RunError, match=r"Epoch 9 of mnist-plane holds only the decoder\. Epochs with the encoder: 60\."
    ):
        payload.plane_payload(bundled.snapshot(9), split="train")


def test_within_an_epoch_only_the_test_images_are_encoded(small_run):
    small_run.write_snapshot("live", small_run.snapshot(1).weights(), small_run.snapshot(1).latent())
    with pytest.raises(RunError, match="Choose one of its epochs"):
        payload.plane_payload(small_run.snapshot("live"), split="validation")


def test_a_part_of_the_points_and_half_precision_make_it_smaller(bundled):
    whole, part = (
        safetensors.load(payload.plane_payload(bundled.snapshot(60), encoder=True, **options))
        for options in ({}, {"n_points": 70, "weights_as": np.float16})
    )
    for name in ("mu", "logvar", "labels"):
        np.testing.assert_array_equal(part[name], whole[name][:70])
    weights = [name for name in whole if name.startswith(("decoder.", "encoder."))]
    assert weights
    for name in weights:
        assert part[name].dtype == np.float16
        np.testing.assert_allclose(part[name], whole[name], rtol=2**-11, atol=2**-25)


def test_weights_beyond_the_range_of_half_precision_stay_as_they_are(small_run):
    weights = small_run.snapshot(2).weights()
    weights["decoder.x_logits.bias"] = np.full_like(weights["decoder.x_logits.bias"], 1e6)
    small_run.write_snapshot(2, weights, small_run.snapshot(2).latent())
    tensors = safetensors.load(payload.plane_payload(small_run.snapshot(2), weights_as=np.float16))
    assert tensors["decoder.x_logits.bias"].dtype == np.float32
    assert (tensors["decoder.x_logits.bias"] == 1e6).all()
    assert tensors["decoder.x_logits.weight"].dtype == np.float16


def test_the_payload_holds_the_same_examples_and_draws_for_every_snapshot(bundled):
    first, last = (safetensors.load(payload.plane_payload(bundled.snapshot(epoch))) for epoch in (0, 60))
    for tensors, epoch in ((first, 0), (last, 60)):
        mu, test = bundled.snapshot(epoch).latent().mu, data.load("test")
        for image, mean in zip(tensors["examples"], tensors["examples_mu"], strict=True):
            (index,) = np.flatnonzero((test.images == image).all(axis=(1, 2)))
            np.testing.assert_array_equal(mean, mu[index])
    np.testing.assert_array_equal(first["examples"], last["examples"])
    np.testing.assert_array_equal(first["prior_z"], last["prior_z"])
    assert first["examples"].dtype == np.uint8
    assert first["examples_mu"].dtype == first["prior_z"].dtype == np.float32


def test_examples_are_the_first_of_every_class_and_the_second_of_some():
    labels = np.array([9, 8, 7, 6, 5, 4, 3, 2, 1, 0, *range(10), *range(10)], np.uint8)
    chosen = payload.example_indices(labels)
    assert labels[chosen].tolist() == [0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 7, 8, 9]
    assert chosen.tolist() == [9, 10, 8, 11, 7, 12, 6, 13, 5, 14, 4, 15, 3, 2, 1, 0]


@pytest.mark.parametrize("latent_dim", [1, 2, 10])
def test_draws_from_the_prior_are_always_the_same(latent_dim):
    draws = payload.prior_draws(latent_dim)
    assert draws.shape == (16, latent_dim)
    np.testing.assert_array_equal(draws, payload.prior_draws(latent_dim))


def test_a_live_snapshot_is_exported_as_an_epoch_is(small_run):
    small_run.write_snapshot("live", small_run.snapshot(1).weights(), small_run.snapshot(1).latent())
    live, epoch = (safetensors.load(payload.plane_payload(small_run.snapshot(moment))) for moment in ("live", 1))
    assert live.keys() == epoch.keys()
    for name in live:
        np.testing.assert_array_equal(live[name], epoch[name])
    key = payload.payload_key(small_run.snapshot("live"))
    assert key.startswith(f"{small_run.id}@live@")
    assert payload.stored_key(payload.plane_payload(small_run.snapshot("live"))) == key


def test_equal_content_gives_equal_bytes(bundled):
    assert payload.plane_payload(bundled.snapshot(60)) == payload.plane_payload(bundled.snapshot(60))


def test_a_changed_snapshot_changes_the_key(small_run):
    before = payload.payload_key(small_run.snapshot(2))
    small_run.write_snapshot(2, small_run.snapshot(2).weights(), small_run.snapshot(2).latent())
    assert payload.payload_key(small_run.snapshot(2)) != before


def test_the_sheet_holds_every_image_at_its_tile():
    images = data.load("test").images[:125]
    sheet = np.asarray(Image.open(BytesIO(pictures.sheet(images))))
    assert sheet.shape == (3 * 28, 50 * 28)
    for index in (0, 49, 50, 124):
        row, column = divmod(index, pictures.SHEET_COLUMNS)
        tile = sheet[28 * row : 28 * (row + 1), 28 * column : 28 * (column + 1)]
        np.testing.assert_array_equal(tile, images[index])
    assert not sheet[56:, 25 * 28 :].any()


def test_enlarged_pixels_are_squares():
    assert pictures.enlarge(np.array([[1, 2]], np.uint8), 2).tolist() == [[1, 1, 2, 2], [1, 1, 2, 2]]
