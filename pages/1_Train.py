"""Starts trainings, monitors and steers one, and manages all runs."""

import streamlit as st

from pages.ui.frame import explained, page
from pages.ui.train.monitor import monitor
from pages.ui.train.runs_table import runs_table
from pages.ui.train.settings_form import choose_preset, settings_form, settings_of_url
from pages.ui.train.watched import notice_changes, watch, watched_run
from vae.jobs.process import active_runs, start, start_paused

STEPPING = "Starts paused, before the first minibatch; then go on by one minibatch or one epoch at a time."

with page("Train"):
    notice_changes()  # before anything is read of the runs: what changes while the page is drawn counts, too
    given = settings_of_url()
    choice, buttons = st.columns([0.6, 0.4], vertical_alignment="bottom")
    with choice:
        preset = choose_preset(given)
    busy = bool(active_runs())
    settings = settings_form(preset, given, folded=busy)
    with buttons.container(horizontal=True, horizontal_alignment="right"), explained():
        refused = settings is None
        label = "Queue" if busy else "Start"
        pressed = st.button(label, key="start", type="primary", icon=":material/play_arrow:", disabled=refused)
        if pressed and settings:
            watch(start(settings))
        pressed = st.button(
            "Step by step", key="start-paused", icon=":material/footprint:", disabled=refused, help=STEPPING
        )
        if pressed and settings:
            watch(start_paused(settings))
    with explained():
        monitor(watched_run())
    runs_table()
