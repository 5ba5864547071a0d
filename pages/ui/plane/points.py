"""The choice of the plane's points: images of a split, or draws of their posteriors (`?images=train`, `draws`)."""

from typing import NamedTuple

import streamlit as st

from pages.ui.choice import Choice, one_of
from vae.data import Split
from vae.runs.snapshot import Snapshot


class Points(NamedTuple):
    """The images of a split, each at its posterior mean, or, if `n_draws` is not 0, draws of their posteriors."""

    title: str
    split: Split
    n_draws: int = 0


TEST = Points("Test 10,000", "test")
POINTS = {
    "test": TEST,
    "validation": Points("Validation 5,000", "validation"),
    "train": Points("Training 55,000", "train"),
    "draws": Points("Draws 1,000,000", "train", n_draws=1_000_000),
}
IMAGES = Choice("images", "test", one_of(tuple(POINTS)), ", ".join(POINTS), instead="The test images are shown.")


def choose_points(snapshot: Snapshot) -> Points:
    """Show the choice and return it; the test images if the snapshot cannot encode others."""
    st.segmented_control(
        "Images",
        list(POINTS),
        required=True,
        format_func=lambda name: POINTS[name].title,
        label_visibility="collapsed",
        **IMAGES.widget(),
    )
    if IMAGES.value == "test" or snapshot.has_encoder():
        return POINTS[IMAGES.value]
    others = ", ".join(map(str, snapshot.run.whole_epochs())) or "none is left"
    st.caption(
        f"The snapshot of epoch {snapshot.moment} holds the decoder and the means of the test images alone: these are "
        f"shown. Epochs that can encode others: {others}."
    )
    return TEST


def explain_points(points: Points) -> None:
    """Explain the dots."""
    where = (
        "Every dot is a draw **z = μ + σε** of the posterior q(z|x) of a training image, 18 or 19 of each: together "
        "they are the aggregated posterior q(z)."
        if points.n_draws
        else "Every dot is an image, at the mean **μ** of its posterior q(z|x)."
    )
    st.markdown(
        f"{where} The colour is its digit. Point at a dot for its picture and its posterior; circle some with the "
        "lasso to see them all."
    )
