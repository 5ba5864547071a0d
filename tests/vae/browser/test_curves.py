"""The curves of trainings: panels, marks and the table."""

import csv
import io
import json

import pytest

from vae.browser.curves import MAX_DIMENSIONS, MAX_POINTS, comparison_panels, csv_text, marks, training_panels
from vae.runs.history import (
    ChangeRecord,
    EpochRecord,
    EvaluationRecord,
    History,
    Means,
    StepRecord,
    ValidationMeans,
)

PER_EPOCH = 10  # minibatches


def step(number: int, *, reconstruction: float = -100.0) -> StepRecord:
    train = Means(reconstruction=reconstruction, kl=0.1 + 0.2)
    return StepRecord(
        epoch=(number - 1) // PER_EPOCH + 1,
        step=number,
        train=train,
        learning_rate=0.1 / 3,
        beta=1.0,
        gradient_norm=7.0,
        images_per_second=1e4,
        layers={"encoder.mu": (1.0, 0.1)},  # of a step that was taken alone
        means_moved=0.1,
    )


def epoch(number: int, *, validation: float = -90.0, kl_per_dimension: tuple[float, ...] = ()) -> EpochRecord:
    return EpochRecord(
        epoch=number,
        step=number * PER_EPOCH,
        train=Means(reconstruction=-95.0, kl=4.0),
        validation=ValidationMeans(reconstruction=validation, kl=5.0, kl_per_dimension=kl_per_dimension),
        learning_rate=0.002,
        images_per_second=2e4,
        seconds=1 / 3,
    )


def panel(panels, title):
    (found,) = [panel for panel in panels if panel.title == title]
    return {series.name: series for series in found.series}


def test_losses_are_shown_as_errors_by_step_by_epoch_and_on_validation_images():
    history = History((step(5), step(10), step(15)), (epoch(1),))
    panels = training_panels(history, PER_EPOCH)
    shown = panel(panels, "−ELBO")
    assert list(shown) == ["training steps", "training", "validation"]
    assert shown["training steps"].x == [0.5, 1, 1.5]
    assert shown["training steps"].y == pytest.approx([100.3] * 3)
    assert (shown["training"].x, shown["training"].y) == ([1], [99])
    assert shown["validation"].y == [95]
    assert panel(panels, "reconstruction error")["validation"].y == [90]
    assert panel(panels, "KL")["validation"].y == [5]
    assert panel(panels, "speed")["training"].y == [2e4]
    assert panel(panels, "gradient norm")["training steps"].y == [7] * 3
    assert json.loads(json.dumps(panels[0].as_message()))["series"][0]["role"] == "step"


def test_what_was_not_recorded_has_no_panel():
    epochs_only = [panel.title for panel in training_panels(History(epochs=(epoch(1),)), PER_EPOCH)]
    assert epochs_only == ["−ELBO", "reconstruction error", "KL", "learning rate", "speed"]
    assert [series.name for series in training_panels(History((step(1),)), PER_EPOCH)[0].series] == ["training steps"]
    assert training_panels(History(), PER_EPOCH) == []
    assert comparison_panels({"a": History()}) == []


def test_steps_lie_where_their_epoch_is_before_and_after_the_first_is_complete():
    before = training_panels(History((step(5),)), PER_EPOCH)
    after = training_panels(History((step(5),), (epoch(1), epoch(2))), 999)
    assert panel(before, "−ELBO")["training steps"].x == panel(after, "−ELBO")["training steps"].x == [0.5]


