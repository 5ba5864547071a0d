"""Launch a training, and watch it."""

import streamlit as st

from pages.ui.frame import page
from pages.ui.monitor import monitor
from pages.ui.settings_form import settings_form
from vae.jobs import active_run, last_run, start

with page("Train"):
    training = active_run()
    with st.expander("A new training", expanded=training is None):
        settings = settings_form()
        if st.button(
            "Start", type="primary", icon=":material/play_arrow:", disabled=bool(training) or settings is None
        ):
            start(settings)
            st.rerun()
        if training:
            st.caption("One training at a time: this one starts when the other has ended.")
    monitor(training or last_run())
