"""The latent plane: the images at the means of their posteriors."""

import streamlit as st

from pages.ui.frame import page
from pages.ui.plane.chart import choose_chart
from pages.ui.plane.pin import PIN, pin
from pages.ui.plane.plane import panel, plane
from pages.ui.plane.points import IMAGES, choose_points, explain_points
from pages.ui.plane.share import share
from pages.ui.run_picker import pick_run
from pages.ui.timelapse import epoch_slider, timelapse
from vae.analysis.latent import format_place
from vae.runs.snapshot import Snapshot

KEY = "latent-space"


def show(snapshot: Snapshot) -> None:
    pinned = pin(KEY)
    left, right = st.columns([0.66, 0.34], gap="large")
    with left:
        points = choose_points(snapshot)
        chart = choose_chart(snapshot)
        plane(snapshot, key=KEY, pin=pinned, points=points, chart=chart, tools=True)
        epoch_slider(snapshot)
    with right:
        explain_points(points)
        panel("selection", KEY)
        show_figures(snapshot)
        if pinned:
            st.page_link(
                "pages/3_Decode.py",
                label="Decode the pinned place",
                icon=":material/draw:",
                query_params={"run": snapshot.run.id, "z": format_place(pinned), "epoch": str(snapshot.moment)},
            )
        share(snapshot, chart)


def show_figures(snapshot: Snapshot) -> None:
    record = next((record for record in snapshot.run.history().epochs if record.epoch == snapshot.moment), None)
    if record:
        means = record.validation
        st.markdown(
            f"| validation, epoch {snapshot.moment} | nats |\n|:--|--:|\n| −ELBO | {-means.elbo:.2f} |\n"
            f"| reconstruction error | {-means.reconstruction:.2f} |\n| KL | {means.kl:.2f} |"
        )


with page("Latent space"):
    run = pick_run()
    PIN.read()
    IMAGES.read()
    timelapse(run, show)
