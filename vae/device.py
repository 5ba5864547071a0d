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


class RoundedProducts:
    """While entered, matrices of float32 are rounded as they are multiplied; sums and what comes out stay float32.

    The processor's oneDNN rounds them to bfloat16, CUDA to TF32: 8 and 11 binary digits.
    """

    def __init__(self, device: torch.device):
        backends = torch.backends
        self._matmul, self._rounded = (
            (backends.cuda.matmul, "tf32") if device.type == "cuda" else (backends.mkldnn.matmul, "bf16")
        )

    def __enter__(self) -> None:
        self._before = self._matmul.fp32_precision
        self._matmul.fp32_precision = self._rounded

    def __exit__(self, *_: object) -> None:
        self._matmul.fp32_precision = self._before


def multiplies_bfloat16(device: torch.device) -> bool:
    """Whether its hardware multiplies matrices of bfloat16: elsewhere that is emulated, and slower than float32."""
    if device.type == "cuda":
        return torch.cuda.is_bf16_supported(including_emulation=False)
    if device.type == "cpu":
        processor = torch.cpu.get_capabilities()
        return bool(processor.get("avx512_bf16") or processor.get("amx_bf16"))
    return False
