"""The run that is shown beside the chosen one (`?with=`)."""

import streamlit as st

from pages.ui.frame import escape
from pages.ui.reconstruct import kept
from pages.ui.reconstruct.choice import choose, chosen, widget
from pages.ui.run_picker import told_apart
from vae.errors import RunError
from vae.runs.catalogue import find_run, list_runs
from vae.runs.run import Run
from vae.runs.snapshot import Snapshot


def choose_other(run: Run) -> Snapshot | None:
    """Show the choice and return the newest snapshot of the other run; None without one that can be shown."""
    labels = _labels(run)
    wanted = chosen("with")
    if wanted and wanted not in labels:
        _explain(run, wanted)
        choose("with", "")
    st.selectbox(
        "Compare with",
        ["", *labels],
        format_func=lambda id_: labels.get(id_, "no other run"),
        width=260,
        **widget("with"),
    )
    return _opened(chosen("with"))


def _labels(run: Run) -> dict[str, str]:
    """Distinct labels of the other runs that can be shown, by id."""
    labels = {}
    for other in list_runs():
        try:
            settings = other.settings
        except RunError:  # the run picker names it
            continue
        if other.id != run.id and other.epochs():
            labels[other.id] = f"{other.name} · {settings.latent_dim}-D · β = {settings.beta:g}"
    return told_apart(labels)


def _explain(run: Run, wanted: str) -> None:
    try:
        other = find_run(wanted)
        _ = other.settings, other.last_epoch()  # read for what they raise
        message = f"{run.name} is the run that is shown already. Accepted: the id of another one."
    except RunError as error:
        message = f"{error} No other run is shown."
    st.warning(escape(message), icon=":material/warning:")


def _opened(id_: str) -> Snapshot | None:
    if not id_:
        return None
    try:
        other = find_run(id_)
        shown = other.snapshot(other.last_epoch())
        kept.encoded(shown)
    except RunError as error:
        st.warning(escape(f"{error} No other run is shown."), icon=":material/warning:")
        return None
    return shown
