"""The past of a pinned place: its decodings after earlier epochs."""

from typing import TYPE_CHECKING

import streamlit as st

from vae import data, pictures
from vae.analysis import latent
from vae.browser.payload import payload_key
from vae.runs.run import Run
from vae.runs.thinning import spread

if TYPE_CHECKING:
    from vae.model.vae import Decoder

N_PAST = 12  # epochs of a place's past


def show_past(run: Run, z: tuple[float, ...]) -> None:
    """Show the decodings of z after up to `N_PAST` epochs, side by side."""
    epochs = spread(run.epochs(), N_PAST)
    if len(epochs) < 2:
        return
    versions = tuple(payload_key(run, epoch) for epoch in epochs)
    images = [latent.decode_image(d, z, data.IMAGE_SHAPE) for d in _decoders(run.key, tuple(epochs), versions)]
    st.caption("What the decoder drew at the pinned place after epoch …")
    st.image(
        [pictures.data_url(pictures.enlarge(image, 2)) for image in images],
        caption=[str(epoch) for epoch in epochs],
        width=56,
    )


@st.cache_resource(max_entries=4, show_spinner="Loading the model…")
def _decoders(key: bytes, epochs: tuple[int, ...], versions: tuple[str, ...]) -> list["Decoder"]:
    return [Run.of_key(key).snapshot(epoch).decoder() for epoch in epochs]
