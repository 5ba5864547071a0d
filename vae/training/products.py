"""Matrix products of a training: in float32, or of matrices that are rounded before they are multiplied.

What a library does on a processor is tried here, not looked up: where the hardware lists bfloat16, oneDNN may still
multiply float32 as it is when it is asked to round (seen with torch 2.13 on AMD EPYC with avx512_bf16).
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
GAIN = 1.2  # times as fast, at least: else the digits are kept
TRIED_AT_MOST: Shape = (256, 1024, 1024)
TURNS = 9
# Relative error of a product of rounded matrices: 8 binary digits (bfloat16), or 11 (TF32), and what is added up in
# float32. Less is not rounded, more is wrong.
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
    """Products of narrow matrices, in float32 on one thread: their sums then do not depend on the number of threads."""

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
    """Products that the library is asked to round: oneDNN to bfloat16, CUDA to TF32. What comes out is float32."""

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
    """Products of matrices of bfloat16, added up in float32 and rounded once more as they come out."""

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
    """How to multiply matrices with the setting `precision`, on this device.

    float32: never rounded. bfloat16: the fastest way that rounds. auto: that one if it is `GAIN` times as fast as
    float32, which is measured on a layer of that `shape` (or the largest that is tried).
    """
    if precision == "float32":
        return "float32"
    rounding: list[Way] = [way for way in ROUNDED if rounds(way, device)]
    if not rounding:
        return "float32"  # a device whose library has no such product
    m, n_in, n_out = map(min, shape, TRIED_AT_MOST)
    takes = seconds(("float32", *rounding), device, (m, n_in, n_out))
    best = min(rounding, key=takes.__getitem__)
    return "float32" if precision == "auto" and takes[best] * GAIN > takes["float32"] else best


@cache
def rounds(way: Way, device: torch.device) -> bool:
    """Whether products in that way come out right and rounded, and not in float32: by trying known matrices."""
    generator = torch.Generator().manual_seed(0)
    a, b = (torch.randn(shape, generator=generator) for shape in ((64, 256), (128, 256)))
    exact = a.double() @ b.double().t()
    try:
        found = PRODUCTS[way](device).affine(a.to(device), b.to(device), torch.zeros(128, device=device)).cpu().double()
    except (RuntimeError, NotImplementedError):  # this device has no such product
        return False
    return LEAST_ERROR < ((found - exact).norm() / exact.norm()).item() < MOST_ERROR


def seconds(ways: Sequence[Way], device: torch.device, shape: Shape) -> dict[Way, float]:
    """Time of one layer's three products in each way.

    Taken in turn, on one thread, and the least of some turns: other programs can only slow a turn, and the same machine
    should answer the same whatever else it does.
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
    return {way: min(turn[way] for turn in turns[1:]) for way in ways}  # the first prepares the library


def _timed(work: Callable[[], None]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started
