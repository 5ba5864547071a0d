"""What there is to know about a pinned place."""

from pathlib import Path

import streamlit as st

from pages.ui.format import place as format_z
from pages.ui.plane import Place
from vae import data, latent, pictures
from vae.export import payload_key
from vae.run import Latent, Run
from vae.thinning import spread

N_NEIGHBOURS = 5
N_PAST = 12  # epochs of a place's past
ENLARGEMENT = 5  # screen pixels a pixel


def inspect_place(run: Run, epoch: int, place: Place) -> None:
    """z, the decoded picture enlarged, the prior density there, and the nearest real digits."""
    z = latent.plane_to_latent(place, run.settings.latent_dim)
    image, facts = st.columns([0.45, 0.55], vertical_alignment="center")
    with facts:
        st.markdown(f"**z** = {format_z(z)}")
        log_density = latent.prior_log_density(z)
        st.markdown(f"prior density p(z) = {latent.prior_density(z):.3g}", help="The standard normal prior N(0, I).")
        st.caption(f"log p(z) = {log_density:.2f} nats".replace("-", "−"))
    canvas = image.container(key="pinned")
    show_neighbours(run, epoch, place)
    with canvas:  # last: the first time, it loads PyTorch
        st.image(pictures.enlarge(_decoded(run, epoch, z), ENLARGEMENT), caption="pinned")


def show_neighbours(run: Run, epoch: int, place: Place) -> None:
    """The test images whose means lie nearest, with their digit and distance."""
    z = latent.plane_to_latent(place, run.settings.latent_dim)
    means = _latent(str(run.path), epoch, payload_key(run, epoch))
    neighbours = latent.nearest(means.mu, z, N_NEIGHBOURS)
    images = data.load("test").images
    st.caption("Nearest real digits · distance in z")
    st.image(
        [pictures.enlarge(images[near.index], 2) for near in neighbours],
        caption=[f"{means.labels[near.index]} · {near.distance:.2f}" for near in neighbours],
        width=50,
    )


def show_past(run: Run, place: Place) -> None:
    """What the decoder drew at this place in earlier epochs: how it came to draw what it draws now."""
    z = latent.plane_to_latent(place, run.settings.latent_dim)
    epochs = spread(run.epochs(), N_PAST)
    if len(epochs) < 2:
        return
    st.caption("What was drawn here after epoch …")
    st.image(
        [pictures.enlarge(_decoded(run, epoch, z), 2) for epoch in epochs], caption=[str(e) for e in epochs], width=56
    )


def _decoded(run: Run, epoch: int, z: tuple[float, ...]):
    return latent.decode_image(_decoder(str(run.path), epoch, payload_key(run, epoch)), z, data.IMAGE_SHAPE)


@st.cache_resource(max_entries=32, show_spinner="Loading the model…")
def _decoder(path: str, epoch: int, version: str):
    return Run(Path(path)).decoder(epoch)


@st.cache_resource(max_entries=4, show_spinner=False)
def _latent(path: str, epoch: int, version: str) -> Latent:
    return Run(Path(path)).latent(epoch)
