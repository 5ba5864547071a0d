"""Choice of the number of threads of a training: the quickest at present, measured while it runs.

A minibatch is hundreds of short operations, and torch's threads wait for each other after each. If another program
uses one of the cores, all wait for the thread that shares it: two threads can be several times as slow as one.
"""

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager

import torch
from torch import Tensor

TRIAL = 20  # minibatches of a trial of another number of threads
SOONEST, LATEST = 50, 1600  # minibatches between two trials
HOPELESS = 1.5  # a trial this many times as slow as before ends at once
BETTER = 0.95  # a trial that takes less than this part of the time before wins
SUDDENLY = 1.5  # a slow-down by this factor brings a trial on


@contextmanager
def threads(number: int) -> Iterator[None]:
    """Make torch use this number of threads within the block."""
    before = torch.get_num_threads()
    torch.set_num_threads(number)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def same_bits(gradient: Callable[[Tensor, float], Tensor], flat: Tensor, batches: Iterable[Tensor], most: int) -> bool:
    """Whether a gradient is the same, bit for bit, with every number of threads that may be tried, up to `most`.

    A library's order of summation depends on shapes and threads, not on values, so one trial per shape suffices.

    gradient: returns its sums and stores the gradient in `flat`; it must draw the same noise each time.
    """
    for x in batches:
        found = []
        for number in numbers(most):
            with threads(number):
                found.append(torch.cat([gradient(x, 1.0), flat]).clone())
        if not all(torch.equal(found[0], other) for other in found[1:]):
            return False
    return True


def numbers(most: int) -> list[int]:
    """The numbers of threads to try: `most`, halved again and again, down to 1."""
    return [most, *numbers(most // 2)] if most > 1 else [1]


class Threads:
    """Chooses among numbers of threads by the time that minibatches take.

    choices: numbers of threads in descending order; with a single one nothing is tried. From time to time, the next
    smaller or larger number is tried for a few minibatches, and the quicker one stays. Trials that change nothing
    become rarer. A sudden slow-down brings one on.
    """

    def __init__(self, choices: Sequence[int], clock: Callable[[], float] = time.perf_counter) -> None:
        self._choices, self._clock = choices, clock
        self._at, self._up = 0, False
        self._interval = SOONEST
        self._before = 0.0  # mean time when the trial began
        self._settle(None)

    @property
    def number(self) -> int:
        """Number of threads for the next minibatch."""
        return self._choices[self._at if self._trial is None else self._trial]

    @contextmanager
    def timed(self) -> Iterator[None]:
        """Run one minibatch with the chosen number of threads, and record its time."""
        if len(self._choices) == 1:
            yield
            return
        with threads(self.number):
            started = self._clock()
            yield
            self.record(self._clock() - started)

    def record(self, seconds: float) -> None:
        """Record the last minibatch's time with `number` threads, and start or end a trial if it is due."""
        self._times.append(seconds)
        if self._trial is None:
            del self._times[:-TRIAL]
            self._n += 1
            if len(self._times) == TRIAL:
                self._usual = min(self._usual or self._mean(), self._mean())
            slower = self._usual is not None and self._n >= TRIAL and self._mean() > SUDDENLY * self._usual
            if slower or self._n >= self._interval:
                self._try_another()
        elif sum(self._times) > HOPELESS * TRIAL * self._before:
            self._settle(self._before)
        elif len(self._times) == TRIAL:
            self._judge(self._trial)

    def _mean(self) -> float:
        return sum(self._times) / len(self._times)

    def _try_another(self) -> None:
        self._before, self._up = self._mean(), not self._up
        step = -1 if (self._up and self._at > 0) or self._at == len(self._choices) - 1 else 1
        self._trial, self._times = self._at + step, []

    def _judge(self, trial: int) -> None:
        if self._mean() < BETTER * self._before:
            self._at, self._interval = trial, SOONEST
            self._settle(None)
        else:
            self._settle(self._before)

    def _settle(self, before: float | None) -> None:
        """End a trial. before: mean time before the trial if the old number stays, else None."""
        if before is not None:
            self._interval = min(2 * self._interval, LATEST)
        self._usual: float | None = before
        self._trial: int | None = None  # index of the number on trial
        self._times: list[float] = []
        self._n = 0
