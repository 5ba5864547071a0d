"""The past of a pinned place: its decodings after earlier epochs."""

from typing import TYPE_CHECKING

import streamlit as st

from pages.ui.caches import BY_CONTENT
from vae import data, pictures
from vae.analysis import latent
from vae.runs.run import Run
from vae.runs.snapshot import Snapshot
from vae.runs.thinning import spread

if TYPE_CHECKING:
    from vae.model.vae import Decoder

N_PAST = 12  # epochs of a place's past


def show_past(run: Run, z: tuple[float, ...]) -> None:
    """Show the decodings of z after up to `N_PAST` epochs, side by side."""
    epochs = spread(run.epochs(), N_PAST)
    if len(epochs) < 2:
        return
    decoders = _decoders([run.snapshot(epoch) for epoch in epochs])
    images = [latent.decode_images(decoder, [z], data.IMAGE_SHAPE)[0] for decoder in decoders]
    st.caption("What the decoder drew at the pinned place after epoch …")
    st.image(
        [pictures.data_url(pictures.enlarge(image, 2)) for image in images],
        caption=[str(epoch) for epoch in epochs],
        width=56,
    )


@st.cache_resource(max_entries=4, show_spinner="Loading the model…", hash_funcs=BY_CONTENT)
def _decoders(snapshots: list[Snapshot]) -> list["Decoder"]:
    return [snapshot.decoder() for snapshot in snapshots]
