"""The derivation in the order of the literature, each step with a figure computed from the selected run."""

import streamlit as st

from pages.ui.frame import explained, page
from pages.ui.run_picker import pick_run
from pages.ui.theory.steps import choose_step, next_step

with page("Theory"):
    run = pick_run()
    step = choose_step()
    with explained(), st.container(key="theory"):
        step.show(run)
    next_step(step)
