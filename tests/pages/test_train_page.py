import json
import re

import pytest

from pages.ui.frame import escape
from pages.ui.settings_form import settings_form
from tests.pages.conftest import components
from tests.vae.runs.test_foreign import TutorialVAE, saved
from vae.config import PRESETS, make_settings
from vae.jobs import process
from vae.jobs.requests import Change, Requests
from vae.runs import archive, catalogue, trash
from vae.runs.history import StepRecord
from vae.runs.run import About, Run
from vae.runs.status import Status

PAGE = "1_Train.py"


@pytest.fixture
def launched(monkeypatch) -> list[Run]:
    """The runs whose training the page has started; no process is."""
    runs: list[Run] = []
    monkeypatch.setattr("vae.jobs.process._launch", runs.append)
    return runs


def select(app, *places: int):
    """Select rows of the runs table: 0, the first bundled run; 1, the newest of one's own; and so on."""
    listed = catalogue.list_runs()
    n_others = len(catalogue.runs_in(catalogue.BUNDLED)) - 1
    rows = [place and place + n_others for place in places]
    key = "runs-" + ",".join(run.id for run in listed)
    app.session_state[key] = {"selection": {"rows": rows, "columns": [], "cells": []}}
    return app.run()


def field(app, label: str):
    return next(field for field in app.text_input if field.label == label)


def text_of(app) -> str:
    elements = [*app.markdown, *app.caption, *app.info, *app.warning, *app.success, *app.error, *app.toast]
    return " ".join(element.value for element in elements).replace("\\", "").replace("\u2060", "")


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


def training(run: Run, state: str = "running") -> Run:
    """Make the run look as if this process were training it."""
    status = Status(state=state, epoch=1, step=12, n_steps=20, seconds=6, images_per_second=1234.0)
    run.write_status(status.taken_by_this_process())
    return run


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

    monkeypatch.setattr("pages.ui.settings_form.settings_form", form)
    app = open_page(PAGE)
    assert app.button(key="start").label == "Queue"
    assert [state for _, _, state in app.session_state["runs-seen"]] == ["running"]


# The table


def test_the_table_shows_every_run_and_names_as_typed(open_page, small_run):
    hostile = "<img src=x onerror=alert(1)> ../../x"
    small_run.write_about(About(name=hostile, note="**bold**"))
    damaged = catalogue.create_run(small_run.settings)
    (damaged.path / "config.json").write_text("{")
    app = open_page(PAGE)
    table = app.dataframe[0].value
    rows = {row["Name"]: row for row in table.to_dict("records")}
    assert set(rows) >= {"mnist-plane", hostile, damaged.id}
    assert rows[hostile]["Epochs"] == "2 / 2"
    last = small_run.history().last
    assert rows[hostile]["−ELBO"] == pytest.approx(-last.validation.elbo)
    assert rows[hostile]["kNN"] == small_run.history().knn_accuracy
    assert rows[hostile]["Size"] == small_run.size()
    assert rows[hostile]["Note"] == "**bold**"
    assert rows[damaged.id]["State"] == "damaged"
    assert not [element for element in app.markdown if "<img" in element.value]
    picker = open_page("3_Decode.py", run=small_run.id).selectbox(key="run-choice")
    assert any(hostile in option for option in picker.options)


def test_a_run_can_be_renamed_and_noted(open_page, small_run):
    app = select(open_page(PAGE), 1)
    field(app, "Name").set_value("My *first*").run()
    field(app, "Note").set_value(" β = 1 ").run()
    assert not app.exception
    assert small_run.about == About(name="My *first*", note="β = 1")


def test_a_name_that_another_window_gives_is_not_written_back(open_page, small_run):
    first, second = (select(open_page(PAGE), 1) for _ in range(2))
    field(first, "Name").set_value("first").run()
    second.run()
    field(second, "Note").set_value("a note").run()
    first.run()
    assert small_run.about == About(name="first", note="a note")


def test_several_runs_are_laid_over_one_another(open_page, small_run):
    app = select(open_page(PAGE), 0, 1)
    assert not app.exception
    names = {
        series["name"]
        for element in app.get("bidi_component")
        if element.proto.component_name.endswith("curves")
        for panel in json.loads(element.proto.json)["panels"]
        for series in panel["series"]
    }
    assert {"mnist-plane", small_run.id} <= names


def test_a_run_is_deleted_after_a_second_look_and_the_way_back_is_there(open_page, small_run):
    before = small_run.history()
    app = select(open_page(PAGE), 1)
    app.button(key="delete").click().run()
    assert not app.exception
    assert small_run not in catalogue.list_runs()
    assert [run.id for run in trash.trashed()] == [small_run.id]
    app.button(key="undo").click().run()
    assert small_run.history() == before
    assert trash.trashed() == []


