"""What the decoder draws at any place of the latent plane."""

import streamlit as st

from pages.ui.frame import page
from pages.ui.inspector import inspect_place, show_past
from pages.ui.pin import pin, read_pin
from pages.ui.plane import clicked, explain_dimensions, picture, plane
from pages.ui.run_picker import pick_run
from pages.ui.timelapse import epoch_slider, timelapse
from vae.run import Run


def show(run: Run, epoch: int) -> None:
    pinned = pin(clicked("decode"))
    left, right = st.columns([0.62, 0.38], gap="large")
    with left:
        plane(run, epoch, key="decode", pin=pinned)
        epoch_slider(run, epoch)
        explain_dimensions(run.settings.latent_dim)
    with right:
        picture("decode")
        if pinned is None:
            st.info("Click a place of the plane to pin it. Arrow keys move z, Enter pins.", icon=":material/touch_app:")
        else:
            inspect_place(run, epoch, pinned)
    if pinned:
        show_past(run, pinned)


with page("Decode"):
    run = pick_run()
    read_pin()
    timelapse(run, show)
