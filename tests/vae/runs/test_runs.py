"""Run directories: made, listed, named, written, and read while they are trained."""

import json
import os
import shutil
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from vae.config import PRESETS
from vae.errors import RunError
from vae.runs import catalogue
from vae.runs.files import exists, write_atomically
from vae.runs.run import About, Run
from vae.runs.status import Status


def test_a_new_run_is_queued_and_listed(runs_folder):
    run = catalogue.create_run(PRESETS["article"])
    assert run.path.parent == runs_folder
    assert run.status.state == "queued"
    assert run.settings == PRESETS["article"]
    listed = catalogue.list_runs()
    assert (listed[0].id, listed[-1].id) == ("mnist-plane", run.id)
    assert catalogue.default_run().id == "mnist-plane"
    config = json.loads((run.path / "config.json").read_text())
    assert config["dataset"]["fingerprint"]
    assert config["versions"]["torch"]


def test_two_runs_of_one_second_have_two_names():
    assert catalogue.create_run(PRESETS["plane"]).id != catalogue.create_run(PRESETS["plane"]).id


def test_a_run_is_never_written_over(tmp_path):
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.txt").write_text("precious")
    with pytest.raises(RunError, match="is not empty"):
        catalogue.create_run(PRESETS["plane"], tmp_path / "mine")
    assert [path.name for path in (tmp_path / "mine").iterdir()] == ["thesis.txt"]


def test_simultaneous_starts_get_directories_of_their_own():
    with ThreadPoolExecutor(8) as pool:
        made = list(pool.map(catalogue.create_run, [PRESETS["plane"]] * 16))
    assert len({run.id for run in made}) == 16


@pytest.mark.parametrize("name", ["../x", "a/b", "/etc", "", "..", "<img>", "mnist-plane/../mnist-plane"])
def test_a_name_is_never_made_into_a_path(name):
    with pytest.raises(RunError, match="There is no run named"):
        catalogue.find_run(name)


def test_the_name_of_a_bundled_run_is_taken(runs_folder):
    with pytest.raises(RunError, match="A bundled run is already called 'mnist-plane'"):
        catalogue.create_run(PRESETS["plane"], runs_folder / "mnist-plane")


def test_whether_a_path_exists_is_answered_without_an_error(tmp_path):
    assert exists(tmp_path)
    assert not exists(tmp_path / ("x" * 300))
    assert not exists(tmp_path / "file\0name")


def test_a_folder_that_cannot_be_written_is_explained(monkeypatch):
    monkeypatch.setenv("LATENT_PLANE_RUNS", "/proc/runs")  # not writable even for root
    with pytest.raises(RunError, match=r"Cannot write /proc/runs.*LATENT_PLANE_RUNS"):
        catalogue.create_run(PRESETS["plane"])


def test_a_folder_that_is_gone_is_explained(small_run):
    shutil.rmtree(small_run.path)
    with pytest.raises(RunError, match="its folder is gone"):
        small_run.write_status(Status())


def test_an_interrupted_write_leaves_the_old_file_and_nothing_else(tmp_path, monkeypatch):
    path = tmp_path / "file"
    write_atomically(path, b"old")

    def full(_descriptor):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left"):
        write_atomically(path, b"new")
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


def test_metrics_without_their_last_newline_are_torn_and_left_out(small_run):
    whole = small_run.history()
    assert [record.epoch for record in whole.epochs] == [1, 2]
    assert len(whole.evaluations) == 1
    path = small_run.path / "metrics.jsonl"
    *others, last = path.read_bytes().splitlines(keepends=True)
    for cut in range(1, len(last)):
        path.write_bytes(b"".join(others) + last[:-cut])
        assert small_run.history().evaluations == ()
        assert small_run.history().epochs == whole.epochs


def test_a_history_that_grows_is_read_on_and_one_that_is_replaced_is_read_anew(small_run):
    path = small_run.path / "metrics.jsonl"
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"")
    for n, line in enumerate(lines, start=1):
        with path.open("ab") as file:
            file.write(line)
        history = small_run.history()
        assert len(history.epochs) + len(history.steps) + len(history.evaluations) == n
    small_run.rewind_metrics(len(lines[0]))
    small_run.append_metrics(small_run.history().epochs[0].model_copy(update={"seconds": 77.0}))
    assert [record.seconds for record in small_run.history().epochs][1:] == [77.0]
    path.write_bytes(path.read_bytes().replace(b"77.0", b"66.0"))
    assert [record.seconds for record in small_run.history().epochs][1:] == [66.0]


