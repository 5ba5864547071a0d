"""The plane's component, its clicks, and its panels."""

from typing import Any

import streamlit as st

from pages.ui import static
from pages.ui.caches import BY_CONTENT
from pages.ui.components import component
from pages.ui.plane.points import TEST, Points
from vae.analysis.latent import Chart, coordinate_chart
from vae.browser.message import PlaneMessage
from vae.browser.payload import plane_payload, points_payload, stored_key, stored_latent
from vae.browser.points import PointSet, View, draws_in_plane
from vae.data import Split
from vae.errors import RunError
from vae.model.cost import browser_type, in_half_precision
from vae.runs.snapshot import Snapshot

Place = tuple[float, float]


def plane(
    snapshot: Snapshot,
    *,
    key: str,
    pin: Place | None = None,
    points: Points = TEST,
    chart: Chart | None = None,
    encoder: bool = False,
    tools: bool = False,
    has: str | None = None,
) -> str:
    """Draw the plane of a snapshot. Called again with another one of the same run, it is updated in place.

    Returns the key of what it draws.

    key: names the component, and the channel on which the panels hear from it.
    pin: the place that is marked and shown while the pointer is elsewhere.
    points: what the points are; of a great number of draws the browser gets a sample of those in its view, and others
        when it looks elsewhere.
    chart: how the plane lies in the latent space; None: along the first two coordinates.
    encoder: whether the browser gets the encoder too.
    tools: whether there are a toolbar, keys and an address for more than looking and pinning.
    has: the key of what the browser has already; its megabyte is then neither hashed nor sent again.
    """
    payload = _payload(snapshot, points.split, encoder)  # first: if it fails, nothing is shown under its name
    drawn = stored_key(payload)
    held = st.session_state.pop(_held(key), None)  # what the browser had when it sent the click that is dealt with
    chart = chart or coordinate_chart(snapshot.settings.latent_dim)
    draws = _draws_in_view(payload, chart, points.n_draws, key) if points.n_draws else None
    message = PlaneMessage(
        channel=key,
        payload=drawn,
        sheets=static.sheets(points.split),
        points=draws and draws[0],
        pin=pin,
        answered=st.session_state.get(_answered(key)),
        chart=chart,
        tools=tools,
    )
    component("plane")(
        key=key,
        data=message.as_json(),
        on_clicked_change=lambda: None,  # makes the state known; `clicked` reads it
        on_view_change=lambda: None,  # as does `_view`
    )
    with st.container(key=f"{key}-payload", height=1, border=False):  # bytes travel alone; see frame's style
        component("store/payload")(key=f"{key}-bytes", data=b"" if drawn in (has, held) else payload)
        if draws:
            component("store/points")(key=f"{key}-points", data=draws[1])
    if in_half_precision(snapshot.settings):
        st.caption("This model is large. The browser has it in half precision: pictures differ by a grey level or so.")
    return drawn


def clicked(key: str) -> Place | None:
    """The place that was clicked, tapped or chosen by Enter on the plane `key`; None once it is `dealt_with`."""
    click = _click(key)
    return tuple(click["z"]) if click and click["id"] != st.session_state.get(_answered(key)) else None


def dealt_with(key: str) -> None:
    """Mark the last click on the plane `key` as handled. If a script run is cut off before, the next one handles it."""
    if click := _click(key):
        st.session_state[_answered(key)] = click["id"]
        st.session_state[_held(key)] = click.get("has")


def _click(key: str) -> dict[str, Any] | None:
    return st.session_state.get(key, {}).get("clicked")


def _answered(key: str) -> str:
    return f"{key}-answered"


def _held(key: str) -> str:
    return f"{key}-held"


def _view(key: str) -> View | None:
    """The view of the plane `key` for which the browser asks for points; None: the whole plane."""
    return st.session_state.get(key, {}).get("view")


def panel(name: str, key: str, **options: Any) -> None:
    """Show a panel of assets/plane/panels beside the plane `key`."""
    component(f"panels/{name}/index")(key=f"{key}-{name}", data={"channel": key, **options})


def explain_dimensions(latent_dim: int) -> None:
    """Explain the plane of a latent space with another number of dimensions than two."""
    if latent_dim == 1:
        st.caption("This model has one latent dimension: only z₁ matters, and the dots lie on a line.")
    elif latent_dim > 2:
        st.caption(f"This model has {latent_dim} latent dimensions: z₁ and z₂ are the plane's, all others 0.")


def _draws_in_view(payload: bytes, chart: Chart, n: int, key: str) -> tuple[str, bytes]:
    """The draws in the view of the plane `key`: their key and their bytes."""
    view, drawn = _view(key), stored_key(payload)
    name = "@".join([drawn, str(n), str(hash(chart)), str(view)])
    return name, points_payload(_drawn_points(drawn, chart, n, payload), view, name)


@st.cache_resource(max_entries=4, show_spinner="Drawing from the posteriors…")  # 12 MB each for a million
def _drawn_points(drawn: str, chart: Chart, n: int, _payload: bytes) -> PointSet:
    return draws_in_plane(stored_latent(_payload), chart, n)


def _payload(snapshot: Snapshot, split: Split, encoder: bool) -> bytes:
    if snapshot.moment == "live":
        try:
            return _live_payload(snapshot)
        except RunError:  # the epoch has ended meanwhile, and its own snapshot has taken over
            snapshot = snapshot.run.snapshot(snapshot.run.last_epoch())
    if split != "test":
        return _encoded_payload(snapshot, split, encoder)
    if in_half_precision(snapshot.settings):
        return _large_payload(snapshot, encoder)
    return _kept_payload(snapshot, encoder)


@st.cache_resource(max_entries=2, show_spinner=False, hash_funcs=BY_CONTENT)  # each one is soon replaced
def _live_payload(snapshot: Snapshot) -> bytes:
    return _made(snapshot)


@st.cache_resource(max_entries=64, show_spinner=False, hash_funcs=BY_CONTENT)  # all epochs of a time-lapse
def _kept_payload(snapshot: Snapshot, encoder: bool) -> bytes:
    return _made(snapshot, encoder=encoder)


@st.cache_resource(max_entries=2, show_spinner="Loading a large model…", hash_funcs=BY_CONTENT)  # up to 100 MB each
def _large_payload(snapshot: Snapshot, encoder: bool) -> bytes:
    return _made(snapshot, encoder=encoder)


@st.cache_resource(max_entries=8, show_spinner="Encoding the images…", hash_funcs=BY_CONTENT)
def _encoded_payload(snapshot: Snapshot, split: Split, encoder: bool) -> bytes:
    return _made(snapshot, split=split, encoder=encoder)


def _made(snapshot: Snapshot, **options: Any) -> bytes:
    return plane_payload(snapshot, weights_as=browser_type(snapshot.settings), **options)