def test_the_trash_gives_back_and_can_be_emptied(open_page, small_run):
    trash.delete(small_run)
    app = open_page(PAGE)
    app.button(key=f"restore-{small_run.id}").click().run()
    assert small_run in catalogue.list_runs()
    trash.delete(small_run)
    app.run()
    app.button(key="empty-trash").click().run()
    assert not app.exception
    assert trash.trashed() == []


def test_a_run_under_way_is_not_deleted(open_page, small_run):
    training(small_run)
    app = select(open_page(PAGE), 1)
    app.button(key="delete").click().run()
    assert "stop it first" in text_of(app)
    assert small_run in catalogue.list_runs()


def test_a_bundled_run_can_be_neither_renamed_nor_deleted(open_page, bundled):
    app = select(open_page(PAGE), 0)
    assert not app.exception
    assert {button.key for button in app.button}.isdisjoint({"delete", "resume", "continue"})
    assert not [field for field in app.text_input if field.label == "Name"]


def test_a_damaged_run_can_be_deleted(open_page, small_run):
    (small_run.path / "config.json").write_text("{")
    app = select(open_page(PAGE), 1)
    assert "config.json" in text_of(app)
    app.button(key="delete").click().run()
    assert not app.exception
    assert small_run not in catalogue.list_runs()


def test_duplicate_fills_the_form(open_page, small_run):
    app = select(open_page(PAGE), 1)
    app.button(key="duplicate").click().run()
    assert not app.exception
    assert app.text_input(key="plane.hidden").value == "16"
    assert app.number_input(key="plane.batch_size").value == 100
    assert not app.warning


def test_reproduce_starts_the_same_settings(open_page, small_run, launched):
    app = select(open_page(PAGE), 1)
    app.button(key="reproduce").click().run()
    assert not app.exception
    assert launched[0].settings == small_run.settings
    assert launched[0] != small_run


def test_an_import_is_checked_and_watched(open_page, small_run):
    packed = archive.pack(small_run)
    app = open_page(PAGE)
    app.file_uploader[0].set_value(("run.zip", packed, "application/zip")).run()
    assert not app.exception
    assert app.query_params["run"] == f"{small_run.id}-2"
    assert catalogue.find_run(f"{small_run.id}-2").history() == small_run.history()
    app.file_uploader[0].set_value(("bad.zip", b"PK no", "application/zip")).run()
    assert "cannot be imported" in text_of(app)
    assert app.button(key="start")


def test_a_checkpoint_of_the_tutorial_becomes_a_run(open_page, runs_folder):
    app = open_page(PAGE)
    content = saved(TutorialVAE().state_dict()).getvalue()
    app.file_uploader[0].set_value(("vae.pth", content, "application/octet-stream")).run()
    assert not app.exception
    run = catalogue.find_run(app.query_params["run"])
    assert run.settings.posterior_scale == "linear"
    app.file_uploader[0].set_value(("bad.pth", b"no checkpoint", "application/octet-stream")).run()
    assert "checkpoint cannot be imported" in text_of(app)


def test_runs_whose_nats_differ_are_not_compared_without_a_word(open_page, trained_run):
    trained_run(make_settings({"hidden": "8", "epochs": 1, "batch_size": 200, "likelihood": "beta"}))
    assert "not comparable" in text_of(select(open_page(PAGE), 0, 1))


def test_a_name_in_the_address_is_compared_and_never_a_path(open_page):
    app = open_page(PAGE, run="../../<b>etc</b>")
    assert "There is no run named" in text_of(app)
    assert not [element for element in app.warning if "<b>" in element.value]


def test_what_was_typed_is_there_after_another_preset_and_another_page(open_page):
    app = open_page(PAGE)
    app.number_input(key="plane.epochs").set_value(7).run()
    app.segmented_control(key="preset").set_value("article").run()
    app.segmented_control(key="preset").set_value("plane").run()
    assert app.number_input(key="plane.epochs").value == 7
    app.switch_page("pages/3_Decode.py").run()
    app.switch_page("pages/1_Train.py").run()
    assert app.number_input(key="plane.epochs").value == 7


def test_a_click_is_not_lost_when_a_run_has_just_changed(open_page, small_run):
    training(small_run)
    app = select(open_page(PAGE), 1)
    small_run.write_status(Status(state="stopped"))
    app.button(key="delete").click().run()
    assert small_run not in catalogue.list_runs()


def test_undo_offers_what_is_still_in_the_trash(open_page, small_run):
    app = select(open_page(PAGE), 1)
    app.button(key="delete").click().run()
    app.button(key="empty-trash").click().run()
    assert not app.exception
    assert "in the trash" not in text_of(app)
    assert not [button for button in app.button if button.key == "undo"]


def test_a_run_without_its_state_can_be_looked_at_but_not_resumed(open_page, small_run, launched):
    small_run.write_status(Status(state="interrupted"))
    (small_run.path / "state.safetensors").unlink()
    before = small_run.history()
    app = open_page(PAGE)
    app.button(key="resume").click().run()
    assert "has no state.safetensors to go on from" in text_of(app)
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