def test_the_best_epoch_is_that_of_the_highest_validation_elbo(small_run):
    first, second = small_run.history().epochs
    assert small_run.history().best == max(first, second, key=lambda record: record.validation.elbo)


def test_a_training_whose_process_is_gone_is_interrupted(small_run):
    child = subprocess.Popen([sys.executable, "-c", ""])
    child.wait()
    small_run.write_status(Status(state="running", pid=child.pid))
    assert small_run.status.state == "interrupted"
    assert "log.txt" in small_run.status.message


def test_a_zombie_trains_nothing(small_run):
    child = subprocess.Popen([sys.executable, "-c", ""])
    os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)  # it has ended, and nobody has collected it
    small_run.write_status(Status(state="running", pid=child.pid))
    assert small_run.status.state == "interrupted"
    child.wait()


def test_a_training_that_says_nothing_for_long_is_alive_as_long_as_its_process_is(small_run):
    status = Status(state="running", heartbeat=time.time() - 10_000).taken_by_this_process()
    small_run.write_status(status)
    assert small_run.status.state == "running"
    small_run.write_status(status.model_copy(update={"process_started": status.process_started - 1000}))
    assert small_run.status.state == "interrupted"


@pytest.mark.parametrize(
    ("has_process", "host", "silence", "state"),
    [
        (True, None, 10, "running"),
        (True, None, -(10.0**9), "interrupted"),  # a heartbeat in the future
        (True, None, 1000, "interrupted"),  # perhaps the number of a process that is another one now
        (False, None, 10, "running"),
        (False, None, 100, "interrupted"),
        (True, "elsewhere", 10, "running"),
        (True, "elsewhere", 100, "interrupted"),
    ],
)
def test_a_silent_training_is_interrupted_sooner_or_later(small_run, has_process, host, silence, state):
    pid = os.getpid() if has_process else None
    status = Status(state="running", pid=pid, heartbeat=time.time() - silence)
    small_run.write_status(status.model_copy(update={"host": host or status.host}))
    assert small_run.status.state == state


def test_a_training_that_ends_while_it_is_looked_at_is_not_interrupted(small_run, monkeypatch):
    child = subprocess.Popen([sys.executable, "-c", ""])
    child.wait()
    answers = iter([Status(state="running", pid=child.pid), Status(state="finished", pid=child.pid)])
    monkeypatch.setattr(Run, "recorded_status", lambda run: next(answers))
    assert small_run.status.state == "finished"


@pytest.mark.parametrize("name", ["<img src=x onerror=alert(1)>", "../../x", "a\nb\0c", "🙂 " * 33, ""])
def test_a_name_is_text_and_touches_nothing(runs_folder, name):
    run = catalogue.create_run(PRESETS["plane"])
    run.write_about(About(name=name, note=name))
    assert run.name == (name or run.id)
    assert [path.name for path in runs_folder.iterdir()] == [run.id]
    assert catalogue.find_run(run.id) == run


def test_a_run_of_the_first_version_still_opens(small_run):
    """Without what the format's history in CHANGELOG.md says was added since."""
    old = {"preset", "hidden", "latent_dim", "activation", "epochs", "batch_size", "n_samples", "learning_rate"}
    old |= {"schedule", "seed", "snapshots"}
    path, settings = small_run.path, small_run.settings
    config = json.loads((path / "config.json").read_text())
    del config["continued_at"]
    config["settings"] = {name: value for name, value in config["settings"].items() if name in old}
    (path / "config.json").write_text(json.dumps(config))
    status = json.loads((path / "status.json").read_text())
    (path / "status.json").write_text(json.dumps({k: v for k, v in status.items() if k not in _LATER_IN_STATUS}))
    records = [json.loads(line) for line in (path / "metrics.jsonl").read_text().splitlines()]
    epochs = [record for record in records if record["event"] == "epoch"]
    for record in epochs:
        del record["event"], record["beta"], record["validation"]["kl_per_dimension"]
    (path / "metrics.jsonl").write_text("".join(json.dumps(record) + "\n" for record in epochs))
    (path / "state.safetensors").unlink()
    assert small_run.settings == settings
    assert small_run.status.state == "finished"
    assert len(small_run.history().epochs) == settings.epochs
    assert small_run.segment == (0, settings.epochs)
    assert small_run.about == About()
    assert small_run.snapshot(small_run.last_epoch()).model().latent_dim == 2


_LATER_IN_STATUS = {"starting", "process_started", "since"}
