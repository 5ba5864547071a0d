"""The download of a plane as one HTML file, which needs neither this app nor a network."""

import streamlit as st

from vae.analysis.latent import Chart
from vae.browser.standalone import estimated_size, standalone_page
from vae.runs.snapshot import Snapshot


def share(snapshot: Snapshot, chart: Chart | None = None) -> None:
    """Show a button that downloads the snapshot's plane as one HTML file.

    chart: how that plane lies in the latent space; None: along the first two coordinates.
    """
    megabytes = estimated_size(snapshot.settings) / 1e6
    st.download_button(
        "Download as one HTML file",
        lambda: standalone_page(snapshot, chart=chart),
        f"{snapshot.run.id}-epoch-{snapshot.moment}.html",
        "text/html",
        key="share",
        on_click="ignore",
        icon=":material/share:",
        type="tertiary",
        help="The plane with decoder, encoder and drawing pad, as a page that opens from the disk, without a network. "
        f"About {megabytes:.0f} MB.",
    )
