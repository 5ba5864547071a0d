"""The panel of pins and paths, with the films that the browser asks for."""

import json
from collections.abc import Callable
from typing import Any

import streamlit as st

from pages.ui.components import component
from pages.ui.plane.plane import Place
from vae import data
from vae.analysis.latent import decode_images
from vae.browser.film import gif, read_order
from vae.errors import UserError
from vae.runs.snapshot import Snapshot


def paths_panel(snapshot: Snapshot, *, key: str, to_latent: Callable[[Place], tuple[float, ...]]) -> None:
    """Show the pins of the plane `key`, with paths and films through them; the snapshot's decoder draws the films.

    to_latent: the z (J,) that a place of the plane stands for.
    """
    name = f"{key}-paths"
    # A run of the script may be cut short by the next one: an order stays until it is answered.
    order = st.session_state.get(f"{name}-order")
    if order is not None:
        st.session_state[f"{name}-answer"] = _answer(order, snapshot, to_latent)
        del st.session_state[f"{name}-order"]
    answer, parcel = st.session_state.get(f"{name}-answer", (None, b""))
    component("panels/paths/index")(
        key=name, data={"channel": key, "gif": True, "answer": answer}, on_save_change=lambda: _take_order(name)
    )
    with st.container(key=f"{key}-film-payload", height=1, border=False):  # bytes travel alone; see frame's style
        component("format/download")(key=f"{key}-film", data=parcel)


def parcel(content: bytes, *, id: str, name: str, type: str) -> bytes:
    """A file for `format/download.js`: the header's length (4 bytes, little-endian), the header, the content.

    id: tells this file from all others that the page saves.
    name: that the file gets.
    type: of its content, such as "image/gif".
    """
    header = json.dumps({"id": id, "name": name, "type": type}).encode()
    return len(header).to_bytes(4, "little") + header + content


def _take_order(name: str) -> None:
    order = st.session_state[name].get("save")
    if order is not None:
        st.session_state[f"{name}-order"] = order


def _answer(
    order: Any, snapshot: Snapshot, to_latent: Callable[[Place], tuple[float, ...]]
) -> tuple[dict[str, str | None], bytes]:
    """The panel's answer, {id, error}, and the film as a parcel."""
    id = str(order.get("id") if isinstance(order, dict) else None)[:40]
    try:
        film = read_order(order)
        frames = decode_images(snapshot.decoder(), [to_latent(place) for place in film.places], data.IMAGE_SHAPE)
        content = gif(frames, film.seconds_per_frame, film.loop)
    except UserError as error:
        return {"id": id, "error": str(error)}, b""
    return {"id": id, "error": None}, parcel(
        content, id=id, name=f"{snapshot.run.id}-{snapshot.moment}-path.gif", type="image/gif"
    )
