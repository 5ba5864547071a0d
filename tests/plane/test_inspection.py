"""Computations of the panels: densities, neighbours, pixels, tables, and the rounds of the game."""

import csv
import io

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from vae import data
from vae.browser import payload

RNG = np.random.default_rng(0)


@pytest.mark.parametrize("latent_dim", [1, 2, 10])
def test_the_prior_agrees_with_torch(ask, latent_dim):
    """Oracle of the percentile: the share of a million draws that are likelier."""
    zs = RNG.normal(scale=1.5, size=(20, latent_dim))
    densities, closer = np.array(ask("prior", zs=zs)).T
    prior = torch.distributions.MultivariateNormal(torch.zeros(latent_dim), torch.eye(latent_dim))
    np.testing.assert_allclose(densities, prior.log_prob(torch.tensor(zs, dtype=torch.float32)), atol=1e-4)
    draws = np.sort((np.random.default_rng(1).normal(size=(1_000_000, latent_dim)) ** 2).sum(1))
    np.testing.assert_allclose(closer, np.searchsorted(draws, (zs**2).sum(1)) / len(draws), atol=0.002)


def test_figures_of_the_prior_are_written_as_a_reader_writes_them(ask):
    values = {0: "0", 0.15915: "0.159", 0.00123: "0.00123", 3.72e-7: "3.72 × 10⁻⁷", 9.999e-13: "1.00 × 10⁻¹²"}
    assert ask("density", values=list(values)) == list(values.values())
    parts = {0: "0 %", 0.00001: "less than 0.01 %", 0.005: "0.50 %", 0.344: "34 %", 0.9987: "99.87 %"}
    parts |= {0.99999: "more than 99.99 %", 1: "more than 99.99 %"}
    assert ask("percentage", values=list(parts)) == list(parts.values())


@settings(max_examples=20)
@given(st.integers(1, 4), st.integers(1, 40), st.integers(1, 8), st.integers(0, 2**31))
def test_the_nearest_means_are_the_nearest(ask, latent_dim, n, k, seed):
    rng = np.random.default_rng(seed)
    mu, z = rng.normal(size=(n, latent_dim)).astype(np.float32), rng.normal(size=latent_dim)
    found = ask("nearest", mu=mu.ravel(), z=z, k=k)
    distances = np.linalg.norm(mu - z, axis=1)
    assert [each["index"] for each in found] == np.argsort(distances)[:k].tolist()
    np.testing.assert_allclose([each["distance"] for each in found], np.sort(distances)[:k], rtol=1e-6)


def test_entropies_agree_with_torch_and_are_defined_at_certainty(ask):
    mean = np.concatenate([[0, 1, 0.5], RNG.uniform(size=100)])
    entropies = ask("entropies", mean=mean)
    expected = torch.distributions.Bernoulli(torch.tensor(mean)).entropy() / np.log(2)
    np.testing.assert_allclose(entropies, expected, atol=1e-5)
    assert entropies[:3] == [0, 0, 1]


def test_the_csv_gives_the_very_numbers_back(ask):
    n, latent_dim = 1300, 3  # more than one piece of text
    mu, logvar = RNG.normal(size=(2, n, latent_dim)).astype(np.float32) * 10.0 ** RNG.integers(-6, 3, size=(2, n, 1))
    mu, logvar = mu.astype(np.float32), logvar.astype(np.float32)
    labels = RNG.integers(0, 10, n)
    indices = RNG.permutation(n)[:1200]
    tensors = {"labels": labels, "mu": mu.ravel(), "logvar": logvar.ravel(), "indices": indices}
    text = ask("csv", split="test", latentDim=latent_dim, **tensors)
    assert text.count("\r\n") == text.count("\n") == 1201
    header, *rows = csv.reader(io.StringIO(text))
    assert header == ["index", "split", "label", *[f"{name}_{j}" for name in ("mu", "logvar") for j in (1, 2, 3)]]
    assert [int(row[0]) for row in rows] == indices.tolist()
    assert {row[1] for row in rows} == {"test"}
    assert [int(row[2]) for row in rows] == labels[indices].tolist()
    numbers = np.array([row[3:] for row in rows], np.float32)
    np.testing.assert_array_equal(numbers, np.concatenate([mu, logvar], 1)[indices])


def test_counts_and_means_are_of_the_chosen_alone(ask):
    labels, matrix = RNG.integers(0, 10, 500), RNG.normal(size=(500, 3)).astype(np.float32)
    indices = RNG.permutation(500)[:120]
    found, n = np.unique(labels[indices], return_counts=True)
    assert ask("counts", labels=labels, indices=indices) == np.stack([found, n], 1).tolist()
    mean = ask("meanRow", matrix=matrix.ravel(), J=3, indices=indices)
    np.testing.assert_allclose(mean, matrix[indices].mean(0), atol=1e-6)


