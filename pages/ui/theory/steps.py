"""The choice of a step of the derivation (`?step=2`)."""

from importlib import import_module
from typing import NamedTuple

import streamlit as st

from pages.ui.choice import Choice, whole_number
from vae.runs.run import Run


class Step(NamedTuple):
    number: int
    title: str
    module: str

    def show(self, run: Run) -> None:
        """Show the step. Its module is imported only now, since most of them need PyTorch."""
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
STEP = Choice(
    "step", 1, whole_number(1, len(STEPS)), f"1 to {len(STEPS)}", instead="The first is shown.", key="theory-step"
)


def choose_step() -> Step:
    """Show the choice and return the step."""
    STEP.read()
    st.pills(
        "Step",
        [step.number for step in STEPS],
        required=True,
        format_func=lambda number: f"{number} · {STEPS[number - 1].title}",
        label_visibility="collapsed",
        **STEP.widget(),
    )
    return STEPS[STEP.value - 1]


def next_step(step: Step) -> None:
    if step.number < len(STEPS):
        following = STEPS[step.number]
        st.button(
            f"Next: {following.title}",
            key="theory-next",
            icon=":material/arrow_forward:",
            on_click=STEP.keep,
            args=(following.number,),
        )
