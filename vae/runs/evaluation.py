"""Evaluation of a run's snapshot on the test images, and the evaluation record that a training ends with."""

import time
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from vae import data
from vae.analysis.comparison import measure
from vae.analysis.metrics import Part, evaluate_elbo, evidence_part, map_parts, mean_squared_error
from vae.errors import RunError
from vae.runs.history import EvaluationRecord
from vae.runs.run import Run

N_SAMPLES = 16  # draws of z per test image

Watched = Callable[[Sequence[Part]], Iterable[Part]]


def evaluate(
    run: Run,
    epoch: int,
    n_samples: int = N_SAMPLES,
    watched: Watched = iter,
    progress: Callable[[float], object] = lambda _part: None,
) -> dict[str, Any]:
    """Measure a run's snapshot on the 10,000 test images, which no training and no choice ever sees.

    The result has these keys:

    * `elbo`, `reconstruction`, `kl`: means in nats per image (ELBO = reconstruction − KL), from `samples` draws of z;
    * `mean_squared_error`: per pixel (0 to 1), decoded from the means; comparable between likelihoods;
    * `measure`: what the nats measure; only runs of the same measure are comparable;
    * `log_evidence`: mean log p(x) in nats; `log_evidence_error`: its standard or greatest error; `log_evidence_by`:
      "quadrature" (all test images, in one or two dimensions) or "IWAE bound, k = …, n images";
    * `active_units`: number of latent dimensions that are used;
    * `mutual_information`: of z and the image, in nats; `aggregate_kl`: KL(q(z) ‖ p(z)) in nats, over all test images;
      `aggregate_kl_error`: the standard error of both;
    * `mmd`: unbiased MMD² between q(z) and the prior, without unit;
    * `knn_accuracy`: part (0 to 1) of the test images whose digit the 15 nearest training means guess right;
    * `trustworthiness`: how far neighbours on the map are neighbours in pixel space, 0 to 1;
    * `run`, `epoch`, `parameters` (number of weights), `seconds` (duration of the evaluation).

    See `map_parts` for an auto-encoder.

    watched: wraps the parts of the work as they are iterated over, such as a progress bar.
    progress: called with the part of the longest step, log p(x), that is done, 0 to 1.
    """
    started = time.perf_counter()
    model = run.snapshot(epoch).model()
    images, labels = data.load("test").tensors()

    def bound() -> dict[str, float]:
        means = evaluate_elbo(model, images, n_samples)
        return {
            "elbo": means.elbo,
            "reconstruction": means.reconstruction,
            "kl": means.kl,
            "samples": n_samples,
            "mean_squared_error": mean_squared_error(model, images),
        }

    parts = [
        Part("ELBO", bound),
        evidence_part(model, images, progress),
        *map_parts(model, images, labels, *data.load("train").tensors()),
    ]
    return {
        "run": run.id,
        "epoch": epoch,
        "measure": measure(run.settings),
        **_measured(watched(parts)),
        "parameters": sum(parameter.numel() for parameter in model.parameters()),
        "seconds": time.perf_counter() - started,
    }


def record_evaluation(run: Run, epoch: int, watched: Watched = iter) -> None:
    """Append the record that a training ends with: the metrics of its map of the validation images at `epoch`.

    Raises:
        RunError: if the run is active, has no record of that epoch, or its snapshot has no encoder.
    """
    if run.status.active:
        raise RunError(f"The run {run.id} is {run.status.state}; it records its figures when it ends. Wait until then.")
    steps = {0: 0} | {record.epoch: record.step for record in run.history().epochs}
    if epoch not in steps:
        raise RunError(f"The run {run.id} has no record of epoch {epoch}. It has: {sorted(steps)}.")
    parts = map_parts(run.snapshot(epoch).model(), *data.load("validation").tensors(), *data.load("train").tensors())
    record = EvaluationRecord(epoch=epoch, step=steps[epoch], **_measured(watched(parts)))
    run.rewind_metrics(run.read_bytes("metrics.jsonl").rfind(b"\n") + 1)  # else a torn line would damage this one
    run.append_metrics(record)


def _measured(parts: Iterable[Part]) -> dict[str, Any]:
    return {name: value for part in parts for name, value in part.figures().items()}
