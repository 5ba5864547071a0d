"""Which images are the points of the plane: the test, validation or training images (`?images=train`)."""

import streamlit as st

from pages.ui.frame import escape
from vae.data import Split
from vae.run import Run

SPLITS: dict[Split, str] = {"test": "Test 10,000", "validation": "Validation 5,000", "train": "Training 55,000"}
WIDGET = "images-choice"


def choose_split(run: Run, epoch: int) -> Split:
    """The images chosen, or those of the URL; the test images where the snapshot could encode no others."""
    chosen = st.session_state.get("images") or st.query_params.get("images", "test")
    if chosen not in SPLITS:
        known = ", ".join(SPLITS)
        text = f"There are no images named {chosen[:20]!r}. Known: {known}. The test images are shown."
        st.warning(escape(text), icon=":material/warning:")
        chosen = "test"
    _keep(chosen)
    st.session_state[WIDGET] = chosen
    st.segmented_control(
        "Images",
        list(SPLITS),
        required=True,
        format_func=SPLITS.get,
        key=WIDGET,
        on_change=lambda: _keep(st.session_state[WIDGET]),
        label_visibility="collapsed",
    )
    if chosen == "test" or run.has_encoder(epoch):
        return chosen
    others = ", ".join(map(str, run.whole_epochs())) or "none is left"
    st.caption(
        f"The snapshot of epoch {epoch} holds the decoder and the means of the test images alone: these are shown. "
        f"Epochs that can encode others: {others}."
    )
    return "test"


def _keep(split: Split) -> None:
    st.session_state["images"] = split
    if split == "test":
        st.query_params.pop("images", None)
    else:
        st.query_params["images"] = split
