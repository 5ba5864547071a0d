"""Trainings that are stopped, paused, stepped, changed, resumed and continued."""

import pytest

from tests.vae.jobs.trainings import each, equal_weights, finish
from vae.errors import RunError
from vae.jobs.queue import queue_again, queue_for_more
from vae.jobs.recorder import Recorder
from vae.jobs.requests import Change, Requests
from vae.jobs.train import train
from vae.runs import catalogue
from vae.runs.run import Run
from vae.runs.state import read_state


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
    with pytest.raises(RunError, match="is already queued"):
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
