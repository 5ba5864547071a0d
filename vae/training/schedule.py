"""Schedules of Adam's learning rate and β₁: pure functions of the step."""

import math
from typing import Literal, NamedTuple

BETA_1, BETA_2 = 0.9, 0.999  # of Adam
RISE = 0.05  # part of the one-cycle in which the learning rate rises; torch's default is 0.3
START, END = 1 / 25, 1 / (25 * 1e4)  # learning rates, relative to the peak
LOW_BETA_1, HIGH_BETA_1 = 0.85, 0.95


class Rates(NamedTuple):
    learning_rate: float
    beta_1: float


def rates(schedule: Literal["constant", "one-cycle"], peak: float, step: int, n_steps: int) -> Rates:
    """Rates for minibatch `step` (from 0) of `n_steps`; `peak`: the setting "learning rate".

    The one-cycle is that of Smith & Topin, "Super-Convergence" (2019), with cosines as in PyTorch's OneCycleLR: the
    learning rate rises from peak/25 to the peak and falls to peak/250000, while β₁ does the opposite.
    """
    if schedule == "constant":
        return Rates(peak, BETA_1)
    top = max(RISE * n_steps - 1, 0.0)  # the step of the peak
    bottom = n_steps - 1
    if step <= top:
        share = step / top if top else 1.0
        return Rates(_cosine(START * peak, peak, share), _cosine(HIGH_BETA_1, LOW_BETA_1, share))
    share = (step - top) / (bottom - top)
    return Rates(_cosine(peak, END * peak, share), _cosine(LOW_BETA_1, HIGH_BETA_1, share))


def _cosine(start: float, end: float, share: float) -> float:
    """Interpolate from `start` to `end` along half a cosine, at `share` (0 to 1) of the way."""
    return end + (start - end) / 2 * (1 + math.cos(math.pi * share))
