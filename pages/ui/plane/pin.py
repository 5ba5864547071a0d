"""The pinned place of the plane. The URL holds it (`?z=0.5,-1.2`); a session brings it along from page to page."""

import streamlit as st

from pages.ui.frame import escape
from pages.ui.plane.plane import Place, clicked, dealt_with
from vae.analysis.latent import format_place, parse_place
from vae.errors import PlaceError


def read_pin() -> None:
    """Take over the place of the URL; a bad one is explained in the page.

    For whole script runs alone: a fragment's may still carry the URL of before the last click.
    """
    text = st.query_params.get("z") or st.session_state.get("z")
    if text is None:
        return
    try:
        _keep(parse_place(text))
    except PlaceError as error:
        st.warning(escape(str(error)), icon=":material/warning:")
        st.session_state.pop("z", None)


def pin(key: str) -> Place | None:
    """The place just clicked on the plane `key`, or else the one pinned before, or None."""
    if place := clicked(key):
        _keep(place)
        dealt_with(key)
    text = st.session_state.get("z")
    return parse_place(text) if text else None


def _keep(place: Place) -> None:
    st.session_state["z"] = st.query_params["z"] = format_place(place)
