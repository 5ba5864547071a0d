"""The orders for films that the panel of paths sends, under AppTest."""

import io
import json

import numpy as np
import pytest
from PIL import Image
from streamlit.testing.v1 import AppTest

from tests.pages.conftest import components

ORDER = {"id": "7", "kind": "gif", "places": [[0, 0], [1, 1], [2, 0]], "seconds_per_frame": 0.1, "loop": "off"}
PAGE = """
from pages.ui.plane.film import paths_panel
from vae import find_run

paths_panel(find_run("{run}").snapshot({epoch}), key="decode", to_latent=lambda place: {to_latent})
"""


def ordered(order: object, run: str = "mnist-plane", epoch: int = 60, to_latent: str = "place") -> AppTest:
    """A page with the panel, in the run of the script that an order caused."""
    app = AppTest.from_string(PAGE.format(run=run, epoch=epoch, to_latent=to_latent), default_timeout=60)
    app.session_state["decode-paths-order"] = order
    app.run()
    assert not app.exception
    return app


def answer(app: AppTest) -> dict:
    return json.loads(components(app)["paths"].json)["answer"]


def parcel(app: AppTest) -> tuple[dict, bytes]:
    """The header and the content of what `format/download.js` gets."""
    content = components(app)["download"].bytes
    length = int.from_bytes(content[:4], "little")
    return json.loads(content[4 : 4 + length]), content[4 + length :]


def test_without_an_order_there_is_nothing_to_save():
    app = ordered(None)
    assert json.loads(components(app)["paths"].json) == {"channel": "decode", "gif": True, "answer": None}
    assert not components(app)["download"].bytes


def test_an_order_is_answered_with_its_film():
    app = ordered(ORDER)
    assert answer(app) == {"id": "7", "error": None}
    header, content = parcel(app)
    assert header == {"id": "7", "name": "mnist-plane-60-path.gif", "type": "image/gif"}
    assert Image.open(io.BytesIO(content)).n_frames == 3
    app.run()
    assert parcel(app) == (header, content)  # it was answered once; the browser knows it by its id
    app.session_state["decode-paths-order"] = ORDER | {"id": "8"}
    assert answer(app.run())["id"] == "8"


def test_places_are_decoded_where_they_lie_in_the_latent_space(bundled):
    _, turned = parcel(ordered(ORDER, to_latent="(place[1], -place[0])"))
    _, direct = parcel(ordered(ORDER | {"places": [[0, 0], [1, -1], [0, -2]]}))
    assert turned == direct
    assert parcel(ordered(ORDER))[1] != direct


def test_a_film_is_of_the_epoch_that_is_shown():
    _, late = parcel(ordered(ORDER))
    _, early = parcel(ordered(ORDER, epoch=5))
    first = [np.asarray(Image.open(io.BytesIO(film)).convert("L"), int) for film in (late, early)]
    assert np.abs(first[0] - first[1]).max() > 20


@pytest.mark.parametrize(
    ("order", "complaint"),
    [
        (ORDER | {"places": [[0, 0]] * 601}, "from 2 to 600"),
        (ORDER | {"places": [[0, 0], [99, 0]]}, "from -20 to 20"),
        (ORDER | {"seconds_per_frame": 0}, "from 0.02 to 5 seconds"),
        ([], "from 2 to 600"),
    ],
)
def test_an_order_that_cannot_be_filled_is_explained_and_nothing_is_saved(order, complaint):
    app = ordered(order)
    assert complaint in answer(app)["error"]
    assert not components(app)["download"].bytes


def test_a_snapshot_that_has_gone_meanwhile_is_explained(small_run):
    (small_run.path / "checkpoints" / "epoch-0001.safetensors").unlink()
    app = ordered(ORDER, run=small_run.id, epoch=1)
    assert "epoch" in answer(app)["error"]
    assert not components(app)["download"].bytes