@settings(max_examples=30)
@given(
    st.tuples(st.floats(0, 400), st.floats(0, 300)),
    st.tuples(st.floats(20, 160), st.floats(20, 130)),
    st.floats(4, 40),
)
def test_a_card_is_within_the_plane_and_never_under_the_pointer(ask, point, size, gap):
    space = (400, 300)
    left, top = ask("beside", point=point, size=size, space=space, gap=gap)
    for start, length, room in zip((left, top), size, space, strict=True):
        assert start >= 0
        assert start + length <= room
    # 400 ≥ 2·160 + 2·40: there is room on one side at least
    assert left >= point[0] + gap - 1e-9 or left + size[0] <= point[0] - gap + 1e-9


def test_the_search_finds_the_closest_picture_of_a_fine_grid(ask, bundled, tmp_path):
    (tmp_path / "payload").write_bytes(payload.plane_payload(bundled.snapshot(60)))
    ranges = [[-4.0, 4.0], [-4.0, 4.0]]
    targets = data.load("test").images[:12].reshape(12, -1) / 255
    arguments = {"ranges": ranges, "cells": 24, "step": 8 / 48, "targets": targets}
    found = ask("search", payload=str(tmp_path / "payload"), **arguments)
    axis = torch.linspace(-4, 4, 321)
    grid = torch.cartesian_prod(axis, axis)
    with torch.no_grad():
        pictures = torch.sigmoid(bundled.snapshot(60).decoder()(grid))
        best = torch.sigmoid(bundled.snapshot(60).decoder()(torch.tensor([each["place"] for each in found])))
    distances = torch.cdist(torch.tensor(targets, dtype=torch.float32), pictures).min(1).values.numpy()
    reached = np.array([each["distance"] for each in found])
    own = np.linalg.norm(best.numpy() - targets, axis=1)
    np.testing.assert_allclose(reached, own, atol=1e-3)
    assert (reached <= distances + 0.05).mean() >= 0.9  # now and then, the best cell of the coarse grid misleads


PIXELS = {"target": [1, 0, 1, 0], "guesses": []}
GUESSES = [
    {"place": [0, 0], "pixels": [1, 1, 1, 1], "seconds": 3},
    {"place": [1, 2], "pixels": [1, 0, 0.5, 0], "seconds": 9.4},
    {"place": [2, 2], "pixels": [0, 0, 0, 0], "seconds": 12},
]


def test_a_score_is_the_way_from_black_to_the_best(ask):
    others = [[1, 0, 1, 0], [1, 0, 0.5, 0], [0, 0, 0, 0], [0, 1, 0, 1], [1, 0, 1, 0.25]]
    answer = ask("round", **PIXELS, least=0.25, others=others)
    blank = np.sqrt(2)
    halfway = 100 * (blank - 0.5) / (blank - 0.25)
    assert answer["scores"] == [100, round(halfway), 0, 0, 100]
    assert answer["best"] is None


def test_the_closest_guess_counts_and_one_closer_than_the_search_is_the_new_measure(ask):
    answer = ask("round", target=PIXELS["target"], guesses=GUESSES, least=0.6, others=[[1, 0, 0.5, 0]])
    assert answer["best"] == [1, 2]
    assert answer["least"] == pytest.approx(0.5)
    assert answer["scores"] == [100]
    assert [guess["gain"] for guess in answer["made"]] == [None, 100, -100]


@pytest.mark.parametrize("kind", ["digit", "drawing"])
def test_a_reveal_says_what_there_is_to_learn(ask, kind):
    sought = {"kind": kind, "place": [1.3, 1.6], "index": 17}
    said = ask(
        "words",
        target=PIXELS["target"],
        guesses=GUESSES,
        least=0.25,
        sought=sought,
        closest={"place": [1.1, 1.9]},
        named="test image 17, a 7",
        seconds=20.2,
    )
    assert said["guesses"][0] == "Guess 1: 0 of 100."
    assert said["guesses"][1:] == [
        "Guess 2: 79 of 100, 79 better than your best.",
        "Guess 3: 0 of 100, 79 short of your best.",
    ]
    assert said["tally"] == "20 s · 3 guesses · best 79"
    assert said["reveal"].startswith(
        "79 of 100 after 3 guesses and 9 s. Your picture differs by 0.5, the best place's by 0.3. "
        if kind == "drawing"
        else "79 of 100"
    )
    answer = {
        "digit": "It is test image 17, a 7. The encoder puts it at (1.30, 1.60), 0.50 away from your guess, "
        "the plane's closest picture is at (1.10, 1.90).",
        "drawing": "It was drawn at (1.30, 1.60), 0.50 away from your guess.",
    }
    assert said["reveal"].endswith(answer[kind])


def test_a_reveal_without_a_guess_says_how_to_make_one(ask):
    sought = {"kind": "drawing", "place": [0.1, -0.2], "index": -1}
    closest = {"place": [0.1, -0.2]}
    said = ask("words", **PIXELS, least=0, sought=sought, closest=closest, named="", seconds=1)
    assert said["reveal"].startswith("It was drawn at (0.10, −0.20). No guess was made")
    assert said["tally"] == "1 s · 0 guesses"
