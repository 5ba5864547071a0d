"""The records of a training, kept in a run's `metrics.jsonl`: one JSON object per line.

There are four kinds: `step` (after every `log_every` minibatches), `epoch` (after every epoch), `change` (of β or the
learning rate by the user) and `evaluation` (at the end, or on request). All ELBO terms are means per image, in nats,
with β = 1.
"""

import os
import threading
from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Discriminator, Field, Tag, TypeAdapter, ValidationError, computed_field

from vae.budget import RECORDS_BYTES, OverBudgetError, open_regular, read_whole, split_records
from vae.config import SETTINGS
from vae.errors import RunError, shortened

MAX_DIMENSIONS = int(SETTINGS["latent_dim"].maximum)
MAX_NAMED = 100  # layers; the deepest model has 19

Count = Annotated[int, Field(ge=0, lt=2**53)]
Nats = Annotated[float, Field(ge=-1e30, le=1e30)]  # bounded so that sums stay finite
Size = Annotated[float, Field(ge=0, le=1e30)]  # norm of a gradient or a change
Speed = Annotated[float, Field(ge=0, le=1e12)]  # images a second
LayerName = Annotated[str, Field(max_length=100)]
Seconds = Annotated[float, Field(ge=0, le=1e10)]
Rated = Annotated[float, Field(ge=0, le=1)]  # a learning rate after the schedule, which begins and ends near 0
Weighted = Annotated[float, Field(ge=0, le=1e4)]  # β after the warm-up, which begins at 0
Beta = Annotated[float, Field(ge=SETTINGS["beta"].minimum, le=SETTINGS["beta"].maximum)]
Fraction = Annotated[float, Field(ge=0, le=1)]
Rate = Annotated[float, Field(ge=SETTINGS["learning_rate"].minimum, le=SETTINGS["learning_rate"].maximum)]


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, allow_inf_nan=False)


class Means(_Frozen):
    """Mean ELBO terms over images, in nats: ELBO = reconstruction − kl."""

    reconstruction: Nats
    kl: Nats

    @computed_field
    @property
    def elbo(self) -> float:
        return self.reconstruction - self.kl


class ValidationMeans(Means):
    """Mean ELBO terms of the validation images. kl_per_dimension: the J summands of `kl`; empty in older runs."""

    kl_per_dimension: Annotated[tuple[Nats, ...], Field(max_length=MAX_DIMENSIONS)] = ()


class StepRecord(_Frozen):
    """Means over the minibatches since the previous record, and the effect of the last one.

    `step` counts minibatches from 1 over the whole training. `gradient_norm`: ‖∇‖₂ of the loss, which is
    −(reconstruction − β KL). Only for a single step on request: `layers`, (‖∇‖₂, ‖Δw‖₂ / ‖w‖₂) of each layer, and
    `means_moved`, the mean distance that the test images' means moved, in units of z.
    """

    event: Literal["step"] = "step"
    epoch: Count
    step: Count
    train: Means
    learning_rate: Rated
    beta: Weighted
    gradient_norm: Size
    images_per_second: Speed
    layers: Annotated[dict[LayerName, tuple[Size, Size]], Field(max_length=MAX_NAMED)] | None = None
    means_moved: Size | None = None


class EpochRecord(_Frozen):
    """Means over an epoch's minibatches, as computed in training, and over the validation images after it."""

    event: Literal["epoch"] = "epoch"
    epoch: Count
    step: Count
    train: Means
    validation: ValidationMeans
    learning_rate: Rated
    beta: Weighted = 1.0
    images_per_second: Speed
    seconds: Seconds

    def describe(self, n_epochs: int) -> str:
        """One line, for a log or a terminal."""
        return (
            f"epoch {self.epoch}/{n_epochs}  −ELBO {-self.train.elbo:.2f} training, "
            f"{-self.validation.elbo:.2f} validation (reconstruction {-self.validation.reconstruction:.2f}, "
            f"KL {self.validation.kl:.2f}) nats  {self.images_per_second:,.0f} images/s"
        )


class ChangeRecord(_Frozen):
    """A change by the user after `step`: (before, after) of each setting, None if unchanged."""

    event: Literal["change"] = "change"
    epoch: Count
    step: Count
    beta: tuple[Beta, Beta] | None = None
    learning_rate: tuple[Rate, Rate] | None = None


class EvaluationRecord(_Frozen):
    """Metrics of the map of the validation images, as `vae.analysis.metrics.map_parts` computes them.

    All but `knn_accuracy` are None if they were not recorded: in older runs, or if they do not apply.
    """

    event: Literal["evaluation"] = "evaluation"
    epoch: Count
    step: Count
    active_units: Count | None = None
    mutual_information: Nats | None = None
    aggregate_kl: Nats | None = None
    aggregate_kl_error: Nats | None = None
    mmd: Nats | None = None
    knn_accuracy: Fraction
    trustworthiness: Nats | None = None


Record = StepRecord | EpochRecord | ChangeRecord | EvaluationRecord


