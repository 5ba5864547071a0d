"""The choice of a run, shared by the pages and kept in the URL."""

from collections import Counter

import streamlit as st

from pages.ui.format import nats
from pages.ui.frame import escape
from vae.errors import RunError
from vae.runs.catalogue import find_run, list_runs
from vae.runs.run import Run


def pick_run() -> Run:
    """The run chosen in the sidebar, by `?run=…`, or before on another page; else the first bundled one.

    Raises:
        RunError: if there is no run at all to look at.
    """
    labels, damaged = _survey()
    if not labels:
        raise RunError("There is no run that can be shown. Train one on the Train page.")
    wanted = st.query_params.get("run") or st.session_state.get("run")
    if wanted not in labels:
        if wanted:
            _explain(wanted)
        wanted = next(iter(labels))
    st.session_state["run"] = st.session_state["run-choice"] = st.query_params["run"] = wanted
    with st.sidebar:
        st.selectbox(
            "Run", list(labels), format_func=lambda id_: labels.get(id_, ""), key="run-choice", on_change=_choose
        )
        if damaged:
            with st.expander(f"{len(damaged)} unreadable", icon=":material/warning:"):
                for name, reason in damaged.items():
                    st.caption(f"**{escape(name)}**: {escape(reason)}")
    return find_run(wanted)


def _survey() -> tuple[dict[str, str], dict[str, str]]:
    """Labels of all runs with a snapshot, and reasons why others cannot be read, both by id."""
    labels: dict[str, str] = {}
    damaged: dict[str, str] = {}
    for run in list_runs():
        try:
            settings, status, last, name = run.settings, run.status, run.history().last, run.name
        except RunError as error:
            damaged[run.id] = str(error)
            continue
        if run.epochs():
            figure = f"−ELBO {nats(-last.validation.elbo)}" if last else f"{settings.latent_dim}-D"
            labels[run.id] = f"{name} · {figure}" + ("" if status.state == "finished" else f" · {status.state}")
    return told_apart(labels), damaged


def told_apart(labels: dict[str, str]) -> dict[str, str]:
    """Make labels distinct by adding the id to those that several runs have, since a widget knows only labels."""
    several = {label for label, n in Counter(labels.values()).items() if n > 1}
    return {id_: f"{label} ({id_})" if label in several else label for id_, label in labels.items()}


def _explain(name: str) -> None:
    try:
        run = find_run(name)
        _ = run.settings, run.status, run.history(), run.last_epoch()  # read for what they raise
    except RunError as error:
        st.warning(escape(f"{error} The first of the list is shown instead."), icon=":material/warning:")


def _choose() -> None:
    st.session_state["run"] = st.query_params["run"] = st.session_state["run-choice"]
    for name in ("epoch", "plane", "at"):  # they were the other run's
        st.query_params.pop(name, None)
