"""Which step of the derivation is shown (`?step=2`), and the way to the next one."""

from collections.abc import Callable
from typing import NamedTuple

import streamlit as st

from pages.ui.frame import escape
from pages.ui.theory import algorithm, bound, choices, divergence, estimators, maps, reparameterisation
from vae.run import Run


class Step(NamedTuple):
    number: int
    title: str
    show: Callable[[Run], None]


STEPS = [
    Step(number, title, show)
    for number, (title, show) in enumerate(
        [
            ("Divergence", divergence.show),
            ("The bound", bound.show),
            ("Estimators", estimators.show),
            ("Reparameterisation", reparameterisation.show),
            ("The algorithm", algorithm.show),
            ("Choices", choices.show),
            ("What training finds", maps.show),
        ],
        1,
    )
]
WIDGET = "theory-step-choice"


def choose_step() -> Step:
    """The step chosen, or that of the URL."""
    wanted = st.session_state.get("theory-step") or st.query_params.get("step", "1")
    if wanted not in [str(step.number) for step in STEPS]:
        text = f"There is no step {wanted[:20]!r}. Accepted: 1 to {len(STEPS)}. The first is shown."
        st.warning(escape(text), icon=":material/warning:")
        wanted = "1"
    _keep(int(wanted))
    st.session_state[WIDGET] = int(wanted)
    st.pills(
        "Step",
        [step.number for step in STEPS],
        required=True,
        format_func=lambda number: f"{number} · {STEPS[number - 1].title}",
        key=WIDGET,
        on_change=lambda: _keep(st.session_state[WIDGET]),
        label_visibility="collapsed",
    )
    return STEPS[int(wanted) - 1]


def next_step(step: Step) -> None:
    if step.number < len(STEPS):
        following = STEPS[step.number]
        st.button(
            f"Next: {following.title}",
            key="theory-next",
            icon=":material/arrow_forward:",
            on_click=_keep,
            args=(following.number,),
        )


def _keep(number: int) -> None:
    st.session_state["theory-step"] = st.query_params["step"] = str(number)