def _kind(record: Any) -> str | None:
    return record.get("event", "epoch") if isinstance(record, dict) else getattr(record, "event", None)


_RECORD: TypeAdapter[Record] = TypeAdapter(
    Annotated[
        Annotated[StepRecord, Tag("step")]
        | Annotated[EpochRecord, Tag("epoch")]
        | Annotated[ChangeRecord, Tag("change")]
        | Annotated[EvaluationRecord, Tag("evaluation")],
        Discriminator(_kind),
    ]
)


@dataclass(frozen=True)
class History:
    """All records of a run, by kind, each in order."""

    steps: tuple[StepRecord, ...] = ()
    epochs: tuple[EpochRecord, ...] = ()
    changes: tuple[ChangeRecord, ...] = ()
    evaluations: tuple[EvaluationRecord, ...] = ()

    @property
    def last(self) -> EpochRecord | None:
        return self.epochs[-1] if self.epochs else None

    @property
    def best(self) -> EpochRecord | None:
        """The epoch of the highest validation ELBO; the earliest of equals."""
        return max(self.epochs, key=lambda record: record.validation.elbo, default=None)

    def present(self, name: Literal["beta", "learning_rate"], initial: float) -> float:
        """The setting's value after the user's last change; `initial` if it never changed."""
        values = [pair[1] for change in self.changes if (pair := getattr(change, name))]
        return values[-1] if values else initial

    @property
    def evaluation(self) -> EvaluationRecord | None:
        """The newest evaluation of the last epoch; None if it was not evaluated."""
        epoch = self.last.epoch if self.last else None
        return next((record for record in reversed(self.evaluations) if record.epoch == epoch), None)

    @property
    def knn_accuracy(self) -> float | None:
        """k-nearest-neighbour accuracy of the last epoch, 0 to 1; None if it was not evaluated."""
        return self.evaluation.knn_accuracy if self.evaluation else None


def parse_record(line: bytes | str) -> Record:
    """Parse one line.

    Raises:
        ValueError: if it is not a record.
    """
    try:
        return _RECORD.validate_json(line)
    except ValidationError as error:
        problem = error.errors()[0]
        where = ".".join(str(part)[:40] for part in problem["loc"])
        raise ValueError(shortened(f"{where}: {problem['msg']}".lstrip(": "))) from None


@dataclass
class _Read:
    """The part of a file that has been read, and its records."""

    inode: int
    size: int = 0
    last_line: bytes = b""
    records: list[Record] = field(default_factory=list)
    history: History = field(default_factory=History)


_KEPT = 1000  # files
_KEPT_RECORDS = 300_000  # in all files together; 2 KB each
_KINDS = (StepRecord, EpochRecord, ChangeRecord, EvaluationRecord)  # in the order of History's fields
_read: OrderedDict[Path, _Read] = OrderedDict()
_lock = threading.Lock()


def read_history(path: Path) -> History:
    """Read the records of a `metrics.jsonl`, without an incomplete last line; a missing file has none.

    If the file has only grown since the last call, only the new part is read, which makes watching a training cheap.

    Raises:
        RunError: if the file cannot be read or a line is not a record; it names the line.
    """
    with _lock:
        try:
            with open_regular(path) as file:
                read = _resume(path, file)
                rest = read_whole(file, RECORDS_BYTES - read.size)
            *lines, _torn = split_records(rest, before=len(read.records))
        except FileNotFoundError:
            return History()
        except OverBudgetError as error:
            _read.pop(path, None)
            raise RunError(f"{path} is not read: {error}. Choose another run.") from error
        except OSError as error:
            raise RunError(f"Cannot read {path}: {error.strerror}. Restore the file, or choose another run.") from error
        for line in lines:
            try:
                read.records.append(parse_record(line))
            except ValueError as error:
                del _read[path]
                number = len(read.records) + 1
                raise RunError(f"{path} is damaged in line {number} ({error}). Choose another run.") from error
            read.size += len(line) + 1
            read.last_line = line
        if lines:
            read.history = History(*(tuple(_of_kind(read.records, kind)) for kind in _KINDS))
        return read.history


def forget(path: Path) -> None:
    """Drop a file that is about to be deleted from the cache."""
    with _lock:
        _read.pop(path, None)


def _resume(path: Path, file: Any) -> _Read:
    """Position `file` where the last reading ended if its content up to there is unchanged, else at the start."""
    inode = os.fstat(file.fileno()).st_ino
    read = _read.pop(path, None)
    if read and read.inode == inode and read.size:
        file.seek(read.size - len(read.last_line) - 1)
        if file.read(len(read.last_line) + 1) != read.last_line + b"\n":
            read = None
    if not read or read.inode != inode:
        read = _Read(inode)
    file.seek(read.size)
    _read[path] = read
    while len(_read) > 1 and (len(_read) > _KEPT or sum(len(r.records) for r in _read.values()) > _KEPT_RECORDS):
        _read.popitem(last=False)
    return read


def _of_kind(records: list[Record], kind: type) -> Iterator[Any]:
    return (record for record in records if isinstance(record, kind))
