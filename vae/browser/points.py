"""Samples of more points than a browser can draw: of those within the view, and all of them if they are few.

The points stand in one random order for good, and a view shows the first of them that lie within it. So zooming in only
ever adds points, every class keeps its share in expectation, and the same view shows the same points every time.
"""

from typing import NamedTuple

import numpy as np

from vae.analysis.latent import Chart, Latent

LIMIT = 25_000  # points of a view; the browser draws all of them in every frame of a drag
AROUND = 5_000  # of all points, the first ones, are there beside the view too: who pans finds no void
DRAWS_SEED = 1312_6114  # the paper's number on arXiv

View = tuple[tuple[float, float], tuple[float, float]]  # (left, right), (bottom, top), in units of the plane


class PointSet(NamedTuple):
    """N points of the plane in random order. places: (2, N) float32, x and y; images: (N,) int32, whose they are."""

    places: np.ndarray
    images: np.ndarray

    def extent(self) -> View:
        """The smallest view with all points; the origin if there are none."""
        if not len(self.images):
            return (0.0, 0.0), (0.0, 0.0)
        low, high = self.places.min(1).tolist(), self.places.max(1).tolist()
        return (low[0], high[0]), (low[1], high[1])


class Sample(NamedTuple):
    """The points shown of a view. indices: (n,) int32, ascending, with some around it; the counts: within the view."""

    indices: np.ndarray
    n_shown: int
    n_within: int


def gaussians_in_plane(latent: Latent, chart: Chart) -> tuple[np.ndarray, np.ndarray]:
    """q(z|x) = N(mu, diag exp(logvar)) of N images, projected to the plane: means (N, 2), covariances (N, 2, 2)."""
    axes = np.asarray(chart.axes, np.float64)  # (2, J)
    means = (latent.mu - np.asarray(chart.origin)) @ axes.T
    return means, np.einsum("aj,nj,bj->nab", axes, np.exp(latent.logvar, dtype=np.float64), axes)


def draws_in_plane(latent: Latent, chart: Chart, n: int) -> PointSet:
    """`n` draws of the aggregated posterior q(z), in the plane: of every image as many draws of q(z|x), or one more.

    Each is z = μ + L·ε in the plane, with L·Lᵀ the covariance there; the same ε for equal n and equally many images.
    """
    rng = np.random.default_rng(DRAWS_SEED)
    images = (rng.permutation(n) % len(latent.mu)).astype(np.int32)
    eps = rng.standard_normal((2, n), dtype=np.float32)
    means, covariances = gaussians_in_plane(latent, chart)
    xx, xy, yy = covariances[:, 0, 0], covariances[:, 0, 1], covariances[:, 1, 1]
    a = np.sqrt(xx)  # Cholesky: [[a, 0], [b, c]]
    b = np.divide(xy, a, out=np.zeros_like(a), where=a > 0)
    c = np.sqrt(np.maximum(0, yy - b * b))
    x, y, a, b, c = (values.astype(np.float32)[images] for values in (*means.T, a, b, c))
    return PointSet(np.stack([x + a * eps[0], y + b * eps[0] + c * eps[1]]), images)


def sample(points: PointSet, view: View | None, limit: int = LIMIT, around: int = AROUND) -> Sample:
    """The first `limit` points within the view, its rim included, and those of the others among the first `around`.

    view: None: the whole plane.
    """
    n = len(points.images)
    if view is None:
        return Sample(np.arange(min(n, limit), dtype=np.int32), min(n, limit), n)
    x, y = points.places
    (left, right), (bottom, top) = np.asarray(view, np.float32)  # a float64 would have every x converted
    within = (x >= left) & (x <= right) & (y >= bottom) & (y <= top)
    first, beside = np.flatnonzero(within)[:limit], np.flatnonzero(~within[:around])
    indices = np.sort(np.concatenate([first, beside])).astype(np.int32)
    return Sample(indices, len(first), int(np.count_nonzero(within)))
