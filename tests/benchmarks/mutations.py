"""Changed files by the thousand: what each reader makes of them, and how long it takes."""

import os
import tempfile
import time
from pathlib import Path

from tests.mutations import mutated
from tests.vae.runs.readers import everything_beside, readers, refusal
from vae.config import make_settings
from vae.jobs.train import train
from vae.runs import catalogue

N = int(os.environ.get("MUTATIONS", "10000"))
FEWER = {"archive": 10, "import": 10}  # times fewer, of the readers that read thousands of images
Rows = list[tuple[str, str]]


def measure() -> Rows:
    """A row a reader; an input that neither is read nor refused ends the measurement."""
    rows = []
    with tempfile.TemporaryDirectory() as name:
        folder, marker = Path(name) / "runs", Path(name) / "executed"
        os.environ["LATENT_PLANE_RUNS"] = str(folder)
        run = catalogue.create_run(make_settings({"hidden": "4", "epochs": 2, "batch_size": 5000}), folder / "made")
        for _ in train(run):
            pass
        for what, reader in readers(run, marker).items():
            before, began, refused, n = everything_beside(folder), time.perf_counter(), 0, N // FEWER.get(what, 1)
            slowest = 0.0
            for i, changed in enumerate(mutated(reader.content, reader.mutate, n, seed=1)):
                started = time.perf_counter()
                try:
                    refused += refusal(reader, changed) is not None
                except Exception as error:
                    raise AssertionError(f"input {i} of {what} escaped") from error
                slowest = max(slowest, time.perf_counter() - started)
            assert not marker.exists(), f"an input of {what} was executed"
            assert everything_beside(folder) == before, f"an input of {what} left something outside of the runs"
            took = time.perf_counter() - began
            figure = f"{refused:,} of {n:,} refused, the others read; at most {slowest:.2f} s each; {took:.0f} s"
            rows.append((f"changed files, {what}", figure))
    return rows


if __name__ == "__main__":
    for row in measure():
        print(*row, sep="  ")
