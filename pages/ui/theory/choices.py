"""Step 6: prior, posterior, likelihood; two questions about the last, answered with densities and with trained runs."""

import streamlit as st

from pages.ui.caches import BY_CONTENT
from pages.ui.format import signed
from pages.ui.frame import escape
from pages.ui.theory import subject
from pages.ui.theory.figure import FIRST, QUIET, SECOND, THIRD, figure, line
from pages.ui.theory.figure import show as show_chart
from vae import data
from vae.analysis import figures, metrics
from vae.analysis.comparison import incomparable, measure
from vae.analysis.pixel_densities import grey_densities
from vae.errors import RunError
from vae.runs.catalogue import list_runs
from vae.runs.run import Run
from vae.runs.snapshot import Snapshot

DEFAULTS = ("mnist-article", "mnist-gaussian", "mnist-article-10", "mnist-continuous-bernoulli-10")
N_PICTURES = 8


def show(run: Run) -> None:
    settings = run.settings
    st.markdown("Three distributions are chosen before anything is trained. This run's:")
    left, middle, right = st.columns([0.22, 0.33, 0.45], gap="medium")
    left.markdown(f"**Prior** over J = {settings.latent_dim}: no direction is special.")
    left.latex(r"p(z)=\mathcal N(0,I)")
    middle.markdown("**Approximate posterior**: a Gaussian with its own μ and σ for each picture.")
    middle.latex(r"q(z|x)=\mathcal N\big(\mu(x),\operatorname{diag}\sigma(x)^2\big)")
    right.markdown(f"**Likelihood**: {settings.likelihood}.")
    right.latex(_FORMULAS[settings.likelihood])
    st.divider()
    st.markdown("##### Why not a Gaussian on [0, 1]? May a Bernoulli model grey values?")
    figure_, words = st.columns([0.58, 0.42], gap="large")
    with words:
        _words()
    with figure_:
        st.fragment(_densities)()
    st.divider()
    _trained(run)
    st.caption(
        "Kingma & Welling (2013), section 3 and appendix C; Loaiza-Ganem & Cunningham (2019), *The continuous "
        "Bernoulli: fixing a pervasive error in variational autoencoders*."
    )


_FORMULAS = {
    "bernoulli": r"\sum_d x_d\log y_d+(1-x_d)\log(1-y_d)",
    "continuous-bernoulli": r"p(x|z)=\prod_d C(\lambda_d)\,\lambda_d^{x_d}(1-\lambda_d)^{1-x_d}",
    "gaussian": r"p(x|z)=\mathcal N\big(y(z),\sigma^2I\big)",
    "gaussian-learned": r"p(x|z)=\mathcal N\big(y(z),\sigma^2I\big),\ \sigma\text{ learned}",
    "gaussian-pixel": r"p(x|z)=\mathcal N\big(y(z),\operatorname{diag}\sigma(z)^2\big)",
    "beta": r"p(x|z)=\prod_d\mathrm{Beta}\big(x'_d;\,\nu_dy_d,\,\nu_d(1-y_d)\big)",
}


def _words() -> None:
    st.markdown(
        "**A Gaussian** gives probability to greys below black and above white: the part outside [0, 1] is lost for "
        "pictures. It also fears one pixel far off more than many slightly off, and its σ decides how much the "
        "reconstruction weighs against the KL.\n\n"
        "**A Bernoulli** is a probability of black *or* white. Taken of a grey value, λˣ(1−λ)¹⁻ˣ is no density: over "
        "[0, 1] it integrates to at most ½, and to less the surer the decoder is. It works, because its best λ is "
        "still the mean grey; but its nats are those of a cross-entropy. Divided by that integral it becomes the "
        "**continuous Bernoulli**, which rewards being sure of black and white far more, and whose mean is not λ. "
        "**Beta** is a density on [0, 1] with a width of its own."
    )


def _densities() -> None:
    first, second, third = st.columns(3)
    mean = first.slider("mean y", 0.01, 0.99, 0.8, 0.01, key="grey-mean")
    sigma = second.slider("σ (Gaussian)", 0.05, 0.9, 0.2, 0.05, key="grey-sigma")
    concentration = third.slider("ν (Beta)", 1.0, 100.0, 10.0, 1.0, key="grey-nu")
    found = grey_densities(mean, sigma, concentration)
    chart = figure("grey value x", "density", 320)
    for density, colour in zip(found, (QUIET, FIRST, SECOND, THIRD), strict=True):
        chart.add_trace(line(density.name, density.x, density.density, colour))
    chart.update_yaxes(range=[0, 6])
    show_chart(chart, "grey")
    rows = "".join(
        f"| {density.name} | {density.inside:.3f} | {'yes' if density.is_density else 'no'} |\n" for density in found
    )
    st.markdown(f"| | integral over [0, 1] | a density |\n|:--|--:|:--|\n{rows}")


def _trained(run: Run) -> None:
    st.markdown("##### The same question, to trained runs")
    runs = {other.id: other for other in list_runs() if other.whole_epochs()}
    chosen = st.multiselect(
        "Runs",
        list(runs),
        default=[name for name in dict.fromkeys([*DEFAULTS, run.id]) if name in runs][:4],
        format_func=lambda name: runs[name].name,
        key="theory-runs",
        label_visibility="collapsed",
        placeholder="Choose runs to compare",
    )
    settings, rows = [], []
    for name in chosen:
        try:
            settings.append(runs[name].settings)
            rows.append((runs[name], _figures(subject.whole_snapshot(runs[name]))))
        except RunError as error:
            st.warning(escape(str(error)), icon=":material/warning:")
    if why := incomparable(settings):
        st.info(why, icon=":material/balance:")
    columns = st.columns(max(2, len(rows)), gap="medium")
    for column, (other, (picture, error)) in zip(columns, rows, strict=False):
        with column:
            last = other.history().last
            st.markdown(f"**{escape(other.name)}**")
            st.image(picture, caption="test digits over their reconstructions")
            st.markdown(
                f"{other.settings.likelihood}, J = {other.settings.latent_dim}  \n"
                + (f"−ELBO {signed(-last.validation.elbo, 1)} nats  \n" if last else "")
                + f"mean squared error {error:.4f}  \n:small[:gray[{measure(other.settings)}]]"
            )


@st.cache_resource(max_entries=32, show_spinner="Reconstructing…", hash_funcs=BY_CONTENT)
def _figures(snapshot: Snapshot) -> tuple[bytes, float]:
    model, images = subject.model_of(snapshot), data.load("test").tensors()[0]
    picture = figures.reconstructions_figure(model, images, range(N_PICTURES), 4)
    return picture, metrics.mean_squared_error(model, images)
