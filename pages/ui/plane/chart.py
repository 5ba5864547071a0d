"""The choice of a plane in latent spaces of more than two dimensions (`?plane=1,4`, `?plane=pc`, `?at=3:0.5`)."""

import streamlit as st

from pages.ui.caches import BY_CONTENT
from pages.ui.frame import escape
from vae.analysis.latent import (
    Chart,
    coordinate_chart,
    coordinate_name,
    format_offsets,
    parse_offsets,
    parse_plane,
    principal_chart,
)
from vae.errors import PlaceError
from vae.runs.run import Run
from vae.runs.snapshot import Snapshot

Choice = tuple[tuple[int, int] | None, dict[int, float]]  # two coordinates, None: principal components; others' values

COORDINATES, COMPONENTS = "Coordinates", "Principal components"
OFFSET_LIMIT = 3.0  # of the sliders; 0.3 % of the prior's mass lie beyond it in each coordinate
HELD_NAMED = 8
COLUMNS = 4
SLIDERS_HEIGHT = 260  # px of the rows that are in sight at once
FIRST: Choice = ((1, 2), {})


def choose_chart(snapshot: Snapshot) -> Chart:
    """Show the choice and return the chart. With one or two latent dimensions there is nothing to choose."""
    run, latent_dim = snapshot.run, snapshot.settings.latent_dim
    if latent_dim <= 2:
        for name in ("plane", "at"):
            st.query_params.pop(name, None)
        if latent_dim == 1:
            st.caption("This model has one latent dimension: only z₁ matters, and the dots lie on a line.")
        return coordinate_chart(latent_dim)
    plane, at = _chosen(run)
    _keep(run, (plane, at))
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        key = _widget(run, "kind", COMPONENTS if plane is None else COORDINATES)
        st.segmented_control(
            "Plane through the latent space",
            [COORDINATES, COMPONENTS],
            required=True,
            key=key,
            on_change=_choose_kind,
            args=(run, key),
            label_visibility="collapsed",
        )
        if plane:
            _coordinates(run, plane)
    if plane is None:
        st.caption(
            f"Through the mean of the means of q(z|x), along their first two principal components in the {latent_dim} "
            "latent dimensions."
        )
        return _principal_chart(snapshot)
    _others(run, plane, at)
    first, second = plane
    return coordinate_chart(latent_dim, first - 1, second - 1, {j - 1: value for j, value in at.items()})


def _coordinates(run: Run, plane: tuple[int, int]) -> None:
    keys = [_widget(run, name, j) for name, j in zip(("horizontal", "vertical"), plane, strict=True)]
    for title, key in zip(("Horizontal coordinate", "Vertical coordinate"), keys, strict=True):
        st.selectbox(
            title,
            range(1, run.settings.latent_dim + 1),
            format_func=_name,
            key=key,
            on_change=_choose_plane,
            args=(run, *keys),
            label_visibility="collapsed",
            width=90,
        )


def _others(run: Run, plane: tuple[int, int], at: dict[int, float]) -> None:
    """Show sliders for the coordinates that do not span the plane."""
    others = [j for j in range(1, run.settings.latent_dim + 1) if j not in plane]
    title = f"The other {len(others)} of {len(others) + 2} latent dimensions"
    sheet = st.expander(title, key="plane-others", on_change="rerun")
    if sheet.open:  # there may be hundreds
        with sheet:
            _sliders(run, others, at)
            reset = (run, (plane, {}))
            st.button("All to 0", key="plane-reset", on_click=_keep, args=reset, icon=":material/restart_alt:")
    if held := [f"{_name(j)} = {at[j]:g}".replace("-", "−") for j in others if at.get(j)]:
        more = ", …" if len(held) > HELD_NAMED else ""
        st.caption(f"Held at {', '.join(held[:HELD_NAMED])}{more}; the rest at 0.")


def _sliders(run: Run, others: list[int], at: dict[int, float]) -> None:
    columns = []
    with st.container(height=SLIDERS_HEIGHT if len(others) > 2 * COLUMNS else "content", border=False):
        for i, j in enumerate(others):
            if i % COLUMNS == 0:
                columns = st.columns(COLUMNS)
            key = _widget(run, f"at-{j}", at.get(j, 0.0))
            columns[i % COLUMNS].slider(
                _name(j), -OFFSET_LIMIT, OFFSET_LIMIT, step=0.1, key=key, on_change=_hold, args=(run, j, key)
            )


def _chosen(run: Run) -> Choice:
    """The choice of this session for the run, or else that in the URL; a bad one is explained."""
    if (kept := st.session_state.get(_key(run))) is not None:
        return kept
    latent_dim = run.settings.latent_dim
    try:
        plane = parse_plane(st.query_params.get("plane", "1,2"), latent_dim)
        at = parse_offsets(st.query_params.get("at", ""), latent_dim, OFFSET_LIMIT)
    except PlaceError as error:
        st.warning(escape(f"{error} The plane of z₁ and z₂ is shown."), icon=":material/warning:")
        return FIRST
    return plane, {j: value for j, value in at.items() if plane and j not in plane}


def _keep(run: Run, choice: Choice) -> None:
    """Keep the run's choice in the session and in the URL."""
    st.session_state[_key(run)] = choice
    plane, at = choice
    texts = {"plane": "pc" if plane is None else ",".join(map(str, plane)), "at": format_offsets(at)}
    for name, text in texts.items():
        if text and text != "1,2":
            st.query_params[name] = text
        else:
            st.query_params.pop(name, None)


def _choose_kind(run: Run, key: str) -> None:
    _keep(run, (None, {}) if st.session_state[key] == COMPONENTS else FIRST)


def _choose_plane(run: Run, first_key: str, second_key: str) -> None:
    plane, at = _chosen(run)
    first, second = st.session_state[first_key], st.session_state[second_key]
    if first == second:  # whichever was chosen anew, the other one makes room
        free = next(j for j in range(1, run.settings.latent_dim + 1) if j != first)
        first, second = (first, free) if not plane or first != plane[0] else (free, second)
    _keep(run, ((first, second), {j: value for j, value in at.items() if j not in (first, second)}))


def _hold(run: Run, j: int, key: str) -> None:
    plane, at = _chosen(run)
    _keep(run, (plane, {**at, j: st.session_state[key]}))


def _widget(run: Run, name: str, value: object) -> str:
    """Set a widget's value and return its key."""
    key = f"plane-{name}-of-{run.id}"
    st.session_state[key] = value
    return key


def _name(j: int) -> str:
    return coordinate_name(j - 1)


def _key(run: Run) -> str:
    return f"plane-of-{run.id}"


@st.cache_resource(max_entries=8, show_spinner=False, hash_funcs=BY_CONTENT)
def _principal_chart(snapshot: Snapshot) -> Chart:
    return principal_chart(snapshot.latent().mu)
