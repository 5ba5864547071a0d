"""The position of a training and the arrays beside it: what `Aevb` gives out and takes back. Needs no torch."""

from typing import NamedTuple

import numpy as np

MOMENTS = ("exp_avg", "exp_avg_sq")  # of Adam, as torch names them

Arrays = dict[str, np.ndarray]


class Position(NamedTuple):
    """The point that a training has reached, and the settings that may have changed on the way.

    epoch: whole epochs done; step: minibatches done; seen: images of the present epoch; products: the way of
    multiplying matrices (`vae.training.products.Way`), since another way may round another way.
    """

    epoch: int
    step: int
    seen: int
    learning_rate: float
    beta: float
    products: str | None
