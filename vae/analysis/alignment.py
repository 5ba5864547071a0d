"""Comparison of latent maps of the same images: confusion of classes, and alignment by rotation and reflection."""

from typing import NamedTuple

import numpy as np

from vae.analysis.latent import Latent


class Alignment(NamedTuple):
    """A map aligned with another. mu: (N, J), rotated; matrix: (J, J) orthogonal, mu_before @ matrix = mu.

    explained: part of the other map's sum of squares that it explains; 1 if they differ by rotation and scale alone.
    """

    mu: np.ndarray
    matrix: np.ndarray
    explained: float

    @property
    def is_mirrored(self) -> bool:
        return bool(np.linalg.det(self.matrix) < 0)

    @property
    def degrees(self) -> float:
        """Angle of the rotation, −180 to 180, after the reflection of the second axis if there is one; J = 2."""
        return float(np.degrees(np.arctan2(self.matrix[0, 1], self.matrix[0, 0])))


def procrustes(mu: np.ndarray, onto: np.ndarray) -> Alignment:
    """Rotate and reflect one map (N, J) onto another of the same images, by least squares.

    Schönemann (1966): with U S Vᵀ = muᵀ onto, the best orthogonal matrix is U Vᵀ. There is no translation and no
    scaling: the prior, which all maps share, fixes the centre and the scale but no direction.
    """
    mu, onto = mu.astype(np.float64), onto.astype(np.float64)
    left, singular, right = np.linalg.svd(mu.T @ onto)
    matrix = left @ right
    explained = singular.sum() ** 2 / (np.square(mu).sum() * np.square(onto).sum())
    return Alignment(mu @ matrix, matrix, float(explained))


def class_centres(latent: Latent) -> np.ndarray:
    """The median of the means of each class: (C, J)."""
    return np.stack([np.median(latent.mu[latent.labels == label], 0) for label in np.unique(latent.labels)])


class Pair(NamedTuple):
    """Two classes, and the number of images of either that are taken for the other."""

    a: int
    b: int
    n_images: int


class Confusion(NamedTuple):
    """Confusion matrix. counts: (C, C), images by true class (row) and guessed class (column)."""

    counts: np.ndarray

    @property
    def shares(self) -> np.ndarray:
        """Counts as parts of their row's class: (C, C)."""
        return self.counts / self.counts.sum(1, keepdims=True)

    @property
    def accuracy(self) -> float:
        return float(np.trace(self.counts) / self.counts.sum())

    def most_apart(self, n: int) -> list[tuple[int, float]]:
        """The n classes most often guessed right, each with the share of its images that are."""
        right = np.diag(self.shares)
        return [(int(label), float(right[label])) for label in np.argsort(-right)[:n]]

    def most_mingled(self, n: int) -> list[Pair]:
        """The n pairs of classes most often taken for each other."""
        both = np.triu(self.counts + self.counts.T, 1)
        order = np.argsort(-both, axis=None)[:n]
        return [
            Pair(int(i), int(j), int(both[i, j])) for i, j in zip(*np.unravel_index(order, both.shape), strict=True)
        ]


def neighbours_confusion(latent: Latent, k: int) -> Confusion:
    """Confusion matrix of the labels guessed from each image's k nearest other means."""
    labels = latent.labels.astype(int)
    n_classes = int(labels.max()) + 1
    pairs = labels * n_classes + guessed_labels(latent, k)
    return Confusion(np.bincount(pairs, minlength=n_classes**2).reshape(n_classes, n_classes))


def guessed_labels(latent: Latent, k: int) -> np.ndarray:
    """Each image's label by the majority of the k nearest other means: (N,). A tie goes to the smallest label."""
    import torch

    mu, labels = torch.from_numpy(latent.mu), torch.from_numpy(latent.labels).long()
    guesses = []
    for start in range(0, len(mu), _QUERY_BATCH):
        distances = torch.cdist(mu[start : start + _QUERY_BATCH], mu, compute_mode="donot_use_mm_for_euclid_dist")
        own = torch.arange(len(distances))
        distances[own, own + start] = torch.inf
        votes = labels[distances.topk(k, largest=False).indices]
        guesses.append(torch.nn.functional.one_hot(votes, int(labels.max()) + 1).sum(1).argmax(1))
    return torch.cat(guesses).numpy()


_QUERY_BATCH = 500
