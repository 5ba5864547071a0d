"""Where the test images lie in the latent plane."""

import streamlit as st

from pages.ui.format import place
from pages.ui.frame import page
from pages.ui.inspector import show_neighbours
from pages.ui.pin import pin
from pages.ui.plane import clicked, explain_dimensions, plane
from pages.ui.run_picker import pick_run
from vae.latent import format_place

with page("Latent space"):
    run = pick_run()
    epoch, settings, metrics = run.last_epoch(), run.settings, run.metrics()
    pinned = pin(clicked("latent-space"))
    left, right = st.columns([0.66, 0.34], gap="large")
    with left:
        plane(run, epoch, key="latent-space", pin=pinned, thumbnails=True)
    with right:
        st.markdown(
            "Every dot is one of the 10,000 test images, at the mean **μ** of its posterior q(z|x). "
            "The colour is its digit."
        )
        explain_dimensions(settings.latent_dim)
        st.caption(
            "Point at a dot for its picture. Drag to pan, wheel to zoom; the house above the plane shows all again. "
            "The legend hides and shows digits; a double click there leaves one alone."
        )
        if metrics:
            last = metrics[-1]["validation"]
            st.markdown(
                f"| validation, epoch {metrics[-1]['epoch']} | nats |\n|:--|--:|\n| −ELBO | {-last['elbo']:.2f} |\n"
                f"| reconstruction error | {-last['reconstruction']:.2f} |\n| KL | {last['kl']:.2f} |"
            )
        if pinned:
            st.markdown(f"**Near {place(pinned)}**")
            show_neighbours(run, epoch, pinned)
            st.page_link(
                "pages/3_Decode.py",
                label="Decode this place",
                icon=":material/draw:",
                query_params={"run": run.id, "z": format_place(pinned)},
            )
