import json
import os
import re
import shutil
import subprocess
import sys

import pytest

from tests.pages.conftest import ROOT, components
from vae import export, jobs, runs
from vae.config import PRESETS
from vae.status import Status


def plane_options(app) -> dict:
    return json.loads(components(app)["plane"].json)


def test_the_landing_page_shows_the_bundled_plane_and_leads_on(open_page, bundled):
    app = open_page()
    assert app.title[0].value == "Latent Plane"
    assert plane_options(app)["payload"] == export.payload_key(bundled, 60)
    assert components(app)["payload"].bytes == export.plane_payload(bundled, 60)
    links = [link.proto.page for link in app.get("page_link")]
    assert {"Train", "Latent_space", "Decode"} <= set(links)


def test_a_click_on_the_landing_page_opens_the_decode_page_there(open_page):
    app = open_page()
    app.session_state["run"] = "another"
    app.session_state["landing"] = {"clicked": {"z": [0.25, -1.0]}}
    app.run()
    assert not app.exception
    assert app.title[0].value == "Decode"
    assert plane_options(app)["pin"] == [0.25, -1.0]
    assert app.query_params["run"] == "mnist-plane"


def test_the_latent_space_page_sends_points_and_thumbnails(open_page, bundled):
    app = open_page("2_Latent_space.py")
    options = plane_options(app)
    assert options["payload"] == export.payload_key(bundled, 60)
    assert options["sprite"].endswith("test-digits.png")
    assert options["pin"] is None


def test_the_decode_page_says_what_to_do_first(open_page):
    app = open_page("3_Decode.py")
    assert "Click a place" in app.info[0].value
    assert set(components(app)) == {"plane", "payload", "picture"}


def test_a_deep_link_opens_at_its_place(open_page):
    app = open_page("3_Decode.py", run="mnist-plane", z="0.5,-1.2")
    assert plane_options(app)["pin"] == [0.5, -1.2]
    text = " ".join(element.value for element in app.markdown)
    assert "(0.50, −1.20)" in text
    assert "0.0684" in text  # exp(−(0.5² + 1.2²)/2) / 2π
    decoded, neighbours = app.get("image")
    assert decoded.captions == ["pinned"]
    assert len(neighbours.captions) == 5
    assert all(re.fullmatch(r"\d · 0\.\d\d", caption) for caption in neighbours.captions)


def test_a_click_pins_and_is_kept_in_the_address(open_page):
    app = open_page("3_Decode.py", z="0.5,-1.2")
    app.session_state["decode"] = {"clicked": {"z": [1.5, 0.25]}}
    app.run()
    assert plane_options(app)["pin"] == [1.5, 0.25]
    assert app.query_params["z"] == "1.5,0.25"
    app.session_state["decode"] = {}
    app.run()
    assert plane_options(app)["pin"] == [1.5, 0.25]


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
    assert plane_options(app)["payload"] == export.payload_key(bundled, 60)


def test_a_finished_run_is_selectable_at_once(open_page, small_run):
    app = open_page("3_Decode.py")
    choice = app.selectbox(key="run-choice")
    assert len(choice.options) == 2
    choice.set_value(small_run.id).run()
    assert not app.exception
    assert plane_options(app)["payload"] == export.payload_key(small_run, 2)
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


@pytest.mark.parametrize("name", ["config.json", "status.json", "metrics.jsonl"])
def test_a_damaged_training_is_explained(open_page, small_run, name):
    (small_run.path / name).write_bytes(b"\x80damaged\n")
    app = open_page("1_Train.py")
    assert name in app.error[0].value.replace("\\", "")
    assert not app.button(key="start").disabled


def test_a_run_that_loses_its_last_snapshot_shows_the_one_before(open_page, small_run):
    (small_run.path / "checkpoints" / "epoch-0002.safetensors").unlink()
    app = open_page("3_Decode.py", run=small_run.id)
    assert plane_options(app)["payload"] == export.payload_key(small_run, 1)


