"""Step 2: log p(x) = ELBO + KL(q(z|x) ‖ p(z|x)), with exact numbers, and the true posterior beside the encoder's."""

import streamlit as st

from pages.ui.caches import BY_CONTENT
from pages.ui.format import signed
from pages.ui.theory import subject
from pages.ui.theory.figure import FIRST, HEAT, QUIET, SECOND, THIRD, equal_scale, figure, line
from pages.ui.theory.figure import show as show_chart
from vae.analysis import posterior
from vae.runs.run import Run
from vae.runs.snapshot import Snapshot

N_GRID = 80
N_DOTS = 1500


def show(run: Run) -> None:
    st.markdown("A picture's probability is an integral over all *z*; for any distribution *q* it splits in two:")
    st.latex(
        r"\log p(x)=\underbrace{\mathbb E_{q(z|x)}\big[\log p(x|z)\big]"
        r"-\mathrm{KL}\big(q(z|x)\,\|\,p(z)\big)}_{\text{ELBO}}"
        r"+\underbrace{\mathrm{KL}\big(q(z|x)\,\|\,p(z|x)\big)}_{\ge\,0}"
    )
    index = subject.choose_image()
    snapshot = subject.whole_snapshot(run)
    found = _gap(snapshot, index)
    left, right = st.columns([0.48, 0.52], gap="large")
    with left:
        _numbers(found)
    with right:
        if found.exact:
            _posterior(snapshot, index, found)
        else:
            st.info(
                f"This model has {run.settings.latent_dim} latent dimensions: the integral cannot be taken exactly, "
                "and log p(x) is the IWAE bound of 5,000 draws from the best Gaussian. Choose a model with one or two "
                "dimensions to see the true posterior.",
                icon=":material/info:",
            )
    st.caption(
        "Kingma & Welling (2013), eq. 1 to 3; the split of the gap: Cremer, Li & Duvenaud (2018), *Inference "
        "Suboptimality in Variational Autoencoders*; the bound: Burda, Grosse & Salakhutdinov (2015). log p(x) is "
        "integrated by the midpoint rule on squares that are quartered until two resolutions agree."
    )


def _numbers(found: posterior.Gap) -> None:
    st.latex(
        rf"\underset{{\log p(x)}}{{{found.log_px:.3f}}}\ =\ \underset{{\text{{ELBO}}}}{{{found.encoder.elbo:.3f}}}"
        rf"\;+\;\underset{{\mathrm{{KL}}(q\,\|\,p(z|x))}}{{{found.kl:.3f}}}\ \text{{nats}}"
    )
    chart = figure("nats", "", 170, barmode="overlay", showlegend=True)
    chart.update_yaxes(visible=False)
    for name, start, length, colour in (
        ("amortisation: the encoder's part", found.encoder.elbo, found.amortisation, SECOND),
        ("approximation: the Gaussian's part", found.best.elbo, found.approximation, THIRD),
    ):
        chart.add_bar(
            x=[length],
            base=[start],
            y=["gap"],
            orientation="h",
            name=name,
            marker_color=colour,
            text=[f"{length:.2f}"],
            textposition="inside",
            hovertemplate=f"{name}: {length:.3f} nats<extra></extra>",
        )
    show_chart(chart, "gap")
    st.markdown(
        f"| | nats |\n|:--|--:|\n| log p(x){'' if found.exact else ', at least'} | {signed(found.log_px, 3)} |\n"
        f"| ELBO of the best Gaussian | {signed(found.best.elbo, 3)} |\n"
        f"| ELBO of the encoder's q(z\\|x) | {signed(found.encoder.elbo, 3)} |\n"
        f"| {'error of log p(x), at most' if found.exact else 'standard error of log p(x)'} | {found.error:.4f} |"
    )
    st.markdown(
        "The ELBO is a *lower bound*, since a divergence is never negative; raising it does two things at once: the "
        "picture becomes more probable, and *q* comes closer to the true posterior. What is missing has two causes. "
        "**Amortisation**: one encoder must serve all pictures. **Approximation**: the posterior is no Gaussian."
    )


def _posterior(snapshot: Snapshot, index: int, found: posterior.Gap) -> None:
    whole = st.toggle(
        "Whole plane", key="bound-whole", help="Or only where the posterior and the encoder's Gaussian are."
    )
    drawn = _map(snapshot, index, found, whole)
    if snapshot.settings.latent_dim == 1:
        _curve(drawn, found)
        return
    chart = figure("z₁", "z₂", 430)
    mu = snapshot.latent().mu[:N_DOTS]
    chart.add_scattergl(
        x=mu[:, 0],
        y=mu[:, 1],
        mode="markers",
        marker={"size": 3, "color": QUIET, "opacity": 0.35},
        name="other images",
        hoverinfo="skip",
    )
    chart.add_heatmap(
        x=drawn.axes[0],
        y=drawn.axes[1],
        z=drawn.density,
        colorscale=HEAT,
        showscale=False,
        name="p(z|x)",
        hovertemplate="z = (%{x:.2f}, %{y:.2f})<br>p(z|x) = %{z:.3g}<extra></extra>",
    )
    for name, q, colour in (("q(z|x), 2σ", found.encoder, SECOND), ("best Gaussian, 2σ", found.best, THIRD)):
        ellipse = posterior.ellipse(q, 2.0)
        chart.add_trace(line(name, ellipse[0], ellipse[1], colour, hoverinfo="skip"))
    (left, right), (bottom, top) = ((axis[0], axis[-1]) for axis in drawn.axes)
    chart.update_xaxes(range=[left, right])
    chart.update_yaxes(range=[bottom, top])
    show_chart(equal_scale(chart), "posterior")
    st.caption("The true posterior p(z|x), exactly, as a heat map; what the encoder says of it, and the best Gaussian.")


def _curve(drawn: posterior.PosteriorMap, found: posterior.Gap) -> None:
    chart = figure("z", "density", 380)
    chart.add_trace(line("p(z|x)", drawn.axes[0], drawn.density, FIRST))
    for name, q, colour in (("q(z|x)", found.encoder, SECOND), ("best Gaussian", found.best, THIRD)):
        chart.add_trace(line(name, drawn.axes[0], posterior.density(q, drawn.axes[0]), colour))
    show_chart(chart, "posterior")


@st.cache_data(max_entries=64, show_spinner="Integrating log p(x)…", hash_funcs=BY_CONTENT)
def _gap(snapshot: Snapshot, index: int) -> posterior.Gap:
    return posterior.gap(subject.model_of(snapshot), subject.grey(index))


@st.cache_data(max_entries=64, show_spinner="Drawing the posterior…", hash_funcs=BY_CONTENT)
def _map(snapshot: Snapshot, index: int, _found: posterior.Gap, whole: bool) -> posterior.PosteriorMap:
    model, x = subject.model_of(snapshot), subject.grey(index)
    near = posterior.widened(posterior.posterior_window(model, x), _found.encoder)
    window = posterior.whole_window(model) if whole else near
    return posterior.posterior_map(model, x, _found.log_px, window, 2 * N_GRID if whole else N_GRID)
