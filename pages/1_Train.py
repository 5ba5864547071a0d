"""Launch a training, and watch it."""

import streamlit as st

from pages.ui.frame import page
from pages.ui.monitor import monitor
from pages.ui.settings_form import settings_form
from vae.jobs import active_run, last_run, start

with page("Train"):
    training = active_run()
    left, right = st.columns([0.38, 0.62], gap="large")
    with left:
        settings = settings_form()
        impossible = training is not None or settings is None
        if st.button("Start", key="start", type="primary", icon=":material/play_arrow:", disabled=impossible):
            start(settings)
            st.rerun()
        if training:
            st.caption("One training at a time: the next can start when this one has ended.")
    with right:
        monitor(training or last_run())
