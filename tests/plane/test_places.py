"""Places: charts of the latent space, draws from posteriors, views and their addresses."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

RNG = np.random.default_rng(0)


def random_chart(latent_dim: int) -> dict:
    axes = np.linalg.qr(RNG.normal(size=(latent_dim, 2)))[0].T
    return {"origin": RNG.normal(size=latent_dim).tolist(), "axes": axes.tolist(), "titles": ["a", "b"]}


def test_a_place_and_its_z_are_each_others_image(ask):
    chart = random_chart(5)
    z = ask("toLatent", chart=chart, place=[0.3, -1.2])
    expected = np.array(chart["origin"]) + np.array([0.3, -1.2]) @ np.array(chart["axes"])
    np.testing.assert_allclose(z, expected, atol=1e-6)
    np.testing.assert_allclose(ask("toPlane", chart=chart, z=z), [0.3, -1.2], atol=1e-6)


def test_a_posterior_is_seen_in_the_plane_as_its_projection(ask):
    """Oracle: a linear map of a Gaussian, A Σ Aᵀ."""
    chart = random_chart(4)
    mu, logvar = RNG.normal(size=(6, 4)), RNG.normal(size=(6, 4))
    seen = ask("gaussians", chart=chart, mu=mu.ravel(), logvar=logvar.ravel())
    axes = np.array(chart["axes"])
    np.testing.assert_allclose(np.stack([seen["x"], seen["y"]], 1), (mu - chart["origin"]) @ axes.T, atol=1e-5)
    for i in range(6):
        expected = axes @ np.diag(np.exp(logvar[i])) @ axes.T
        covariance = [[seen["xx"][i], seen["xy"][i]], [seen["xy"][i], seen["yy"][i]]]
        np.testing.assert_allclose(covariance, expected, rtol=1e-4, atol=1e-5)


def test_draws_have_the_mean_and_the_covariance_of_their_posterior(ask):
    n, covariance = 20_000, np.array([[0.5, -0.3], [-0.3, 0.4]])
    of_all = {"x": 1.0, "y": -2.0, "xx": covariance[0, 0], "xy": covariance[0, 1], "yy": covariance[1, 1]}
    gaussians = {name: [value] * n for name, value in of_all.items()}
    drawn = ask("positions", gaussians=gaussians, kind="samples", seed=1)
    draws = np.stack([drawn["x"], drawn["y"]])
    np.testing.assert_allclose(draws.mean(1), [1, -2], atol=4 * 0.75 / np.sqrt(n))
    np.testing.assert_allclose(np.cov(draws), covariance, atol=0.02)
    assert ask("positions", gaussians=gaussians, kind="samples", seed=2) != drawn
    assert ask("positions", gaussians=gaussians, kind="means", seed=2) == {"x": gaussians["x"], "y": gaussians["y"]}


def test_standard_deviation_ellipses_hold_what_they_should(ask):
    """39.3 % of a two-dimensional Gaussian lie within one standard deviation, 86.5 % within two."""
    n, variances = 20_000, torch.tensor([0.09, 0.01])
    gaussians = {"x": [0.0] * n, "y": [0.0] * n, "xx": [0.09] * n, "xy": [0.0] * n, "yy": [0.01] * n}
    drawn = ask("positions", gaussians=gaussians, kind="samples", seed=3)
    squares = (torch.tensor([drawn["x"], drawn["y"]]) ** 2 / variances[:, None]).sum(0)
    for sigmas in (1, 2):
        expected = torch.distributions.Chi2(torch.tensor(2.0)).cdf(torch.tensor(float(sigmas**2))).item()
        assert (squares < sigmas**2).float().mean().item() == pytest.approx(expected, abs=0.015)


PINS = [{"place": [0.5, -1.2], "name": "a; b, c%"}, {"place": [1, 2], "name": ""}, {"place": [0, 0], "name": "ü<b>"}]
VIEW = {"zoom": [[-2, 2.5], [-1, 3.5]], "backdrop": "trust", "positions": "samples", "hide": [3, 5], "pins": PINS}


def test_a_view_survives_its_address(ask):
    query = ask("formatted", view=VIEW, query="run=mine&z=1,2")
    assert query.startswith("run=mine&z=1")
    assert ask("parsed", query=query) == {"view": VIEW, "complaints": []}


def test_what_is_usual_is_not_in_the_address(ask):
    usual = {"backdrop": "none", "positions": "means", "hide": [], "pins": []}
    assert ask("formatted", view=usual, query="zoom=1,2,3,4&backdrop=prior&run=a") == "run=a"
    assert ask("parsed", query="run=a") == {"view": {}, "complaints": []}


@pytest.mark.parametrize(
    ("query", "accepted"),
    [
        ("zoom=NaN,1,2,3", "four numbers from -20 to 20"),
        ("zoom=1,2,3", "four numbers"),
        ("zoom=2,1,0,1", "four numbers"),
        ("zoom=1,2,3,1e9", "four numbers"),
        ("zoom=", "four numbers"),
        ("backdrop=<script>", "none, manifold, prior"),
        ("backdrop=constructor", "none, manifold, prior"),
        ("positions=mean", "means, samples"),
        ("hide=a", "labels separated by commas"),
        ("pins=1,x,A", "places with names"),
        ("pins=1,Infinity,A", "places with names"),
        ("pins=" + ";".join(["0,0,A"] * 51), "at most 50 places"),
    ],
)
def test_a_value_that_cannot_be_used_is_explained(ask, query, accepted):
    answer = ask("parsed", query=query)
    assert answer["view"] == {}
    (complaint,) = answer["complaints"]
    assert complaint.startswith(query.split("=")[0] + " = “")
    assert accepted in complaint
    assert len(complaint) < 250


def test_a_name_that_is_no_percent_code_is_taken_as_it_is(ask):
    assert ask("parsed", query="pins=0,0,100%25")["view"]["pins"][0]["name"] == "100%"


def place_under(view, frame, finger):
    (left, right), (bottom, top) = view
    u = left + finger[0] / frame["width"] * (right - left)
    return u, top - finger[1] / frame["height"] * (top - bottom)


@settings(max_examples=20)
@given(
    st.lists(st.tuples(st.floats(0, 400), st.floats(0, 300)), min_size=4, max_size=4).filter(
        lambda p: np.hypot(*np.subtract(p[0], p[1])) > 20 and np.hypot(*np.subtract(p[2], p[3])) > 20
    )
)
def test_what_was_between_two_fingers_stays_there(ask, fingers):
    view, frame = [[-4, 4], [-3, 3]], {"width": 400, "height": 300}
    before, now = fingers[:2], fingers[2:]
    pinched = ask("pinched", view=view, frame=frame, before=before, now=now)
    middle_before, middle_now = np.mean(before, 0), np.mean(now, 0)
    assert place_under(pinched, frame, middle_now) == pytest.approx(place_under(view, frame, middle_before), abs=1e-6)
    zoom = np.hypot(*np.subtract(*now)) / np.hypot(*np.subtract(*before))
    assert np.ptp(pinched[0]) == pytest.approx(8 / zoom)
    assert np.ptp(pinched[1]) == pytest.approx(6 / zoom)


def test_numbers_have_a_true_minus_sign(ask):
    assert ask("number", value=-1.236, decimals=2) == "−1.24"
    assert ask("z", z=[0.5, -1.2]) == "(0.50, −1.20)"
    assert ask("z", z=[1, 2, 3, 4, 5]) == "(1.00, 2.00, 3.00, 4.00, …)"


HERE, THERE, ELSEWHERE = [0, 0], [1, 1], [2, 2]


@pytest.mark.parametrize(
    ("events", "shown"),
    [
        pytest.param([(HERE, None), (THERE,)], [HERE, THERE], id="chosen, shown at once"),
        pytest.param([(THERE,), (HERE, None), (THERE, 0)], [THERE] * 3, id="said before the choice came"),
        pytest.param([(HERE,), (THERE,), (HERE, 0), (THERE, 1)], [HERE, THERE, THERE, THERE], id="a late answer"),
        pytest.param([(HERE,), (THERE,), (THERE, 1), (HERE, 1)], [HERE, THERE, THERE, HERE], id="no answer to one"),
        pytest.param([(THERE,), (HERE, 0)], [THERE, HERE], id="the server knows of it and says another: gone back"),
        pytest.param([(THERE,), (THERE,), (THERE, 0), (HERE, 0)], [THERE] * 3 + [HERE], id="the same again"),
        pytest.param([(THERE,), (None, 0), (ELSEWHERE, 0)], [THERE, None, ELSEWHERE], id="no pin any more"),
    ],
)
def test_the_newest_choice_of_a_pin_wins_until_the_server_knows_of_it(ask, events, shown):
    assert ask("pinned", events=events) == shown
