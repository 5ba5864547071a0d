"""The Train page: the form, and the training that is watched."""

import json
import re

import pytest

from pages.ui.frame import escape
from pages.ui.train.settings_form import settings_form
from tests.pages.conftest import components
from tests.pages.train_page import PAGE, text_of, training
from vae.config import PRESETS
from vae.jobs import process
from vae.jobs.requests import Change, Requests
from vae.runs.history import StepRecord
from vae.runs.status import Status


@pytest.mark.parametrize("name", ["config.json", "status.json", "metrics.jsonl"])
def test_a_damaged_training_is_explained(open_page, small_run, name):
    (small_run.path / name).write_bytes(b"\x80damaged\n")
    app = open_page(PAGE)
    assert name in app.error[0].value.replace("\\", "")
    assert not app.button(key="start").disabled


def test_the_form_is_made_from_the_presets(open_page):
    app = open_page(PAGE)
    assert app.number_input(key="plane.epochs").value == PRESETS["plane"].epochs
    app.segmented_control(key="preset").set_value("article").run()
    assert app.number_input(key="article.batch_size").value == 100
    assert app.number_input(key="article.learning_rate").value == pytest.approx(1e-3)
    assert app.text_input(key="article.hidden").value == "256"


def test_the_address_fills_the_form(open_page):
    app = open_page(PAGE, preset="article", epochs="3")
    assert app.number_input(key="article.epochs").value == 3


@pytest.mark.parametrize("query", [{"epochs": "0"}, {"preset": "<b>"}, {"learning_rate": "nan"}])
def test_an_address_out_of_range_is_explained(open_page, query):
    app = open_page(PAGE, **query)
    assert "is out of range; accepted:" in app.error[0].value.replace("\\", "")
    assert app.button(key="start").disabled is False


def test_widths_that_are_none_are_explained_and_cannot_be_started(open_page):
    app = open_page(PAGE)
    app.text_input(key="plane.hidden").set_value("256-x").run()
    assert "256-x" in app.error[0].value.replace("\\", "")
    assert app.button(key="start").disabled


def test_start_explains_a_folder_that_cannot_be_written(open_page, monkeypatch):
    monkeypatch.setenv("LATENT_PLANE_RUNS", "/proc/runs")
    app = open_page(PAGE)
    app.button(key="start").click().run()
    assert not app.exception
    assert "Cannot write" in app.error[0].value.replace("\\", "")


def test_start_queues_behind_a_training_and_watches_the_new_run(open_page, small_run, launched):
    training(small_run)
    app = open_page(PAGE, epochs="3")
    assert app.button(key="start").label == "Queue"
    app.button(key="start").click().run()
    assert not app.exception
    (run,) = launched
    assert run.settings.epochs == 3
    assert app.query_params["run"] == run.id
    run.write_status(run.status.taken_by_this_process())
    app.run()
    assert f"In the queue, place 1: after {small_run.id}" in text_of(app)
    app.button(key="stop").click().run()
    assert "stop" in Requests(run).pending()


def test_step_by_step_starts_paused(open_page, launched):
    app = open_page(PAGE)
    app.button(key="start-paused").click().run()
    assert not app.exception
    assert Requests(launched[0]).pending() == {"pause"}


def test_a_running_training_is_shown_live_and_can_be_paused_and_stopped(open_page, small_run):
    training(small_run)
    app = open_page(PAGE)
    progress = app.get("progress")[0].proto.text
    assert "Epoch 2 of 2" in progress
    assert "4 s left" in progress
    assert "1,234 images/s" in progress
    assert {"plane", "payload", "picture", "gallery", "curves"} <= set(components(app))
    app.button(key="pause").click().run()
    assert app.button(key="pause").disabled
    assert app.button(key="pause").label == "Pausing…"
    app.button(key="stop").click().run()
    assert not app.exception
    assert Requests(small_run).pending() == {"pause", "stop"}
    assert "training is under way" in open_page().info[0].value


def test_a_paused_training_goes_on_step_by_step(open_page, small_run):
    training(small_run, "paused")
    requests = Requests(small_run)
    requests.pause()
    app = open_page(PAGE)
    for stride in ("minibatch", "epoch"):
        app.button(key=f"step-{stride}").click().run()
        assert requests.stride() == stride
        requests.withdraw("step")
    app.button(key="go-on").click().run()
    assert requests.pending() == frozenset()


def test_a_single_step_says_what_changed(open_page, small_run):
    training(small_run, "paused")
    (last,) = small_run.history().epochs[-1:]
    small_run.append_metrics(
        StepRecord(
            **last.model_dump(include={"epoch", "train", "learning_rate", "beta", "images_per_second"}),
            step=12,
            gradient_norm=35.25,
            layers={"encoder.mu": (12.5, 0.0123)},
            means_moved=0.0345,
        )
    )
    text = text_of(open_page(PAGE))
    assert "gradient‖ 35.2" in text
    assert "moved by 0.0345" in text
    assert "| encoder.mu | 12.5 | 1.23% |" in text


