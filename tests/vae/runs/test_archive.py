"""Runs packed as zip archives, and unpacked again."""

import os
import stat
import time
from io import BytesIO
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile

import pytest

from tests.vae.runs.archives import FIRST, LATENT, STATE, assert_same, everything_in, refuse, zipped
from vae import budget
from vae.errors import RunError
from vae.runs import catalogue
from vae.runs.archive import pack, unpack
from vae.runs.run import Run
from vae.runs.state import read_state
from vae.runs.status import Status


def test_a_trained_run_comes_back_equal_under_a_free_id(small_run):
    copy = unpack(BytesIO(pack(small_run)))
    assert copy.id == f"{small_run.id}-2"
    assert_same(copy, small_run)
    assert copy.status.state == "finished"
    assert {run.id for run in catalogue.own_runs()} == {small_run.id, copy.id}


def test_a_run_comes_back_byte_for_byte_under_its_own_id_when_that_is_free(original, packed):
    copy = unpack(BytesIO(packed))
    assert copy.id == "made"
    assert_same(copy, original)
    assert read_state(copy)[0] == read_state(original)[0]
    names = everything_in(original.path)
    assert everything_in(copy.path).keys() == names.keys()
    for name in names.keys() - {"status.json"}:
        assert (copy.path / name).read_bytes() == (original.path / name).read_bytes()
    assert stat.S_IMODE(copy.path.stat().st_mode) == 0o755


def test_a_bundled_run_can_be_packed_and_its_copy_is_no_bundled_one(bundled, runs_folder):
    copy = unpack(BytesIO(pack(bundled)))
    assert copy.path == runs_folder / "mnist-plane-2"
    assert_same(copy, bundled)


def test_an_archive_holds_the_files_of_the_run_and_no_others(made_run):
    for name in ("checkpoints/live.safetensors", "latent/live.npz", ".hidden", "requests/stop", "checkpoints/.x.tmp"):
        path = made_run.path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text("not for others")
    (made_run.path / "checkpoints" / "epoch-0002.safetensors").write_text("its latent is not written yet")
    with ZipFile(BytesIO(pack(made_run))) as packed:
        snapshots = [f"{folder}/epoch-{epoch:04d}" for epoch in (0, 1) for folder in ("checkpoints", "latent")]
        expected = ["config", "status", "metrics", "about", "log", "state", *snapshots]
        assert sorted(name.removeprefix("made/").split(".")[0] for name in packed.namelist()) == sorted(expected)
        methods = {Path(entry.filename).suffix: entry.compress_type for entry in packed.infolist()}
        assert methods[".safetensors"] == methods[".npz"] == ZIP_STORED
        assert methods[".json"] == methods[".jsonl"] == methods[".txt"] == ZIP_DEFLATED


def test_a_snapshot_that_is_thinned_out_while_packing_is_left_out(made_run, monkeypatch):
    read = Run.read_bytes

    def thinning(run, name):
        if str(name) == f"latent/{FIRST}.npz":
            run.drop_snapshots([0])
        return read(run, name)

    monkeypatch.setattr(Run, "read_bytes", thinning)
    assert unpack(BytesIO(pack(made_run))).epochs() == [1]


def test_a_file_that_cannot_be_read_is_not_left_out_in_silence(made_run):
    (made_run.path / LATENT).unlink()
    (made_run.path / LATENT).mkdir()
    with pytest.raises(RunError, match=LATENT):
        pack(made_run)


def test_a_run_without_a_snapshot_cannot_be_packed(small_settings):
    with pytest.raises(RunError, match="has no snapshot yet"):
        pack(catalogue.create_run(small_settings))


