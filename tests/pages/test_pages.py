"""The landing page, and what the pages about a run share."""

import os
import shutil
import subprocess
import sys
from io import BytesIO

import pytest

from tests.pages.conftest import ROOT, components, plane_options
from vae.browser import payload
from vae.runs import archive, catalogue
from vae.runs.run import About, Run


def payload_key(page: str, run: Run, epoch: int) -> str:
    """What a page asks for: the Decode page encodes, too."""
    return payload.payload_key(run.snapshot(epoch), encoder=page == "3_Decode.py")


def test_the_landing_page_shows_the_bundled_plane_and_leads_on(open_page, bundled):
    app = open_page()
    assert app.title[0].value == "Latent Plane"
    assert plane_options(app)["payload"] == payload.payload_key(bundled.snapshot(60))  # landing
    assert components(app)["payload"].bytes == payload.plane_payload(bundled.snapshot(60))
    links = [link.proto.page for link in app.get("page_link")]
    assert {"Train", "Latent_space", "Decode"} <= set(links)


def test_a_click_on_the_landing_page_opens_the_decode_page_there(open_page):
    app = open_page()
    app.session_state["run"] = "another"
    app.session_state["landing"] = {"clicked": {"z": [0.25, -1.0], "id": 1}}
    app.run()
    assert not app.exception
    assert app.title[0].value == "Decode"
    assert plane_options(app)["pin"] == [0.25, -1.0]
    assert app.query_params["run"] == "mnist-plane"


def test_the_latent_space_page_sends_points_and_thumbnails(open_page, bundled):
    app = open_page("2_Latent_space.py")
    options = plane_options(app)
    assert options["payload"] == payload_key("2_Latent_space.py", bundled, 60)
    assert [address.rpartition("/")[2] for address in options["sheets"]["addresses"]] == [
        f"test-{start}.png" for start in (0, 2500, 5000, 7500)
    ]
    assert options["pin"] is None


def test_the_decode_page_says_what_to_do_first(open_page):
    app = open_page("3_Decode.py")
    beside = {"pad", "verdict", "picture", "inspector", "paths", "download", "game", "manifold"}
    assert set(components(app)) == {"plane", "payload", *beside}
    app.session_state["below"] = "This place in training"
    app.run()
    assert "Click a place" in app.info[0].value


def test_a_deep_link_opens_at_its_place(open_page):
    app = open_page("3_Decode.py", run="mnist-plane", z="0.5,-1.2")
    assert plane_options(app)["pin"] == [0.5, -1.2]
    assert not app.get("image")
    app.session_state["below"] = "This place in training"
    app.run()
    (past,) = app.get("image")
    assert past.captions == ["0", "1", "2", "3", "5", "9", "17", "25", "59", "60"]


def test_a_click_pins_and_is_kept_in_the_address(open_page):
    app = open_page("3_Decode.py", z="0.5,-1.2")
    app.session_state["decode"] = {"clicked": {"z": [1.5, 0.25], "id": 1}}
    app.run()
    assert plane_options(app)["pin"] == [1.5, 0.25]
    assert plane_options(app)["answered"] == 1
    assert app.query_params["z"] == "1.5,0.25"
    app.run()
    assert plane_options(app)["pin"] == [1.5, 0.25]
    app.query_params["z"] = "0.5,-1.2"  # the browser went back: the click has had its effect
    app.run()
    assert plane_options(app)["pin"] == [0.5, -1.2]


def test_a_click_brings_no_payload_that_the_browser_has(open_page, bundled):
    app = open_page("3_Decode.py")
    key = plane_options(app)["payload"]
    for number, (has, is_sent) in enumerate([(key, False), ("another", True), (None, True)], start=1):
        app.session_state["decode"] = {"clicked": {"z": [1.5, 0.25 * number], "id": number, "has": has}}
        app.run()
        assert plane_options(app)["payload"] == key
        assert bool(components(app)["payload"].bytes) == is_sent
    app.session_state["decode"] = {"clicked": {"z": [0.0, 0.0], "id": 9, "has": key}}
    app.run()
    app.run()  # not caused by a click: the browser may have dropped it meanwhile
    assert components(app)["payload"].bytes


@pytest.mark.parametrize("z", ["far,away", "99,0", "1", "nan,nan", "<script>,1"])
def test_a_place_that_is_none_is_explained(open_page, z):
    app = open_page("3_Decode.py", z=z)
    assert "two numbers from" in app.warning[0].value.replace("\\", "")
    assert plane_options(app)["pin"] is None


@pytest.mark.parametrize("page", ["2_Latent_space.py", "3_Decode.py"])
def test_an_unknown_run_is_explained_and_the_first_one_shown(open_page, bundled, page):
    app = open_page(page, run="../<b>nothing</b>")
    assert "There is no run named" in app.warning[0].value.replace("\\", "")
    assert "<b>" not in app.warning[0].value
    assert plane_options(app)["payload"] == payload_key(page, bundled, 60)


def test_a_finished_run_is_selectable_at_once(open_page, small_run):
    app = open_page("3_Decode.py")
    choice = app.selectbox(key="run-choice")
    assert len(choice.options) == len(catalogue.list_runs())
    choice.set_value(small_run.id).run()
    assert not app.exception
    assert plane_options(app)["payload"] == payload_key("3_Decode.py", small_run, 2)
    assert app.query_params["run"] == small_run.id


