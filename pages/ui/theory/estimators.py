"""Step 3: estimators A and B of the ELBO: the same mean, different scatter; what M and L trade."""

import streamlit as st

from pages.ui.caches import BY_CONTENT
from pages.ui.format import signed
from pages.ui.theory import subject
from pages.ui.theory.figure import FIRST, SECOND, THIRD, figure, line
from pages.ui.theory.figure import show as show_chart
from vae.analysis import estimators
from vae.runs.run import Run
from vae.runs.snapshot import Snapshot

N_DRAWS = 25_600
SAMPLES = (1, 2, 4, 8, 16, 32, 64)
BATCHES = (1, 10, 100, 1000)
N_IMAGES, N_EACH = 500, 32
BINS = 60


def show(run: Run) -> None:
    st.markdown("The ELBO is an expectation over *q*; it is estimated by L draws *z⁽ˡ⁾* from it. There are two ways:")
    left, right = st.columns(2)
    with left:
        st.latex(r"\mathcal L^A=\frac1L\sum_{l=1}^{L}\log p(x,z^{(l)})-\log q(z^{(l)}|x)")
    with right:
        st.latex(r"\mathcal L^B=\frac1L\sum_{l=1}^{L}\log p(x|z^{(l)})-\mathrm{KL}\big(q(z|x)\,\|\,p(z)\big)")
    index = subject.choose_image()
    snapshot = subject.whole_snapshot(run)
    left, right = st.columns(2, gap="large")
    with left:
        n_samples = st.select_slider("Draws L", SAMPLES, key="theory-samples")
        drawn = _draws(snapshot, index).averaged(n_samples)
        chart = figure("estimate of the ELBO, nats", "share of the repetitions", barmode="overlay")
        lowest, highest = estimators.middle(drawn)
        for name, values, colour in (("A", drawn.a, FIRST), ("B", drawn.b, SECOND)):
            chart.add_histogram(
                x=values.numpy(),
                name=name,
                marker_color=colour,
                opacity=0.6,
                histnorm="probability",
                xbins={"start": lowest, "end": highest, "size": (highest - lowest) / BINS},
            )
        show_chart(chart, "estimators")
        rows = "".join(
            f"| {name} | {signed(summary.mean, 3)} ± {summary.standard_error:.3f} | {summary.deviation:.3f} |\n"
            for name, summary in (("A", estimators.summary(drawn.a)), ("B", estimators.summary(drawn.b)))
        )
        st.markdown(f"| {len(drawn.a):,} repetitions, nats | mean | deviation |\n|:--|--:|--:|\n{rows}")
    with right:
        _trade(_scatter(snapshot))
    st.markdown(
        "Both have the same expectation. B has its KL in closed form, where A estimates that too; so, the article "
        "says, B typically scatters less, as it does at the beginning of a training. Later it may be the other way: "
        "where q is the true posterior, A is the constant log p(x), whatever is drawn (Roeder, Wu & Duvenaud 2017)."
    )
    st.caption("Kingma & Welling (2013), eq. 6 (A), eq. 7 (B), eq. 8 and section 2.3 for M and L.")


def _trade(found: estimators.Scatter) -> None:
    batch_size = st.select_slider("Images M of a minibatch", BATCHES, 100, key="theory-batch")
    chart = figure("draws L of each image", "deviation of a minibatch's mean, nats")
    chart.update_xaxes(type="log", tickvals=SAMPLES, ticktext=[str(n) for n in SAMPLES])
    chart.update_yaxes(type="log", range=[-2.5, 2])
    pictures = [found.deviation("B", batch_size, n) for n in SAMPLES]
    chart.add_trace(line("all: pictures and draws", SAMPLES, pictures, THIRD))
    for estimator, colour in (("A", FIRST), ("B", SECOND)):
        draws = [found.of_draws(estimator, batch_size, n) for n in SAMPLES]
        chart.add_trace(line(f"draws alone, {estimator}", SAMPLES, draws, colour))
    show_chart(chart, "trade")
    st.markdown(
        "**What M and L trade.** A minibatch's estimate scatters because it holds other pictures each time, and "
        "because of the draws: variance = between/M + within/(M·L). More draws reduce the second part alone, which is "
        "the smaller one by far: so with M = 100, one draw each is enough, as the article says."
    )


@st.cache_resource(max_entries=16, show_spinner="Drawing z again and again…", hash_funcs=BY_CONTENT)
def _draws(snapshot: Snapshot, index: int) -> estimators.ElboDraws:
    return estimators.elbo_draws(subject.model_of(snapshot), subject.grey(index), N_DRAWS)


@st.cache_resource(max_entries=16, show_spinner="Measuring where the variance comes from…", hash_funcs=BY_CONTENT)
def _scatter(snapshot: Snapshot) -> estimators.Scatter:
    return estimators.scatter(subject.model_of(snapshot), subject.first_grey(N_IMAGES), N_EACH)
