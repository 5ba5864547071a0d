"""Step 7: what training finds: classes apart and classes that mingle, and maps of other seeds, laid onto the first."""

import streamlit as st

from pages.ui.caches import BY_CONTENT
from pages.ui.frame import escape
from pages.ui.theory import subject
from pages.ui.theory.figure import FIRST, equal_scale, figure, ink, paper
from pages.ui.theory.figure import show as show_chart
from vae.analysis import alignment
from vae.analysis.metrics import N_NEIGHBOURS
from vae.browser.message import CLASSES
from vae.errors import RunError
from vae.runs.catalogue import list_runs
from vae.runs.run import Run
from vae.runs.snapshot import Snapshot

N_DOTS = 1500
SEEDS = ("mnist-article", "mnist-article-seed-1", "mnist-article-seed-2")


def show(run: Run) -> None:
    st.markdown(
        "Nobody told the model which digit is which. Yet digits of one class lie together: to describe a picture by "
        "few numbers, say first what kind it is."
    )
    left, right = st.columns([0.46, 0.54], gap="large")
    with left:
        _confusion(run)
    with right:
        _mingling(run)
    st.divider()
    _seeds(run)
    st.caption(
        "Nearest neighbours: 15, of the test images' means, without the image itself. Procrustes: Schönemann (1966), "
        "*A generalized solution of the orthogonal Procrustes problem*."
    )


def _confusion(run: Run) -> None:
    table = _counted(subject.whole_snapshot(run))
    chart = figure("guessed from its neighbours", "digit", 400)
    chart.add_heatmap(
        z=table.shares,
        text=table.counts,
        texttemplate="%{text}",
        textfont={"color": ink()},
        colorscale=[[0, "rgba(63, 144, 218, 0)"], [1, FIRST]],
        showscale=False,
        hovertemplate="%{text} images of a %{y} lie among %{x}s<extra></extra>",
    )
    chart.update_xaxes(dtick=1, constrain="domain", showgrid=False)
    chart.update_yaxes(dtick=1, autorange="reversed", scaleanchor="x", constrain="domain", showgrid=False)
    show_chart(chart, "confusion")


def _mingling(run: Run) -> None:
    table = _counted(subject.whole_snapshot(run))
    st.metric("Guessed right", f"{100 * table.accuracy:.1f} %", help="By the majority of the 15 nearest means.")
    apart = ", ".join(f"**{label}** ({100 * share:.0f} %)" for label, share in table.most_apart(3))
    pairs = ", ".join(f"**{pair.a}** and **{pair.b}** ({pair.n_images} images)" for pair in table.most_mingled(3))
    st.markdown(
        f"Farthest apart: {apart} of their images are among their own.  \n"
        f"They mingle most: {pairs}.\n\n"
        "Both follow from how digits look, not from the model: a 1 resembles nothing else; a 4 and a 9 differ by one "
        "short stroke, which two numbers do not suffice to say. With ten latent dimensions most of it can be told "
        "apart: choose *mnist-article-10* in the sidebar."
    )


def _seeds(run: Run) -> None:
    st.markdown("##### Another seed, the same map?")
    st.markdown(
        "The prior has no direction: rotate or mirror a map, and the ELBO stays. So trainings that differ by their "
        "seed alone find maps that differ at least by that. Each is laid onto the first by the best rotation and "
        "reflection; what still differs, training has decided by chance."
    )
    runs = {other.id: other for other in list_runs() if _fits(other)}
    own = [run.id] if run.id in runs else []
    chosen = st.multiselect(
        "Runs",
        list(runs),
        default=[name for name in dict.fromkeys([*(own if run.id in SEEDS else []), *SEEDS]) if name in runs],
        format_func=lambda name: runs[name].name,
        key="theory-seeds",
        label_visibility="collapsed",
        placeholder="Choose runs with two latent dimensions",
    )
    aligned = st.toggle("Align", True, key="theory-align")
    if not chosen:
        st.info("Choose two or more runs with two latent dimensions.", icon=":material/info:")
        return
    columns = st.columns(max(2, len(chosen)), gap="small")
    first = runs[chosen[0]]
    for column, name in zip(columns, chosen, strict=False):
        with column:
            try:
                _map(runs[name], first, aligned)
            except RunError as error:
                st.warning(escape(str(error)), icon=":material/warning:")


def _map(run: Run, onto: Run, aligned: bool) -> None:
    latent = run.snapshot(run.last_epoch()).latent()
    laid = alignment.procrustes(latent.mu, onto.snapshot(onto.last_epoch()).latent().mu)
    mu = laid.mu if aligned else latent.mu
    chart = figure("", "", 300, showlegend=False)
    chart.add_scattergl(
        x=mu[:N_DOTS, 0],
        y=mu[:N_DOTS, 1],
        mode="markers",
        marker={"size": 3, "color": [CLASSES[label].colour for label in latent.labels[:N_DOTS]]},
        hoverinfo="skip",
    )
    centres = alignment.class_centres(latent._replace(mu=mu))
    for label, (x, y) in enumerate(centres):
        chart.add_annotation(
            x=x, y=y, text=f"<b>{label}</b>", showarrow=False, bgcolor=paper(), opacity=0.85, borderpad=1
        )
    show_chart(equal_scale(chart), f"map-{run.id}")
    if run == onto:
        turned = "the first: all others are laid onto it"
    else:
        mirrored = "mirrored and turned" if laid.is_mirrored else "turned"
        turned = f"{mirrored} by {laid.degrees:.0f}°; explains {100 * laid.explained:.0f} % of the first".replace(
            "-", "−"
        )
    st.caption(f"**{escape(run.name)}** · seed {run.settings.seed} · {turned}")


def _fits(run: Run) -> bool:
    try:
        return run.settings.latent_dim == 2 and bool(run.epochs())
    except RunError:
        return False


@st.cache_resource(max_entries=16, show_spinner="Asking each image's neighbours…", hash_funcs=BY_CONTENT)
def _counted(snapshot: Snapshot) -> alignment.Confusion:
    return alignment.neighbours_confusion(snapshot.latent(), N_NEIGHBOURS)
