"""The record of a training, and what can happen to one."""

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
from typing import get_args

import pytest
import torch

from tests.conftest import wait_for
from vae.browser.payload import plane_payload
from vae.config import Settings, make_settings
from vae.errors import RunError, TrainingError
from vae.jobs.queue import queue_again, queue_for_more
from vae.jobs.recorder import Recorder
from vae.jobs.requests import Change, Requests
from vae.jobs.train import train
from vae.model.elbo import ElboMeans, Objective
from vae.runs import catalogue
from vae.runs.history import EpochRecord
from vae.runs.run import Run
from vae.runs.state import read_state
from vae.runs.thinning import epochs_to_drop, spread
from vae.training.gradient import WrittenOut

ROOT = Path(__file__).parents[3]


def finish(run: Run) -> Run:
    for _ in train(run):
        pass
    return run


def equal_weights(first: Run, second: Run, epoch: int) -> bool:
    one, other = first.snapshot(epoch).weights(), second.snapshot(epoch).weights()
    return all((one[name] == other[name]).all() for name in one)


def test_the_same_seed_gives_the_same_weights_to_the_last_bit(small_mnist, small_settings):
    first, again, other = (
        finish(catalogue.create_run(small_settings.model_copy(update={"seed": seed}))) for seed in (0, 0, 1)
    )
    assert equal_weights(first, again, 2)
    assert not equal_weights(first, other, 2)


def test_the_record_of_a_run_is_complete(small_run):
    assert small_run.status.state == "finished"
    assert small_run.status.fraction == 1
    assert small_run.epochs() == [0, 1, 2]
    history = small_run.history()
    for record in history.epochs:
        for means in (record.train, record.validation):
            assert means.elbo == pytest.approx(means.reconstruction - means.kl)
        assert len(record.validation.kl_per_dimension) == 2
    assert 0.1 < history.knn_accuracy <= 1
    assert len((small_run.path / "log.txt").read_text().splitlines()) == 2
    progress, _ = read_state(small_run)
    assert (progress.epoch, progress.step) == (2, 20)
    assert progress.metrics_size == small_run.metrics_size()


def test_steps_are_recorded_with_the_means_since_the_record_before(small_mnist):
    run = finish(catalogue.create_run(make_settings({"hidden": "8", "epochs": 2, "batch_size": 100, "log_every": 5})))
    steps, (first, _) = run.history().steps, run.history().epochs
    assert [(record.epoch, record.step) for record in steps] == [(1, 5), (1, 10), (2, 15), (2, 20)]
    assert (steps[0].train.elbo + steps[1].train.elbo) / 2 == pytest.approx(first.train.elbo)
    assert all(record.gradient_norm > 0 and record.images_per_second > 0 for record in steps)


def test_stored_means_are_those_of_the_stored_model(small_run):
    from vae import data

    model, latent = small_run.snapshot(2).model(), small_run.snapshot(2).latent()
    with torch.no_grad():
        mu, logvar = model.encode(data.load("test").tensors()[0].float() / 255)
    torch.testing.assert_close(torch.from_numpy(latent.mu), mu)
    torch.testing.assert_close(torch.from_numpy(latent.logvar), logvar)


def test_the_first_epoch_is_live(small_mnist):
    run = catalogue.create_run(make_settings({"hidden": "8", "epochs": 2, "batch_size": 100, "live_every": 4}))
    seen, times = [], set()
    for event in train(run):
        if not isinstance(event, EpochRecord):
            seen.append(run.newest())
            times.add(run.snapshot(seen[-1]).written)
    assert seen[:4] == [0, 0, 0, 0]
    assert seen[4:10] == ["live"] * 6
    assert seen[10:] == [1] * 10
    assert len(times) == 4  # before training, after steps 4 and 8, after epoch 1
    assert run.newest() == 2
    assert not list(run.path.glob("*/live*"))


