import shutil
import subprocess
import sys

import numpy as np
import pytest

from tests.pages.conftest import ROOT
from vae import data
from vae.analysis import reconstruction
from vae.config import make_settings

PAGE = "4_Reconstruct.py"
LABELS = data.load("test").labels


@pytest.fixture
def trained(trained_run):
    """A small run of one epoch with these settings."""
    return lambda **values: trained_run(make_settings({"hidden": "8", "epochs": 1, "batch_size": 200, **values}))


def read(text: str) -> str:
    """Markdown as it is read."""
    return text.replace("\\", "").replace("\u2060", "")


def said(app) -> str:
    """All warnings, errors, captions and texts of the page."""
    kinds = (app.warning, app.error, app.caption, app.markdown)
    return " ".join(read(element.value) for kind in kinds for element in kind)


def row(app) -> list[int]:
    return [int(option.partition("#")[2].rstrip("]")) for option in app.pills(key="reconstruct-image-choice").options]


def pictures(app) -> list[str]:
    return [image.proto.imgs[0].alt for image in app.get("image")]


def test_it_opens_with_the_first_eight_and_the_figures_of_the_first(open_page, bundled):
    app = open_page(PAGE)
    assert not app.error
    assert not app.warning
    assert row(app) == list(range(8))
    assert app.pills(key="reconstruct-image-choice").value == 0
    figures = reconstruction.figures(bundled.snapshot(60).encoded(), 0)
    for value in (figures.negative_elbo, figures.kl, figures.reconstruction_error, -figures.log_px, figures.gap):
        assert f"{value:.2f}" in said(app)
    assert " % of all" in said(app)
    assert "4 draws of z" in said(app)


def test_every_picture_says_what_it_is(open_page):
    alts = pictures(open_page(PAGE))
    assert len(alts) == 6
    assert all(len(alt) > 15 for alt in alts)
    assert alts[0].startswith("Test images 0, 1, 2, 3, 4, 5, 6, 7, of the digits 7, 2, 1, 0, 4, 1, 4, 9")


def test_what_is_chosen_is_in_the_address(open_page):
    app = open_page(PAGE)
    app.selectbox(key="reconstruct-class-choice").set_value("3").run()
    app.segmented_control(key="reconstruct-which-choice").set_value("random").run()
    first = row(app)
    assert set(LABELS[first]) == {3}
    app.button(key="seed-again").click().run()
    assert set(row(app)).isdisjoint(first)
    app.pills(key="reconstruct-image-choice").set_value(row(app)[2]).run()
    app.number_input(key="reconstruct-z-seed-choice").set_value(5).run()
    app.button(key="prior-seed-again").click().run()
    assert not app.exception
    assert f"test image {row(app)[2]}" in said(app)
    expected = {"class": "3", "which": "random", "seed": "1", "image": str(row(app)[2])}
    assert dict(app.query_params) == {"run": "mnist-plane", **expected, "z-seed": "5", "prior-seed": "1"}


def test_a_deep_link_opens_what_it_says(open_page):
    third = reconstruction.choose(LABELS, "random", 3, 0, 1, None)[2]
    app = open_page(PAGE, run="mnist-plane", which="random", seed="1", image=str(third), **{"class": "3"})
    assert not app.warning
    assert app.pills(key="reconstruct-image-choice").value == row(app)[2] == third
    assert app.number_input(key="reconstruct-seed-choice").value == 1


def test_an_image_alone_is_the_first_of_its_row(open_page):
    app = open_page(PAGE, image="4711")
    assert row(app) == list(range(4711, 4719))
    assert app.query_params["which"] == "index"
    app.number_input(key="reconstruct-from-choice").set_value(9998).run()
    assert row(app)[:3] == [9998, 9999, 0]
    assert app.pills(key="reconstruct-image-choice").value == 9998


def test_the_hardest_are_those_of_the_greatest_loss(open_page, bundled):
    losses = reconstruction.losses(bundled.snapshot(60).encoded())
    app = open_page(PAGE, which="hardest")
    assert row(app) == np.argsort(-losses, kind="stable")[:8].tolist()
    assert "99.99 %" in said(app)


