"""Monitor of a training: live plane, state and controls, curves."""

import streamlit as st

from pages.ui.frame import escape, explained
from pages.ui.plane.pin import PIN, pin
from pages.ui.plane.plane import explain_dimensions, panel, plane
from pages.ui.train.controls import controls
from pages.ui.train.curves import curves
from vae import data
from vae.browser.curves import csv_text
from vae.config import PRESETS, format_widths
from vae.data import N_PIXELS
from vae.runs.run import Run

PLANE_EVERY = "0.6s"
CURVES_EVERY = "3s"
SENT_TWICE_OF = 20  # ticks: what the browser has not received comes again, and what it has it does not forget
CONTROLS_EVERY = {"queued": "1s", "running": "1s", "paused": "0.3s"}


def monitor(run: Run | None) -> None:
    """Show the run's training, updated while it is active; without a run, say what to do."""
    if run is None:
        st.info("You have trained nothing yet. Choose a preset and press Start.", icon=":material/play_arrow:")
        return
    PIN.read()
    status = run.status
    active = status.active
    st.session_state.pop("live-sent", None)  # the page may be a new one
    _title(run)
    left, right = st.columns([0.6, 0.4], gap="large")
    with left:
        st.fragment(_live_plane, run_every=PLANE_EVERY if active else None)(run)
    with right:
        st.fragment(controls, run_every=CONTROLS_EVERY.get(status.state))(run, status.state)
    if run.epochs():
        panel("gallery", "live")
    st.fragment(_curves, run_every=CURVES_EVERY if active else None)(run)


def _title(run: Run) -> None:
    settings, note = run.settings, run.about.note
    widths = format_widths((N_PIXELS, *settings.hidden, settings.latent_dim))
    beta = "" if settings.beta == 1 else f" · β = {settings.beta:g}"
    others = [
        getattr(settings, name)
        for name in ("likelihood", "objective")
        if getattr(settings, name) != getattr(PRESETS["plane"], name)
    ]
    facts = " · ".join(
        [f"{widths} · M = {settings.batch_size} · L = {settings.n_samples}{beta} · seed {settings.seed}", *others]
    )
    st.markdown(f"**{escape(run.name)}**  :small[:gray[{facts}]]")
    if note:
        st.caption(escape(note))


def _live_plane(run: Run) -> None:
    with explained():
        if not run.epochs():
            st.info("The plane appears here as soon as the training begins.", icon=":material/hourglass_top:")
            return
        seen, times = st.session_state.get("live-sent", (None, 0))
        has = seen if times % SENT_TWICE_OF >= 2 else None
        drawn = plane(run.snapshot(run.newest()), key="live", pin=pin("live"), has=has)
        st.session_state["live-sent"] = (drawn, times + 1 if drawn == seen else 1)
        explain_dimensions(run.settings.latent_dim)


def _curves(run: Run) -> None:
    with explained():
        history = run.history()
        if not (history.steps or history.epochs):
            return
        curves(history, -(-len(data.load("train")) // run.settings.batch_size), key=f"curves-{run.id}")
        st.download_button(
            "Download as CSV",
            lambda: csv_text(run.history()),
            f"{run.id}.csv",
            "text/csv",
            key="csv",
            on_click="ignore",
            icon=":material/download:",
            type="tertiary",
        )
