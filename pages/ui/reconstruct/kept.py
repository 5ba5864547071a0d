"""Cached results of a snapshot, which must not be changed, and its title."""

from typing import TYPE_CHECKING

import streamlit as st

from pages.ui.caches import BY_CONTENT
from vae.analysis import reconstruction
from vae.runs.snapshot import Snapshot

if TYPE_CHECKING:
    import numpy as np


@st.cache_resource(max_entries=12, show_spinner="Loading the model…", hash_funcs=BY_CONTENT)
def encoded(snapshot: Snapshot) -> reconstruction.Encoded:
    """The decoder and q(z|x) of the test images."""
    return snapshot.encoded()


@st.cache_resource(max_entries=32, show_spinner="Computing the −ELBO of all 10,000 test images…", hash_funcs=BY_CONTENT)
def losses(snapshot: Snapshot) -> "np.ndarray":
    """−ELBO of every test image."""
    return reconstruction.losses(encoded(snapshot))


@st.cache_resource(max_entries=256, show_spinner="Computing log p(x) of the chosen image…", hash_funcs=BY_CONTENT)
def figures(snapshot: Snapshot, index: int) -> reconstruction.Figures:
    """The figures in nats of a test image."""
    return reconstruction.figures(encoded(snapshot), index)


def is_autoencoder(snapshot: Snapshot) -> bool:
    return snapshot.settings.objective == "autoencoder"


def in_film(snapshot: Snapshot) -> bool:
    """Whether the run's epochs are being played, which leaves time for pictures only."""
    return st.session_state.get("film") == snapshot.run.id


def title(snapshot: Snapshot) -> str:
    """A title that distinguishes the snapshot."""
    settings = snapshot.settings
    beta = f", β = {settings.beta:g}" if settings.beta != 1 else ""
    return f"{snapshot.run.name}, {settings.latent_dim}-D{beta}, epoch {snapshot.moment}"
