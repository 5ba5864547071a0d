"""The latent plane on a page, and the picture that it decodes."""

from pathlib import Path
from typing import Any

import streamlit as st

from pages.ui import static
from pages.ui.components import component
from vae.data import Split
from vae.errors import RunError
from vae.export import payload_key, plane_payload, stored_key
from vae.latent import Z_LIMIT, Chart
from vae.run import Moment, Run

Place = tuple[float, float]


def plane(
    run: Run,
    moment: Moment,
    *,
    key: str,
    pin: Place | None = None,
    split: Split = "test",
    chart: Chart | None = None,
    encoder: bool = False,
    tools: bool = False,
    has: str | None = None,
) -> str:
    """Draw the plane of one snapshot. Called again with another one of the same run, it is updated in place.

    Returns the key of what it draws.

    key: names the component, and the channel on which the panels hear from it.
    pin: the place that is marked and shown while the pointer is elsewhere.
    split: of the images that are its points.
    chart: how the plane lies in the latent space; None: along the first two coordinates.
    encoder: whether the browser gets the encoder too.
    tools: whether there are a toolbar, keys and an address for more than looking and pinning.
    has: the key of what the browser has already; its megabyte is then neither hashed nor sent again.
    """
    payload = _payload(run, moment, split, encoder)  # first: if it fails, nothing is shown under its name
    drawn = stored_key(payload)
    component("plane")(
        key=key,
        data={
            "channel": key,
            "payload": drawn,
            "pin": pin,
            "limit": Z_LIMIT,
            "chart": chart and chart._asdict(),
            "tools": tools,
            "sheets": static.sheets(split),
        },
        on_clicked_change=lambda: None,  # makes the trigger known; `clicked` reads it
    )
    with st.container(key=f"{key}-payload", height=1, border=False):  # bytes travel alone; see frame's style
        component("payload")(key=f"{key}-bytes", data=b"" if drawn == has else payload)
    return drawn


def clicked(key: str) -> Place | None:
    """The place that was clicked, tapped or chosen by Enter on the plane `key`, in the script run that this caused."""
    trigger = st.session_state.get(key, {}).get("clicked")
    return tuple(trigger["z"]) if trigger else None


def panel(name: str, key: str, **options: Any) -> None:
    """One of the panels in assets/plane/panels, beside the plane `key`."""
    component(f"panels/{name}")(key=f"{key}-{name}", data={"channel": key, **options})


def explain_dimensions(latent_dim: int) -> None:
    """What the plane shows of a latent space that is not one."""
    if latent_dim == 1:
        st.caption("This model has one latent dimension: only z₁ matters, and the dots lie on a line.")
    elif latent_dim > 2:
        st.caption(f"This model has {latent_dim} latent dimensions: z₁ and z₂ are the plane's, all others 0.")


def _payload(run: Run, moment: Moment, split: Split, encoder: bool) -> bytes:
    if moment == "live":
        try:
            return _live_payload(str(run.path), payload_key(run, moment))
        except RunError:  # the epoch has ended meanwhile, and its own snapshot has taken over
            moment = run.last_epoch()
    kept = _kept_payload if split == "test" else _encoded_payload
    return kept(str(run.path), moment, payload_key(run, moment), split, encoder)


# In all three, `version` is the `payload_key`: it tells a snapshot from another that was written in its place.


@st.cache_resource(max_entries=2, show_spinner=False)  # each one is soon replaced, and then of no more use
def _live_payload(path: str, version: str) -> bytes:
    return plane_payload(Run(Path(path)), "live")


@st.cache_resource(max_entries=64, show_spinner=False)  # all epochs of a time-lapse
def _kept_payload(path: str, epoch: int, version: str, split: Split, encoder: bool) -> bytes:
    return plane_payload(Run(Path(path)), epoch, split=split, encoder=encoder)


@st.cache_resource(max_entries=8, show_spinner="Encoding the images…")
def _encoded_payload(path: str, epoch: int, version: str, split: Split, encoder: bool) -> bytes:
    return plane_payload(Run(Path(path)), epoch, split=split, encoder=encoder)
