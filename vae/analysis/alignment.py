"""Comparing maps of the same images: which classes mingle, and whether two maps are one map turned."""

from typing import NamedTuple

import numpy as np

from vae.analysis.latent import Latent


class Alignment(NamedTuple):
    """A map laid onto another. mu: (N, J), turned; matrix: (J, J) orthogonal, mu_before @ matrix = mu.

    explained: the part of the other map's square that it explains, 1 if they are the same up to the turn and a scale.
    """

    mu: np.ndarray
    matrix: np.ndarray
    explained: float

    @property
    def is_mirrored(self) -> bool:
        return bool(np.linalg.det(self.matrix) < 0)

    @property
    def degrees(self) -> float:
        """How far the plane is turned, −180 to 180, after the mirroring of its second axis, if there is one; J = 2."""
        return float(np.degrees(np.arctan2(self.matrix[0, 1], self.matrix[0, 0])))


def procrustes(mu: np.ndarray, onto: np.ndarray) -> Alignment:
    """Rotate and mirror one map (N, J) to lie on another of the same images as well as it can.

    Schönemann (1966): with U S Vᵀ = muᵀ onto, the best orthogonal matrix is U Vᵀ. Neither is moved or stretched: the
    prior, which all maps share, has a centre and a scale but no direction.
    """
    mu, onto = mu.astype(np.float64), onto.astype(np.float64)
    left, singular, right = np.linalg.svd(mu.T @ onto)
    matrix = left @ right
    explained = singular.sum() ** 2 / (np.square(mu).sum() * np.square(onto).sum())
    return Alignment(mu @ matrix, matrix, float(explained))


def class_centres(latent: Latent) -> np.ndarray:
    """The median mean of each class, (C, J)."""
    return np.stack([np.median(latent.mu[latent.labels == label], 0) for label in np.unique(latent.labels)])


class Pair(NamedTuple):
    """Two classes, and how many images of either are taken for the other."""

    a: int
    b: int
    n_images: int


class Confusion(NamedTuple):
    """How many of each class, by row, are guessed as which, by column. counts: (C, C)."""

    counts: np.ndarray

    @property
    def shares(self) -> np.ndarray:
        """Of each row's class, (C, C)."""
        return self.counts / self.counts.sum(1, keepdims=True)

    @property
    def accuracy(self) -> float:
        return float(np.trace(self.counts) / self.counts.sum())

    def most_apart(self, n: int) -> list[tuple[int, float]]:
        """The n classes of which the greatest share is guessed right, with that share."""
        right = np.diag(self.shares)
        return [(int(label), float(right[label])) for label in np.argsort(-right)[:n]]

    def most_mingled(self, n: int) -> list[Pair]:
        """The n pairs of classes that are taken for each other most often."""
        both = np.triu(self.counts + self.counts.T, 1)
        order = np.argsort(-both, axis=None)[:n]
        return [
            Pair(int(i), int(j), int(both[i, j])) for i, j in zip(*np.unravel_index(order, both.shape), strict=True)
        ]


def neighbours_confusion(latent: Latent, k: int) -> Confusion:
    """What the k nearest other means of each image say of its class."""
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
