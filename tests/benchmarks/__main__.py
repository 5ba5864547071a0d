"""`make bench`: every measurement, one table."""

import os
import platform

import torch

from tests.benchmarks import app, evidence, live, training


def main() -> None:
    versions = f"Python {platform.python_version()}, torch {torch.__version__}"
    rows = [
        ("machine", f"{os.cpu_count()} cores, {platform.machine()}, {versions}"),
        *app.measure(),
        *evidence.measure(),
        *live.measure(),
        *training.measure(),
    ]
    width = max(len(what) for what, _ in rows)
    for what, figure in rows:
        print(f"{what:{width}}  {figure}")


if __name__ == "__main__":
    main()
