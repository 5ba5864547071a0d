"""A run at an epoch, and what was computed of it: kept, since each part takes a moment."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import streamlit as st

from vae.analysis import reconstruction
from vae.browser.payload import payload_key
from vae.runs.run import Run

if TYPE_CHECKING:
    import numpy as np


@dataclass(frozen=True)
class Shown:
    """A run at an epoch. What its methods give must not be changed."""

    run: Run
    epoch: int

    def encoded(self) -> reconstruction.Encoded:
        return _encoded(*self._key())

    def losses(self) -> "np.ndarray":
        """−ELBO of every test image."""
        return _losses(*self._key())

    def figures(self, index: int) -> reconstruction.Figures:
        return _figures(*self._key(), index)

    @property
    def is_autoencoder(self) -> bool:
        return self.encoded().is_autoencoder

    @property
    def in_film(self) -> bool:
        """Whether its epochs are being played, one by one: then there is no time for more than pictures."""
        return st.session_state.get("film") == self.run.id

    @property
    def title(self) -> str:
        """How it is told from another one."""
        settings = self.run.settings
        beta = f", β = {settings.beta:g}" if settings.beta != 1 else ""
        return f"{self.run.name}, {settings.latent_dim}-D{beta}, epoch {self.epoch}"

    def _key(self) -> tuple[bytes, int, str]:
        return self.run.key, self.epoch, payload_key(self.run, self.epoch)


# In all three, `version` is the `payload_key`: it tells a snapshot from another that was written in its place.


@st.cache_resource(max_entries=12, show_spinner="Loading the model…")
def _encoded(key: bytes, epoch: int, version: str) -> reconstruction.Encoded:
    return Run.of_key(key).snapshot(epoch).encoded()


@st.cache_resource(max_entries=32, show_spinner="Computing the −ELBO of all 10,000 test images…")
def _losses(key: bytes, epoch: int, version: str) -> "np.ndarray":
    return reconstruction.losses(_encoded(key, epoch, version))


@st.cache_resource(max_entries=256, show_spinner="Computing log p(x) of the chosen image…")
def _figures(key: bytes, epoch: int, version: str, index: int) -> reconstruction.Figures:
    return reconstruction.figures(_encoded(key, epoch, version), index)
