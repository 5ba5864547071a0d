"""The position and the arrays of a training, which `Aevb` saves and loads. Importing this needs no torch."""

from typing import NamedTuple

import numpy as np

MOMENTS = ("exp_avg", "exp_avg_sq")  # torch's names of Adam's moments

Arrays = dict[str, np.ndarray]


class Position(NamedTuple):
    """The point that a training has reached, and the settings that may have changed on the way.

    epoch: complete epochs; step: minibatches; seen: images of the current epoch; products: the way of multiplying
    matrices (`vae.training.products.Way`), because another way may round differently.
    """

    epoch: int
    step: int
    seen: int
    learning_rate: float
    beta: float
    products: str | None
