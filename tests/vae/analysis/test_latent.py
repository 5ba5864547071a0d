import math

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from vae.analysis import latent
from vae.analysis.metrics import knn_accuracy
from vae.errors import PlaceError

COORDINATE = st.floats(-latent.Z_LIMIT, latent.Z_LIMIT)


@given(st.tuples(COORDINATE, COORDINATE))
def test_places_survive_text_to_four_digits(place):
    text = latent.format_place(place)
    assert latent.parse_place(text) == pytest.approx(place, abs=5.1e-5)
    assert latent.format_place(latent.parse_place(text)) == text


@pytest.mark.parametrize("text", ["", "1", "1,2,3", "a,b", "nan,0", "inf,0", "20.1,0", "1;2", "<b>,1", "0x1,0"])
def test_what_is_no_place_is_refused_with_an_example(text):
    with pytest.raises(PlaceError, match=r"two numbers from -20 to 20, separated by a comma, such as 0.5,-1.2"):
        latent.parse_place(text)


@given(st.lists(COORDINATE, min_size=1, max_size=5))
def test_prior_density_is_that_of_torch_distributions(z):
    normal = torch.distributions.Normal(torch.zeros(1, dtype=torch.float64), 1.0)
    expected = normal.log_prob(torch.tensor(z, dtype=torch.float64)).sum().item()
    assert latent.prior_log_density(tuple(z)) == pytest.approx(expected, abs=1e-9)
    assert latent.prior_density(tuple(z)) == pytest.approx(math.exp(expected))


def test_nearest_are_the_nearest_in_order():
    rng = np.random.default_rng(0)
    mu = rng.normal(size=(500, 3)).astype(np.float32)
    z = (0.3, -0.2, 0.9)
    distances = np.sqrt(((mu - np.array(z)) ** 2).sum(1))
    found = latent.nearest(mu, z, 7)
    assert [near.image for near in found] == np.argsort(distances)[:7].tolist()
    assert [near.distance for near in found] == pytest.approx(np.sort(distances)[:7].tolist(), rel=1e-5)
    assert len(latent.nearest(mu[:2], z, 7)) == 2


def test_a_place_of_two_coordinates_is_a_z_with_the_others_held():
    chart = latent.coordinate_chart(5, 3, 1, {0: 0.5, 4: -2.0, 3: 9.0})
    assert latent.to_latent(chart, (1.5, -2.0)) == (0.5, -2.0, 0.0, 1.5, -2.0)
    assert latent.to_plane(chart, (7.0, -2.0, 7.0, 1.5, 7.0)) == (1.5, -2.0)
    assert chart.titles == ("z₄", "z₂")


def test_one_latent_dimension_is_a_line():
    chart = latent.coordinate_chart(1)
    assert chart == ((0.0,), ((1.0,), (0.0,)), ("z₁", ""))
    assert latent.to_latent(chart, (1.5, -2.0)) == (1.5,)
    assert latent.to_plane(chart, (1.5,)) == (1.5, 0.0)


@pytest.mark.parametrize(("first", "second"), [(1, 1), (0, 5), (-1, 0), (98, 0)])
def test_two_coordinates_that_span_no_plane_are_refused(first, second):
    with pytest.raises(PlaceError, match="Accepted: two different coordinates from 1 to 5"):
        latent.coordinate_chart(5, first, second)


def means(n: int, latent_dim: int) -> np.ndarray:
    rng = np.random.default_rng(latent_dim)
    spread = np.linspace(3, 0.2, latent_dim)
    mixing, _ = np.linalg.qr(rng.normal(size=(latent_dim, latent_dim)))
    return ((rng.normal(size=(n, latent_dim)) * spread) @ mixing + rng.normal(size=latent_dim)).astype(np.float32)


@pytest.mark.parametrize("latent_dim", [2, 3, 10, 40])
def test_principal_components_are_those_of_torch(latent_dim):
    mu = means(2_000, latent_dim)
    chart = latent.principal_chart(mu)
    axes = np.array(chart.axes)
    np.testing.assert_allclose(chart.origin, mu.mean(0), atol=1e-5)
    np.testing.assert_allclose(axes @ axes.T, np.eye(2), atol=1e-12)
    _, _, vectors = torch.pca_lowrank(torch.from_numpy(mu).double(), q=latent_dim, niter=10)
    np.testing.assert_allclose(np.abs(axes @ vectors[:, :2].numpy()), np.eye(2), atol=1e-4)


def test_principal_components_have_a_sign_of_their_own():
    mu = means(500, 6)
    chart = latent.principal_chart(mu)
    for axis in chart.axes:
        assert max(axis, key=abs) > 0
    mirrored = latent.principal_chart(mu[::-1].copy())
    np.testing.assert_allclose(mirrored.axes, chart.axes, atol=1e-6)


@given(st.tuples(COORDINATE, COORDINATE))
def test_places_come_back_from_the_latent_space(place):
    for chart in (latent.principal_chart(means(50, 4)), latent.coordinate_chart(4, 2, 0, {1: 3.0})):
        assert latent.to_plane(chart, latent.to_latent(chart, place)) == pytest.approx(place, abs=1e-9)


@pytest.mark.parametrize(("text", "plane"), [("1,2", (1, 2)), ("10,3", (10, 3)), ("pc", None)])
def test_planes_are_read_from_text(text, plane):
    assert latent.parse_plane(text, 10) == plane


@pytest.mark.parametrize(
    "text", ["", "1", "1,1", "0,1", "1,99", "1,2,3", "nan,1", "-1,2", "x", "PC", "١,٢", "9" * 5000]
)
def test_what_is_no_plane_is_refused_with_an_example(text):
    with pytest.raises(PlaceError, match="two different coordinates from 1 to 10, such as 1,2, or pc"):
        latent.parse_plane(text, 10)


def test_offsets_survive_text():
    offsets = {3: 0.5, 7: -1.0, 10: 2.25}
    assert latent.format_offsets(offsets | {5: 0.0}) == "3:0.5,7:-1,10:2.25"
    assert latent.parse_offsets("3:0.5,7:-1,10:2.25", 10, 3.0) == offsets
    assert latent.parse_offsets("", 10, 3.0) == {}


@pytest.mark.parametrize(
    "text", ["3", "3:", "3:nan", "3:inf", "3:3.1", "0:1", "99:1", "x:1", "3:1:2", "3;1", "1" * 5000 + ":1"]
)
def test_what_places_no_coordinate_is_refused_with_an_example(text):
    with pytest.raises(PlaceError, match=r"coordinates from 1 to 10 with values from -3 to 3, such as 3:0.5,4:-1"):
        latent.parse_offsets(text, 10, 3.0)


def test_coordinates_have_the_names_that_readers_use():
    assert [latent.coordinate_name(index) for index in (0, 8, 9, 255)] == ["z₁", "z₉", "z₁₀", "z₂₅₆"]


def test_knn_accuracy_is_that_of_counting_by_hand():
    rng = np.random.default_rng(1)
    reference, queries = rng.normal(size=(300, 2)), rng.normal(size=(80, 2))
    reference_labels, labels = rng.integers(0, 4, 300), rng.integers(0, 4, 80)
    correct = 0
    for query, label in zip(queries, labels, strict=True):
        nearest = np.argsort(((reference - query) ** 2).sum(1))[:15]
        correct += np.bincount(reference_labels[nearest], minlength=4).argmax() == label
    tensors = map(torch.from_numpy, (queries, labels, reference, reference_labels))
    assert knn_accuracy(*tensors, k=15) == correct / 80
