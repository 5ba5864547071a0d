"""The pinned place of the plane. The URL holds it (`?z=0.5,-1.2`); a session brings it along from page to page."""

import streamlit as st

from pages.ui.frame import escape
from pages.ui.plane import Place
from vae.errors import PlaceError
from vae.latent import format_place, parse_place


def pin(clicked: Place | None) -> Place | None:
    """The place clicked now, or else the one pinned before, or None. A bad one in the URL is explained in the page."""
    text = format_place(clicked) if clicked else st.query_params.get("z") or st.session_state.get("z")
    if text is None:
        return None
    try:
        place = parse_place(text)
    except PlaceError as error:
        st.warning(escape(str(error)), icon=":material/warning:")
        return None
    st.session_state["z"] = st.query_params["z"] = format_place(place)
    return place
