"""The table of runs on the Train page, and what can be done with those that are selected."""

import json

import pytest

from tests.pages.train_page import PAGE, text_of, training
from tests.vae.runs.test_foreign import TutorialVAE, saved
from vae.config import make_settings
from vae.runs import archive, catalogue, trash
from vae.runs.run import About
from vae.runs.status import Status


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
