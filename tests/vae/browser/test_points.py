"""The sample of the points that a view shows."""

import json
import time

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from safetensors import numpy as safetensors

from vae.analysis.latent import Latent, coordinate_chart, principal_chart
from vae.browser import payload
from vae.browser.points import LIMIT, PointSet, draws_in_plane, gaussians_in_plane, sample

WHOLE = ((-100.0, 100.0), (-100.0, 100.0))
MILLION = 1_000_000


def points_of(n: int, seed: int = 0) -> PointSet:
    rng = np.random.default_rng(seed)
    return PointSet(rng.normal(size=(2, n)).astype(np.float32), np.arange(n, dtype=np.int32))


def within(points: PointSet, view, indices: np.ndarray) -> np.ndarray:
    (left, right), (bottom, top) = np.float32(view)
    x, y = points.places[:, indices]
    return indices[(left <= x) & (x <= right) & (bottom <= y) & (y <= top)]


def square(centre: tuple[float, float], half: float):
    return tuple((value - half, value + half) for value in centre)


@pytest.fixture(scope="module")
def million(bundled) -> PointSet:
    return draws_in_plane(bundled.snapshot(60).latent(), coordinate_chart(2), MILLION)


places = st.tuples(st.floats(-3, 3), st.floats(-3, 3))


@given(centre=places, half=st.floats(0.01, 4), shift=places, shrink=st.floats(0, 1))
def test_zooming_in_makes_no_point_vanish(centre, half, shift, shrink):
    points = points_of(3000)
    outer = square(centre, half)
    closer = shrink * half
    middle = [value + part / 3 * (half - closer) for value, part in zip(centre, shift, strict=True)]
    inner = tuple((max(low, c - closer), min(high, c + closer)) for (low, high), c in zip(outer, middle, strict=True))
    before, after = (sample(points, view, limit=200, around=50).indices for view in (outer, inner))
    assert set(within(points, inner, before)) <= set(after)


@given(centre=places, half=st.floats(0, 4), limit=st.integers(0, 3000), around=st.integers(0, 3000))
def test_a_view_shows_the_first_points_within_it_and_counts_all(centre, half, limit, around):
    points, view = points_of(2000), square(centre, half)
    shown = sample(points, view, limit, around)
    there = within(points, view, np.arange(2000))
    assert shown.n_within == len(there)
    assert shown.n_shown == min(limit, len(there))
    np.testing.assert_array_equal(within(points, view, shown.indices), there[:limit])
    beside = np.setdiff1d(np.arange(around)[:2000], there)
    np.testing.assert_array_equal(np.setdiff1d(shown.indices, there), beside)
    assert (np.diff(shown.indices) > 0).all()


def test_where_there_are_few_points_all_are_shown():
    points = points_of(500)
    for view in (None, WHOLE):
        shown = sample(points, view, limit=500)
        np.testing.assert_array_equal(shown.indices, np.arange(500))
        assert shown[1:] == (500, 500)


def test_an_empty_view_and_no_points_at_all_are_no_special_case():
    far = ((50.0, 51.0), (50.0, 51.0))
    assert sample(points_of(100), far, around=0).indices.size == 0
    assert sample(points_of(100), far, around=7).indices.tolist() == list(range(7))
    nothing = PointSet(np.empty((2, 0), np.float32), np.empty(0, np.int32))
    for view in (None, WHOLE):
        assert sample(nothing, view)[1:] == (0, 0)
    assert nothing.extent() == ((0, 0), (0, 0))


def test_every_class_keeps_its_share_in_every_view(million, bundled):
    labels = bundled.snapshot(60).latent().labels[million.images]
    for view in (None, square((0.5, 0.3), 2.0), square((0.0, 0.0), 1.0)):
        shown = sample(million, view, around=0)
        assert shown.n_shown == LIMIT < shown.n_within
        there = labels if view is None else labels[within(million, view, np.arange(MILLION))]
        share, expected = (np.bincount(values, minlength=10) / len(values) for values in (labels[shown.indices], there))
        error = np.sqrt(expected * (1 - expected) / shown.n_shown)
        assert (np.abs(share - expected) < 4.5 * error).all()