@pytest.mark.parametrize("state", ["queued", "running", "paused"])
@pytest.mark.parametrize("silence", [0, 10_000], ids=["alive", "silent"])
def test_whatever_was_under_way_is_interrupted_here(made_run, state, silence):
    made_run.write_status(Status(state=state, pid=os.getpid(), epoch=1, heartbeat=time.time() - silence))
    status = unpack(BytesIO(pack(made_run))).status
    assert (status.state, status.pid, status.host, status.epoch) == ("interrupted", None, "", 1)
    assert "packed before its training had ended" in status.message


@pytest.mark.parametrize("state", ["finished", "stopped", "failed", "interrupted"])
def test_whatever_had_ended_stays_as_it_was(made_run, state):
    made_run.write_status(Status(state=state, pid=os.getpid(), message="Why it ended."))
    status = unpack(BytesIO(pack(made_run))).status
    assert (status.state, status.pid, status.host, status.message) == (state, None, "", "Why it ended.")


@pytest.mark.parametrize(
    ("top", "expected"),
    [
        ("", "plane-2"),
        ("mine/", "mine"),
        ("./", "plane-2"),
        (".hidden/", "plane-2"),
        ("my run ü/", "plane-2"),
        ("x" * 101 + "/", "plane-2"),
        ("mnist-plane/", "mnist-plane-2"),
    ],
)
def test_the_top_folder_names_the_run_if_it_can(contents, runs_folder, top, expected):
    folders = dict.fromkeys([top, f"{top}checkpoints/", f"{top}latent/"], b"") if top else {}
    files = {name.replace("made/", top, 1): content for name, content in contents.items()}
    run = unpack(zipped(folders | files))
    assert run.id.startswith(expected)
    assert catalogue.own_runs() == [run]


def test_a_top_folder_that_leads_out_is_refused(contents, runs_folder):
    file = zipped({name.replace("made/", "../", 1): content for name, content in contents.items()})
    refuse(file, runs_folder, "points outside")


@pytest.mark.parametrize("name", ["about.json", "log.txt", STATE])
def test_what_a_run_need_not_have_may_lack(contents, name):
    del contents[f"made/{name}"]
    assert unpack(zipped(contents)).epochs() == [0, 1]


def test_two_imports_at_once_get_two_ids(contents, runs_folder, monkeypatch):
    free_id, answers = catalogue.free_id, iter(["made"])
    unpack(zipped(contents))
    monkeypatch.setattr(catalogue, "free_id", lambda wanted, folder: next(answers, None) or free_id(wanted, folder))
    assert unpack(zipped(contents)).id == "made-2"


def test_what_a_killed_import_left_is_removed_after_a_day(contents, runs_folder):
    for name, age in (("old", 2 * 86_400), ("new", 600)):
        folder = runs_folder / f".import-{name}"
        (folder / "latent").mkdir(parents=True)
        os.utime(folder, (time.time() - age, time.time() - age))
    unpack(zipped(contents))
    assert sorted(path.name for path in runs_folder.iterdir()) == [".import-new", "made"]
    assert [run.id for run in catalogue.own_runs()] == ["made"]


def test_a_runs_folder_that_cannot_be_written_is_explained(contents, monkeypatch):
    monkeypatch.setenv("LATENT_PLANE_RUNS", "/proc/runs")
    with pytest.raises(RunError, match="Cannot write /proc/runs"):
        unpack(zipped(contents))


def test_a_full_disk_leaves_nothing(contents, runs_folder, monkeypatch):
    def full(_descriptor):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(RunError, match="No space left on device"):
        unpack(zipped(contents))
    assert list(runs_folder.iterdir()) == []


def test_a_run_of_more_records_is_not_packed(made_run, monkeypatch):
    monkeypatch.setattr(budget, "RECORDS", 0)
    with pytest.raises(RunError, match=r"metrics\.jsonl is not read"):
        pack(made_run)


def test_nothing_of_an_import_is_remembered_under_its_hidden_name(contents, runs_folder):
    from vae.runs.history import _read

    unpack(zipped(contents))
    assert not [path for path in _read if ".import-" in str(path)]
