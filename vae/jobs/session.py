"""A training session: runs `vae.training.aevb`, writes into the run directory, and obeys the requests there.

It writes status, metrics, snapshots, and the state from which a training resumes. `vae.jobs.train` is around it.
"""

import copy
import os
import time
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple, TypeVar

import numpy as np
import torch
from pydantic import ValidationError

from vae import data
from vae.analysis.latent import Latent, encode_images
from vae.analysis.metrics import evaluate_elbo, map_parts
from vae.budget import MAX_LOGVAR, MAX_WEIGHT, RECORDS
from vae.errors import RunError, quoted
from vae.jobs.requests import Requests, Stride
from vae.runs.history import ChangeRecord, EpochRecord, EvaluationRecord, StepRecord
from vae.runs.run import Moment, Run
from vae.runs.state import TrainingState, has_state, read_state, write_state
from vae.runs.status import State, Status
from vae.runs.thinning import epochs_to_drop
from vae.training.aevb import Aevb, StepEnd
from vae.training.device import best_device
from vae.training.threads import Threads, numbers

HEARTBEAT = 1.0  # seconds between two writes of status.json
STEP_RECORDS = 2 * RECORDS // 5  # of a whole training, at most: beside those of its epochs, all of them can be read
PAUSE_LOOKS_EVERY = 0.05  # seconds between two looks at the requests during a pause

Event = StepEnd | EpochRecord
Recorded = TypeVar("Recorded", StepRecord, EpochRecord, EvaluationRecord)


class _End(NamedTuple):
    """Why and as what a training ends early."""

    state: State
    what_happened: str


class _Clock:
    """Seconds of training, without pauses."""

    def __init__(self, before: float = 0.0):
        self._before, self._started = before, time.perf_counter()

    @property
    def seconds(self) -> float:
        return self._before + (time.perf_counter() - self._started if self._started else 0.0)

    def hold(self) -> None:
        self._before, self._started = self.seconds, None

    def go_on(self) -> None:
        self._started = time.perf_counter()


class _Before(NamedTuple):
    """What a single step is compared with."""

    weights: dict[str, torch.Tensor]
    mu: torch.Tensor


