"""One test image closely: its way through the model, and what that costs in nats."""

from typing import TYPE_CHECKING

import streamlit as st

from pages.ui import format
from pages.ui.frame import escape
from pages.ui.reconstruct import kept
from pages.ui.reconstruct.choice import chosen, redraw
from vae import data
from vae.analysis import reconstruction
from vae.runs.snapshot import Snapshot

if TYPE_CHECKING:
    import numpy as np

SIDE = 112  # px of a picture


def show_closely(shown: Snapshot, other: Snapshot | None, index: int) -> None:
    each_shown = [shown, other] if other else [shown]
    for each in each_shown:
        if other:
            st.caption(f"**{escape(kept.title(each))}**")
        _machine(each, index)
    if not all(kept.is_autoencoder(each) for each in each_shown):
        redraw("z-seed")


def _machine(shown: Snapshot, index: int) -> None:
    """x → z → x̂, and x̂ − x, in a row."""
    encoded = kept.encoded(shown)
    digit = data.load("test").labels[index]
    (image,) = reconstruction.originals([index])
    (mean,) = reconstruction.reconstructions(encoded, [index])
    with st.container(horizontal=True, gap="small", key=f"machine-of-{shown.run.id}"):
        _figure(image, f"**x**, test image {index}", f"Test image {index}, a {digit}.")
        place = format.place(reconstruction.mean_place(encoded, index)[:2])
        more = ", …" if encoded.mu.shape[1] > 2 else ""
        _figure(
            mean,
            f"**x̂** from the mean μ = {place.replace(')', more + ')')}",
            f"The reconstruction of test image {index} by {kept.title(shown)}.",
        )
        if not kept.is_autoencoder(shown):
            draws = reconstruction.posterior_draws(encoded, index, chosen("z-seed"))
            st.image(
                reconstruction.grid([draws[:3], draws[3:]]),
                "from draws z ∼ q(z|x)",
                width=SIDE * 3 // 2,
                alt=f"Test image {index} decoded from six draws of z by {kept.title(shown)}.",
            )
        _figure(
            reconstruction.difference(image, mean),
            "**x̂ − x**: :orange[brighter], :blue[darker]",
            f"Where the reconstruction is brighter than test image {index}, orange; where it is darker, blue.",
        )


def _figure(picture: "np.ndarray", caption: str, alt: str) -> None:
    st.image(reconstruction.png(picture), caption, width=SIDE, alt=alt)
