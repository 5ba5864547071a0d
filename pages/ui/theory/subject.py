"""The subject of all steps: the run's model and one test image (`?image=17`)."""

from typing import TYPE_CHECKING

import streamlit as st

from pages.ui.caches import BY_CONTENT
from pages.ui.choice import Choice, whole_number
from vae import data, pictures
from vae.errors import RunError
from vae.runs.run import Run
from vae.runs.snapshot import Snapshot

if TYPE_CHECKING:
    from torch import Tensor

    from vae.model.vae import VAE

IMAGE = Choice(
    "image",
    0,
    whole_number(0, data.N_TEST - 1),
    f"0 to {data.N_TEST - 1}",
    instead="The first is shown.",
    key="theory-image",
)
EXAMPLES = {"An easy one": 2, "A usual one": 0, "A difficult one": 8}


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
    """Show the choice with its picture; return the index of the test image."""
    IMAGE.read()
    test, index = data.load("test"), IMAGE.value
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        st.image(pictures.enlarge(test.images[index], 2), width=56)
        st.number_input(f"Test image x, a {test.labels[index]}", 0, data.N_TEST - 1, width=180, **IMAGE.widget())
        for label, example in EXAMPLES.items():
            st.button(label, key=f"theory-image-{example}", on_click=IMAGE.keep, args=(example,), type="tertiary")
    return index


def grey(index: int) -> "Tensor":
    """The test image x, (D,) in [0, 1]."""
    return data.as_grey_values(data.load("test").tensors()[0][index])


def first_grey(n: int) -> "Tensor":
    """The first n test images, (n, D) in [0, 1]."""
    return data.as_grey_values(data.load("test").tensors()[0][:n])
