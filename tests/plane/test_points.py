"""The points of a view in the browser, under node: which are there, what is said of them, when the server is asked."""

import numpy as np
import pytest

from vae.analysis.latent import coordinate_chart
from vae.browser.payload import points_payload
from vae.browser.points import draws_in_plane, sample

VIEW = [[-1, 1], [-1, 1]]
INNER = [[-0.5, 0.5], [-0.5, 0.5]]
BESIDE = [[0, 2], [-1, 1]]
FAR = [[-9, 9], [-9, 9]]
EXTENT = [[-5, 4], [-6, 4]]


def points_of(view, within: int, shown: int, total: int = 1000, key: str = "key") -> dict:
    return {"key": key, "view": view, "extent": EXTENT, "total": total, "within": within, "shown": shown}


def test_the_browser_reads_what_the_server_packs(ask, bundled, tmp_path):
    points = draws_in_plane(bundled.snapshot(60).latent(), coordinate_chart(2), 200_000)
    view = ((-0.2, 0.1), (0.3, 0.6))
    (tmp_path / "points").write_bytes(points_payload(points, view, "name"))
    read = ask("read", path=str(tmp_path / "points"))
    shown = sample(points, view)
    assert (read["key"], read["within"], read["shown"]) == ("name", shown.n_within, shown.n_shown)
    assert read["view"] == [list(side) for side in view]
    np.testing.assert_array_equal(read["ids"], shown.indices)
    np.testing.assert_array_equal(read["images"], points.images[shown.indices])
    np.testing.assert_array_equal(np.float32([read["x"], read["y"]]), points.places[:, shown.indices])


@pytest.mark.parametrize(
    ("points", "expected"),
    [
        (points_of(None, 1000, 1000), [True, True, True, True, True]),
        (points_of(None, 1000, 100), [True, False, False, False, True]),
        (points_of(VIEW, 90, 90), [False, True, True, False, False]),
        (points_of(VIEW, 500, 100), [False, True, False, False, False]),
        (points_of(FAR, 1000, 100), [True, False, False, False, True]),
    ],
    ids=["few points", "the whole plane", "all of a view", "some of a view", "a view with everything in it"],
)
def test_the_server_is_needed_exactly_where_it_has_something_to_add(ask, points, expected):
    assert ask("covers", points=points, views=[None, VIEW, INNER, BESIDE, FAR]) == expected


def test_of_a_larger_view_the_points_within_are_counted(ask):
    places = {"x": [0, 0.4, 0.9, -0.5, 3], "y": [0, -0.2, 0.1, 0.5, 3]}  # the last one is only around it
    whole, some = points_of(None, 5, 5, total=5), points_of(VIEW, 500, 4)
    assert ask("counts", points=points_of(VIEW, 4, 4) | places, views=[VIEW, INNER]) == [
        {"total": 1000, "within": 4, "shown": 4},
        {"total": 1000, "within": 3, "shown": 3},
    ]
    for points in (whole, some):
        told = {name: points[name] for name in ("total", "within", "shown")}
        assert ask("counts", points=points | places, views=[None, INNER]) == [told, told]


def test_what_is_shown_is_said_and_what_is_not(ask):
    said = {
        (1_000_000, 1_000_000, 50_000): "50,000 of 1,000,000 points, chosen at random. Zoom in to see more.",
        (
            1_000_000,
            183_210,
            50_000,
        ): "50,000 of the 183,210 points in this view, chosen at random. Zoom in to see more.",
        (1_000_000, 3_412, 3_412): "All 3,412 points in this view, of 1,000,000.",
        (1_000_000, 1, 1): "The one point in this view, of 1,000,000.",
        (1_000_000, 0, 0): "None of the 1,000,000 points is in this view.",
        (5_000, 5_000, 5_000): "All 5,000 points.",
    }
    assert ask("text", counts=list(said)) == list(said.values())


def test_chosen_points_are_found_again_among_others(ask):
    ids = [2, 3, 5, 8, 13, 21]
    assert ask("ids", ids=ids, wanted=[1, 3, 4, 13, 99]) == [1, 4]
    assert ask("ids", ids=ids, wanted=[]) == ask("ids", ids=[], wanted=[1]) == []
    assert ask("images", images=[7, 100, 9, 7, 1], indices=[0, 1, 2, 3]) == [7, 9, 100]


def test_a_point_has_the_label_and_the_index_of_its_image(ask):
    payload = {"x": [0, 1, 2], "y": [0, 0, 0], "labels": [4, 5, 6]}
    points = {"x": [7, 8], "y": [9, 10], "images": [2, 0], "ids": [11, 17]}
    assert ask("shown", payload={**payload, "points": points}) == [[7, 9, 6, 2], [8, 10, 4, 0]]
    assert ask("shown", payload=payload) == [[0, 0, 4, 0], [1, 0, 5, 1], [2, 0, 6, 2]]


def test_a_class_keeps_its_home_while_other_points_of_it_are_shown(ask):
    residents = {"x": [0, 0.1, 3], "y": [0, 0, 3], "labels": [4, 4, 5]}
    points = {"x": [9, 8, 7], "y": [9, 9, 9], "labels": [5, 4, 5]}
    homes = ask("homes", points=points, residents=residents)
    assert [home[:2] for home in homes] == [[4, [1]], [5, [0, 2]]]
    assert homes[0][2] == pytest.approx([0.05, 0])
    assert homes[1][2] == [3, 3]


def test_the_server_is_asked_once_when_the_view_has_come_to_rest(ask):
    whole, close = points_of(None, 1000, 100), points_of(INNER, 50, 50, key="close")
    moving = [{"points": whole, "view": view, "rest": False} for view in (VIEW, BESIDE, INNER)]
    at_rest = {"points": whole, "view": INNER, "rest": True}
    answered = [{"points": close, "view": INNER, "rest": True}, {"points": close, "view": None, "rest": True}]
    asked = ask("asking", steps=[*moving, at_rest, at_rest, *answered])
    assert asked["sent"] == [INNER, None]
    assert asked["awaited"] == [True] * 5 + [False, True]


def test_the_server_is_never_asked_where_all_points_are_here(ask):
    few = points_of(None, 1000, 1000)
    steps = [{"points": points, "view": view, "rest": True} for points in (None, few) for view in (None, VIEW)]
    assert ask("asking", steps=steps) == {"sent": [], "awaited": [False] * 4}