@pytest.mark.parametrize(
    "name",
    ["config.json", "status.json", "metrics.jsonl", "checkpoints/epoch-0002.safetensors", "latent/epoch-0002.npz"],
)
@pytest.mark.parametrize("page", ["2_Latent_space.py", "3_Decode.py"])
def test_a_damaged_run_is_explained_and_harms_no_other(open_page, small_run, page, name):
    (small_run.path / name).write_bytes(b"\x80damaged\n")
    app = open_page(page, run=small_run.id, z="0,0")
    shown = [element.value.replace("\\", "") for element in [*app.error, *app.warning]]
    assert any("damaged" in text or "is not JSON" in text for text in shown), shown
    assert not open_page(page, run="mnist-plane", z="0,0").error


def test_a_run_that_loses_its_last_snapshot_shows_the_one_before(open_page, small_run):
    (small_run.path / "checkpoints" / "epoch-0002.safetensors").unlink()
    app = open_page("3_Decode.py", run=small_run.id)
    assert plane_options(app)["payload"] == payload_key("3_Decode.py", small_run, 1)


@pytest.mark.parametrize("page", ["2_Latent_space.py", "3_Decode.py"])
def test_every_epoch_can_be_chosen_and_is_kept_in_the_address(open_page, bundled, page):
    app = open_page(page, z="0,0")
    app.select_slider(key="epoch-choice").set_value(9).run()
    assert not app.exception
    assert plane_options(app)["payload"] == payload_key(page, bundled, 9)
    assert app.query_params["epoch"] == "9"
    app.select_slider(key="epoch-choice").set_value(60).run()
    assert "epoch" not in app.query_params
    assert plane_options(open_page(page, epoch="17"))["payload"] == payload_key(page, bundled, 17)


@pytest.mark.parametrize("epoch", ["7", "-1", "x", "<b>", "9" * 5000])
def test_an_epoch_that_is_not_there_is_explained(open_page, bundled, epoch):
    app = open_page("3_Decode.py", epoch=epoch)
    assert "no snapshot of epoch" in app.warning[0].value
    assert "<b>" not in app.warning[0].value
    assert plane_options(app)["payload"] == payload_key("3_Decode.py", bundled, 60)


def test_the_film_plays_from_the_first_epoch_to_the_last(open_page, bundled):
    app = open_page("2_Latent_space.py")
    app.button(key="play").click().run()
    seen = [plane_options(app)["payload"].split("@")[1]]
    while "film" in app.session_state:
        app.run()
        seen.append(plane_options(app)["payload"].split("@")[1])
    assert seen[:11] == ["0", "1", "2", "3", "5", "9", "17", "25", "59", "60", "60"]
    assert "epoch" not in app.query_params


def test_the_best_epoch_is_one_click_away(open_page, small_run):
    first, second = small_run.history().epochs
    small_run.rewind_metrics(0)
    for record in (first.model_copy(update={"validation": second.validation}), second):
        small_run.append_metrics(record)
    app = open_page("3_Decode.py", run=small_run.id)
    assert app.button(key="best-epoch").label == "Best: 1"
    app.button(key="best-epoch").click().run()
    assert plane_options(app)["payload"] == payload_key("3_Decode.py", small_run, 1)


def test_the_chosen_epoch_belongs_to_its_run(open_page, small_run):
    app = open_page("3_Decode.py", run=small_run.id)
    app.select_slider(key="epoch-choice").set_value(0).run()
    app.selectbox(key="run-choice").set_value("mnist-plane").run()
    assert not app.exception
    assert not app.warning
    assert plane_options(app)["payload"].startswith("mnist-plane@60@")


def test_a_run_deleted_under_the_slider_is_explained(open_page, small_run):
    app = open_page("3_Decode.py", run=small_run.id)
    shutil.rmtree(small_run.path)
    app.select_slider(key="epoch-choice").set_value(0).run()
    assert not app.exception
    assert "There is no run named" in app.warning[0].value.replace("\\", "")


def test_runs_of_one_name_can_be_told_apart(open_page, small_run):
    other = archive.unpack(BytesIO(archive.pack(small_run)))
    for run in (small_run, other):
        run.write_about(About(name="twin"))
    app = open_page("3_Decode.py")
    options = app.selectbox(key="run-choice").options
    assert len(options) == len(set(options)) == len(catalogue.list_runs())
    app.selectbox(key="run-choice").set_value(other.id).run()
    assert app.query_params["run"] == other.id


def test_a_run_deleted_meanwhile_is_no_error(open_page, small_run):
    app = open_page("3_Decode.py", run=small_run.id)
    shutil.rmtree(small_run.path)
    app.run()
    assert not app.exception
    assert "There is no run named" in app.warning[0].value.replace("\\", "")


@pytest.mark.parametrize("page", ["app.py", "pages/5_Theory.py"])
def test_the_first_paint_imports_no_torch(page):
    script = (
        "import sys\n"
        "from streamlit.testing.v1 import AppTest\n"
        f"app = AppTest.from_file('app.py', default_timeout=60).switch_page({page!r}).run()\n"
        "assert not app.exception and not app.error and app.title\n"
        "sys.exit('torch is imported' if 'torch' in sys.modules else 0)"
    )
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


@pytest.mark.skipif(sys.platform != "linux", reason="other systems have no such names")
@pytest.mark.parametrize("page", ["2_Latent_space.py", "3_Decode.py", "4_Reconstruct.py", "5_Theory.py"])
def test_a_runs_folder_whose_name_is_not_utf8_is_shown(open_page, small_run, runs_folder, monkeypatch, page):
    folder = runs_folder.parent / os.fsdecode(b"caf\xe9")
    runs_folder.rename(folder)
    monkeypatch.setenv("LATENT_PLANE_RUNS", str(folder))
    app = open_page(page, run=small_run.id, step="2")
    assert app.query_params["run"] == small_run.id
    assert not app.error
