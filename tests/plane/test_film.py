"""The pure parts of paths and films, under node."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

PLACES = [[0, 0], [3, 4], [3, 4], [3, 0]]  # pieces of 5, 0 and 4


def test_a_path_is_walked_in_equal_steps_of_its_measure(ask):
    rng = np.random.default_rng(0)
    places, steps = rng.normal(size=(9, 2)), rng.exponential(size=8)
    fractions = np.linspace(0, 1, 50)
    walked = ask("track", places=places, steps=steps, fractions=fractions)
    ends = np.concatenate([[0], np.cumsum(steps)])
    expected = np.stack([np.interp(fractions * ends[-1], ends, places[:, axis]) for axis in (0, 1)], axis=1)
    np.testing.assert_allclose(walked["at"], expected, atol=1e-12)
    assert walked["length"] == pytest.approx(steps.sum())


def test_a_piece_without_length_and_a_fraction_beyond_the_ends_do_no_harm(ask):
    walked = ask("track", places=PLACES, steps=[5, 0, 4], fractions=[-1, 0, 5 / 9, 7 / 9, 1, 2])
    np.testing.assert_allclose(walked["at"], [[0, 0], [0, 0], [3, 4], [3, 2], [3, 0], [3, 0]], atol=1e-12)
    walked = ask("track", places=[[1, 1], [1, 1], [2, 2]], steps=[0, 1], fractions=[0, 0.5])
    np.testing.assert_allclose(walked["at"], [[1, 1], [1.5, 1.5]])


def test_where_nothing_has_a_length_every_piece_counts_the_same(ask):
    walked = ask("track", places=[[0, 0], [0, 1], [0, 3]], steps=[0, 0], fractions=[0, 0.25, 0.5, 0.75, 1])
    assert walked == {"length": 0, "at": [[0, 0], [0, 0.5], [0, 1], [0, 2], [0, 3]]}


@pytest.mark.parametrize(("latent_dim", "steps"), [(1, [3, 0, 0]), (2, [5, 0, 4]), (10, [5, 0, 4])])
def test_steps_are_measured_in_z(ask, latent_dim, steps):
    assert ask("steps", places=PLACES, latentDim=latent_dim) == pytest.approx(steps)


def test_a_closed_path_comes_back(ask):
    assert ask("legs", places=[[0, 0], [1, 0], [1, 1]], closed=False) == [[[0, 0], [1, 0]], [[1, 0], [1, 1]]]
    assert ask("legs", places=[[0, 0], [1, 0], [1, 1]], closed=True)[2:] == [[[1, 1], [0, 0]]]
    assert ask("legs", places=[[0, 0]], closed=True) == []


def test_lines_join_without_a_place_twice(ask):
    ways = [ask("line", ends=ends, n=2) for ends in ([[0, 0], [1, 2]], [[1, 2], [3, 2]])]
    assert ask("joined", ways=ways) == [[0, 0], [0.5, 1], [1, 2], [2, 2], [3, 2]]


def test_a_way_is_looked_at_more_closely_where_its_picture_changes(ask):
    way = ask("closely", picture="helix", places=[[0, 0], [1, 0], [1, 1]])
    turning = [place for place in way["places"] if place[1] == 0]
    assert len(turning) > 3 * (len(way["places"]) - len(turning))
    assert sum(way["steps"][: len(turning) - 1]) == pytest.approx(20, rel=0.01)
    assert sum(way["steps"]) == pytest.approx(21, rel=0.01)
    assert max(way["steps"]) <= 0.25
    assert way["looks"] == len(way["places"]) == len(way["steps"]) + 1
    assert [way["places"][0], way["places"][-1], [1, 0] in way["places"]] == [[0, 0], [1, 1], True]


@pytest.mark.parametrize(("picture", "length", "most"), [("leap", 1, 12), ("plain", 0, 2)])
def test_a_picture_that_leaps_or_rests_is_not_followed_for_ever(ask, picture, length, most):
    way = ask("closely", picture=picture, places=[[0, 0], [1, 0]])
    assert sum(way["steps"]) == length
    assert way["looks"] <= most


def positions(ask, times, **film):
    return [frame["position"] for frame in ask("positions", times=times, **film)]


def test_a_film_without_a_loop_stops_at_its_last_frame(ask):
    shown = ask("positions", times=[0, 2.5, 3, 9], n=4, closed=False, loop="off")
    assert [frame["position"] for frame in shown] == [0, 2.5, 3, 3]
    assert [frame["ended"] for frame in shown] == [False, False, True, True]


def test_in_a_loop_the_last_frame_lasts_as_long_as_the_others(ask):
    assert positions(ask, [2.5, 3, 3.9, 4, 4.5, 8], n=4, closed=False, loop="loop") == [2.5, 3, 3, 0, 0.5, 0]


def test_a_closed_path_is_walked_through_its_closing_piece(ask):
    assert positions(ask, [3, 3.5, 4, 7.5], n=4, closed=True, loop="loop") == [3, 3.5, 0, 3.5]
    assert positions(ask, [3.5, 4, 9], n=4, closed=True, loop="off") == [3.5, 4, 4]


def test_there_and_back_turns_at_both_ends(ask):
    assert positions(ask, [0, 3, 4, 5.5, 6, 7], n=4, closed=False, loop="back") == [0, 3, 2, 0.5, 0, 1]


@settings(max_examples=20)
@given(
    st.integers(2, 60), st.booleans(), st.sampled_from(["off", "loop", "back"]), st.lists(st.floats(0, 1e4), min_size=1)
)
def test_a_position_is_always_in_the_film(ask, n, closed, loop, times):
    assert all(
        0 <= position <= (n if closed else n - 1) for position in positions(ask, times, n=n, closed=closed, loop=loop)
    )


def test_every_speed_makes_frames_that_a_gif_can_hold(ask):
    from vae.browser.film import MAX_SECONDS, MIN_SECONDS

    assert ask("seconds", speeds=[0.25, 1, 4]) == [0.5, 0.125, 0.03125]
    assert MIN_SECONDS <= 0.03125 < 0.5 <= MAX_SECONDS


@pytest.mark.parametrize(
    ("key", "frame"),
    [
        ("ArrowRight", 6), ("ArrowLeft", 4), ("ArrowDown", 9), ("ArrowUp", 1), ("Home", 0), ("End", 9), ("a", None),
    ],
)  # fmt: skip
def test_keys_step_through_the_frames(ask, key, frame):
    assert ask("key", event={"key": key}, present=5, n=10, columns=4) == frame
    assert ask("key", event={"key": key, "ctrlKey": True}, present=5, n=10, columns=4) is None


def test_lengths_are_told_with_what_they_measure(ask):
    straight, geodesic = {"z": 6.321, "picture": 12.34}, {"z": 8.28, "picture": 10.86}
    assert ask("lengths", lengths={"straight": straight, "geodesic": geodesic}) == [
        "Straight: 6.32 in z, 12.3 in picture space (Σ‖Δx‖₂)",
        "Geodesic: 10.9 in picture space, 12 % shorter; 8.28 in z, 31 % longer",
    ]
    assert ask("lengths", lengths={"drawn": straight}) == ["Drawn: 6.32 in z, 12.3 in picture space (Σ‖Δx‖₂)"]
    assert ask("lengths", lengths={}) == []
    still = {"z": 0, "picture": 0}
    assert (
        ask("lengths", lengths={"straight": still, "geodesic": still})[1]
        == "Geodesic: 0.00 in picture space; 0.00 in z"
    )


def test_short_work_is_done_at_once_and_long_work_lets_others_in(ask):
    assert ask("slices", milliseconds=[0] * 10, stopAfter=None) == {
        "steps": 10,
        "others": 0,
        "atOnce": True,
        "result": "done",
    }
    long = ask("slices", milliseconds=[5] * 20, stopAfter=None)
    assert (long["steps"], long["result"], long["atOnce"]) == (20, "done", False)
    assert long["others"] >= 5


def test_work_that_is_stopped_never_reports(ask):
    stopped = ask("slices", milliseconds=[5] * 20, stopAfter=6)
    assert stopped["steps"] == 6
    assert "result" not in stopped
