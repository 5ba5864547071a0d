"""How good a model is, in numbers."""

import time
from typing import Any

import torch
from torch import Tensor

from vae import data
from vae.latent import encode_images
from vae.run import Run
from vae.train import evaluate_elbo

N_NEIGHBOURS = 15
N_SAMPLES = 16  # draws of z for each test image
QUERY_BATCH = 500


def knn_accuracy(mu: Tensor, labels: Tensor, reference_mu: Tensor, reference_labels: Tensor, k: int) -> float:
    """The part of the means `mu` (N, J) whose label is the majority of their k nearest reference means' labels.

    reference_mu: (R, J); labels: (N,), (R,) integers. A tie goes to the smallest label.
    """
    n_classes = int(reference_labels.max()) + 1
    correct = 0
    for queries, truth in zip(mu.split(QUERY_BATCH), labels.split(QUERY_BATCH), strict=True):
        distances = torch.cdist(queries, reference_mu, compute_mode="donot_use_mm_for_euclid_dist")  # (Q, R)
        votes = reference_labels[distances.topk(k, largest=False).indices].long()  # (Q, k)
        counts = torch.nn.functional.one_hot(votes, n_classes).sum(1)  # (Q, C)
        correct += int((counts.argmax(1) == truth).sum())
    return correct / len(mu)


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
        **means.as_record(),
        "samples": n_samples,
        "knn_accuracy": accuracy,
        "parameters": sum(parameter.numel() for parameter in model.parameters()),
        "seconds": time.perf_counter() - started,
    }
