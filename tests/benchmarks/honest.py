"""Runs of our own that are packed and imported again: 10,000 times, of many settings."""

import os
import shutil
import tempfile
import time
from io import BytesIO
from random import Random

from tests.sampled import drawn, trained
from vae.config import make_settings
from vae.runs.archive import pack, unpack

N = int(os.environ.get("IMPORTS", "10000"))
KINDS = 20  # of settings
Rows = list[tuple[str, str]]


def measure() -> Rows:
    with tempfile.TemporaryDirectory() as folder:
        os.environ["LATENT_PLANE_RUNS"] = folder
        packed = [pack(trained(make_settings(drawn(Random(seed), widest=16, work=1e7)))) for seed in range(KINDS)]
        began = time.perf_counter()
        slowest = 0.0
        for i in range(N):
            started = time.perf_counter()
            run = unpack(BytesIO(packed[i % KINDS]))
            slowest = max(slowest, time.perf_counter() - started)
            shutil.rmtree(run.path)
        took = time.perf_counter() - began
    figure = f"{N:,} of {N:,}, of {KINDS} settings; at most {slowest:.2f} s each; {took:.0f} s"
    return [("runs of our own that are imported again", figure)]
