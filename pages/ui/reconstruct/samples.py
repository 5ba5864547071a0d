"""Samples: the decoder's mean images at draws z ∼ N(0, I) of the prior."""

import streamlit as st

from pages.ui.frame import escape
from pages.ui.reconstruct import kept
from pages.ui.reconstruct.choice import chosen, redraw
from vae.analysis.reconstruction import N_PRIOR, grid, prior_samples
from vae.runs.snapshot import Snapshot

A_ROW = 4
WIDTH = 300  # px


def show_samples(shown: Snapshot, other: Snapshot | None) -> None:
    st.subheader("Drawn from the prior", anchor=False)
    st.caption(f"The mean pictures that the decoder makes of {N_PRIOR} draws z ∼ N(0, I): no picture goes in.")
    redraw("prior-seed")
    with st.container(horizontal=True, gap="large", key="samples"):
        for each in filter(None, (shown, other)):
            with st.container(width=WIDTH, gap="xsmall"):
                _sheet(each)


def _sheet(shown: Snapshot) -> None:
    samples = prior_samples(kept.encoded(shown), chosen("prior-seed"))
    sheet = grid([samples[start : start + A_ROW] for start in range(0, N_PRIOR, A_ROW)])
    alt = f"{N_PRIOR} pictures decoded from draws of the prior by {kept.title(shown)}."
    st.image(sheet, escape(kept.title(shown)), width="stretch", alt=alt)
    st.download_button(
        "Download the samples",
        sheet,
        f"{shown.run.id}-epoch-{shown.moment}-samples-{chosen('prior-seed')}.png",
        "image/png",
        key=f"save-samples-of-{shown.run.id}",
        on_click="ignore",
        icon=":material/download:",
        type="tertiary",
    )