def test_a_close_view_shows_points_of_the_million_that_the_whole_plane_does_not(million):
    view = square((0.5, 0.3), 0.1)
    close, whole = sample(million, view), sample(million, None)
    assert close.n_shown == close.n_within > 10 * len(within(million, view, whole.indices)) > 0


@pytest.mark.alone
def test_a_view_of_a_million_points_takes_less_than_fifty_milliseconds(million):
    seconds = []
    for half in (10, 2, 1, 0.5, 0.1) * 4:
        started = time.perf_counter()
        sample(million, square((0.5, 0.3), half))
        seconds.append(time.perf_counter() - started)
    assert np.median(seconds) < 0.05


def test_the_same_draws_come_every_time_of_every_image_as_many_or_one_more(million, bundled):
    again = draws_in_plane(bundled.snapshot(60).latent(), coordinate_chart(2), MILLION)
    np.testing.assert_array_equal(again.places, million.places)
    np.testing.assert_array_equal(again.images, million.images)
    assert million.places.dtype == np.float32
    some = draws_in_plane(bundled.snapshot(60).latent(), coordinate_chart(2), 25_000)
    counts = np.bincount(some.images, minlength=10_000)
    assert set(counts.tolist()) == {2, 3}
    assert not np.array_equal(some.images[:10_000], np.sort(some.images[:10_000]))


@pytest.mark.parametrize("latent_dim", [1, 2, 5])
def test_draws_have_the_moments_of_the_posterior_in_the_plane(latent_dim):
    rng = np.random.default_rng(1)
    latent = Latent(
        rng.normal(size=(2, latent_dim)).astype(np.float32),
        rng.normal(size=(2, latent_dim)).astype(np.float32),
        np.zeros(2, np.uint8),
    )
    others = rng.normal(size=(50, latent_dim))
    chart = principal_chart(others) if latent_dim > 2 else coordinate_chart(latent_dim)
    n = 400_000
    drawn = draws_in_plane(latent, chart, n)
    axes = np.array(chart.axes)
    for image in (0, 1):
        own = drawn.places[:, drawn.images == image]
        mean = axes @ (latent.mu[image] - chart.origin)
        covariance = axes @ np.diag(np.exp(latent.logvar[image])) @ axes.T
        np.testing.assert_allclose(own.mean(1), mean, atol=0.02 * (1 + np.abs(mean).max()))
        np.testing.assert_allclose(np.cov(own), covariance, atol=0.02 * covariance.max())
    means, covariances = gaussians_in_plane(latent, chart)
    np.testing.assert_allclose(means[1], mean)
    np.testing.assert_allclose(covariances[1], covariance, atol=1e-12)


def test_an_image_without_spread_is_drawn_where_it_is():
    latent = Latent(np.float32([[1, 2]]), np.full((1, 2), -np.inf, np.float32), np.zeros(1, np.uint8))
    drawn = draws_in_plane(latent, coordinate_chart(2), 5)
    np.testing.assert_array_equal(drawn.places, np.float32([[1] * 5, [2] * 5]))


def test_the_bytes_of_a_view_say_what_is_shown_and_what_is_not(million, bundled):
    view = square((0.5, 0.3), 1.0)
    content = payload.points_payload(million, view, "name")
    assert content == payload.points_payload(million, view, "name")
    assert len(content) < 0.6e6
    header = json.loads(content[8 : 8 + int.from_bytes(content[:8], "little")])
    description = json.loads(header["__metadata__"]["points"])
    shown = sample(million, view)
    assert description == {
        "key": "name",
        "view": [list(side) for side in view],
        "extent": [list(side) for side in million.extent()],
        "total": MILLION,
        "within": shown.n_within,
        "shown": shown.n_shown,
    }
    tensors = safetensors.load(content)
    np.testing.assert_array_equal(tensors["ids"], shown.indices)
    np.testing.assert_array_equal(tensors["images"], million.images[shown.indices])
    np.testing.assert_array_equal([tensors["x"], tensors["y"]], million.places[:, shown.indices])


def test_the_posteriors_are_read_back_from_a_payload(bundled):
    latent = payload.stored_latent(payload.plane_payload(bundled.snapshot(60)))
    for stored, original in zip(latent, bundled.snapshot(60).latent(), strict=True):
        np.testing.assert_array_equal(stored, original)
