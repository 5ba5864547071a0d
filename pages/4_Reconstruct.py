"""Test images over their reconstructions, one of them closely, and samples from the prior: for any latent dimension."""

import streamlit as st

from pages.ui.frame import page
from pages.ui.reconstruct.choice import read_choice
from pages.ui.reconstruct.closely import show_closely
from pages.ui.reconstruct.compared import choose_other
from pages.ui.reconstruct.figures import show_figures
from pages.ui.reconstruct.row import choose_images, chosen_images, show_row
from pages.ui.reconstruct.samples import show_samples
from pages.ui.run_picker import pick_run
from pages.ui.timelapse import epoch_slider, timelapse
from vae.runs.snapshot import Snapshot

STYLE = """
<style>
.st-key-row [role=radiogroup] { display: grid; grid-template-columns: repeat(8, 1fr); gap: 0.84%; width: 100%; }
.st-key-row [role=radiogroup] button { min-width: 0; width: 100%; padding: 0.1rem; }
.st-key-row [role=radiogroup] button * { white-space: normal; overflow: visible; line-height: 1.15; }
@media (max-width: 640px) { .st-key-row [role=radiogroup] button { height: auto; border-radius: 0.5rem; } }
.st-key-figures table { width: 100%; font-size: 0.875rem; }
.st-key-figures :is(th, td) { padding: 0.35rem 0.5rem; }
.st-key-figures td:not(:first-child) { white-space: nowrap; }
.st-key-figures th { overflow-wrap: anywhere; }
</style>
"""


def show(snapshot: Snapshot) -> None:
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        choose_images()
        other = choose_other(snapshot.run)
    pictures, numbers = st.columns([0.64, 0.36], gap="medium")
    with pictures:
        index = show_row(snapshot, other, chosen_images(snapshot))
        show_closely(snapshot, other, index)
        epoch_slider(snapshot)
    with numbers:
        show_figures([snapshot, other] if other else [snapshot], index)
    show_samples(snapshot, other)


with page("Reconstruct"):
    st.html(STYLE)
    run = pick_run()
    read_choice()
    timelapse(run, show)