def test_epochs_are_thinned_on_a_log_scale():
    kept: list[int] = []
    for epoch in range(301):
        kept.append(epoch)
        kept = sorted(set(kept) - set(epochs_to_drop(kept, 50, {17})))
        assert kept == list(range(epoch + 1)) or len(kept) == 50
        assert kept[-2:] == [epoch - 1, epoch] or epoch == 0
    assert {0, 1, 17} < set(kept)
    ratios = [kept[i + 1] / kept[i] for i in range(20, 47)]
    assert max(ratios) < 1.25


def test_a_spread_keeps_the_ends():
    assert spread([0, 1, 5], 4) == [0, 1, 5]
    assert spread(list(range(50)), 5) == [0, 12, 24, 37, 49]


def test_thinned_snapshots_are_gone_and_the_best_and_the_newest_are_there(small_mnist):
    run = catalogue.create_run(make_settings({"hidden": "8", "epochs": 12, "batch_size": 500, "snapshots": 5}))
    for event in train(run):
        if isinstance(event, EpochRecord):
            assert run.epochs()[-1] == event.epoch
            assert run.history().best.epoch in run.epochs()
            assert len(run.epochs()) <= 5
    assert run.epochs()[:2] == [0, 1]


def test_early_stopping_waits_for_the_patience_and_keeps_the_best(small_mnist):
    run = finish(
        catalogue.create_run(
            make_settings({"hidden": "8", "epochs": 60, "batch_size": 50, "patience": 2, "learning_rate": 0.3})
        )
    )
    history = run.history()
    assert run.status.state == "finished"
    assert run.status.epoch == history.best.epoch + 2 < 60
    assert f"since epoch {history.best.epoch}" in run.status.message
    assert history.best.epoch in run.epochs()


# Steering


def test_a_stop_request_finishes_the_step_and_saves_it(small_mnist, small_settings):
    run = catalogue.create_run(small_settings)
    for event in train(run):
        if event.step == 13:
            Requests(run).stop()
    assert run.status.state == "stopped"
    assert run.status.step == read_state(run)[0].step == 13
    assert "Stopped at step 13" in run.status.message
    assert run.newest() == "live"
    assert run.epochs() == [0, 1]
    assert not Requests(run).pending()


def test_an_interruption_gives_its_reason(small_mnist, small_settings):
    run = catalogue.create_run(small_settings)
    steps = iter([None, None, None, None, "Interrupted by a test"])
    list(train(run, lambda: next(steps)))
    assert run.status.state == "interrupted"
    assert "Interrupted by a test at step" in run.status.message


@pytest.mark.parametrize("step", [0, 1, 7, 10, 13, 19, 20])
def test_resuming_ends_at_the_weights_of_an_undisturbed_training(small_mnist, small_settings, small_run, step):
    run = catalogue.create_run(small_settings)
    if step == 0:
        Requests(run).stop()
        list(train(run))
    for event in train(run) if step else ():
        if event.step == step:
            Requests(run).stop()
    if step < 20:
        assert run.status.state == "stopped"
        queue_again(run)
        finish(run)
    assert run.status.state == "finished"
    for epoch in (0, 1, 2):
        assert equal_weights(run, small_run, epoch)
    assert [r.validation for r in run.history().epochs] == [r.validation for r in small_run.history().epochs]
    assert [r.train for r in run.history().epochs] == [r.train for r in small_run.history().epochs]


def test_an_abandoned_training_is_interrupted_and_can_be_resumed(small_mnist, small_settings, small_run):
    run = catalogue.create_run(small_settings)
    events = train(run)
    next(event for event in events if event.step == 15)
    events.close()
    assert run.status.state == "interrupted"
    queue_again(run)
    assert equal_weights(finish(run), small_run, 2)


