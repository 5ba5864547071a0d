"""The choices of the Reconstruct page.

class         which digit the eight images are of: 0 … 9, or any
which         how they are chosen among these; with `index`, from `from` on
image         the one of the eight that is looked at closely; alone, it is the first of the eight
seed          of the random eight;  z-seed, prior-seed: of the draws of z
with          the run beside this one
"""

from collections.abc import Callable
from typing import Any, get_args

import streamlit as st

from pages.ui.choice import Choice, one_of, whole_number
from vae.analysis.reconstruction import SEED_LIMIT, Which
from vae.browser.payload import N_CLASSES
from vae.data import N_TEST

AGAIN = "Draws with the next seed. The same seed always draws the same."
ANY = "any"
WHICH: dict[Which, str] = {
    "first": "First",
    "random": "Random",
    "easiest": "Easiest",
    "hardest": "Hardest",
    "index": "Index",
}
ROW = ("class", "which", "from")  # what, beside the seed, says which eight images there are


CLASSES = (ANY, *map(str, range(N_CLASSES)))


def _choices() -> dict[str, Choice[Any]]:
    seed = whole_number(0, SEED_LIMIT), f"whole numbers from 0 to {SEED_LIMIT}"
    index = whole_number(0, N_TEST - 1), f"whole numbers from 0 to {N_TEST - 1}"
    declared: dict[str, tuple[Any, Callable[[str], Any], str]] = {
        "class": (ANY, one_of(CLASSES), ", ".join(CLASSES)),
        "which": ("first", one_of(get_args(Which)), ", ".join(get_args(Which))),
        "from": (0, *index),
        "image": (None, *index),
        "seed": (0, *seed),
        "z-seed": (0, *seed),
        "prior-seed": (0, *seed),
        "with": ("", str, ""),
    }
    return {name: Choice(name, *rest, key=f"reconstruct-{name}") for name, rest in declared.items()}


CHOICES = _choices()


def read_choice() -> None:
    """Take over the value in the URL; explain a bad one in the page. For whole script runs alone."""
    given = set(st.query_params) & set(CHOICES)
    for choice in CHOICES.values():
        choice.read()
    if "image" in given and not given & set(ROW) and chosen("image") is not None:
        for name, value in (("class", ANY), ("which", "index"), ("from", chosen("image"))):
            CHOICES[name].keep(value)
    _name_the_row()


def chosen(name: str) -> Any:
    return CHOICES[name].value


def choose(name: str, value: Any) -> None:
    """Keep a value in the session and in the URL."""
    CHOICES[name].keep(value)
    if name in (*ROW, "seed"):
        CHOICES["image"].keep(None)  # it was one of eight others
    _name_the_row()


def widget(name: str, value: Any = None) -> dict[str, Any]:
    """Key and `on_change` of the widget that chooses `name`; it shows what is chosen, or `value`."""
    options = CHOICES[name].widget(value)
    return options | {"on_change": lambda: choose(name, st.session_state[options["key"]])}


def _name_the_row() -> None:
    if chosen("image") is not None:  # else it would be the first of eight when the address is opened again
        st.query_params["which"] = chosen("which")


def redraw(name: str) -> None:
    """Show a button for the next seed, and the seed."""
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
