"""A training on a thousand images in a process forked from one that has loaded everything: fit to be killed."""

import multiprocessing
from multiprocessing.process import BaseProcess
from pathlib import Path

import torch

from tests import thousand
from vae import data
from vae.runs.run import Run

for split in ("train", "validation", "test"):
    thousand.load(split)  # which keeps it


def start(run: Run) -> BaseProcess:
    """Train that queued run in a new process."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["vae.jobs.session", __name__])
    process = context.Process(target=_train, args=(run.path,))
    process.start()
    return process


def _train(path: Path) -> None:
    from vae.jobs.train import train

    torch.set_num_threads(1)
    data.load = thousand.load
    for _ in train(Run(path)):
        pass
