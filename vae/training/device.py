"""The device of a training, CPU or GPU, and the CPU's treatment of denormal numbers."""

from collections.abc import Iterator
from contextlib import contextmanager

import torch


def best_device() -> torch.device:
    """CUDA's first GPU, else Apple's, else the CPU."""
    if torch.cuda.is_available():
        return torch.device("cuda")
    if torch.backends.mps.is_available():
        return torch.device("mps")
    return torch.device("cpu")


@contextmanager
def without_denormals() -> Iterator[None]:
    """Flush numbers below 1e-38 to 0 on the CPU, in this thread and those that torch starts from it.

    Adam's moments of rarely lit pixels decay to such numbers, and a minibatch would take 1.3 times as long.
    """
    torch.set_flush_denormal(True)
    try:
        yield
    finally:
        torch.set_flush_denormal(False)