def test_a_finished_run_goes_on_for_more_epochs_with_a_cycle_of_its_own(small_mnist, small_run):
    with pytest.raises(RunError, match="has finished all of its epochs"):
        queue_again(small_run)
    queue_for_more(small_run, 3)
    assert small_run.segment == (2, 5)
    with pytest.raises(RunError, match="is queued already"):
        queue_for_more(small_run, 3)
    finish(small_run)
    history = small_run.history()
    assert small_run.status.state == "finished"
    assert [record.epoch for record in history.epochs] == [1, 2, 3, 4, 5]
    assert history.epochs[1].learning_rate < 1e-5 < history.epochs[2].learning_rate
    assert history.epochs[4].learning_rate < 1e-5
    assert len(history.evaluations) == 2
    assert small_run.epochs() == [0, 1, 2, 3, 4, 5]


def test_a_continued_run_that_is_disturbed_ends_the_same(small_mnist, small_settings):
    first, second = finish(catalogue.create_run(small_settings)), finish(catalogue.create_run(small_settings))
    for run in (first, second):
        queue_for_more(run, 2)
    finish(first)
    for event in train(second):
        if event.step == 27:
            Requests(second).stop()
    queue_again(second)
    assert equal_weights(first, finish(second), 4)


def test_a_change_is_recorded_applied_and_survives(small_mnist, small_settings):
    run = catalogue.create_run(small_settings)
    for event in train(run):
        if event.step == 5:
            Requests(run).change(Change(beta=4.0, learning_rate=1e-4))
        if event.step == 12:
            Requests(run).stop()
    (change,) = run.history().changes
    assert (change.step, change.beta, change.learning_rate) == (5, (1.0, 4.0), (0.004, 0.0001))
    queue_again(run)
    finish(run)
    assert run.history().changes == (change,)
    assert [record.beta for record in run.history().epochs] == [4.0, 4.0]
    assert run.history().epochs[0].learning_rate < 1e-4
    assert not Requests(run).pending()


@pytest.mark.parametrize("content", [b"", b"{", b'{"beta": -1}', b'{"beta": NaN}', b'{"lr": 3}', b"\xff", b"[" * 9999])
def test_a_change_that_cannot_be_understood_changes_nothing(small_mnist, small_settings, content):
    run = catalogue.create_run(small_settings)
    (run.path / "requests").mkdir()
    (run.path / "requests" / "change").write_bytes(content)
    finish(run)
    assert run.status.state == "finished"
    assert run.history().changes == ()


class Script:
    """Asked whether to interrupt, says no and plays the user: one act after the other, each in a pause."""

    def __init__(self, run: Run, *acts):
        self.run, self.acts = run, list(acts)

    def __call__(self) -> None:
        status = self.run.status
        if self.acts and status.state == "paused" and not self.run.path.joinpath("requests", "step").exists():
            self.acts.pop(0)(status)


def test_step_mode_goes_by_minibatches_and_epochs_and_says_what_changed(small_mnist, small_settings, small_run):
    run = catalogue.create_run(small_settings)
    requests, steps = Requests(run), []
    requests.pause()

    def act(then):
        def noted(status):
            steps.append((status.step, status.state))
            then()

        return noted

    script = Script(
        run,
        act(lambda: requests.step("minibatch")),
        act(lambda: requests.step("minibatch")),
        act(lambda: requests.step("epoch")),
        act(requests.go_on),
    )
    list(train(run, script))
    assert steps == [(0, "paused"), (1, "paused"), (2, "paused"), (10, "paused")]
    assert run.status.state == "finished"
    first, second = run.history().steps[:2]
    assert (first.step, second.step) == (1, 2)
    assert set(first.layers) == {
        "encoder.hidden.0",
        "encoder.mu",
        "encoder.logvar",
        "decoder.hidden.0",
        "decoder.x_logits",
    }
    assert first.means_moved > 0
    assert equal_weights(run, small_run, 2)


