"""Matrix products of a training: in float32, or of matrices rounded before they are multiplied.

What a library does on a CPU is tried here, not looked up: even where the hardware lists bfloat16, oneDNN may ignore a
request to round (seen with torch 2.13 on AMD EPYC with avx512_bf16).
"""

import time
from collections.abc import Callable, Sequence
from functools import cache, partial
from typing import Literal

import torch
from torch import Tensor

from vae.training.threads import threads

Way = Literal["float32", "library", "bfloat16"]
Shape = tuple[int, int, int]  # images, units in, units out

ROUNDED: tuple[Way, ...] = ("library", "bfloat16")
GAIN = 1.2  # rounding must be this many times as fast as float32, or float32 is kept
TRIED_AT_MOST: Shape = (256, 1024, 1024)
TURNS = 9
# Relative error of a product of rounded matrices, of 8 binary digits (bfloat16) or 11 (TF32), summed in float32. Below
# these bounds it was not rounded, above them it is wrong.
LEAST_ERROR, MOST_ERROR = 1e-4, 1e-2


class Products:
    """The three products of a linear layer, in float32. h: (M, n_in), weight: (n_out, n_in), delta: (M, n_out)."""

    def __init__(self, device: torch.device) -> None:
        self.device = device

    def affine(self, h: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
        """h Wᵀ + b: (M, n_out)."""
        return torch.addmm(bias, h, weight.t())

    def to_weight(self, delta: Tensor, h: Tensor, out: Tensor) -> None:
        """δᵀ h into `out`: (n_out, n_in)."""
        torch.mm(delta.t(), h, out=out)

    def to_input(self, delta: Tensor, weight: Tensor) -> Tensor:
        """δ W: (M, n_in)."""
        return delta @ weight


class NarrowProducts(Products):
    """Products of narrow matrices, in float32 on one thread, so that sums do not depend on the number of threads."""

    def affine(self, h: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
        with threads(1):
            return super().affine(h, weight, bias)

    def to_weight(self, delta: Tensor, h: Tensor, out: Tensor) -> None:
        with threads(1):
            super().to_weight(delta, h, out)

    def to_input(self, delta: Tensor, weight: Tensor) -> Tensor:
        with threads(1):
            return super().to_input(delta, weight)


class LibraryProducts(Products):
    """Products that the library rounds on request: oneDNN to bfloat16, CUDA to TF32. Results are float32."""

    def __init__(self, device: torch.device) -> None:
        super().__init__(device)
        if device.type == "cuda":
            self._matmul, self._digits = torch.backends.cuda.matmul, "tf32"
        else:
            self._matmul = torch.backends.mkldnn.matmul  # pyright: ignore[reportAttributeAccessIssue]  (set at import)
            self._digits = "bf16"

    def __enter__(self) -> None:
        self._before = self._matmul.fp32_precision
        self._matmul.fp32_precision = self._digits

    def __exit__(self, *_: object) -> None:
        self._matmul.fp32_precision = self._before

    def affine(self, h: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
        with self:
            return super().affine(h, weight, bias)

    def to_weight(self, delta: Tensor, h: Tensor, out: Tensor) -> None:
        with self:
            super().to_weight(delta, h, out)

    def to_input(self, delta: Tensor, weight: Tensor) -> Tensor:
        with self:
            return super().to_input(delta, weight)


class Bfloat16Products(Products):
    """Products of bfloat16 matrices, summed in float32 and rounded to bfloat16 once more."""

    def affine(self, h: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
        return (h.bfloat16() @ weight.bfloat16().t()).float().add_(bias)

    def to_weight(self, delta: Tensor, h: Tensor, out: Tensor) -> None:
        out.copy_(delta.bfloat16().t() @ h.bfloat16())

    def to_input(self, delta: Tensor, weight: Tensor) -> Tensor:
        return (delta.bfloat16() @ weight.bfloat16()).float()


PRODUCTS: dict[Way, type[Products]] = {
    "float32": Products,
    "library": LibraryProducts,
    "bfloat16": Bfloat16Products,
}


def choose_way(precision: str, device: torch.device, shape: Shape) -> Way:
    """The way of multiplying matrices on this device for the setting `precision`.

    float32: no rounding. bfloat16: the fastest way that rounds. auto: that way if it is `GAIN` times as fast as
    float32, measured on a layer of this `shape`, at most `TRIED_AT_MOST`.
    """
    if precision == "float32":
        return "float32"
    rounding: list[Way] = [way for way in ROUNDED if rounds(way, device)]
    if not rounding:
        return "float32"  # this device cannot round
    m, n_in, n_out = map(min, shape, TRIED_AT_MOST)
    takes = seconds(("float32", *rounding), device, (m, n_in, n_out))
    best = min(rounding, key=takes.__getitem__)
    return "float32" if precision == "auto" and takes[best] * GAIN > takes["float32"] else best


@cache
def rounds(way: Way, device: torch.device) -> bool:
    """Whether this way gives right and rounded products on this device, found by a trial with known matrices."""
    generator = torch.Generator().manual_seed(0)
    a, b = (torch.randn(shape, generator=generator) for shape in ((64, 256), (128, 256)))
    exact = a.double() @ b.double().t()
    try:
        found = PRODUCTS[way](device).affine(a.to(device), b.to(device), torch.zeros(128, device=device)).cpu().double()
    except (RuntimeError, NotImplementedError):  # this device has no such product
        return False
    return LEAST_ERROR < ((found - exact).norm() / exact.norm()).item() < MOST_ERROR


def seconds(ways: Sequence[Way], device: torch.device, shape: Shape) -> dict[Way, float]:
    """Measure the seconds of one layer's three products in each way.

    The ways take turns, on one thread, and the shortest turn counts: other programs can only slow a turn down, and the
    same machine should choose the same way whatever else it does.
    """
    m, n_in, n_out = shape
    h, weight, delta = (torch.randn(shape, device=device) for shape in ((m, n_in), (n_out, n_in), (m, n_out)))
    bias, out = torch.zeros(n_out, device=device), torch.empty_like(weight)

    def work(products: Products) -> None:
        products.affine(h, weight, bias)
        products.to_weight(delta, h, out)
        products.to_input(delta, weight)
        if device.type == "cuda":
            torch.cuda.synchronize(device)

    with threads(1):
        made = {way: PRODUCTS[way](device) for way in ways}
        turns = [{way: _timed(partial(work, products)) for way, products in made.items()} for _ in range(1 + TURNS)]
    return {way: min(turn[way] for turn in turns[1:]) for way in ways}  # the first turn warms up the library


def _timed(work: Callable[[], None]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started
