"""The curves of trainings as data: panels of series over epochs, marks, and a table.

Errors are shown, so −ELBO and −reconstruction: positive for binary data, in nats, and lower is better.
"""

import csv
import io
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from math import ceil
from typing import Any, Literal

from vae.runs.history import ChangeRecord, EpochRecord, EvaluationRecord, History, Record

MAX_POINTS = 400  # of a series of steps
MAX_DIMENSIONS = 10

Role = Literal["step", "epoch", "validation", "setting", "dimension", "run"]
Kind = Literal["change", "best"]


@dataclass(frozen=True)
class Series:
    """One line. x: epochs, with a fraction within one. `index` numbers the dimensions or the runs, from 0."""

    name: str
    role: Role
    x: list[float]
    y: list[float]
    index: int = 0


@dataclass(frozen=True)
class Panel:
    """Lines that share a y axis. `log`: whether a logarithmic axis can show them (a zero leaves a gap)."""

    title: str
    unit: str
    series: list[Series]
    log: bool

    def as_message(self) -> dict[str, Any]:
        return {**vars(self), "series": [vars(series) for series in self.series]}


@dataclass(frozen=True)
class Mark:
    """An event at x, in epochs."""

    x: float
    text: str
    kind: Kind

    def as_message(self) -> dict[str, Any]:
        return vars(self)


# Title, and the term of `vae.runs.history.Means` with the sign that it is shown with.
TERMS = (("−ELBO", "elbo", -1), ("reconstruction error", "reconstruction", -1), ("KL", "kl", 1))

STEPS, TRAINING, VALIDATION = "training steps", "training", "validation"


def training_panels(history: History, steps_per_epoch: int) -> list[Panel]:
    """The panels of one training; those without any data are left out.

    Series of steps have at most MAX_POINTS points: of longer ones, neighbours are averaged in groups of equal size (the
    last may be smaller), so that a training of hours stays as light as one of minutes. Of more than MAX_DIMENSIONS
    latent dimensions, those of the largest KL at the end are shown.

    steps_per_epoch: minibatches in an epoch; needed until the first epoch is complete, from then on its record tells.
    """
    place, steps = _placer(history, steps_per_epoch), history.steps
    rated = sorted([*steps, *history.epochs], key=_step)
    losses = [
        _panel(
            title,
            "nats",
            _steps(steps, STEPS, "step", place, _shown("train", term, sign)),
            _epochs(history, TRAINING, "epoch", _shown("train", term, sign)),
            _epochs(history, VALIDATION, "validation", _shown("validation", term, sign)),
        )
        for title, term, sign in TERMS
    ]
    panels = [
        *losses,
        _panel("KL per dimension", "nats", *_dimensions(history)),
        _panel(
            "learning rate",
            "",
            _steps(rated, TRAINING, "setting", place, lambda record: record.learning_rate),
            log=False,
        ),
        _panel(
            "speed",
            "images/s",
            _steps(steps, STEPS, "step", place, lambda step: step.images_per_second),
            _epochs(history, TRAINING, "epoch", lambda epoch: epoch.images_per_second),
            log=False,
        ),
        _panel("gradient norm", "", _steps(steps, STEPS, "step", place, lambda step: step.gradient_norm)),
    ]
    return [panel for panel in panels if panel.series]


def comparison_panels(histories: dict[str, History]) -> list[Panel]:
    """The same panels for several runs, by name: validation after every epoch, one line a run."""

    def lines(value: Callable[[EpochRecord], float]) -> list[Series]:
        return [_epochs(history, name, "run", value, i) for i, (name, history) in enumerate(histories.items())]

    panels = [_panel(title, "nats", *lines(_shown("validation", term, sign))) for title, term, sign in TERMS]
    panels.append(_panel("learning rate", "", *lines(lambda epoch: epoch.learning_rate), log=False))
    return [panel for panel in panels if panel.series]


def marks(history: History, steps_per_epoch: int) -> list[Mark]:
    """Marks of the user's changes and of the highest validation ELBO; arguments as of `training_panels`."""
    place = _placer(history, steps_per_epoch)
    changes = [Mark(place(change.step), text, "change") for change in history.changes for text in _texts(change)]
    best = history.best
    return [*changes, Mark(best.epoch, f"best epoch {best.epoch}", "best")] if best else changes