@pytest.mark.parametrize("n", [MAX_POINTS, MAX_POINTS + 1, 10 * MAX_POINTS + 7])
def test_a_long_training_is_thinned_by_averaging_equal_groups(n):
    history = History(tuple(step(number, reconstruction=-float(number)) for number in range(1, n + 1)))
    shown = panel(training_panels(history, PER_EPOCH), "reconstruction error")["training steps"]
    size = -(-n // MAX_POINTS)
    assert len(shown.x) == len(shown.y) <= MAX_POINTS
    assert shown.y[0] == (1 + size) / 2
    assert shown.x == sorted(shown.x)
    assert shown.x == pytest.approx([y / PER_EPOCH for y in shown.y])


def test_the_dimensions_of_the_largest_final_kl_are_shown():
    final = [0.0, 3.0, *(1.0 + j / 100 for j in range(MAX_DIMENSIONS - 1)), 0.5]
    epochs = (epoch(1), epoch(2, kl_per_dimension=tuple(reversed(final))), epoch(3, kl_per_dimension=tuple(final)))
    shown = panel(training_panels(History(epochs=epochs), PER_EPOCH), "KL per dimension")
    assert list(shown) == ["z₂", "z₃", "z₄", "z₅", "z₆", "z₇", "z₈", "z₉", "z₁₀", "z₁₁"]
    assert shown["z₂"].x == [2, 3]
    assert shown["z₂"].y == [final[-2], 3]
    assert shown["z₁₁"].index == 10


def test_a_logarithmic_scale_is_offered_where_nothing_is_negative():
    def loggable(validation):
        panels = training_panels(History(epochs=(epoch(1, validation=validation),)), PER_EPOCH)
        return {panel.title: panel.log for panel in panels}

    always = {"KL": True, "learning rate": False, "speed": False}
    assert loggable(-90.0) == {"−ELBO": True, "reconstruction error": True, **always}
    assert loggable(90.0) == {"−ELBO": False, "reconstruction error": False, **always}


def test_runs_are_compared_after_every_epoch():
    hostile = "<b>&"
    panels = comparison_panels({"a": History(epochs=(epoch(1), epoch(2))), hostile: History(epochs=(epoch(1),))})
    assert [panel.title for panel in panels] == ["−ELBO", "reconstruction error", "KL", "learning rate"]
    assert [(series.name, series.index, series.x) for series in panels[0].series] == [
        ("a", 0, [1, 2]),
        (hostile, 1, [1]),
    ]


def test_marks_say_what_was_changed_and_which_epoch_is_the_best():
    changes = (
        ChangeRecord(epoch=1, step=5, beta=(1.0, 4.0)),
        ChangeRecord(epoch=2, step=15, beta=(4.0, 0.5), learning_rate=(0.002, 0.001)),
    )
    epochs = (epoch(1, validation=-90), epoch(2, validation=-80), epoch(3, validation=-85))
    assert [(mark.x, mark.text, mark.kind) for mark in marks(History((), epochs, changes), PER_EPOCH)] == [
        (0.5, "β 1 → 4", "change"),
        (1.5, "β 4 → 0.5", "change"),
        (1.5, "learning rate 0.002 → 0.001", "change"),
        (2, "best epoch 2", "best"),
    ]
    assert marks(History(), PER_EPOCH) == []


def test_the_table_holds_every_record_without_loss():
    history = History(
        (step(5), step(10)),
        (epoch(1, kl_per_dimension=(2 / 3, 13 / 3)),),
        (ChangeRecord(epoch=1, step=7, beta=(1.0, 4.0)),),
        (EvaluationRecord(epoch=1, step=10, knn_accuracy=2 / 7),),
    )
    rows = list(csv.DictReader(io.StringIO(csv_text(history), newline="")))
    assert [(row["event"], row["step"]) for row in rows] == [
        ("step", "5"), ("change", "7"), ("step", "10"), ("epoch", "10"), ("evaluation", "10"),
    ]  # fmt: skip
    first, change, _, last, evaluation = rows
    assert float(first["train_kl"]) == 0.1 + 0.2
    assert float(first["train_elbo"]) == history.steps[0].train.elbo
    assert float(first["learning_rate"]) == 0.1 / 3
    assert (first["gradient_norm"], first["beta"], first["validation_kl"]) == ("7.0", "1.0", "")
    assert (change["beta_before"], change["beta"], change["learning_rate"]) == ("1.0", "4.0", "")
    assert (float(last["validation_kl_1"]), float(last["validation_kl_2"])) == (2 / 3, 13 / 3)
    assert float(last["seconds"]) == 1 / 3
    assert float(evaluation["knn_accuracy"]) == 2 / 7


def test_the_bundled_run_has_curves(bundled):
    history = bundled.history()
    assert training_panels(history, 1)[0].series[-1].y[-1] == -history.last.validation.elbo
    records = [*history.steps, *history.epochs, *history.changes, *history.evaluations]
    assert len(csv_text(history).splitlines()) == 1 + len(records)
