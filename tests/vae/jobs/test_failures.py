"""Trainings that diverge, whose files are damaged, or whose disk or process fails."""

import json
import math
import os
import resource
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.conftest import wait_for
from tests.vae.jobs.trainings import each, finish
from vae.config import make_settings
from vae.errors import RunError, TrainingError
from vae.jobs.queue import queue_again
from vae.jobs.requests import Change, Requests
from vae.jobs.train import train
from vae.model.elbo import ElboMeans
from vae.runs import catalogue
from vae.runs.history import EpochRecord
from vae.runs.state import read_state
from vae.training.gradient import WrittenOut

ROOT = Path(__file__).parents[3]


def test_a_loss_that_is_not_finite_ends_the_training_and_can_be_mended(small_mnist):
    run = catalogue.create_run(make_settings({"hidden": "8", "epochs": 3, "batch_size": 100, "schedule": "constant"}))

    def break_after_an_epoch(event):
        if isinstance(event, EpochRecord):
            Requests(run).change(Change(learning_rate=1.0))
            runaway()

    with pytest.raises(TrainingError, match=r"diverged at step 13 \(epoch 2\).*learning rate below 1"):
        each(train(run), break_after_an_epoch)
    assert run.status.state == "failed"
    assert "Resume it with a learning rate below 1" in run.status.message
    assert run.epochs() == [0, 1]
    run.snapshot(1).model()
    Requests(run).change(Change(learning_rate=1e-3))
    queue_again(run)
    assert finish(run).status.state == "finished"


def runaway() -> None:
    """Let the next loss but two be infinite."""
    calls = iter([1.0, 1.0])
    written_out = WrittenOut.__call__

    def broken(*arguments):
        sums = written_out(*arguments)
        if next(calls, None) is None:
            WrittenOut.__call__ = written_out
            return sums * math.inf
        return sums

    WrittenOut.__call__ = broken


def test_a_validation_elbo_that_is_not_finite_ends_the_training_too(small_mnist, small_settings, monkeypatch):
    monkeypatch.setattr("vae.jobs.recorder.evaluate_elbo", lambda *_: ElboMeans(-math.inf, 1.0, (1.0,)))
    run = catalogue.create_run(small_settings)
    with pytest.raises(TrainingError, match=r"diverged at step 10 \(epoch 1\): the ELBO is not"):
        finish(run)
    assert run.epochs() == [0]


def test_what_a_killed_process_was_writing_is_cleaned_up(small_mnist, small_settings):
    run = catalogue.create_run(small_settings)
    old, young = run.path / ".state.safetensors.x.tmp", run.path / "checkpoints" / ".y.tmp"
    for path, age in ((old, 1000), (young, 0)):
        path.write_bytes(b"half")
        os.utime(path, (time.time() - age,) * 2)
    finish(run)
    assert not old.exists()
    assert young.exists()


def test_a_run_without_its_state_is_not_trained_over(small_mnist, small_run):
    small_run.write_status(small_run.status.model_copy(update={"state": "stopped"}))
    (small_run.path / "state.safetensors").unlink()
    with pytest.raises(RunError, match=r"has no state\.safetensors to resume from"):
        queue_again(small_run)
    assert len(small_run.history().epochs) == 2


def test_a_damaged_state_is_explained_and_the_run_stays_readable(small_mnist, small_settings):
    run = catalogue.create_run(small_settings)
    for event in train(run):
        if event.step == 13:
            Requests(run).stop()
    (run.path / "state.safetensors").write_bytes(b"\x80\x04cos\nsystem\n")
    queue_again(run)
    with pytest.raises(RunError, match=r"state\.safetensors cannot be used.*can be looked at, but not resumed"):
        finish(run)
    assert run.status.state == "failed"
    run.snapshot(1).weights()


def test_a_lock_that_cannot_be_had_is_explained(small_mnist, small_settings):
    run = catalogue.create_run(small_settings)
    (run.path.parent / ".training.lock").mkdir()
    with pytest.raises(RunError, match=r"Cannot write .*\.training\.lock"):
        finish(run)
    assert run.status.state == "failed"


@pytest.mark.parametrize("error", [PermissionError(13, "Permission denied"), OSError(28, "No space left on device")])
def test_a_disk_that_refuses_fails_the_run_and_keeps_what_was_saved(small_mnist, small_settings, monkeypatch, error):
    run = catalogue.create_run(small_settings)
    replace = Path.replace

    def refuse(self, target):
        if "epoch-0002" in str(target):
            raise error
        return replace(self, target)

    monkeypatch.setattr(Path, "replace", refuse)
    with pytest.raises(RunError, match=f"Cannot write .*{error.strerror}.*Free some space"):
        finish(run)
    monkeypatch.undo()
    assert run.status.state == "failed"
    assert run.epochs() == [0, 1]
    assert not list(run.path.rglob("*.tmp"))


def test_a_run_that_is_deleted_under_its_training_says_so(small_mnist, small_settings, bundled):
    run = catalogue.create_run(small_settings)
    with pytest.raises(RunError, match="its folder is gone"):
        each(train(run), lambda event: event.step == 7 and shutil.rmtree(run.path))
    assert run not in catalogue.list_runs()
    bundled.snapshot(60).model()


def command(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "vae", *arguments]


def test_a_full_disk_fails_this_run_alone_with_a_message(runs_folder, bundled):
    """A file-size limit of the operating system stands in for the full disk: the same OSError, at the same place."""
    limit = 1_000_000  # bytes: below a checkpoint of the plane preset, above all else
    done = subprocess.run(
        command("train", "--epochs", "1", "--run-dir", str(runs_folder / "full")),
        cwd=ROOT,
        capture_output=True,
        text=True,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit)),
    )
    assert done.returncode == 2
    (line,) = done.stderr.splitlines()
    assert "Cannot write" in line
    assert "epoch-0000.safetensors" in line
    assert "Free some space" in line
    run = catalogue.find_run("full")
    assert run.status.state == "failed"
    assert "Free some space" in run.status.message
    assert not list(run.path.glob("**/*.tmp"))
    bundled.snapshot(bundled.last_epoch()).model()


def steps_done(path: Path) -> int:
    try:
        return json.loads((path / "status.json").read_text())["step"]
    except (OSError, ValueError):
        return 0


@pytest.mark.parametrize("end", ["signal", "end of input", "kill"])
def test_a_training_process_that_must_end_leaves_a_run_that_can_be_resumed(runs_folder, end):
    path = runs_folder / "ended"
    child = subprocess.Popen(
        command("train", "--epochs", "50", "--run-dir", str(path), "--until-input-ends"),
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    wait_for(lambda: steps_done(path) > 0)
    if end == "signal":
        child.send_signal(signal.SIGTERM)
    elif end == "kill":
        child.kill()
    else:
        child.stdin.close()
    child.wait(timeout=5)
    assert child.stderr.read() == ""
    run = catalogue.find_run("ended")
    assert run.status.state == "interrupted"
    run.snapshot(run.last_epoch()).weights()
    if end != "kill":
        assert read_state(run)[0].step == run.status.step > 0
    queue_again(run)
    assert run.status.state == "queued"
