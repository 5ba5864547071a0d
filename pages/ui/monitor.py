"""A training as it goes on: its state, its progress, its curves."""

import streamlit as st

from pages.ui.curves import curves
from pages.ui.format import duration
from pages.ui.frame import escape, explained
from vae.config import format_widths
from vae.data import N_PIXELS
from vae.run import Run
from vae.status import Status

EVERY = "1s"


def monitor(run: Run | None) -> None:
    """Show the training of that run, updated every second while it is active; without one, what to do."""
    if run is None:
        st.info("You have trained nothing yet. Choose a preset and press Start.", icon=":material/play_arrow:")
        return
    st.fragment(_show_explained, run_every=EVERY if run.status.active else None)(run)


def _show_explained(run: Run) -> None:
    with explained():
        _show(run)


def _show(run: Run) -> None:
    status, settings, metrics = run.status, run.settings, run.metrics()
    widths = format_widths((N_PIXELS, *settings.hidden, settings.latent_dim))
    st.markdown(f"**{escape(run.id)}**")
    st.caption(f"{widths} · M = {settings.batch_size} · L = {settings.n_samples} · seed {settings.seed}")
    _show_state(run, status, settings.epochs)
    if metrics:
        last = metrics[-1]
        for column, (label, value) in zip(
            st.columns(3),
            {
                "−ELBO, validation, nats": -last["validation"]["elbo"],
                "−ELBO, training, nats": -last["train"]["elbo"],
                "KL, validation, nats": last["validation"]["kl"],
            }.items(),
            strict=True,
        ):
            column.metric(label, f"{value:.2f}")
        curves(metrics, key=f"curves-{run.id}")


def _show_state(run: Run, status: Status, epochs: int) -> None:
    if status.active:
        st.session_state["seen-active"] = run.id
        st.progress(status.fraction, _progress_text(status, epochs))
        if st.button("Stop", icon=":material/stop:", key="stop", disabled=run.stop_requested()):
            run.request_stop()
            st.rerun()
        return
    if st.session_state.get("seen-active") == run.id:
        del st.session_state["seen-active"]
        st.rerun()
    if status.state == "finished":
        st.success(f"Finished: {epochs} epochs in {duration(status.seconds)}.", icon=":material/check_circle:")
    else:
        st.warning(escape(f"{status.state.capitalize()}. {status.message}"), icon=":material/warning:")
    if run.epochs():
        links = st.columns(2)
        for column, path, label, icon in (
            (links[0], "pages/2_Latent_space.py", "See its latent space", ":material/scatter_plot:"),
            (links[1], "pages/3_Decode.py", "Decode with it", ":material/draw:"),
        ):
            column.page_link(path, label=label, icon=icon, query_params={"run": run.id})


def _progress_text(status: Status, epochs: int) -> str:
    if not status.step:
        return "Starting…"
    left = f"{duration(status.seconds_left)} left" if status.seconds_left is not None else ""
    rate = f" · {status.images_per_second:,.0f} images/s" if status.images_per_second else ""
    return f"Epoch {min(status.epoch + 1, epochs)} of {epochs}{rate} · {left}"