class TrainingSession:
    """The part of a training that one process does."""

    def __init__(self, run: Run, status: Status, interrupted: Callable[[], str | None], threads: int | None):
        self.run, self.status, self.interrupted = run, status, interrupted
        self.requests = Requests(run)
        self.settings = run.settings
        device = best_device()
        splits = ("train", "validation", "test")
        self.images, self.validation_images, self.test_images = (
            data.load(split).tensors()[0].to(device) for split in splits
        )
        self._stored = read_state(run) if has_state(run) else None
        way = None
        if self._stored:  # another number of threads, or another way, may round another way
            way, threads = self._stored[0].products, min(self._stored[0].threads, os.cpu_count() or 1)
        if threads:
            torch.set_num_threads(threads)
        self.training = Aevb(self.settings, self.images, run.segment, device, way)
        most = torch.get_num_threads()
        n_steps = self.training.steps_per_epoch * self.settings.epochs
        self.log_every = max(self.settings.log_every, -(-n_steps // STEP_RECORDS))
        self.threads = Threads(numbers(most) if self.training.threads_are_alike(most) else [most])
        self.stride: Stride | None = None  # what a step request still allows, although there is a pause

    def events(self) -> Iterator[Event]:
        training, status = self.training, self.status
        self.clock = _Clock(self._restore())
        self.logged_at = self.epoch_from = self.clock.seconds
        self.seen_before = training.seen  # of the present epoch, by another process
        status.state, status.message = "running", ""
        status.n_steps = training.steps_per_epoch * self.settings.epochs
        self._write_status()
        while not self._done():
            if end := self._obey():
                return self._end(end)
            before = self._before() if self.stride == "minibatch" else None
            with self.threads.timed():
                event = training.minibatch()
            yield event
            if before or training.step % self.log_every == 0:
                self._log_step(before)
            if training.between_epochs:
                yield self._end_epoch()
            elif training.epoch == 0 and training.step % self.settings.live_every == 0:
                self._snapshot("live")
            if training.between_epochs or self.stride == "minibatch":
                self.stride = None
            if time.time() - status.heartbeat > HEARTBEAT:
                self._write_status()
        if end := self._evaluate():
            return self._end(end)
        self.run.drop_snapshots(["live"])
        status.state = "finished"
        if training.epoch < self.settings.epochs:
            best = self.run.history().best.epoch
            status.message = f"Ended early: the validation ELBO has not become better since epoch {best}."

    # Beginning and ending

    def _restore(self) -> float:
        """Be where the run's state is, and take back what was recorded after it; or be at the very beginning.

        Returns the seconds of training so far.
        """
        self.run.drop_temporary_files()
        if not self._stored:
            self.run.rewind_metrics(0)
            self._snapshot(0)
            self.clock = _Clock()
            self._save()  # with it, whoever resumes knows the number of threads
            return 0.0
        (state, arrays), self._stored = self._stored, None
        try:
            self.training.load(state.position, arrays)
        except (ValueError, RuntimeError) as error:
            raise RunError(f"The state of {self.run.id} cannot be used: {error}. It cannot be resumed.") from error
        self.run.rewind_metrics(state.metrics_size)
        return state.seconds

    def _done(self) -> bool:
        """Whether all epochs are done, or so many without a better one that the user's patience has ended."""
        epoch, patience = self.training.epoch, self.settings.patience
        best = self.run.history().best if patience and self.training.between_epochs else None
        patience_ended = best is not None and epoch - max(best.epoch, self.run.segment[0]) >= patience
        return epoch >= self.settings.epochs or patience_ended

    def _end(self, end: _End) -> None:
        """Save everything, to the last minibatch, and end."""
        self._save()
        if not self.training.between_epochs:
            self._snapshot("live")
        self._write_status()
        self.status.state = end.state
        self.status.message = f"{end.what_happened} at step {self.training.step}; everything up to there is saved."

    def _save(self) -> None:
        """Write the state: from here on, whatever happens, the training resumes from this minibatch."""
        state = TrainingState(
            **self.training.position()._asdict(),
            seconds=self.clock.seconds,
            metrics_size=self.run.metrics_size(),
            threads=torch.get_num_threads(),
        )
        write_state(self.run, state, self.training.arrays())

    # Requests

    def _obey(self) -> _End | None:
        """Do what is asked for between two minibatches; pause as long as that is asked for. Gives how to end, if so."""
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
        changed = {
            name: (getattr(training, name), value)
            for name, value in asked
            if value is not None and value != getattr(training, name)
        }
        if changed:
            for name, (_, value) in changed.items():
                setattr(training, name, value)
            self.run.append_metrics(ChangeRecord(epoch=training.epoch, step=training.step, **changed))
            self._save()
        self.requests.withdraw_change(read)

    def _hold(self) -> None:
        """Spend a moment of a pause."""
        if self.status.state != "paused":
            self.clock.hold()
            self._save()
            if not self.training.between_epochs:
                self._snapshot("live")
            self.status.state = "paused"
            self._write_status()
        elif time.time() - self.status.heartbeat > HEARTBEAT:
            self._write_status()
        time.sleep(PAUSE_LOOKS_EVERY)

    def _go_on(self) -> None:
        if self.status.state == "paused":
            self.clock.go_on()
            self.status.state = "running"
            self._write_status()

    # Records

    def _before(self) -> _Before:
        weights = {name: tensor.clone() for name, tensor in self.training.model.state_dict().items()}
        return _Before(weights, encode_images(self.training.model, self.test_images)[0])

    def _log_step(self, before: _Before | None) -> None:
        training = self.training
        means, n_images = training.take_recent()
        gradient_norm = training.gradient_norm()
        now = self.clock.seconds
        if not np.isfinite([means.elbo, gradient_norm]).all():
            return  # the next minibatch says what is wrong
        self.status.images_per_second = n_images / (now - self.logged_at)
        details = {}
        if before:
            moved = encode_images(training.model, self.test_images)[0] - before.mu
            details = {"layers": training.layers(before.weights), "means_moved": moved.norm(dim=1).mean().item()}
        self.run.append_metrics(
            self._record(
                StepRecord,
                epoch=training.epoch if training.between_epochs else training.epoch + 1,
                step=training.step,
                train=means._asdict(),
                learning_rate=training.effective_learning_rate,
                beta=training.effective_beta,
                gradient_norm=gradient_norm,
                images_per_second=self.status.images_per_second,
                **details,
            )
        )
        self.logged_at = self.clock.seconds

    def _end_epoch(self) -> EpochRecord:
        training, epoch = self.training, self.training.epoch
        images_per_second = (len(self.images) - self.seen_before) / (self.clock.seconds - self.epoch_from)
        validation = evaluate_elbo(training.model, self.validation_images)
        seen = training.epoch_means()
        if not np.isfinite([seen.elbo, validation.elbo]).all():
            raise training.diverged("the ELBO is not a finite number")
        record = self._record(
            EpochRecord,
            epoch=epoch,
            step=training.step,
            train=seen._asdict(),
            validation=validation._asdict(),
            learning_rate=training.effective_learning_rate,
            beta=training.effective_beta,
            images_per_second=images_per_second,
            seconds=self.clock.seconds,
        )
        self._snapshot(epoch)
        self.run.append_metrics(record)
        self.run.append_log(record.describe(self.settings.epochs))
        training.take_recent()  # the next step record begins with the next epoch, whoever trains it
        self._save()
        best = self.run.history().best.epoch
        self.run.drop_snapshots(epochs_to_drop(self.run.epochs(), self.settings.snapshots, {best}))
        self.status.images_per_second = images_per_second
        self._write_status()
        self.logged_at = self.epoch_from = self.clock.seconds
        self.seen_before = 0
        return record

    def _evaluate(self) -> _End | None:
        """Record what the map of the validation images is worth; how to end, if that is asked for meanwhile."""
        training, figures = self.training, {}
        if self.run.history().evaluation is not None:
            return None
        model = copy.deepcopy(training.model).cpu()
        labels, known_labels = (torch.tensor(data.load(split).labels) for split in ("validation", "train"))
        measured = self.validation_images.cpu(), labels, self.images.cpu(), known_labels
        for name, measure in map_parts(model, *measured):
            if reason := self.interrupted():
                return _End("interrupted", reason)
            self.status.message = f"Measuring the map of the digits: {name}…"
            self._write_status()
            figures |= measure()
        self.run.append_metrics(self._record(EvaluationRecord, epoch=training.epoch, step=training.step, **figures))
        self._save()
        self.status.message = ""
        return None

    def _record(self, kind: type[Recorded], **figures: Any) -> Recorded:
        """A record of these figures.

        Raises:
            TrainingError: if one of them is beyond what a record may hold, which the reader would refuse.
        """
        try:
            return kind(**figures)
        except ValidationError as error:
            problem = error.errors()[0]
            raise self.training.diverged(f"{problem['loc'][-1]} is {quoted(problem['input'])}") from None

    def _snapshot(self, moment: Moment) -> None:
        self.training.require_plausible_weights()
        mu, logvar = encode_images(self.training.model, self.test_images)
        if not (mu.abs().max() <= MAX_WEIGHT and logvar.abs().max() <= MAX_LOGVAR):
            raise self.training.diverged("q(z|x) of a test image is beyond all measure")
        weights = {name: tensor.cpu().numpy() for name, tensor in self.training.model.state_dict().items()}
        latent = Latent(mu.cpu().numpy(), logvar.cpu().numpy(), data.load("test").labels)
        self.run.write_snapshot(moment, weights, latent)

    def _write_status(self) -> None:
        self.status.epoch, self.status.step = self.training.epoch, self.training.step
        self.status.seconds, self.status.heartbeat = self.clock.seconds, time.time()
        self.run.write_status(self.status)
