"""The curves of trainings, drawn in place while they grow."""

from pages.ui.components import component
from vae.browser.curves import Mark, Panel, comparison_panels, marks, training_panels
from vae.browser.message import PALETTE
from vae.runs.history import History


def curves(history: History, steps_per_epoch: int, *, key: str) -> None:
    """Show a training's losses, KL per dimension, learning rate and speed, with the user's changes as marks.

    steps_per_epoch: minibatches in an epoch; needed until the first epoch is complete.
    """
    _draw(training_panels(history, steps_per_epoch), marks(history, steps_per_epoch), key)


def comparison(histories: dict[str, History], *, key: str) -> None:
    """Show validation losses and learning rates of several trainings, by name, over one another."""
    _draw(comparison_panels(histories), [], key)


def _draw(panels: list[Panel], happened: list[Mark], key: str) -> None:
    message = {
        "panels": [panel.as_message() for panel in panels],
        "marks": [mark.as_message() for mark in happened],
        "xTitle": "epoch",
        "palette": PALETTE,
    }
    component("curves/index")(key=key, data=message)