@pytest.mark.parametrize(
    ("name", "text", "accepted"),
    [
        ("class", "10", "any, 0, 1"),
        ("class", "<b>", "any, 0, 1"),
        ("which", "worst", "first, random, easiest, hardest, index"),
        ("image", "10000", "0 to 9999"),
        ("image", "-1", "0 to 9999"),
        ("from", "x", "0 to 9999"),
        ("seed", "2147483648", "0 to 2147483647"),
        ("z-seed", "²", "0 to 2147483647"),
        ("prior-seed", "9" * 5000, "0 to 2147483647"),
    ],
)
def test_a_bad_value_is_explained(open_page, name, text, accepted):
    app = open_page(PAGE, **{name: text})
    (warning,) = app.warning
    assert accepted in read(warning.value)
    assert "<b>" not in warning.value
    assert row(app) == list(range(8))


def test_an_image_that_is_not_among_the_eight_is_explained(open_page):
    app = open_page(PAGE, which="first", image="4711")
    assert "Accepted: 0, 1, 2, 3, 4, 5, 6, 7." in read(app.warning[0].value)
    assert app.pills(key="reconstruct-image-choice").value == 0


def test_a_slim_epoch_is_shown_and_explained(open_page):
    app = open_page(PAGE, epoch="9")
    assert not app.error
    assert "without the encoder" in said(app)
    assert "Whole epochs: 60" in said(app)
    assert len(pictures(app)) == 6


def test_ten_dimensions_beside_two(open_page, trained):
    ten = trained(latent_dim=10)
    app = open_page(PAGE, run="mnist-plane", **{"with": ten.id})
    assert not app.error
    assert not app.warning
    assert "≤ " in said(app)
    assert "k = 1,000" in said(app)
    assert "1,024 quasi-random draws" in said(app)
    alts = pictures(app)
    assert len(alts) == 11
    assert ten.id in alts[0]
    assert sum("draws of the prior" in alt for alt in alts) == 2
    app.selectbox(key="reconstruct-with-choice").set_value("").run()
    assert "with" not in app.query_params
    assert len(pictures(app)) == 6


@pytest.mark.parametrize(
    ("values", "reason"),
    [({"likelihood": "gaussian"}, "a density on the real line"), ({"objective": "autoencoder"}, "no bound")],
    ids=["gaussian", "autoencoder"],
)
def test_nats_that_cannot_be_compared_are_said_to_be_so(open_page, trained, values, reason):
    other = trained(**values)
    app = open_page(PAGE, run="mnist-plane", **{"with": other.id})
    assert not app.error
    assert "not comparable" in said(app)
    assert reason in said(app)
    assert not open_page(PAGE, run=other.id).error


@pytest.mark.parametrize("other", ["nothing", "mnist-plane", "../<b>"])
def test_a_run_that_cannot_stand_beside_is_explained(open_page, other):
    app = open_page(PAGE, run="mnist-plane", **{"with": other})
    (warning,) = app.warning
    assert "<b>" not in warning.value
    assert "with" not in app.query_params
    assert len(pictures(app)) == 6


@pytest.mark.parametrize("name", ["config.json", "checkpoints/epoch-0060.safetensors", "latent/epoch-0060.npz"])
def test_a_damaged_run_is_explained_and_harms_no_other(open_page, bundled, runs_folder, name):
    shutil.copytree(bundled.path, runs_folder / "mine")
    (runs_folder / "mine" / name).write_bytes(b"\x80damaged\n")
    app = open_page(PAGE, run="mine")
    assert "damaged" in said(app) or "not JSON" in said(app)
    app = open_page(PAGE, run="mnist-plane", **{"with": "mine"})
    assert not app.error
    assert "damaged" in said(app) or "not JSON" in said(app)
    assert len(pictures(app)) == 6


def test_the_rows_and_the_samples_can_be_downloaded(open_page):
    app = open_page(PAGE)
    labels = [button.proto.label for button in app.get("download_button")]
    assert labels == ["Download", "Download the samples"]


def test_a_film_shows_pictures_alone(open_page):
    app = open_page(PAGE, which="hardest")
    hardest = row(app)
    app.button(key="play").click().run()
    assert not app.exception
    assert row(app) == hardest
    assert "when the film is paused" in app.info[0].value


def test_what_the_page_imports_before_its_first_paint_holds_no_torch():
    script = (
        "import sys\n"
        "import pages.ui.reconstruct.closely, pages.ui.reconstruct.compared, pages.ui.reconstruct.samples\n"
        "sys.exit('torch' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True).returncode == 0
