"""Exact log p(x): of all test images, of one with its posterior map; and the identity log p(x) = ELBO + KL."""

import time

import torch

from vae import data
from vae.evidence import log_evidence
from vae.metrics import evaluate
from vae.posterior import exact_elbo, kl_to_posterior, posterior_map, posterior_window
from vae.runs import find_run

EVERY = 10  # of the test images, for the identity


def measure() -> list[tuple[str, str]]:
    run = find_run("mnist-plane")
    model, x = run.model(60), data.load("test").tensors()[0].float().div_(255)
    seconds, found = _timed(lambda: log_evidence(model, x))
    rows = [
        ("exact log p(x) of 10,000 images", f"{seconds:.1f} s, error at most {found.error.max():.4f} nats (bar 20 s)"),
        ("mean −log p(x)", f"{-found.log_px.mean():.3f} nats"),
    ]
    one = sorted(_timed(lambda i=i: _one(model, x[i]))[0] for i in range(20))
    rows.append(("one image with its posterior map", f"{1e3 * one[10]:.0f} ms (bar 150)"))
    chosen = x[::EVERY]
    with torch.no_grad():
        mu, logvar = model.encode(chosen)
    log_px = found.log_px[::EVERY]
    off = (exact_elbo(model, chosen, mu, logvar) + kl_to_posterior(model, chosen, mu, logvar, log_px) - log_px).abs()
    rows.append((f"log p(x) − ELBO − KL, {len(chosen):,} images", f"at most {off.max():.4f} nats (bar 0.01)"))
    seconds, _ = _timed(lambda: evaluate(run, 60))
    return [*rows, ("evaluate mnist-plane", f"{seconds:.1f} s (bar 40)")]


def _one(model, x) -> None:
    log_px = log_evidence(model, x[None]).log_px.item()
    posterior_map(model, x, log_px, posterior_window(model, x), 80)


def _timed(work):
    started = time.perf_counter()
    result = work()
    return time.perf_counter() - started, result
