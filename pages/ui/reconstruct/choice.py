"""What is chosen on the Reconstruct page. The URL holds it; a session brings it back from other pages.

class         which digit the eight images are of: 0 … 9, or any
which         how they are chosen among these; with `index`, from `from` on
image         the one of the eight that is looked at closely; alone, it is the first of the eight
seed          of the random eight;  z-seed, prior-seed: of the draws of z
with          the run beside this one
"""

from collections.abc import Callable
from typing import Any, NamedTuple, get_args

import streamlit as st

from pages.ui.frame import escape
from vae.analysis.reconstruction import SEED_LIMIT, Which
from vae.browser.payload import N_CLASSES
from vae.data import N_TEST
from vae.errors import quoted

AGAIN = "Draws with the next seed. The same seed always draws the same."
STATE = "reconstruct"
ANY = "any"
WHICH: dict[Which, str] = {
    "first": "First",
    "random": "Random",
    "easiest": "Easiest",
    "hardest": "Hardest",
    "index": "Index",
}
ROW = ("class", "which", "from")  # what, beside the seed, says which eight images there are


class Parameter(NamedTuple):
    """One thing that is chosen. parse: gives its value for a text, None for one that is not accepted."""

    default: Any
    accepted: str
    parse: Callable[[str], Any]


def _one_of(names: tuple[str, ...]) -> Callable[[str], str | None]:
    return lambda text: text if text in names else None


def _whole_number(limit: int) -> Callable[[str], int | None]:
    def parse(text: str) -> int | None:
        is_number = text.isascii() and text.isdigit() and len(text) <= len(str(limit))
        return int(text) if is_number and int(text) <= limit else None

    return parse


CLASSES = (ANY, *map(str, range(N_CLASSES)))
_INDICES = f"whole numbers from 0 to {N_TEST - 1}"
_SEED = Parameter(0, f"whole numbers from 0 to {SEED_LIMIT}", _whole_number(SEED_LIMIT))
PARAMETERS: dict[str, Parameter] = {
    "class": Parameter(ANY, ", ".join(CLASSES), _one_of(CLASSES)),
    "which": Parameter("first", ", ".join(get_args(Which)), _one_of(get_args(Which))),
    "from": Parameter(0, _INDICES, _whole_number(N_TEST - 1)),
    "image": Parameter(None, _INDICES, _whole_number(N_TEST - 1)),
    "seed": _SEED,
    "z-seed": _SEED,
    "prior-seed": _SEED,
    "with": Parameter("", "", lambda text: text),
}


def read_choice() -> None:
    """Take over what the URL says; a bad value is explained in the page. For whole script runs alone, as `read_pin`."""
    given = {name: st.query_params[name] for name in PARAMETERS if name in st.query_params}
    for name, text in given.items():
        value = PARAMETERS[name].parse(text)
        if value is None:
            message = f"{name} = {quoted(text)} cannot be shown. Accepted: {PARAMETERS[name].accepted}."
            st.warning(escape(message), icon=":material/warning:")
        _state()[name] = value if value is not None else PARAMETERS[name].default
    if given.keys() & {"image"} and not given.keys() & set(ROW) and chosen("image") is not None:
        _state().update({"class": ANY, "which": "index", "from": chosen("image")})
    _write()


def chosen(name: str) -> Any:
    return _state().get(name, PARAMETERS[name].default)


def choose(name: str, value: Any) -> None:
    """Remember a choice, and in the URL."""
    _state()[name] = value
    if name in (*ROW, "seed"):
        _state().pop("image", None)  # it was one of eight others
    _write()


def widget(name: str, value: Any = None) -> dict[str, Any]:
    """Key, and what happens at a change, of the widget that chooses `name`; it shows what is chosen, or `value`."""
    key = f"{STATE}-{name}"
    st.session_state[key] = chosen(name) if value is None else value
    return {"key": key, "on_change": lambda: choose(name, st.session_state[key])}


def redraw(name: str) -> None:
    """A button that goes on to the next seed, and the seed itself."""
    following = chosen(name) + 1 if chosen(name) < SEED_LIMIT else 0
    with st.container(horizontal=True, vertical_alignment="bottom", gap="xsmall", width="content"):
        st.button(
            "Draw again",
            icon=":material/casino:",
            key=f"{name}-again",
            help=AGAIN,
            on_click=choose,
            args=(name, following),
        )
        look = {"icon": ":material/tag:", "width": 130, "label_visibility": "collapsed"}
        st.number_input("Seed", 0, SEED_LIMIT, step=1, **look, **widget(name))


def _state() -> dict[str, Any]:
    return st.session_state.setdefault(STATE, {})


def _write() -> None:
    for name, parameter in PARAMETERS.items():
        if chosen(name) == parameter.default:
            st.query_params.pop(name, None)
        else:
            st.query_params[name] = str(chosen(name))
    if chosen("image") is not None:  # else it would be the first of eight when the address is opened again
        st.query_params["which"] = chosen("which")
