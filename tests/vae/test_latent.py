import math

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from vae import latent
from vae.errors import PlaceError
from vae.metrics import knn_accuracy

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
    assert [near.index for near in found] == np.argsort(distances)[:7].tolist()
    assert [near.distance for near in found] == pytest.approx(np.sort(distances)[:7].tolist(), rel=1e-5)
    assert len(latent.nearest(mu[:2], z, 7)) == 2


@pytest.mark.parametrize("latent_dim", [1, 2, 5])
def test_a_place_of_the_plane_is_a_z_of_any_dimension(latent_dim):
    assert latent.plane_to_latent((1.5, -2.0), latent_dim) == (1.5, -2.0, 0.0, 0.0, 0.0)[:latent_dim]
    x, y = latent.plane_coordinates(np.arange(2.0 * latent_dim).reshape(2, latent_dim))
    assert x.shape == y.shape == (2,)


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
