"""The AEVB algorithm (Kingma & Welling 2013, algorithm 1), and its record in a run directory.

`fit` is the algorithm alone: tensors in, events out. `train` runs it for a run directory and writes there
what others read: status, metrics, snapshots.
"""

import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from filelock import FileLock, Timeout
from torch import Tensor
from torch.optim.lr_scheduler import ConstantLR, LRScheduler, OneCycleLR

from vae import data
from vae.config import Settings
from vae.errors import RunError, TrainingError, UserError
from vae.latent import encode_images
from vae.model import VAE
from vae.objective import ElboTerms, estimator_b
from vae.run import Latent, Run, cannot_write
from vae.status import Status

HEARTBEAT = 1.0  # seconds between two writes of status.json
EVALUATION_BATCH = 1_000
VALIDATION_NOISE_SEED = 1  # the same draws of z every epoch, so that epochs are compared by their weights alone


class Means(NamedTuple):
    """Means over images, in nats: ELBO = reconstruction − kl."""

    reconstruction: float
    kl: float

    @property
    def elbo(self) -> float:
        return self.reconstruction - self.kl

    def as_record(self) -> dict[str, float]:
        return {"elbo": self.elbo, "reconstruction": self.reconstruction, "kl": self.kl}


class StepEnd(NamedTuple):
    """After a minibatch of `n_images`. `step` counts from 1 over the whole training."""

    epoch: int
    step: int
    n_images: int


class EpochEnd(NamedTuple):
    """After an epoch: means over its minibatches as they were seen, and over the validation images."""

    epoch: int
    step: int
    train: Means
    validation: Means
    learning_rate: float
    images_per_second: float


Event = StepEnd | EpochEnd


def fit(model: VAE, settings: Settings, images: Tensor, validation_images: Tensor) -> Iterator[Event]:
    """Maximise estimator B of the ELBO with Adam, minibatch by minibatch, in place.

    images, validation_images: (N, D) uint8. All randomness comes from `settings.seed`.

    Raises:
        TrainingError: if the ELBO of an epoch, in training or in validation, is not finite.
    """
    generator = torch.Generator().manual_seed(settings.seed)
    n_steps = steps_per_epoch(settings, len(images)) * settings.epochs
    optimiser = torch.optim.Adam(model.parameters(), lr=settings.learning_rate, fused=True)
    schedule = _schedule(optimiser, settings, n_steps)
    step = 0
    for epoch in range(1, settings.epochs + 1):
        started = time.perf_counter()
        totals = torch.zeros(2, dtype=torch.float64)  # reconstruction, kl
        for indices in torch.randperm(len(images), generator=generator).split(settings.batch_size):
            x = as_grey_values(images[indices])  # (M, D)
            terms = estimator_b(x, *model(x, settings.n_samples, generator))
            optimiser.zero_grad(set_to_none=True)
            (-terms.elbo.mean()).backward()
            learning_rate = schedule.get_last_lr()[0]
            optimiser.step()
            schedule.step()
            totals += torch.stack([term.detach().sum() for term in terms])
            step += 1
            yield StepEnd(epoch, step, len(indices))
        seconds = time.perf_counter() - started
        seen = Means(*(totals / len(images)).tolist())
        validation = evaluate_elbo(model, validation_images)
        if not np.isfinite([seen.elbo, validation.elbo]).all():
            raise TrainingError(
                f"The ELBO stopped being a finite number in epoch {epoch} (by step {step}). "
                f"The snapshots before it are intact. Try a learning rate below {settings.learning_rate:g}."
            )
        yield EpochEnd(epoch, step, seen, validation, learning_rate, len(images) / seconds)


@torch.no_grad()
def evaluate_elbo(model: VAE, images: Tensor, n_samples: int = 1) -> Means:
    """Mean ELBO terms over `images` ((N, D) uint8), float32, with `n_samples` fixed draws of z an image."""
    generator = torch.Generator().manual_seed(VALIDATION_NOISE_SEED)
    totals = torch.zeros(2, dtype=torch.float64)
    for batch in images.split(EVALUATION_BATCH):
        x = as_grey_values(batch)
        terms: ElboTerms = estimator_b(x, *model(x, n_samples, generator))
        totals += torch.stack([term.sum(dtype=torch.float64) for term in terms])
    return Means(*(totals / len(images)).tolist())


def as_grey_values(images: Tensor) -> Tensor:
    """uint8 0…255 → float32 0…1, any shape."""
    return images.float().div_(255)


