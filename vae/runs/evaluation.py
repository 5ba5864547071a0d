"""Evaluation of a run's snapshot: figures on the test images, and the record of a training's end."""

import time
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from vae import data
from vae.analysis.comparison import measure
from vae.analysis.metrics import Part, evaluate_elbo, evidence_part, map_parts, mean_squared_error
from vae.errors import RunError
from vae.runs.history import EvaluationRecord
from vae.runs.run import Run

N_SAMPLES = 16  # draws of z for each test image

Watched = Callable[[Sequence[Part]], Iterable[Part]]


def evaluate(
    run: Run,
    epoch: int,
    n_samples: int = N_SAMPLES,
    watched: Watched = iter,
    progress: Callable[[float], object] = lambda _part: None,
) -> dict[str, Any]:
    """Figures of a run's snapshot on the 10,000 test images, which no training and no choice ever saw.

    `elbo`, `reconstruction`, `kl`: means in nats per image (ELBO = reconstruction − KL), by `samples` draws of z.
    `active_units`: latent dimensions that are used, a whole number; `mutual_information`: how much z tells which image
    it is of, nats; `aggregate_kl`: how far all test images together are from the prior, nats, with the standard error
    `aggregate_kl_error` of both; `mmd`: the same distance as the unbiased MMD², which has no unit; `knn_accuracy`: part
    (0 to 1) of the test images whose digit is that of most of the 15 nearest training means; `trustworthiness`: how far
    neighbours on the map are neighbours in pixel space, 0 to 1. See `map_parts` for an auto-encoder.
    `mean_squared_error`: of a pixel (0 to 1) of the images decoded from the means, comparable whatever the likelihood;
    `measure`: what the nats are of, and so with which runs' they compare; `log_evidence`: mean log p(x), nats, with
    its standard error or greatest error `log_evidence_error`, `log_evidence_by`: "quadrature" (of all test images, in
    one or two dimensions) or "IWAE bound, k = …, n images". `parameters`: numbers that are learnt; `seconds`: the time
    that this took.

    watched: is given the parts of the work and gives them on one by one, for who shows how far it is.
    progress: told how far the longest part, log p(x), is, 0 to 1.
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
    """Add to a run what a training records at its end: the figures of its map of the validation images, at `epoch`.

    Raises:
        RunError: if the run is under way, has no record of that epoch, or its snapshot has no encoder.
    """
    if run.status.active:
        raise RunError(f"The run {run.id} is {run.status.state}; it records its figures when it ends. Wait until then.")
    steps = {0: 0} | {record.epoch: record.step for record in run.history().epochs}
    if epoch not in steps:
        raise RunError(f"The run {run.id} has no record of epoch {epoch}. It has: {sorted(steps)}.")
    parts = map_parts(run.snapshot(epoch).model(), *data.load("validation").tensors(), *data.load("train").tensors())
    record = EvaluationRecord(epoch=epoch, step=steps[epoch], **_measured(watched(parts)))
    run.rewind_metrics(run.read_bytes("metrics.jsonl").rfind(b"\n") + 1)  # or a torn line would spoil this one
    run.append_metrics(record)


def _measured(parts: Iterable[Part]) -> dict[str, Any]:
    return {name: value for part in parts for name, value in part.figures().items()}
