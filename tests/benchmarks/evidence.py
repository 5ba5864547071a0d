"""Encoding all images; exact log p(x) of the test images, of one with its posterior map; log p(x) = ELBO + KL."""

import multiprocessing
import statistics
import threading
import time
from collections.abc import Callable

import psutil
import torch
from torch import Tensor

from vae import data
from vae.analysis.evidence import TOLERANCE_OF_MANY, log_evidence
from vae.analysis.latent import encode_images
from vae.analysis.posterior import exact_elbo, kl_to_posterior, posterior_map, posterior_window
from vae.model.vae import VAE
from vae.runs.catalogue import find_run
from vae.runs.evaluation import evaluate

EVERY = 10  # of the test images, where all would take too long
CLOSELY = 5e-4  # nats: how exactly the figures of many images are checked
MEGABYTE = 1e6


def measure() -> list[tuple[str, str]]:
    """Rows of the table: what was measured, and the figure."""
    run, model, images, x = _things()
    encoding = statistics.median(_timed(lambda: encode_images(model, images))[0] for _ in range(5))
    seconds, found = _timed(lambda: log_evidence(model, x, tolerance=TOLERANCE_OF_MANY))
    exact = log_evidence(model, x[::EVERY], tolerance=CLOSELY).log_px
    off = (found.log_px[::EVERY] - exact).abs()
    with multiprocessing.get_context("spawn").Pool(1) as fresh:
        encoding_bytes, evidence_bytes = fresh.apply(_memory)
    rows = [
        (f"encode {len(images):,} images", f"{encoding:.2f} s (bar: 1)"),
        ("exact log p(x) of 10,000 images", f"{seconds:.1f} s (bar: 8)"),
        (
            f"its error, {len(exact):,} images",
            f"at most {off.max():.4f} nats, {off.mean():.5f} in the mean (bar: 0.01)",
        ),
        ("their mean −log p(x)", f"{-found.log_px.mean():.3f} nats"),
        ("memory above the images, encoding", f"{encoding_bytes / MEGABYTE:.0f} MB (bar: 500)"),
        ("memory above the images, log p(x)", f"{evidence_bytes / MEGABYTE:.0f} MB (bar: 500)"),
    ]
    one = statistics.median(_timed(lambda i=i: _one(model, x[i]))[0] for i in range(20))
    rows.append(("one image with its posterior map", f"{1e3 * one:.0f} ms (bar: 150)"))
    rows.append(_identity(model, x[::EVERY]))
    seconds, _ = _timed(lambda: evaluate(run, 60))
    return [*rows, ("evaluate mnist-plane", f"{seconds:.1f} s (bar: 40)")]


def _things() -> tuple:
    """The run, its model, all images (uint8), the test images (0 to 1)."""
    run = find_run("mnist-plane")
    splits = [data.load(split).tensors()[0] for split in ("train", "validation", "test")]
    return run, run.snapshot(60).model(), torch.cat(splits), splits[-1].float().div_(255)


def _identity(model: VAE, x: Tensor) -> tuple[str, str]:
    with torch.no_grad():
        mu, logvar = model.encode(x)
    log_px = log_evidence(model, x).log_px
    off = (exact_elbo(model, x, mu, logvar) + kl_to_posterior(model, x, mu, logvar, log_px) - log_px).abs()
    return f"log p(x) − ELBO − KL, {len(x):,} images", f"at most {off.max():.4f} nats (bar: 0.01)"


def _memory() -> tuple[float, float]:
    """Bytes that encoding all images, and log p(x) of the test images, take above what was there before."""
    _, model, images, x = _things()
    encode_images(model, images[:100])  # what torch needs for anything at all
    return (
        _most_above(lambda: encode_images(model, images)),
        _most_above(lambda: log_evidence(model, x, tolerance=TOLERANCE_OF_MANY)),
    )


def _most_above(work: Callable[[], object]) -> float:
    process, done = psutil.Process(), threading.Event()
    before = most = process.memory_info().rss

    def watch() -> None:
        nonlocal most
        while not done.wait(0.005):
            most = max(most, process.memory_info().rss)

    watching = threading.Thread(target=watch)
    watching.start()
    work()
    done.set()
    watching.join()
    return most - before


def _one(model: VAE, x: Tensor) -> None:
    log_px = log_evidence(model, x[None]).log_px.item()
    posterior_map(model, x, log_px, posterior_window(model, x), 80)


def _timed(work: Callable[[], object]) -> tuple[float, object]:
    started = time.perf_counter()
    result = work()
    return time.perf_counter() - started, result


if __name__ == "__main__":
    for row in measure():
        print(*row, sep="  ")
