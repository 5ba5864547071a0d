"""How good a model is, in numbers."""

import time
from collections.abc import Iterator
from typing import Any

import torch
from torch import Tensor

from vae import data
from vae.aevb import as_grey_values
from vae.history import ValidationMeans
from vae.latent import encode_images
from vae.model import VAE
from vae.objective import gaussian_kl_terms
from vae.run import Run

N_NEIGHBOURS = 15
N_SAMPLES = 16  # draws of z for each test image
QUERY_BATCH = 500
EVALUATION_BATCH = 1_000
NOISE_SEED = 1  # the same draws of z every time, so that two evaluations differ by their weights alone


@torch.no_grad()
def evaluate_elbo(model: VAE, images: Tensor, n_samples: int = 1) -> ValidationMeans:
    """Mean ELBO terms over `images` ((N, D) uint8), float32, with `n_samples` fixed draws of z an image."""
    generator = torch.Generator().manual_seed(NOISE_SEED)
    reconstruction = torch.zeros((), dtype=torch.float64)
    kl = torch.zeros(model.latent_dim, dtype=torch.float64)
    for batch in images.split(EVALUATION_BATCH):
        x = as_grey_values(batch)
        draws = model(x, n_samples, generator)
        reconstruction += model.likelihood.log_prob(x, draws.parameters).mean(0).sum(dtype=torch.float64)
        kl += gaussian_kl_terms(draws.mu, draws.logvar).sum(0, dtype=torch.float64)
    kl /= len(images)
    return ValidationMeans.model_construct(
        reconstruction=(reconstruction / len(images)).item(), kl=kl.sum().item(), kl_per_dimension=tuple(kl.tolist())
    )


def knn_accuracy(mu: Tensor, labels: Tensor, reference_mu: Tensor, reference_labels: Tensor, k: int) -> float:
    """The part of the means `mu` (N, J) whose label is the majority of their k nearest reference means' labels.

    reference_mu: (R, J); labels: (N,), (R,) integers. A tie goes to the smallest label.
    """
    return sum(knn_hits(mu, labels, reference_mu, reference_labels, k)) / len(mu)


def knn_hits(mu: Tensor, labels: Tensor, reference_mu: Tensor, reference_labels: Tensor, k: int) -> Iterator[int]:
    """What `knn_accuracy` counts, batch by batch, for who may have to leave in between."""
    n_classes = int(reference_labels.max()) + 1
    for queries, truth in zip(mu.split(QUERY_BATCH), labels.split(QUERY_BATCH), strict=True):
        distances = torch.cdist(queries, reference_mu, compute_mode="donot_use_mm_for_euclid_dist")  # (Q, R)
        votes = reference_labels[distances.topk(k, largest=False).indices].long()  # (Q, k)
        counts = torch.nn.functional.one_hot(votes, n_classes).sum(1)  # (Q, C)
        yield int((counts.argmax(1) == truth).sum())


def evaluate(run: Run, epoch: int, n_samples: int = N_SAMPLES) -> dict[str, Any]:
    """Figures of a run's snapshot on the 10,000 test images, which no training and no choice ever saw.

    `elbo`, `reconstruction`, `kl`: means in nats per image (ELBO = reconstruction − KL); `knn_accuracy`: of
    the test means, with the training means as reference; `seconds`: the time that this took.
    """
    started = time.perf_counter()
    model = run.model(epoch)
    images, labels = data.load("test").tensors()
    reference_images, reference_labels = data.load("train").tensors()
    means = evaluate_elbo(model, images, n_samples)
    accuracy = knn_accuracy(
        encode_images(model, images)[0],
        labels,
        encode_images(model, reference_images)[0],
        reference_labels,
        N_NEIGHBOURS,
    )
    return {
        "run": run.id,
        "epoch": epoch,
        "elbo": means.elbo,
        "reconstruction": means.reconstruction,
        "kl": means.kl,
        "samples": n_samples,
        "knn_accuracy": accuracy,
        "parameters": sum(parameter.numel() for parameter in model.parameters()),
        "seconds": time.perf_counter() - started,
    }
