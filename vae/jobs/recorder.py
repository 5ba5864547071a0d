"""The recorder of a training: writes status, records, snapshots and the state to resume from into the run directory."""

import time
from typing import Any, NamedTuple, TypeVar

import numpy as np
import torch
from pydantic import ValidationError

from vae import data
from vae.analysis.latent import Latent, encode_images
from vae.analysis.metrics import evaluate_elbo
from vae.budget import MAX_LOGVAR, MAX_WEIGHT, RECORDS
from vae.errors import quoted
from vae.runs.history import EpochRecord, EvaluationRecord, StepRecord
from vae.runs.run import Run
from vae.runs.snapshot import Moment
from vae.runs.state import TrainingState, write_state
from vae.runs.status import Status
from vae.runs.thinning import epochs_to_drop
from vae.training.aevb import Aevb, layer_changes

HEARTBEAT = 1.0  # seconds between two writes of status.json
STEP_RECORDS = 2 * RECORDS // 5  # limit for a whole training; with its epoch records it stays below `RECORDS`

Recorded = TypeVar("Recorded", StepRecord, EpochRecord, EvaluationRecord)


class Clock:
    """Clock of a training's seconds, without pauses."""

    def __init__(self, before: float = 0.0) -> None:
        self._before = before
        self._started: float | None = time.perf_counter()

    @property
    def seconds(self) -> float:
        return self._before + (time.perf_counter() - self._started if self._started else 0.0)

    def hold(self) -> None:
        self._before, self._started = self.seconds, None

    def go_on(self) -> None:
        self._started = time.perf_counter()


class Before(NamedTuple):
    """The model before a single step, for comparison. mu: (N, J) of the test images."""

    weights: dict[str, torch.Tensor]
    mu: torch.Tensor


class Recorder:
    """The writer of a training's records and snapshots.

    test_images, validation_images: (N, D) uint8 tensors on the training's device.
    """

    def __init__(
        self, run: Run, status: Status, training: Aevb, test_images: torch.Tensor, validation_images: torch.Tensor
    ) -> None:
        self.run, self.status, self.training = run, status, training
        self.test_images, self.validation_images = test_images, validation_images
        self.settings = training.settings
        n_steps = training.steps_per_epoch * self.settings.epochs
        self.log_every = max(self.settings.log_every, -(-n_steps // STEP_RECORDS))
        self.start(0.0)

    def start(self, seconds: float) -> None:
        """Start the clock, after `seconds` of training by other processes."""
        self.clock = Clock(seconds)
        self.logged_at = self.epoch_from = seconds
        self.seen_before = self.training.seen  # images of this epoch that another process has seen

    def save(self) -> None:
        """Write the state, so that the training can resume from this minibatch."""
        state = TrainingState(
            **self.training.position()._asdict(),
            seconds=self.clock.seconds,
            metrics_size=self.run.metrics_size(),
            threads=torch.get_num_threads(),
        )
        write_state(self.run, state, self.training.arrays())

    def save_within_epoch(self) -> None:
        """Write the state and, within an epoch, a live snapshot."""
        self.save()
        if not self.training.between_epochs:
            self.write_snapshot("live")

    def before(self) -> Before:
        weights = {name: tensor.clone() for name, tensor in self.training.model.state_dict().items()}
        return Before(weights, encode_images(self.training.model, self.test_images)[0])

    def step(self, before: Before | None) -> None:
        """Record the minibatches since the last record. before: the model before the last one, to add its effect."""
        training = self.training
        means, n_images = training.take_recent()
        gradient_norm = training.gradient_norm()
        now = self.clock.seconds
        if not np.isfinite([means.elbo, gradient_norm]).all():
            return  # the next minibatch raises the error
        self.status.images_per_second = n_images / (now - self.logged_at)
        details: dict[str, Any] = {}
        if before:
            moved = encode_images(training.model, self.test_images)[0] - before.mu
            changes = layer_changes(training.model, before.weights)
            details = {"layers": changes, "means_moved": moved.norm(dim=1).mean().item()}
        self.run.append_metrics(
            self.record(
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

    def end_epoch(self) -> EpochRecord:
        training, epoch = self.training, self.training.epoch
        n_seen = len(training.images) - self.seen_before
        images_per_second = n_seen / (self.clock.seconds - self.epoch_from)
        validation = evaluate_elbo(training.model, self.validation_images)
        seen = training.epoch_means()
        if not np.isfinite([seen.elbo, validation.elbo]).all():
            raise training.diverged("the ELBO is not a finite number")
        record = self.record(
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
        self.write_snapshot(epoch)
        self.run.append_metrics(record)
        self.run.append_log(record.describe(self.settings.epochs))
        training.take_recent()  # the next step record begins with the next epoch, whoever trains it
        self.save()
        best = (self.run.history().best or record).epoch
        self.run.drop_snapshots(epochs_to_drop(self.run.epochs(), self.settings.snapshots, {best}))
        self.status.images_per_second = images_per_second
        self.write_status()
        self.logged_at = self.epoch_from = self.clock.seconds
        self.seen_before = 0
        return record

    def record(self, kind: type[Recorded], **figures: Any) -> Recorded:
        """Make a record of these figures.

        Raises:
            TrainingError: if a figure is out of a record's range, so that readers would refuse it.
        """
        try:
            return kind(**figures)
        except ValidationError as error:
            problem = error.errors()[0]
            raise self.training.diverged(f"{problem['loc'][-1]} is {quoted(problem['input'])}") from None

    def write_snapshot(self, moment: Moment) -> None:
        """Write a snapshot: the weights, and q(z|x) of the test images.

        Raises:
            TrainingError: if they hold values that no reader accepts.
        """
        self.training.require_plausible_weights()
        mu, logvar = encode_images(self.training.model, self.test_images)
        if not (mu.abs().max() <= MAX_WEIGHT and logvar.abs().max() <= MAX_LOGVAR):
            raise self.training.diverged("q(z|x) of a test image is out of range")
        weights = {name: tensor.cpu().numpy() for name, tensor in self.training.model.state_dict().items()}
        latent = Latent(mu.cpu().numpy(), logvar.cpu().numpy(), data.load("test").labels)
        self.run.write_snapshot(moment, weights, latent)

    def beat(self) -> None:
        """Write the status if it was last written more than `HEARTBEAT` ago."""
        if time.time() - self.status.heartbeat > HEARTBEAT:
            self.write_status()

    def write_status(self) -> None:
        self.status.epoch, self.status.step = self.training.epoch, self.training.step
        self.status.seconds, self.status.heartbeat = self.clock.seconds, time.time()
        self.run.write_status(self.status)
