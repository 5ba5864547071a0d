"""A training session: the part of a training that one process does, obeying the requests in the run directory.

It runs `vae.training.aevb` and writes through `vae.jobs.recorder`. `vae.jobs.train` starts it.
"""

import copy
import os
import time
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import torch

from vae import data
from vae.analysis.metrics import map_parts
from vae.errors import RunError
from vae.jobs.recorder import Recorder
from vae.jobs.requests import Requests, Stride
from vae.runs.history import ChangeRecord, EpochRecord, EvaluationRecord
from vae.runs.run import Run
from vae.runs.state import has_state, read_state
from vae.runs.status import State, Status
from vae.training.aevb import Aevb, StepEnd, threads_are_alike
from vae.training.device import best_device
from vae.training.threads import Threads, numbers

PAUSE_LOOKS_EVERY = 0.05  # seconds between two looks at the requests during a pause

Event = StepEnd | EpochRecord


class _End(NamedTuple):
    """An early end of a training: its final state, and the beginning of its message."""

    state: State
    what_happened: str


class TrainingSession:
    """The part of a training that one process does."""

    def __init__(self, run: Run, status: Status, interrupted: Callable[[], str | None], threads: int | None) -> None:
        self.run, self.status, self.interrupted = run, status, interrupted
        self.requests = Requests(run)
        self.settings = run.settings
        device = best_device()
        splits = ("train", "validation", "test")
        images, validation_images, test_images = (data.load(split).tensors()[0].to(device) for split in splits)
        self._stored = read_state(run) if has_state(run) else None
        way = None
        if self._stored:  # another number of threads, or another way, may round differently
            way, threads = self._stored[0].products, min(self._stored[0].threads, os.cpu_count() or 1)
        if threads:
            torch.set_num_threads(threads)
        self.training = Aevb(self.settings, images, run.segment, device, way)
        self.recorder = Recorder(run, status, self.training, test_images, validation_images)
        most = torch.get_num_threads()
        self.threads = Threads(numbers(most) if threads_are_alike(self.training, most) else [most])
        self.stride: Stride | None = None  # the stride still to be trained during a pause

    def events(self) -> Iterator[Event]:
        """Train to the end, recording everything, and yield the ends of minibatches and epochs."""
        training, status, recorder = self.training, self.status, self.recorder
        recorder.start(self._restore())
        status.state, status.message = "running", ""
        status.n_steps = training.steps_per_epoch * self.settings.epochs
        recorder.write_status()
        while not self._done():
            if end := self._obey():
                return self._end(end)
            before = recorder.before() if self.stride == "minibatch" else None
            with self.threads.timed():
                event = training.minibatch()
            yield event
            if before or training.step % recorder.log_every == 0:
                recorder.step(before)
            if training.between_epochs:
                yield recorder.end_epoch()
            elif training.epoch == 0 and training.step % self.settings.live_every == 0:
                recorder.write_snapshot("live")
            if training.between_epochs or self.stride == "minibatch":
                self.stride = None
            recorder.beat()
        if end := self._evaluate():
            return self._end(end)
        self.run.drop_snapshots(["live"])
        status.state = "finished"
        if training.epoch < self.settings.epochs and (best := self.run.history().best):
            status.message = f"Ended early: the validation ELBO has not improved since epoch {best.epoch}."

    # Beginning and ending

    def _restore(self) -> float:
        """Restore the saved state and drop what was recorded after it, or record the initial state of a new run.

        Returns the seconds of training so far.
        """
        self.run.drop_temporary_files()
        if not self._stored:
            self.run.rewind_metrics(0)
            self.recorder.write_snapshot(0)
            self.recorder.start(0.0)
            self.recorder.save()  # so that a resumed training knows the number of threads
            return 0.0
        (state, arrays), self._stored = self._stored, None
        try:
            self.training.load(state.position, arrays)
        except (ValueError, RuntimeError) as error:
            raise RunError(f"The state of {self.run.id} cannot be used: {error}. It cannot be resumed.") from error
        self.run.rewind_metrics(state.metrics_size)
        return state.seconds

    def _done(self) -> bool:
        """Whether all epochs are done, or `patience` epochs have passed without a better one."""
        epoch, patience = self.training.epoch, self.settings.patience
        best = self.run.history().best if patience and self.training.between_epochs else None
        patience_ended = best is not None and epoch - max(best.epoch, self.run.segment[0]) >= patience
        return epoch >= self.settings.epochs or patience_ended

    def _evaluate(self) -> _End | None:
        """Record the metrics of the map of the validation images; returns how to end, if interrupted meanwhile."""
        training, figures = self.training, {}
        if self.run.history().evaluation is not None:
            return None
        model = copy.deepcopy(training.model).cpu()
        labels, known_labels = (torch.tensor(data.load(split).labels) for split in ("validation", "train"))
        measured = self.recorder.validation_images.cpu(), labels, training.images.cpu(), known_labels
        for part in map_parts(model, *measured):
            if reason := self.interrupted():
                return _End("interrupted", reason)
            self.status.message = f"Measuring the map of the digits: {part.name}…"
            self.recorder.write_status()
            figures |= part.figures()
        record = self.recorder.record(EvaluationRecord, epoch=training.epoch, step=training.step, **figures)
        self.run.append_metrics(record)
        self.recorder.save()
        self.status.message = ""
        return None

    def _end(self, end: _End) -> None:
        """Save everything up to the last minibatch, and set the final status."""
        self.recorder.save_within_epoch()
        self.recorder.write_status()
        self.status.state = end.state
        self.status.message = f"{end.what_happened} at step {self.training.step}; everything up to there is saved."

    # Requests

    def _obey(self) -> _End | None:
        """Obey the requests between two minibatches, waiting through a pause. Returns how to end, if requested."""
        while True:
            if reason := self.interrupted():
                return _End("interrupted", reason)
            pending = self.requests.pending()
            if "change" in pending:
                self._change()
            if "stop" in pending:
                self.requests.withdraw("stop", "pause", "step")
                return _End("stopped", "Stopped")
            if "step" in pending:
                self.stride = self.requests.stride()
                self.requests.withdraw("step")
            if "pause" not in pending or self.stride:
                self._go_on()
                return None
            self._hold()

    def _change(self) -> None:
        training, (asked, read) = self.training, self.requests.requested_change()
        changed: dict[str, Any] = {
            name: (getattr(training, name), value)
            for name, value in asked
            if value is not None and value != getattr(training, name)
        }
        if changed:
            for name, (_, value) in changed.items():
                setattr(training, name, value)
            self.run.append_metrics(ChangeRecord(epoch=training.epoch, step=training.step, **changed))
            self.recorder.save()
        self.requests.withdraw_change(read)

    def _hold(self) -> None:
        """Wait for a moment of a pause."""
        if self.status.state != "paused":
            self.recorder.clock.hold()
            self.recorder.save_within_epoch()
            self.status.state = "paused"
            self.recorder.write_status()
        else:
            self.recorder.beat()
        time.sleep(PAUSE_LOOKS_EVERY)

    def _go_on(self) -> None:
        if self.status.state == "paused":
            self.recorder.clock.go_on()
            self.status.state = "running"
            self.recorder.write_status()
