"""Where the test images lie in the latent plane."""

import streamlit as st

from pages.ui.format import place
from pages.ui.frame import page
from pages.ui.inspector import show_neighbours
from pages.ui.pin import pin, read_pin
from pages.ui.plane import clicked, explain_dimensions, plane
from pages.ui.run_picker import pick_run
from pages.ui.timelapse import epoch_slider, timelapse
from vae.latent import format_place
from vae.run import Run


def show(run: Run, epoch: int) -> None:
    pinned = pin(clicked("latent-space"))
    left, right = st.columns([0.66, 0.34], gap="large")
    with left:
        plane(run, epoch, key="latent-space", pin=pinned, thumbnails=True)
        epoch_slider(run, epoch)
    with right:
        st.markdown(
            "Every dot is one of the 10,000 test images, at the mean **μ** of its posterior q(z|x). "
            "The colour is its digit."
        )
        explain_dimensions(run.settings.latent_dim)
        st.caption(
            "Point at a dot for its picture. Drag to pan, wheel to zoom; the house above the plane shows all again. "
            "The legend hides and shows digits; a double click there leaves one alone."
        )
        show_figures(run, epoch)
        if pinned:
            st.markdown(f"**Near {place(pinned)}**")
            show_neighbours(run, epoch, pinned)
            st.page_link(
                "pages/3_Decode.py",
                label="Decode this place",
                icon=":material/draw:",
                query_params={"run": run.id, "z": format_place(pinned), "epoch": str(epoch)},
            )


def show_figures(run: Run, epoch: int) -> None:
    record = next((record for record in run.history().epochs if record.epoch == epoch), None)
    if record:
        means = record.validation
        st.markdown(
            f"| validation, epoch {epoch} | nats |\n|:--|--:|\n| −ELBO | {-means.elbo:.2f} |\n"
            f"| reconstruction error | {-means.reconstruction:.2f} |\n| KL | {means.kl:.2f} |"
        )


with page("Latent space"):
    run = pick_run()
    read_pin()
    timelapse(run, show)