def test_ten_latent_dimensions_are_explained(open_page, small_mnist):
    from vae.train import train

    run = runs.create_run(PRESETS["article-10"].model_copy(update={"epochs": 1, "hidden": (8,)}))
    list(train(run))
    app = open_page("3_Decode.py", run=run.id, z="1,1")
    assert "10 latent dimensions" in " ".join(caption.value for caption in app.caption)
    latent_space = open_page("2_Latent_space.py", run=run.id)
    assert "10 latent dimensions" in " ".join(caption.value for caption in latent_space.caption)


def test_the_form_is_made_from_the_presets(open_page):
    app = open_page("1_Train.py")
    assert app.number_input(key="plane.epochs").value == PRESETS["plane"].epochs
    app.segmented_control(key="preset").set_value("article").run()
    assert app.number_input(key="article.batch_size").value == 100
    assert app.number_input(key="article.learning_rate").value == pytest.approx(1e-3)
    assert app.text_input(key="article.hidden").value == "256"


def test_the_address_fills_the_form(open_page):
    app = open_page("1_Train.py", preset="article", epochs="3")
    assert app.number_input(key="article.epochs").value == 3


@pytest.mark.parametrize("query", [{"epochs": "0"}, {"preset": "<b>"}, {"learning_rate": "nan"}])
def test_an_address_out_of_range_is_explained(open_page, query):
    app = open_page("1_Train.py", **query)
    assert "is out of range; accepted:" in app.error[0].value.replace("\\", "")
    assert app.button(key="start").disabled is False


def test_widths_that_are_none_are_explained_and_cannot_be_started(open_page):
    app = open_page("1_Train.py")
    app.text_input(key="plane.hidden").set_value("256-x").run()
    assert "256-x" in app.error[0].value.replace("\\", "")
    assert app.button(key="start").disabled


def test_start_explains_a_folder_that_cannot_be_written(open_page, monkeypatch):
    monkeypatch.setenv("LATENT_PLANE_RUNS", "/proc/runs")
    app = open_page("1_Train.py")
    app.button(key="start").click().run()
    assert not app.exception
    assert "Cannot write" in app.error[0].value.replace("\\", "")


def test_a_running_training_is_shown_and_no_second_one_starts(open_page, small_run):
    small_run.write_status(Status(state="running", pid=os.getpid(), epoch=1, step=12, n_steps=20, seconds=6))
    app = open_page("1_Train.py")
    assert app.button(key="start").disabled
    assert "4 s left" in app.get("progress")[0].proto.text
    assert "Epoch 2 of 2" in app.get("progress")[0].proto.text
    assert jobs.active_run() == small_run
    app.button(key="stop").click().run()
    assert not app.exception
    assert small_run.stop_requested()
    assert "training is under way" in open_page().info[0].value


@pytest.mark.parametrize("state", ["finished", "failed", "interrupted", "stopped"])
def test_a_training_that_ended_says_how(open_page, small_run, state):
    small_run.write_status(Status(state=state, message="because <b>of</b> it", seconds=100))
    app = open_page("1_Train.py")
    shown = (app.success if state == "finished" else app.warning)[0].value
    assert state in shown.lower()
    assert "<b>" not in shown
    curves = json.loads(components(app)["curves"].json)
    assert [panel["series"][0]["x"] for panel in curves["panels"]] == [[1, 2]] * 3


def test_a_run_deleted_meanwhile_is_no_error(open_page, small_run):
    app = open_page("3_Decode.py", run=small_run.id)
    shutil.rmtree(small_run.path)
    app.run()
    assert not app.exception
    assert "There is no run named" in app.warning[0].value.replace("\\", "")


def test_the_first_paint_imports_no_torch():
    script = (
        "import sys\n"
        "from streamlit.testing.v1 import AppTest\n"
        "app = AppTest.from_file('app.py', default_timeout=60).run()\n"
        "assert not app.exception and app.title[0].value == 'Latent Plane'\n"
        "sys.exit('torch is imported' if 'torch' in sys.modules else 0)"
    )
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
