"""The whole machine: picture in, encoder, plane, decoder, picture out."""

import streamlit as st

from pages.ui.frame import page
from pages.ui.plane.chart import choose_chart
from pages.ui.plane.film import paths_panel
from pages.ui.plane.past import show_past
from pages.ui.plane.pin import PIN, pin
from pages.ui.plane.plane import panel, plane
from pages.ui.plane.share import share
from pages.ui.run_picker import pick_run
from pages.ui.timelapse import epoch_slider, timelapse
from vae.analysis.latent import to_latent
from vae.runs.snapshot import Snapshot

KEY = "decode"


def show(snapshot: Snapshot) -> None:
    pinned = pin(KEY)
    chart = choose_chart(snapshot)
    entrance, middle, exit_ = st.columns([0.19, 0.6, 0.21], gap="medium")
    with entrance:
        panel("pad", KEY)
        panel("verdict", KEY)
    with middle:
        plane(snapshot, key=KEY, pin=pinned, chart=chart, encoder=True, tools=True)
        epoch_slider(snapshot)
    with exit_:
        panel("picture", KEY)
        panel("inspector", KEY)
    walk, game, manifold, past = st.tabs(
        ["Paths", "Find the digit", "Manifold", "This place in training"], key="below", on_change="rerun"
    )
    with walk:
        paths_panel(snapshot, key=KEY, to_latent=lambda place: to_latent(chart, place))
    with game:
        panel("game", KEY)
    with manifold:
        panel("manifold", KEY)
    if past.open:  # decoding with ten models takes half of the time of a click
        with past.container(key="past"):
            if pinned:
                show_past(snapshot.run, to_latent(chart, pinned))
            else:
                st.info("Click a place of the plane to pin it.", icon=":material/touch_app:")
    share(snapshot, chart)


with page("Decode"):
    run = pick_run()
    PIN.read()
    timelapse(run, show)
