"""A training on a thousand images in a process forked from one that has loaded everything: fit to be killed."""

import multiprocessing
from multiprocessing.process import BaseProcess
from pathlib import Path

import torch

from vae import data
from vae.runs.run import Run

_WHOLE = {split: data.load(split) for split in ("train", "validation", "test")}


def load_small(split: data.Split) -> data.ImageSet:
    """As `data.load`, but for training and validation the first thousand images alone."""
    images = _WHOLE[split]
    return images if split == "test" else data.ImageSet(images.images[:1000], images.labels[:1000])


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
    data.load = load_small
    for _ in train(Run(path)):
        pass
