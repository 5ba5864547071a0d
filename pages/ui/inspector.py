"""What the core says of a pinned place."""

from typing import TYPE_CHECKING

import streamlit as st

from vae import data, pictures
from vae.analysis import latent
from vae.browser.payload import payload_key
from vae.runs.run import Run
from vae.runs.thinning import spread

if TYPE_CHECKING:
    import numpy as np

    from vae.model.vae import Decoder

N_PAST = 12  # epochs of a place's past


def show_past(run: Run, z: tuple[float, ...]) -> None:
    """What the decoder drew at this z in earlier epochs: how it came to draw what it draws now."""
    epochs = spread(run.epochs(), N_PAST)
    if len(epochs) < 2:
        return
    st.caption("What the decoder drew at the pinned place after epoch …")
    st.image(
        [pictures.enlarge(_decoded(run, epoch, z), 2) for epoch in epochs], caption=[str(e) for e in epochs], width=56
    )


def _decoded(run: Run, epoch: int, z: tuple[float, ...]) -> "np.ndarray":
    return latent.decode_image(_decoder(run.key, epoch, payload_key(run, epoch)), z, data.IMAGE_SHAPE)


@st.cache_resource(max_entries=32, show_spinner="Loading the model…")
def _decoder(key: bytes, epoch: int, version: str) -> "Decoder":
    return Run.of_key(key).snapshot(epoch).decoder()
