"""Step 4: the noise moved out of the parameters, and what that does to the gradient's variance."""

from typing import TYPE_CHECKING, Any

import streamlit as st

from pages.ui.caches import BY_CONTENT
from pages.ui.format import signed
from pages.ui.theory import subject
from pages.ui.theory.figure import FIRST, QUIET, SECOND, equal_scale, figure
from pages.ui.theory.figure import show as show_chart
from vae.analysis import estimators
from vae.analysis.latent import coordinate_name
from vae.runs.run import Run
from vae.runs.snapshot import Snapshot

if TYPE_CHECKING:
    from torch import Tensor

N_CLOUD = 300
N_DRAWS = 4_000


def show(run: Run) -> None:
    st.markdown(
        "The gradient with respect to μ and σ must pass through a random draw. The trick: draw noise that knows "
        "nothing of them, and *compute* z from it."
    )
    st.latex(r"z=\mu(x)+\sigma(x)\odot\varepsilon,\qquad\varepsilon\sim\mathcal N(0,I)")
    index = subject.choose_image()
    snapshot = subject.whole_snapshot(run)
    seed = st.session_state.setdefault("theory-seed", 0)
    left, middle, right = st.columns([0.3, 0.3, 0.4], gap="medium")
    drawn = _cloud(snapshot, index, seed)
    colours = {"color": drawn.eps[:, 0].numpy(), "colorscale": "Viridis", "size": 5}
    with left:
        _clouds("ε", drawn.eps, colours, "eps")
    with middle:
        _clouds("z", drawn.z, colours, "z")
        if st.button("Draw again", icon=":material/refresh:", key="theory-redraw"):
            st.session_state["theory-seed"] = seed + 1
            st.rerun()
    with right:
        gradients = _gradients(snapshot, index)
        _variances(gradients)
    _means(gradients)
    st.markdown(
        "Both clouds are the same draws, in the same colours: moved by μ, stretched by σ, one by one. "
        "So ∂z/∂μ = 1 and ∂z/∂σ = ε, and the decoder's own gradient says in which direction z should go. The "
        "**score-function estimator** (REINFORCE) needs no such path, only the value log p(x|z); it must find the "
        "direction by trying, and scatters accordingly. Its baseline, the mean of the other draws, costs nothing and "
        "helps a lot, but not enough."
    )
    st.caption(
        "Kingma & Welling (2013), sections 2.2 and 2.4; Williams (1992), *Simple statistical gradient-following "
        "algorithms*. Measured on this model and image: gradients of E[log p(x|z)] with respect to μ."
    )


def _clouds(name: str, points: "Tensor", colours: dict[str, Any], key: str) -> None:
    one_dimension = points.shape[1] == 1
    chart = figure(f"{name}₁", "" if one_dimension else f"{name}₂", 300)
    chart.add_scatter(
        x=points[:, 0].numpy(), y=points[:, -1].numpy(), mode="markers", marker=colours, name=name, hoverinfo="x+y"
    )
    show_chart(equal_scale(chart), f"cloud-{key}")


def _variances(draws: estimators.GradientDraws) -> None:
    found = estimators.gradient_variances(draws)
    names = ["reparameterised", "score function, with baseline", "score function"]
    values = [found.reparameterised, found.baseline, found.score]
    chart = figure("variance of one draw's gradient", "", 240)
    chart.update_xaxes(type="log")
    chart.add_bar(
        x=values,
        y=names,
        orientation="h",
        marker_color=[FIRST, QUIET, SECOND],
        text=[f"{value:,.0f}" for value in values],
        textposition="auto",
    )
    show_chart(chart, "gradient-variance")
    if found.ratio is None or found.baseline_ratio is None:
        st.caption("The reparameterised gradient does not vary here, so the variances have no ratio.")
        return
    st.metric(
        "Score-function draws for one reparameterised",
        f"{found.ratio:,.0f}",
        help="So many draws average to the same variance: the ratio of the variances. With the baseline, "
        f"{found.baseline_ratio:,.0f}. All three have the same mean, within their standard errors.",
    )


def _means(draws: estimators.GradientDraws) -> None:
    rows = "".join(
        f"| ∂/∂μ{coordinate_name(j)[1:]} | " + " | ".join(_pm(values[:, j]) for values in draws) + " |\n"
        for j in range(min(2, draws.score.shape[1]))
    )
    st.markdown(f"| mean of {N_DRAWS:,} draws | reparameterised | score | with baseline |\n|:--|--:|--:|--:|\n{rows}")


def _pm(values: "Tensor") -> str:
    summary = estimators.summary(values)
    return f"{signed(summary.mean, 2)} ± {summary.standard_error:.2f}"


@st.cache_resource(max_entries=16, show_spinner="Drawing…", hash_funcs=BY_CONTENT)
def _cloud(snapshot: Snapshot, index: int, seed: int) -> estimators.Cloud:
    return estimators.cloud(subject.model_of(snapshot), subject.grey(index), N_CLOUD, seed)


@st.cache_resource(max_entries=16, show_spinner="Differentiating, draw by draw…", hash_funcs=BY_CONTENT)
def _gradients(snapshot: Snapshot, index: int) -> estimators.GradientDraws:
    return estimators.gradient_draws(subject.model_of(snapshot), subject.grey(index), N_DRAWS)
