"""The choice of a plane through the latent space, and of the images that are its points."""

import numpy as np
import pytest

from tests.pages.conftest import plane_options
from vae.analysis import latent
from vae.browser import payload
from vae.config import PRESETS
from vae.runs.run import Run


@pytest.fixture
def run_of_ten(trained_run) -> Run:
    """A trained run with ten latent dimensions."""
    return trained_run(PRESETS["article-10"].model_copy(update={"epochs": 1, "hidden": (8,)}))


def test_the_plane_through_ten_dimensions_is_chosen(open_page, run_of_ten):
    app = open_page("3_Decode.py", run=run_of_ten.id, z="1,1")
    assert plane_options(app)["chart"]["titles"] == ["z₁", "z₂"]
    key = f"of-{run_of_ten.id}"
    app.selectbox(key=f"plane-horizontal-{key}").set_value(4).run()
    assert not app.exception
    chart = plane_options(app)["chart"]
    assert chart["titles"] == ["z₄", "z₂"]
    assert chart["axes"][0] == [0, 0, 0, 1, *[0] * 6]
    assert app.query_params["plane"] == "4,2"
    app.selectbox(key=f"plane-vertical-{key}").set_value(4).run()  # both the same: the other one makes room
    assert plane_options(app)["chart"]["titles"] == ["z₁", "z₄"]


def test_the_plane_of_the_principal_components_is_chosen(open_page, run_of_ten):
    app = open_page("2_Latent_space.py", run=run_of_ten.id)
    app.segmented_control(key=f"plane-kind-of-{run_of_ten.id}").set_value("Principal components").run()
    assert not app.exception
    expected = latent.principal_chart(run_of_ten.snapshot(1).latent().mu)
    assert plane_options(app)["chart"]["axes"] == [list(axis) for axis in expected.axes]
    assert app.query_params["plane"] == "pc"


def test_a_plane_of_the_address_is_used(open_page, run_of_ten):
    app = open_page("3_Decode.py", run=run_of_ten.id, plane="9,10", at="1:-1.5")
    chart = plane_options(app)["chart"]
    assert chart["titles"] == ["z₉", "z₁₀"]
    assert chart["origin"][0] == -1.5
    app = open_page("3_Decode.py", run=run_of_ten.id, plane="pc")
    assert plane_options(app)["chart"]["titles"] == list(
        latent.principal_chart(run_of_ten.snapshot(1).latent().mu).titles
    )


def test_the_other_dimensions_are_held_where_one_puts_them(open_page, run_of_ten):
    app = open_page("3_Decode.py", run=run_of_ten.id, plane="2,1")
    assert not [slider for slider in app.slider if slider.key.startswith("plane-")]  # until they are asked for
    app.session_state["plane-others"] = True
    app.run()
    sliders = [slider for slider in app.slider if slider.key.startswith("plane-at-")]
    assert [slider.label for slider in sliders] == ["z₃", "z₄", "z₅", "z₆", "z₇", "z₈", "z₉", "z₁₀"]
    app.slider(key=f"plane-at-4-of-{run_of_ten.id}").set_value(-1.5).run()
    assert not app.exception
    assert plane_options(app)["chart"]["origin"] == [0, 0, 0, -1.5, *[0] * 6]
    assert app.query_params["at"] == "4:-1.5"
    assert "z₄ = −1.5" in " ".join(caption.value for caption in app.caption)
    app.button(key="plane-reset").click().run()
    assert plane_options(app)["chart"]["origin"] == [0] * 10
    assert "at" not in app.query_params


def test_the_place_before_is_decoded_in_the_plane_that_is_chosen(open_page, run_of_ten, monkeypatch):
    asked = []
    monkeypatch.setattr(latent, "decode_images", lambda _, z, shape: asked.extend(z) or np.zeros((1, *shape), np.uint8))
    app = open_page("3_Decode.py", run=run_of_ten.id, plane="4,2", at="1:0.5", z="1,-2")
    assert not asked  # until they are looked at
    app.session_state["below"] = "This place in training"
    app.run()
    assert set(asked) == {(0.5, -2, 0, 1, *[0] * 6)}


def test_another_run_is_shown_without_the_plane_of_the_one_before(open_page, run_of_ten):
    app = open_page("3_Decode.py", run=run_of_ten.id, plane="9,10", at="1:-1.5")
    app.selectbox(key="run-choice").set_value("mnist-plane").run()
    assert not app.exception
    assert not app.warning
    assert plane_options(app)["chart"]["titles"] == ["z₁", "z₂"]
    assert {"plane", "at"}.isdisjoint(app.query_params)
    app.selectbox(key="run-choice").set_value(run_of_ten.id).run()
    assert plane_options(app)["chart"]["titles"] == ["z₉", "z₁₀"]  # as it was left


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("plane", "1,1"),
        ("plane", "1,11"),
        ("plane", "nan,2"),
        ("plane", "<b>"),
        ("at", "3:9"),
        ("at", "3:nan"),
        ("at", "x"),
    ],
)
def test_a_plane_that_is_none_is_explained(open_page, run_of_ten, name, text):
    app = open_page("3_Decode.py", run=run_of_ten.id, **{name: text})
    assert "Accepted" in app.warning[0].value
    assert plane_options(app)["chart"]["titles"] == ["z₁", "z₂"]


def test_other_images_can_be_the_points(open_page, bundled):
    app = open_page("2_Latent_space.py")
    app.segmented_control(key="images-choice").set_value("validation").run()
    assert not app.exception
    assert plane_options(app)["payload"] == payload.payload_key(bundled.snapshot(60), split="validation")
    assert app.query_params["images"] == "validation"
    app = open_page("2_Latent_space.py", images="train")
    assert plane_options(app)["payload"] == payload.payload_key(bundled.snapshot(60), split="train")
    assert len(plane_options(app)["sheets"]["addresses"]) == 22


def test_images_that_cannot_be_shown_are_explained(open_page, bundled):
    app = open_page("2_Latent_space.py", images="holiday")
    assert "images \\= 'holiday'" in app.warning[0].value
    assert plane_options(app)["payload"] == payload.payload_key(bundled.snapshot(60))
    app = open_page("2_Latent_space.py", images="train", epoch="9")
    assert "decoder" in " ".join(caption.value for caption in app.caption)
    assert plane_options(app)["payload"] == payload.payload_key(bundled.snapshot(9))
