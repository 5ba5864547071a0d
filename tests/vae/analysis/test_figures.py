from io import BytesIO

import numpy as np
import pytest
import torch
from PIL import Image

from vae import data
from vae.analysis.figures import latent_figure, reconstructions_figure, samples_figure
from vae.analysis.latent import Latent
from vae.cli import main
from vae.config import make_settings
from vae.errors import UserError
from vae.model.vae import VAE

PITCH, MARGIN, SIDE = 4 * 30, 4 * 2, 4 * 28  # of the tiles, in pixels of the picture


@pytest.fixture(params=[2, 10])
def model(request) -> VAE:
    torch.manual_seed(0)
    return VAE(make_settings({"hidden": "16", "latent_dim": request.param})).eval()


def picture(png: bytes) -> np.ndarray:
    return np.asarray(Image.open(BytesIO(png)))


def tile(pixels: np.ndarray, row: int, column: int) -> np.ndarray:
    """One image of the grid in its own size; every pixel of it must be a square of one grey."""
    top, left = MARGIN + PITCH * row, MARGIN + PITCH * column
    enlarged = pixels[top : top + SIDE, left : left + SIDE]
    small = enlarged[::4, ::4]
    assert (small.repeat(4, 0).repeat(4, 1) == enlarged).all()
    return small


def mean_pixels(images: torch.Tensor) -> np.ndarray:
    return images.detach().mul(255).round().byte().view(-1, 28, 28).numpy()


def latent(n_dimensions: int) -> Latent:
    rng = np.random.default_rng(1)
    mu = rng.normal(size=(500, n_dimensions)).astype(np.float32)
    return Latent(mu, np.full_like(mu, -1.0), rng.integers(0, 10, 500).astype(np.uint8))


def test_samples_are_sixteen_mean_images_four_in_a_row(model):
    pixels = picture(samples_figure(model, seed=3))
    assert pixels.shape == (4 * PITCH + MARGIN, 4 * PITCH + MARGIN)
    expected = mean_pixels(model.sample(16, torch.Generator().manual_seed(3)))
    for i in range(16):
        assert (tile(pixels, *divmod(i, 4)) == expected[i]).all()


def test_each_digit_is_over_its_reconstruction(model):
    images = data.load("test").tensors()[0]
    pixels = picture(reconstructions_figure(model, images))
    assert pixels.shape == (4 * PITCH + MARGIN, 8 * PITCH + MARGIN)
    expected = mean_pixels(model.reconstruct(images[:16].float() / 255))
    for i in range(16):
        pair, column = divmod(i, 8)
        assert (tile(pixels, 2 * pair, column) == data.load("test").images[i]).all()
        assert (tile(pixels, 2 * pair + 1, column) == expected[i]).all()


@pytest.mark.parametrize(("indices", "shape"), [([9999, 5, 7], (2, 3)), (range(40, 50), (4, 8))])
def test_chosen_digits_fill_as_many_rows_as_they_need(model, indices, shape):
    pixels = picture(reconstructions_figure(model, data.load("test").tensors()[0], indices))
    assert pixels.shape == tuple(PITCH * n + MARGIN for n in shape)
    for i, index in enumerate(indices):
        row, column = divmod(i, shape[1])
        assert (tile(pixels, 2 * row, column) == data.load("test").images[index]).all()


def test_equal_seeds_give_equal_bytes(model):
    assert samples_figure(model, 1) == samples_figure(model, 1) != samples_figure(model, 2)
    for n_dimensions in (1, 2):
        drawn = [latent_figure(latent(n_dimensions), "draws", seed) for seed in (1, 1, 2)]
        assert drawn[0] == drawn[1] != drawn[2]
    assert latent_figure(latent(2), "means", 1) == latent_figure(latent(2), "means", 2) != drawn[0]


@pytest.mark.parametrize("n_dimensions", [1, 2])
def test_the_latent_figure_has_a_dot_in_every_colour(n_dimensions):
    pixels = picture(latent_figure(latent(n_dimensions)))
    assert pixels.shape == (1050, 1050, 4)
    colours = {tuple(colour) for colour in pixels.reshape(-1, 4)[:, :3].tolist()}
    assert {(0x3F, 0x90, 0xDA), (0xFF, 0xA9, 0x0E), (0x92, 0xDA, 0xDD)} <= colours


def test_more_than_two_dimensions_have_no_latent_figure():
    with pytest.raises(UserError, match=r"1 or 2 latent dimensions; this one has 3. Choose 'samples'"):
        latent_figure(latent(3))


@pytest.mark.parametrize("name", ["samples", "reconstructions", "latent"])
def test_the_command_writes_a_new_file(name, bundled, tmp_path, capsys):
    file = tmp_path / "figure.png"
    assert main(["figure", name, bundled.id, "-o", str(file), "--seed", "4"]) == 0
    assert capsys.readouterr().out == f"{file}\n"
    expected = {
        "samples": lambda: samples_figure(bundled.snapshot(60).model(), 4),
        "reconstructions": lambda: reconstructions_figure(bundled.snapshot(60).model(), data.load("test").tensors()[0]),
        "latent": lambda: latent_figure(bundled.snapshot(60).latent()),
    }[name]()
    assert file.read_bytes() == expected
    assert main(["figure", name, bundled.id, "-o", str(file)]) == 2
    assert "already exists" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["samples", "nothing"], "There is no run named 'nothing'"),
        (["samples", "mnist-plane", "--epoch", "7"], "has no snapshot of epoch 7"),
        (["reconstructions", "mnist-plane", "--epoch", "5"], "holds only the decoder. Epochs with the encoder: 60."),
        (["samples", "mnist-plane", "--seed", "-1"], "'-1' is not a whole number from 0"),
        (["latent", "mnist-plane", "--positions", "modes"], "invalid choice: 'modes'"),
        (["portrait", "mnist-plane"], "invalid choice: 'portrait'"),
    ],
)
def test_what_the_user_can_mend_is_one_line_and_exit_code_2(arguments, words, tmp_path, capsys):
    file = tmp_path / "figure.png"
    try:
        code = main(["figure", *arguments, "-o", str(file)])
    except SystemExit as exit_:
        code = exit_.code
    out, err = capsys.readouterr()
    assert (code, out) == (2, "")
    assert words in err
    assert err.count("\n") == 1
    assert not file.exists()
