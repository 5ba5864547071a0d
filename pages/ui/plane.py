"""The latent plane on a page, and the picture that it decodes."""

from pathlib import Path

import streamlit as st

from pages.ui import static
from pages.ui.components import component
from vae.export import payload_key, plane_payload
from vae.latent import Z_LIMIT
from vae.run import Run

Place = tuple[float, float]


def plane(run: Run, epoch: int, *, key: str, pin: Place | None = None, thumbnails: bool = False) -> None:
    """Draw the plane of one snapshot.

    key: names the component, and the channel on which `picture` hears from it.
    pin: the place that is marked and shown while the pointer is elsewhere.
    thumbnails: whether pointing at a point shows the digit's own picture.
    """
    payload = _payload(
        str(run.path), epoch, payload_key(run, epoch)
    )  # first: if it fails, nothing is shown under its name
    component("plane")(
        key=key,
        data={
            "channel": key,
            "payload": payload_key(run, epoch),
            "pin": pin,
            "limit": Z_LIMIT,
            "sprite": static.sprite_address() if thumbnails else None,
        },
        on_clicked_change=lambda: None,  # makes the trigger known; `clicked` reads it
    )
    with st.container(key=f"{key}-payload", height=1, border=False):  # bytes travel alone; see frame's style
        component("payload")(key=f"{key}-bytes", data=payload)


def clicked(key: str) -> Place | None:
    """The place that was clicked, tapped or chosen by Enter on the plane `key`, in the script run that this caused."""
    trigger = st.session_state.get(key, {}).get("clicked")
    return tuple(trigger["z"]) if trigger else None


def picture(key: str) -> None:
    """The picture decoded at the place that the plane `key` shows: under the pointer, or at the pin."""
    component("picture")(key=f"{key}-picture", data={"channel": key})


def explain_dimensions(latent_dim: int) -> None:
    """What the plane shows of a latent space that is not one."""
    if latent_dim == 1:
        st.caption("This model has one latent dimension: only z₁ matters, and the dots lie on a line.")
    elif latent_dim > 2:
        st.caption(f"This model has {latent_dim} latent dimensions: z₁ and z₂ are the plane's, all others 0.")


@st.cache_resource(max_entries=8, show_spinner=False)
def _payload(path: str, epoch: int, _version: str) -> bytes:
    return plane_payload(Run(Path(path)), epoch)