def test_beta_and_the_learning_rate_can_be_changed_in_the_middle(open_page, small_run):
    training(small_run)
    app = open_page(PAGE)
    assert app.button(key="apply-change").disabled
    assert app.number_input(key=f"new-beta-{small_run.id}-1").value == 1.0
    app.number_input(key=f"new-beta-{small_run.id}-1").set_value(4.0).run()
    app.button(key="apply-change").click().run()
    assert not app.exception
    assert Requests(small_run).requested_change()[0] == Change(beta=4.0)


@pytest.mark.parametrize("state", ["finished", "failed", "interrupted", "stopped"])
def test_a_training_that_ended_says_how_and_what_to_do(open_page, small_run, launched, state):
    small_run.write_status(Status(state=state, message=f"{state} because <b>of</b> it", seconds=100))
    app = open_page(PAGE)
    shown = (app.success if state == "finished" else app.warning)[0].value
    assert state in shown.lower()
    assert "<b>" not in shown
    panels = {panel["title"]: panel for panel in json.loads(components(app)["curves"].json)["panels"]}
    lines = {series["role"]: series["x"] for series in panels["−ELBO"]["series"]}
    assert lines == {"epoch": [1, 2], "validation": [1, 2]}
    app.button(key="continue" if state == "finished" else "resume").click().run()
    assert not app.exception
    assert launched == [small_run]
    assert small_run.status.state == "queued"
    assert small_run.settings.epochs == (4 if state == "finished" else 2)


def test_two_windows_see_the_same_and_resume_once(open_page, small_run, launched):
    small_run.write_status(Status(state="interrupted"))
    first, second = open_page(PAGE), open_page(PAGE)
    first.button(key="resume").click().run()
    second.button(key="resume").click().run()
    assert launched == [small_run]
    assert "Starting…" in text_of(second)


def test_clearing_the_cache_starts_nothing(open_page, small_run, launched):
    import streamlit as st

    training(small_run)
    st.cache_resource.clear()
    st.cache_data.clear()
    open_page(PAGE)
    assert launched == []
    assert process.active_runs() == [small_run]


def test_a_change_from_elsewhere_redraws_the_page(open_page, small_run):
    app = open_page(PAGE)
    assert app.get("bidi_component")
    small_run.write_status(Status(state="failed", message="Somebody pulled the plug."))
    app.run()
    assert "pulled the plug" in text_of(app)


def test_a_training_that_ends_while_the_page_is_drawn_is_noticed(open_page, small_run, monkeypatch):
    """Else its button would go on saying Queue."""
    training(small_run)

    def form(*args, **kwargs):
        small_run.write_status(Status(state="stopped"))
        return settings_form(*args, **kwargs)

    monkeypatch.setattr("pages.ui.train.settings_form.settings_form", form)
    app = open_page(PAGE)
    assert app.button(key="start").label == "Queue"
    assert [state for _, _, state in app.session_state["runs-seen"]] == ["running"]


def test_what_was_typed_is_there_after_another_preset_and_another_page(open_page):
    app = open_page(PAGE)
    app.number_input(key="plane.epochs").set_value(7).run()
    app.segmented_control(key="preset").set_value("article").run()
    app.segmented_control(key="preset").set_value("plane").run()
    assert app.number_input(key="plane.epochs").value == 7
    app.switch_page("pages/3_Decode.py").run()
    app.switch_page("pages/1_Train.py").run()
    assert app.number_input(key="plane.epochs").value == 7


def test_a_run_without_its_state_can_be_looked_at_but_not_resumed(open_page, small_run, launched):
    small_run.write_status(Status(state="interrupted"))
    (small_run.path / "state.safetensors").unlink()
    before = small_run.history()
    app = open_page(PAGE)
    app.button(key="resume").click().run()
    assert "has no state.safetensors to resume from" in text_of(app)
    assert launched == []
    assert small_run.history() == before


@pytest.mark.parametrize(
    "text",
    [":material/delete:", ":material_delete:", "a -> b <- c -- d >= e", "https://evil.example", "www.evil.example",
     "x@evil.example", "&lt;b&gt;", "**b** $x$ `c` [l](u)", "a\n\n    code"],
)  # fmt: skip
def test_text_from_outside_is_shown_as_typed(text):
    """Streamlit replaces these in the text that Markdown leaves: no such pattern may be left whole, nor any markup."""
    shown = escape(text)
    plain = re.sub(r"\\(.)", r"\1", shown)
    assert plain.replace("\u2060", "") == " ".join(text.split())
    for pattern in (r":material[/_]\w+:", r"->|<-|--|>=|<=|~=", r"https?://", r"www\.", r"\w@\w"):
        assert not re.search(pattern, plain)
    assert not re.search(r"(?<!\\)[`*_{}\[\]()<>#$&]", shown)
    assert "\n" not in shown