def test_a_pause_is_live_and_saved_and_can_be_stopped(small_mnist, small_settings):
    run = catalogue.create_run(small_settings)
    looks = []

    def look(status):
        looks.append((status.step, run.newest(), read_state(run)[0].step))
        Requests(run).stop()

    script = Script(run, look)
    for event in train(run, script):
        if event.step == 13:
            Requests(run).pause()
    assert looks == [(13, "live", 13)]
    assert run.status.state == "stopped"
    queue_again(run)
    assert not Requests(run).pending()


# What can go wrong


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


def each(events, act) -> None:
    for event in events:
        act(event)


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


@pytest.mark.parametrize("likelihood", get_args(Settings.model_fields["likelihood"].annotation))
def test_every_likelihood_can_be_trained(small_mnist, likelihood):
    run = catalogue.create_run(
        make_settings({"hidden": "16", "epochs": 2, "batch_size": 100, "likelihood": likelihood})
    )
    assert finish(run).status.state == "finished"
    first, second = run.history().epochs
    assert second.validation.elbo > first.validation.elbo
    assert run.snapshot(2).model().likelihood.support
    assert plane_payload(run, 2, encoder=True)


@pytest.mark.parametrize("objective", get_args(Objective))
@pytest.mark.parametrize("posterior_scale", ["log-variance", "linear"])
def test_every_objective_can_be_trained(small_mnist, objective, posterior_scale):
    values = {"hidden": "16", "epochs": 2, "batch_size": 100, "objective": objective, "n_samples": 3}
    run = catalogue.create_run(make_settings({**values, "posterior_scale": posterior_scale}))
    assert finish(run).status.state == "finished"
    first, second = run.history().epochs
    assert second.train.reconstruction > first.train.reconstruction
    assert run.history().knn_accuracy is not None


def test_kl_warm_up_raises_beta_from_nothing(small_mnist):
    values = {"hidden": "16", "epochs": 4, "batch_size": 100, "beta": 2.0, "warm_up": 2, "log_every": 5}
    run = catalogue.create_run(make_settings(values))
    finish(run)
    assert [record.beta for record in run.history().steps] == [0.5, 1.0, 1.5, 2.0, 2.0, 2.0, 2.0, 2.0]
    assert [record.beta for record in run.history().epochs] == [1.0, 2.0, 2.0, 2.0]


def test_a_training_does_not_count_in_denormal_numbers(small_mnist, small_settings):
    """They take a processor many times as long, and Adam's momenta fade to them."""
    least = torch.full((8,), 1e-30)
    training = train(catalogue.create_run(small_settings))
    next(training)
    assert (least * 1e-10 == 0).all()
    training.close()
    assert (least * 1e-10 > 0).all()  # whatever else this process does


def test_a_newer_change_is_not_lost(small_mnist, small_settings, monkeypatch):
    run = catalogue.create_run(small_settings)
    requests, save = Requests(run), Recorder.save

    def save_while_another_asks(recording):
        if recording.training.beta == 2.0 and not requests.run.history().changes[1:]:
            requests.change(Change(beta=4.0))
        save(recording)

    monkeypatch.setattr(Recorder, "save", save_while_another_asks)
    each(train(run), lambda event: event.step == 3 and requests.change(Change(beta=2.0)))
    assert [change.beta for change in run.history().changes] == [(1.0, 2.0), (2.0, 4.0)]
    assert not requests.pending()


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
    with pytest.raises(RunError, match=r"has no state\.safetensors to go on from"):
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


def test_a_long_training_writes_no_more_step_records_than_can_be_read(runs_folder, small_mnist, monkeypatch):
    monkeypatch.setattr("vae.jobs.recorder.STEP_RECORDS", 7)
    settings = make_settings({"hidden": "4", "epochs": 2, "batch_size": 50, "log_every": 1, "snapshots": 4})
    run = catalogue.create_run(settings)
    for _ in train(run):
        pass
    steps = [record.step for record in run.history().steps]
    assert steps == [6, 12, 18, 24, 30, 36]  # of 40
