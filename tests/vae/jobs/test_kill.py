"""kill -9 at any moment: everything stays readable, and resuming ends at the weights of an undisturbed training."""

import random

import pytest

from tests.conftest import wait_for
from tests.vae.jobs import small_training
from vae.config import make_settings
from vae.jobs.queue import queue_again
from vae.runs import catalogue
from vae.runs.run import Run

KILLS = 50
LONGEST_LIFE = 0.5  # seconds
VARIANTS = [
    {"hidden": "16", "epochs": 12, "batch_size": 100, "snapshots": 5, "log_every": 3, "live_every": 2},
    {"hidden": "32-16", "epochs": 8, "batch_size": 64, "n_samples": 2, "schedule": "constant", "seed": 7},
    {"hidden": "8", "epochs": 20, "batch_size": 50, "patience": 3, "learning_rate": 0.05, "latent_dim": 3},
]


def read_everything(run: Run) -> None:
    run.settings, run.status, run.history(), run.about
    for epoch in run.epochs():
        run.snapshot(epoch).weights(), run.snapshot(epoch).latent()


def essence(run: Run) -> list:
    """All that must not depend on when and how often a training was killed."""
    records = run.history()
    return [
        run.epochs(),
        {e: {name: array.tobytes() for name, array in run.snapshot(e).weights().items()} for e in run.epochs()},
        {e: [array.tobytes() for array in run.snapshot(e).latent()] for e in run.epochs()},
        [(r.epoch, r.step, r.train, r.validation, r.learning_rate, r.beta) for r in records.epochs],
        [(r.epoch, r.step, r.train, r.gradient_norm) for r in records.steps],
        [r.knn_accuracy for r in records.evaluations],
    ]


def undisturbed(settings) -> list:
    run = catalogue.create_run(settings)
    small_training.start(run).join()
    assert run.status.state == "finished", run.status.message
    return essence(run)


@pytest.mark.timeout(600)
def test_fifty_kills_leave_every_run_readable_and_change_no_bit():
    chance = random.Random(0)
    kills = finished = 0
    references: dict[int, list] = {}
    while kills < KILLS or finished < len(VARIANTS):
        variant = finished % len(VARIANTS)
        settings = make_settings(VARIANTS[variant])
        if variant not in references:
            references[variant] = undisturbed(settings)
        run = catalogue.create_run(settings)
        while run.status.state != "finished":
            process = small_training.start(run)
            if chance.random() < 0.8:  # the others are killed while they are starting
                wait_for(lambda run=run, process=process: run.status.state == "running" or not process.is_alive())
            process.join(chance.uniform(0.0, LONGEST_LIFE))
            if process.is_alive():
                process.kill()
                kills += 1
            process.join()
            read_everything(run)
            if run.status.state == "queued":  # killed before it had taken the run
                continue
            assert run.status.state in ("interrupted", "finished"), run.status
            if run.status.state == "interrupted":
                queue_again(run)
        assert essence(run) == references[variant]
        finished += 1
    print(f"survived {kills} kills in {finished} trainings")
