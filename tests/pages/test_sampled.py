"""Settings drawn from all that the form allows, each trained for two minibatches, and its pages opened."""

from random import Random

import pytest

from tests.sampled import PAGES, attempt, drawn

N = 20
WIDEST, WORK = 300, 1e9  # so that all of it takes two minutes; `tests.benchmarks settings` has no such bounds
FEW, THEORY = PAGES[:4], PAGES[4:]


@pytest.mark.parametrize("seed", range(N))
def test_settings_of_the_form_end_in_pages_and_not_in_a_traceback(seed, runs_folder, small_mnist):
    attempt(drawn(Random(seed), WIDEST, WORK), [*FEW, THEORY[seed % len(THEORY)]])


# What was seen to fail: the evaluation was not a number, a variance was 0.
KNOWN = [
    {"hidden": "", "learning_rate": 1.0, "epochs": 1, "batch_size": 500},
    {"hidden": "16", "learning_rate": 1.0, "epochs": 1, "batch_size": 500, "schedule": "constant"},
]


@pytest.mark.parametrize("values", KNOWN)
def test_a_learning_rate_of_one_ends_in_a_reason(values, runs_folder, small_mnist):
    trial = attempt(values, PAGES)
    assert trial.ended in ("failed", "interrupted")


def test_widths_beyond_what_can_be_looked_at_are_refused(runs_folder):
    assert "weights; accepted: up to" in attempt({"hidden": "4096-4096-4096"}).refused
