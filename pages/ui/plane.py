"""The latent plane on a page, and the picture that it decodes."""

from pathlib import Path

import streamlit as st

from pages.ui import static
from pages.ui.components import component
from vae.errors import RunError
from vae.export import payload_key, plane_payload, stored_key
from vae.latent import Z_LIMIT
from vae.run import Moment, Run

Place = tuple[float, float]


def plane(
    run: Run, moment: Moment, *, key: str, pin: Place | None = None, thumbnails: bool = False, has: str | None = None
) -> str:
    """Draw the plane of one snapshot. Called again with another one of the same run, it is updated in place.

    Returns the key of what it draws.

    key: names the component, and the channel on which `picture` and `gallery` hear from it.
    pin: the place that is marked and shown while the pointer is elsewhere.
    thumbnails: whether pointing at a point shows the digit's own picture.
    has: the key of what the browser has already; its megabyte is then neither hashed nor sent again.
    """
    payload = _payload(run, moment)  # first: if it fails, nothing is shown under its name
    drawn = stored_key(payload)
    component("plane")(
        key=key,
        data={
            "channel": key,
            "payload": drawn,
            "pin": pin,
            "limit": Z_LIMIT,
            "sprite": static.sprite_address() if thumbnails else None,
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


def picture(key: str) -> None:
    """The picture decoded at the place that the plane `key` shows: under the pointer, or at the pin."""
    component("picture")(key=f"{key}-picture", data={"channel": key})


def gallery(key: str) -> None:
    """A few test digits with their reconstructions, and a few samples, by the weights that the plane `key` shows."""
    component("gallery")(key=f"{key}-gallery", data={"channel": key})


def explain_dimensions(latent_dim: int) -> None:
    """What the plane shows of a latent space that is not one."""
    if latent_dim == 1:
        st.caption("This model has one latent dimension: only z₁ matters, and the dots lie on a line.")
    elif latent_dim > 2:
        st.caption(f"This model has {latent_dim} latent dimensions: z₁ and z₂ are the plane's, all others 0.")


def _payload(run: Run, moment: Moment) -> bytes:
    if moment == "live":
        try:
            return _live_payload(str(run.path), payload_key(run, moment))
        except RunError:  # the epoch has ended meanwhile, and its own snapshot has taken over
            moment = run.last_epoch()
    return _kept_payload(str(run.path), moment, payload_key(run, moment))


# In both, `version` is the `payload_key`: it tells a snapshot from another that was written in its place.


@st.cache_resource(max_entries=2, show_spinner=False)  # each one is soon replaced, and then of no more use
def _live_payload(path: str, version: str) -> bytes:
    return plane_payload(Run(Path(path)), "live")


@st.cache_resource(max_entries=64, show_spinner=False)  # all epochs of a time-lapse
def _kept_payload(path: str, epoch: int, version: str) -> bytes:
    return plane_payload(Run(Path(path)), epoch)
