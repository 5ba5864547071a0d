"""Where a training computes: the processor, or a GPU where there is one."""

from collections.abc import Iterator
from contextlib import contextmanager

import torch


def best_device() -> torch.device:
    """CUDA's first GPU, else Apple's, else the processor."""
    if torch.cuda.is_available():
        return torch.device("cuda")
    if torch.backends.mps.is_available():
        return torch.device("mps")
    return torch.device("cpu")


@contextmanager
def without_denormals() -> Iterator[None]:
    """Let the processor take numbers below 1e-38 for 0, in this thread and those that torch starts from it.

    Adam's momenta of pixels that are hardly ever lit fade to such numbers, and a minibatch takes 1.3 times as long.
    """
    torch.set_flush_denormal(True)
    try:
        yield
    finally:
        torch.set_flush_denormal(False)
