"""What the steps compute with: the run's model, and one test image (`?image=17`)."""

from typing import TYPE_CHECKING

import streamlit as st

from pages.ui.caches import BY_CONTENT
from pages.ui.frame import escape
from vae import data, pictures
from vae.errors import RunError, quoted
from vae.runs.run import Run
from vae.runs.snapshot import Snapshot

if TYPE_CHECKING:
    from torch import Tensor

    from vae.model.vae import VAE

WIDGET = "theory-image-choice"


def whole_snapshot(run: Run) -> Snapshot:
    """The newest snapshot that holds the encoder too.

    Raises:
        RunError: if there is none.
    """
    epochs = run.whole_epochs()
    if not epochs:
        raise RunError(f"No snapshot of {run.id} holds its encoder, which this step needs. Choose another run.")
    return run.snapshot(epochs[-1])


@st.cache_resource(max_entries=8, show_spinner="Loading the model…", hash_funcs=BY_CONTENT)
def model_of(snapshot: Snapshot) -> "VAE":
    """The snapshot's model, which must not be changed."""
    return snapshot.model()


def choose_image() -> int:
    """The index of the chosen test image, with its picture beside the choice."""
    wanted = st.session_state.get("theory-image") or st.query_params.get("image", "0")
    if not (wanted.isascii() and wanted.isdigit() and len(wanted) < 6 and int(wanted) < data.N_TEST):
        text = f"There is no test image {quoted(wanted)}. Accepted: 0 to {data.N_TEST - 1}. The first is shown."
        st.warning(escape(text), icon=":material/warning:")
        wanted = "0"
    _keep(int(wanted))
    st.session_state[WIDGET] = int(wanted)
    test = data.load("test")
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        st.image(pictures.enlarge(test.images[int(wanted)], 2), width=56)
        st.number_input(
            f"Test image x, a {test.labels[int(wanted)]}",
            0,
            data.N_TEST - 1,
            key=WIDGET,
            on_change=lambda: _keep(st.session_state[WIDGET]),
            width=180,
        )
        for label, index in EXAMPLES.items():
            st.button(label, key=f"theory-image-{index}", on_click=_keep, args=(index,), type="tertiary")
    return int(wanted)


EXAMPLES = {"An easy one": 2, "A usual one": 0, "A difficult one": 8}


def grey(index: int) -> "Tensor":
    """The test image x, (D,) in [0, 1]."""
    return data.as_grey_values(data.load("test").tensors()[0][index])


def first_grey(n: int) -> "Tensor":
    """The first n test images, (n, D) in [0, 1]."""
    return data.as_grey_values(data.load("test").tensors()[0][:n])


def _keep(index: int) -> None:
    st.session_state["theory-image"] = st.query_params["image"] = str(index)