def csv_text(history: History) -> str:
    """All records as a table, in the order of their steps; read back as floats, the numbers are the recorded ones.

    A change's row holds the new value in the column of the setting, and the old one in `…_before`.
    """
    records: Iterable[Record] = chain(history.steps, history.epochs, history.changes, history.evaluations)
    n_dimensions = max((len(epoch.validation.kl_per_dimension) for epoch in history.epochs), default=0)
    columns = [
        *("event", "epoch", "step"),
        *("train_elbo", "train_reconstruction", "train_kl"),
        *("validation_elbo", "validation_reconstruction", "validation_kl"),
        *(f"validation_kl_{j + 1}" for j in range(n_dimensions)),
        *("learning_rate", "learning_rate_before", "beta", "beta_before"),
        *("gradient_norm", "images_per_second", "seconds"),
        *(name for name in EvaluationRecord.model_fields if name not in ("event", "epoch", "step")),
    ]
    text = io.StringIO()
    writer = csv.DictWriter(text, columns)
    writer.writeheader()
    writer.writerows(dict(_cells(record)) for record in sorted(records, key=_step))
    return text.getvalue()


def _cells(record: Record) -> Iterator[tuple[str, Any]]:
    for name, value in record.model_dump(exclude_none=True, exclude={"layers", "means_moved"}).items():
        if isinstance(value, dict):
            kl_per_dimension = value.pop("kl_per_dimension", ())
            yield from ((f"{name}_{term}", mean) for term, mean in value.items())
            yield from ((f"{name}_kl_{j + 1}", kl) for j, kl in enumerate(kl_per_dimension))
        elif isinstance(value, tuple):
            yield from zip((f"{name}_before", name), value, strict=True)
        else:
            yield name, value


def _panel(title: str, unit: str, *series: Series, log: bool = True) -> Panel:
    drawn = [line for line in series if line.x]
    return Panel(title, unit, drawn, log and all(y >= 0 for line in drawn for y in line.y))


def _placer(history: History, steps_per_epoch: int) -> Callable[[int], float]:
    """A function that gives the position of a step in epochs."""
    last = history.last
    per_epoch = last.step / last.epoch if last and last.step and last.epoch else steps_per_epoch
    return lambda step: step / per_epoch


def _step(record: Record) -> int:
    return record.step


def _shown(split: str, term: str, sign: int) -> Callable[[Record], float]:
    return lambda record: sign * getattr(getattr(record, split), term)


def _steps(
    records: Sequence[Record],
    name: str,
    role: Role,
    place: Callable[[int], float],
    value: Callable[[Any], float],
) -> Series:
    x, y = [place(record.step) for record in records], [value(record) for record in records]
    return Series(name, role, _thinned(x), _thinned(y))


def _thinned(values: Sequence[float]) -> list[float]:
    size = ceil(len(values) / MAX_POINTS)
    if size <= 1:
        return list(values)
    groups = (values[start : start + size] for start in range(0, len(values), size))
    return [sum(group) / len(group) for group in groups]


def _epochs(history: History, name: str, role: Role, value: Callable[[EpochRecord], float], index: int = 0) -> Series:
    epochs = history.epochs
    return Series(name, role, [epoch.epoch for epoch in epochs], [value(epoch) for epoch in epochs], index)


def _dimensions(history: History) -> list[Series]:
    """KL of each latent dimension over the epochs at which it was recorded."""
    epochs = [epoch for epoch in history.epochs if epoch.validation.kl_per_dimension]
    if not epochs:
        return []
    final = epochs[-1].validation.kl_per_dimension
    epochs = [epoch for epoch in epochs if len(epoch.validation.kl_per_dimension) == len(final)]
    largest = sorted(range(len(final)), key=lambda j: -final[j])[:MAX_DIMENSIONS]
    return [
        Series(
            "z" + str(j + 1).translate(_SUBSCRIPT),
            "dimension",
            [epoch.epoch for epoch in epochs],
            [epoch.validation.kl_per_dimension[j] for epoch in epochs],
            j,
        )
        for j in sorted(largest)
    ]


_SUBSCRIPT = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")


def _texts(change: ChangeRecord) -> list[str]:
    pairs = {"β": change.beta, "learning rate": change.learning_rate}
    return [f"{name} {pair[0]:g} → {pair[1]:g}" for name, pair in pairs.items() if pair]
