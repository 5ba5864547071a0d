"""Giving a plane away: one HTML file that needs neither this app nor a network."""

import streamlit as st

from vae.analysis.latent import Chart
from vae.browser.standalone import estimated_size, standalone_page
from vae.runs.run import Run


def share(run: Run, epoch: int, chart: Chart | None = None) -> None:
    """A button that downloads the plane of one epoch as a page of its own.

    chart: how that plane lies in the latent space; None: along the first two coordinates.
    """
    megabytes = estimated_size(run.settings) / 1e6
    st.download_button(
        "Download as one HTML file",
        lambda: standalone_page(run, epoch, chart=chart),
        f"{run.id}-epoch-{epoch}.html",
        "text/html",
        key="share",
        on_click="ignore",
        icon=":material/share:",
        type="tertiary",
        help="The plane with decoder, encoder and drawing pad, as a page that opens from the disk, without a network. "
        f"About {megabytes:.0f} MB.",
    )
