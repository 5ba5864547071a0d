"""Which step of the derivation is shown (`?step=2`), and the way to the next one."""

from importlib import import_module
from typing import NamedTuple

import streamlit as st

from pages.ui.frame import escape
from vae.errors import quoted
from vae.runs.run import Run


class Step(NamedTuple):
    number: int
    title: str
    module: str

    def show(self, run: Run) -> None:
        """Its module is loaded only now: most of them need PyTorch, the first one does not."""
        import_module(f"pages.ui.theory.{self.module}").show(run)


STEPS = [
    Step(1, "Divergence", "divergence"),
    Step(2, "The bound", "bound"),
    Step(3, "Estimators", "estimators"),
    Step(4, "Reparameterisation", "reparameterisation"),
    Step(5, "The algorithm", "algorithm"),
    Step(6, "Choices", "choices"),
    Step(7, "What training finds", "maps"),
]
WIDGET = "theory-step-choice"


def choose_step() -> Step:
    """The step chosen, or that of the URL."""
    wanted = st.session_state.get("theory-step") or st.query_params.get("step", "1")
    if wanted not in [str(step.number) for step in STEPS]:
        text = f"There is no step {quoted(wanted)}. Accepted: 1 to {len(STEPS)}. The first is shown."
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
