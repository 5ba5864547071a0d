import os
import shutil
import time

import pytest

from vae.config import PRESETS
from vae.errors import RunError
from vae.runs import catalogue, trash
from vae.runs.run import Run
from vae.runs.status import Status


@pytest.fixture
def make_run(runs_folder):
    def make(name: str, state: str = "finished") -> Run:
        run = catalogue.create_run(PRESETS["plane"], runs_folder / name)
        run.write_status(Status(state=state, pid=os.getpid()))
        return run

    return make


def ids(listed: list[Run]) -> list[str]:
    return [run.id for run in listed]


def test_a_deleted_run_is_in_the_trash_and_nowhere_else(make_run):
    run, other = make_run("one"), make_run("other")
    trash.delete(run)
    assert catalogue.own_runs() == [other]
    assert ids(trash.trashed()) == ["one"]
    with pytest.raises(RunError, match="There is no run named 'one'"):
        catalogue.find_run("one")


def test_a_restored_run_is_the_same_as_before(make_run):
    run = make_run("one")
    before = {path: path.read_bytes() for path in run.path.rglob("*") if path.is_file()}
    trash.delete(run)
    assert trash.restore("one") == run
    assert {path: path.read_bytes() for path in run.path.rglob("*") if path.is_file()} == before
    assert catalogue.own_runs() == [run]
    assert trash.trashed() == []


def test_the_trash_lists_the_latest_deletion_first(make_run):
    for name in ("b", "c", "a"):
        trash.delete(make_run(name))
    assert ids(trash.trashed()) == ["a", "c", "b"]
    trash.delete(trash.restore("c"))
    assert ids(trash.trashed()) == ["c", "a", "b"]


def test_runs_of_one_id_have_different_names_in_the_trash(make_run, runs_folder):
    for note in ("first", "second", "third"):
        run = make_run("one")
        run.append_log(note)
        trash.delete(run)
    assert ids(trash.trashed()) == ["one-3", "one-2", "one"]
    assert (trash.restore("one").path / "log.txt").read_text() == "first\n"
    assert (trash.restore("one-3").path / "log.txt").read_text() == "third\n"
    assert ids(trash.trashed()) == ["one-2"]


def test_a_run_whose_id_is_taken_meanwhile_comes_back_under_another(make_run):
    trash.delete(make_run("one"))
    taken = make_run("one")
    assert trash.restore("one").id == "one-2"
    assert sorted(ids(catalogue.own_runs())) == ["one", "one-2"]
    assert catalogue.find_run("one") == taken


def test_a_bundled_run_stays(bundled, runs_folder, tmp_path, monkeypatch):
    monkeypatch.setattr(catalogue, "BUNDLED", tmp_path / "bundled")  # not the real one, which a failure would move away
    copy = Run(shutil.copytree(bundled.path, tmp_path / "bundled" / bundled.id))
    with pytest.raises(RunError, match="mnist-plane came with the app and stays"):
        trash.delete(copy)
    assert catalogue.list_runs() == [copy]
    assert not runs_folder.exists()


def test_a_run_elsewhere_stays(tmp_path):
    run = catalogue.create_run(PRESETS["plane"], tmp_path / "elsewhere")
    with pytest.raises(RunError, match=r"only runs in .*runs can be deleted"):
        trash.delete(run)
    assert run.path.is_dir()


@pytest.mark.parametrize("state", ["queued", "running", "paused"])
def test_a_run_that_is_being_trained_stays(make_run, state):
    run = make_run("one")
    run.write_status(Status(state=state, heartbeat=time.time()))
    with pytest.raises(RunError, match="one is being trained; stop it first"):
        trash.delete(run)
    assert catalogue.own_runs() == [run]


def test_a_run_whose_training_is_gone_can_be_deleted(make_run):
    run = make_run("one")
    run.write_status(Status(state="running", heartbeat=time.time() - 10_000))
    trash.delete(run)
    assert ids(trash.trashed()) == ["one"]


@pytest.mark.parametrize("name", ["status.json", "config.json", "metrics.jsonl"])
def test_a_damaged_run_can_be_deleted_and_restored(make_run, name):
    run = make_run("one")
    (run.path / name).write_bytes(b"\xff{")
    trash.delete(run)
    assert catalogue.own_runs() == []
    assert trash.restore("one") == run


def test_a_run_that_is_gone_already_is_explained(make_run):
    run = make_run("one")
    trash.delete(run)
    with pytest.raises(RunError, match="Somebody has already deleted it"):
        trash.delete(run)


@pytest.mark.parametrize("name", ["../runs/one", "..", "", "/etc", "one/", "./one", "two", ".trash"])
def test_a_name_to_restore_is_never_made_into_a_path(make_run, name):
    trash.delete(make_run("one"))
    with pytest.raises(RunError, match=r"There is no run named .* in the trash"):
        trash.restore(name)
    assert ids(trash.trashed()) == ["one"]


def test_an_emptied_trash_holds_nothing_and_other_runs_stay(make_run, runs_folder, tmp_path):
    stays = make_run("stays")
    for name in ("one", "two"):
        trash.delete(make_run(name))
    (tmp_path / "precious").mkdir()
    (runs_folder / ".trash" / "link").symlink_to(tmp_path / "precious")
    (runs_folder / ".trash" / "stray.txt").write_text("stray")
    trash.empty()
    assert list((runs_folder / ".trash").iterdir()) == []
    assert trash.trashed() == []
    assert catalogue.own_runs() == [stays]
    assert (tmp_path / "precious").is_dir()


def test_a_trash_that_never_was_is_empty(runs_folder):
    assert trash.trashed() == []
    trash.empty()
    assert not runs_folder.exists()


def test_a_run_that_cannot_be_deleted_for_good_is_named(make_run, monkeypatch):
    trash.delete(make_run("one"))

    def refuse(path):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(trash.shutil, "rmtree", refuse)
    with pytest.raises(RunError, match=r"Cannot delete .*\.trash/one: Permission denied"):
        trash.empty()


def test_a_linked_run_is_deleted_as_a_link(make_run, runs_folder, tmp_path):
    make_run("one").path.rename(tmp_path / "large disk")
    (runs_folder / "one").symlink_to(tmp_path / "large disk")
    trash.delete(catalogue.find_run("one"))
    trash.empty()
    assert catalogue.own_runs() == []
    assert Run(tmp_path / "large disk").settings == PRESETS["plane"]
