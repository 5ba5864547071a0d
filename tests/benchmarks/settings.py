"""Settings from all that the form allows, 200 of them: what became of each, and how long its slowest page took."""

import os
import tempfile
import time

import numpy as np

from tests.sampled import PAGES, trials

N = int(os.environ.get("SETTINGS", "200"))
SEED = 1
Rows = list[tuple[str, str]]


def measure() -> Rows:
    began, found = time.monotonic(), []
    with tempfile.TemporaryDirectory() as folder:
        os.environ["LATENT_PLANE_RUNS"] = folder
        for trial in trials(N, SEED):
            found.append(trial)
            print(trial.ended or "refused", trial.refused or trial.slowest, trial.settings, flush=True)
    opened = [trial.slowest[1] for trial in found if not trial.refused]
    refused, failed = sum(bool(trial.refused) for trial in found), sum(trial.ended == "failed" for trial in found)
    figure = (
        f"{refused} refused before they start, {failed} trainings ended with a reason, all {len(PAGES)} pages of the "
        f"{len(opened)} others opened; their slowest page {np.median(opened):.1f} s in the median, "
        f"{max(opened):.0f} s at most; {(time.monotonic() - began) / 60:.0f} min"
    )
    return [(f"{N} settings drawn from all that the form allows", figure)]