def steps_per_epoch(settings: Settings, n_images: int) -> int:
    """Minibatches in an epoch; the last one may be smaller."""
    return -(-n_images // settings.batch_size)


def kept_epochs(settings: Settings) -> set[int]:
    """The epochs whose snapshots stay: all from 0 on, or `snapshots` of them spaced on a log scale."""
    if settings.epochs < settings.snapshots:
        return set(range(settings.epochs + 1))
    return {0, *np.geomspace(1, settings.epochs, settings.snapshots - 1).round().astype(int).tolist(), settings.epochs}


def train(run: Run, interrupted: Callable[[], str | None] = lambda: None) -> Iterator[Event]:
    """Train a queued run as its settings say, recording everything in its directory, and yield the events.

    interrupted: asked after every minibatch; a reason ends the training with state `interrupted`.
    A `stop` request in the directory ends it with state `stopped`.

    Raises:
        RunError: if the directory cannot be written or another training holds the runs folder.
        TrainingError: if the ELBO is no longer finite.
        DataError: if the images cannot be read.
    """
    status = Status(state="running", pid=os.getpid())
    try:
        with _sole_trainer(run):
            run.write_status(status)
            yield from _record(run, status, interrupted)
    except (KeyboardInterrupt, GeneratorExit):
        status.state, status.message = "interrupted", _saved("Interrupted", status)
        raise
    except Exception as error:
        known = isinstance(error, UserError)
        status.state = "failed"
        status.message = str(error) if known else f"Unexpected {type(error).__name__}: {error} (see log.txt)"
        raise
    finally:
        status.heartbeat = time.time()
        run.write_status(status)


def _record(run: Run, status: Status, interrupted: Callable[[], str | None]) -> Iterator[Event]:
    settings = run.settings
    images, _ = data.load("train").tensors()
    validation_images, _ = data.load("validation").tensors()
    torch.manual_seed(settings.seed)
    model = VAE(settings)
    model.start_at(images.sum(0) / (255 * len(images)))
    kept = kept_epochs(settings)
    status.n_steps = steps_per_epoch(settings, len(images)) * settings.epochs
    _snapshot(run, model, 0)
    started = time.perf_counter()
    for event in fit(model, settings, images, validation_images):
        status.step, status.seconds = event.step, time.perf_counter() - started
        if isinstance(event, EpochEnd):
            _snapshot(run, model, event.epoch)
            run.drop_snapshots({event.epoch - 2} - kept)  # not the one before: somebody may be reading it
            run.append_metrics(_metrics_record(event, status.seconds))
            run.append_log(describe(event, settings))
            status.epoch, status.images_per_second = event.epoch, event.images_per_second
        if isinstance(event, EpochEnd) or time.time() - status.heartbeat > HEARTBEAT:
            status.heartbeat = time.time()
            run.write_status(status)
            if run.stop_requested() and status.step < status.n_steps:
                status.state, status.message = "stopped", _saved("Stopped", status)
                return
        if status.step < status.n_steps and (reason := interrupted()):
            status.state, status.message = "interrupted", _saved(reason, status)
            return
        yield event
    run.drop_snapshots(set(run.epochs()) - kept)
    status.state = "finished"


def describe(event: EpochEnd, settings: Settings) -> str:
    """One line about an epoch, for a log or a terminal."""
    return (
        f"epoch {event.epoch}/{settings.epochs}  −ELBO {-event.train.elbo:.2f} training, "
        f"{-event.validation.elbo:.2f} validation (reconstruction {-event.validation.reconstruction:.2f}, "
        f"KL {event.validation.kl:.2f}) nats  {event.images_per_second:,.0f} images/s"
    )


def _metrics_record(event: EpochEnd, seconds: float) -> dict:
    return {
        "epoch": event.epoch,
        "step": event.step,
        "train": event.train.as_record(),
        "validation": event.validation.as_record(),
        "learning_rate": event.learning_rate,
        "images_per_second": event.images_per_second,
        "seconds": seconds,
    }


def _snapshot(run: Run, model: VAE, epoch: int) -> None:
    test = data.load("test")
    mu, logvar = encode_images(model, test.tensors()[0])
    weights = {name: tensor.numpy() for name, tensor in model.state_dict().items()}
    run.write_snapshot(epoch, weights, Latent(mu.numpy(), logvar.numpy(), test.labels))


def _saved(what_happened: str, status: Status) -> str:
    return f"{what_happened} at step {status.step}; everything up to the end of epoch {status.epoch} is saved."


def _schedule(optimiser: torch.optim.Optimizer, settings: Settings, n_steps: int) -> LRScheduler:
    if settings.schedule == "constant":
        return ConstantLR(optimiser, factor=1.0)
    return OneCycleLR(optimiser, max_lr=settings.learning_rate, total_steps=n_steps)


@contextmanager
def _sole_trainer(run: Run) -> Iterator[None]:
    """Hold the lock of the folder that `run` lies in; the operating system drops it when the process ends."""
    lock = FileLock(run.path.parent / ".training.lock", blocking=False)
    try:
        with lock:
            yield
    except OSError as error:  # Timeout is one too
        if not isinstance(error, Timeout):
            raise RunError(cannot_write(Path(lock.lock_file), error)) from error
        message = f"Another training is running in {run.path.parent}. Wait for it to end, or stop it; then start again."
        raise RunError(message) from None
