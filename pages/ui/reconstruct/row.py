"""Eight test images over their reconstructions, and the choice of one of them."""

import streamlit as st

from pages.ui.frame import escape
from pages.ui.reconstruct import kept
from pages.ui.reconstruct.choice import ANY, CLASSES, WHICH, choose, chosen, redraw, widget
from vae import data
from vae.analysis import reconstruction
from vae.data import N_TEST
from vae.runs.snapshot import Snapshot


def choose_images() -> None:
    """Show the widgets that choose the eight images."""
    st.selectbox("Digit", CLASSES, width=90, **widget("class"))
    st.segmented_control(
        "Which",
        list(WHICH),
        format_func=WHICH.__getitem__,
        required=True,
        label_visibility="collapsed",
        **widget("which"),
    )
    if chosen("which") == "random":
        redraw("seed")
    elif chosen("which") == "index":
        st.number_input("From test image", 0, N_TEST - 1, step=1, width=130, **widget("from"))


def chosen_images(shown: Snapshot) -> list[int]:
    """The indices of the eight; the same ones throughout a film."""
    if not kept.in_film(shown) or "reconstruct-row" not in st.session_state:
        st.session_state["reconstruct-row"] = _chosen_images(shown)
    return st.session_state["reconstruct-row"]


def _chosen_images(shown: Snapshot) -> list[int]:
    which, digit = chosen("which"), chosen("class")
    return reconstruction.choose(
        data.load("test").labels,
        which,
        None if digit == ANY else int(digit),
        chosen("from"),
        chosen("seed"),
        kept.losses(shown) if which in ("easiest", "hardest") else None,
    )


def show_row(shown: Snapshot, other: Snapshot | None, indices: list[int]) -> int:
    """Show the eight images over their reconstructions; return the index of the chosen one."""
    rows = [reconstruction.reconstructions(kept.encoded(each), indices) for each in (shown, other) if each]
    picture = reconstruction.grid([reconstruction.originals(indices), *rows])
    with st.container(key="row", gap="xsmall"):
        st.image(picture, width="stretch", alt=_alt(shown, other, indices))
        index = _choose_image(indices)
        with st.container(horizontal=True, gap="small", wrap=False):
            st.caption(escape(_caption(shown, other)))
            st.download_button(
                "Download",
                picture,
                f"{shown.run.id}-epoch-{shown.moment}-reconstructions.png",
                "image/png",
                key="save-rows",
                help="The rows, as a PNG.",
                on_click="ignore",
                icon=":material/download:",
                type="tertiary",
            )
    return index


def _choose_image(indices: list[int]) -> int:
    index = chosen("image")
    if index not in indices:
        if index is not None:
            text = f"Test image {index} is not among these eight, the first is shown. Accepted: {_listed(indices)}."
            st.warning(escape(text), icon=":material/warning:")
            choose("image", None)
        index = indices[0]
    labels = data.load("test").labels
    st.pills(
        "Look closely at",
        indices,
        format_func=lambda i: f"**{labels[i]}** :small[#{i}]",
        required=True,
        label_visibility="collapsed",
        width="stretch",
        **widget("image", index),
    )
    return index


def _caption(shown: Snapshot, other: Snapshot | None) -> str:
    if other:
        return f"Test images x; their x̂ by {kept.title(shown)}; by {kept.title(other)}."
    return "Test images x over their reconstructions x̂, decoded from the mean of q(z|x)."


def _alt(shown: Snapshot, other: Snapshot | None, indices: list[int]) -> str:
    digits = ", ".join(str(label) for label in data.load("test").labels[indices])
    by = f"{kept.title(shown)}, then by {kept.title(other)}" if other else kept.title(shown)
    return f"Test images {_listed(indices)}, of the digits {digits}, and below each its reconstruction by {by}."


def _listed(indices: list[int]) -> str:
    return ", ".join(map(str, indices))
