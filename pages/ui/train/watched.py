"""The run that the Train page watches (`?run=`), and notice of changes made elsewhere."""

from typing import NoReturn

import streamlit as st

from pages.ui.frame import escape, explained
from vae.errors import RunError
from vae.jobs.process import active_runs, last_run
from vae.runs.catalogue import find_run, own_runs
from vae.runs.run import Run

EVERY = "3s"


def watch(run: Run) -> NoReturn:
    """Watch that run from now on."""
    st.query_params["run"] = st.session_state["watched"] = run.id
    st.rerun()


def watched_run() -> Run | None:
    """The run in the URL, or watched before, or active, or else the newest; None without any."""
    wanted = st.query_params.get("run") or st.session_state.get("watched")
    if wanted:
        try:
            run = find_run(wanted)
        except RunError as error:
            st.warning(escape(str(error)), icon=":material/warning:")
            st.session_state.pop("watched", None)
            st.query_params.pop("run", None)
        else:
            st.session_state["watched"] = run.id
            return run
    return next(iter(active_runs()), None) or last_run()


def notice_changes() -> None:
    """Rerun the whole page when any run is added, removed, renamed, or changes its state."""
    st.session_state["runs-seen"] = _seen()
    _look()


@st.fragment(run_every=EVERY)
def _look() -> None:
    with explained():
        if _seen() != st.session_state["runs-seen"]:
            st.rerun()


def _seen() -> list[tuple[str, str, str]]:
    return [(run.id, run.name, _state(run)) for run in own_runs()]


def _state(run: Run) -> str:
    try:
        return run.status.state
    except RunError:
        return "damaged"
