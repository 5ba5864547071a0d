"""The choice of the way of matrix products, on this processor and with the answers of others."""

import subprocess
import sys

import pytest
import torch

from vae.training import products
from vae.training.products import PRODUCTS, ROUNDED, choose_way, rounds, seconds

CPU = torch.device("cpu")
SHAPE = (100, 784, 256)


def pretend(monkeypatch: pytest.MonkeyPatch, rounding: set[str], microseconds: dict[str, float]) -> None:
    """Let the trials answer as on another machine."""
    monkeypatch.setattr(products, "rounds", lambda way, _device: way in rounding)
    monkeypatch.setattr(products, "seconds", lambda ways, *_: {way: microseconds[way] for way in ways})


@pytest.mark.parametrize(
    ("machine", "rounding", "microseconds", "auto", "bfloat16"),
    [
        ("AMX", {"library", "bfloat16"}, {"float32": 200, "library": 60, "bfloat16": 80}, "library", "library"),
        ("asked in vain", {"bfloat16"}, {"float32": 213, "library": 108, "bfloat16": 59}, "bfloat16", "bfloat16"),
        ("emulated", {"bfloat16"}, {"float32": 200, "library": 200, "bfloat16": 2000}, "float32", "bfloat16"),
        ("hardly faster", {"library", "bfloat16"}, {"float32": 200, "library": 190, "bfloat16": 210}, "float32", "library"),  # noqa: E501
        ("never rounds", set(), {"float32": 200, "library": 200, "bfloat16": 200}, "float32", "float32"),
    ],
)  # fmt: skip
def test_the_way_is_the_fastest_that_does_what_the_setting_says(
    monkeypatch, machine, rounding, microseconds, auto, bfloat16
):
    pretend(monkeypatch, rounding, microseconds)
    assert choose_way("auto", CPU, SHAPE) == auto, machine
    assert choose_way("bfloat16", CPU, SHAPE) == bfloat16, machine
    assert choose_way("float32", CPU, SHAPE) == "float32", machine


def test_float32_is_not_taken_for_rounded():
    assert not rounds("float32", CPU)


def test_matrices_of_bfloat16_are_rounded_on_every_processor():
    assert rounds("bfloat16", CPU)


def test_a_library_that_leaves_the_numbers_as_they_are_is_found_out(monkeypatch):
    """As oneDNN does on processors of another maker."""
    monkeypatch.setattr(products.LibraryProducts, "__enter__", lambda self: None)
    monkeypatch.setattr(products.LibraryProducts, "__exit__", lambda self, *_: None)
    assert not rounds.__wrapped__("library", CPU)


def test_a_library_that_is_wrong_is_found_out(monkeypatch):
    monkeypatch.setattr(products.Bfloat16Products, "affine", lambda self, h, weight, bias: h @ weight.t() * 1.1)
    assert not rounds.__wrapped__("bfloat16", CPU)


@pytest.mark.parametrize("way", PRODUCTS)
def test_the_three_products_are_those_of_a_linear_layer(way):
    torch.manual_seed(0)
    h, weight, delta, bias = torch.randn(30, 80), torch.randn(70, 80), torch.randn(30, 70), torch.randn(70)
    made, out = PRODUCTS[way](CPU), torch.empty(70, 80)
    made.to_weight(delta, h, out)
    expected = h @ weight.t() + bias, delta.t() @ h, delta @ weight
    for found, exact in zip((made.affine(h, weight, bias), out, made.to_input(delta, weight)), expected, strict=True):
        assert found.dtype == torch.float32
        assert ((found - exact).norm() / exact.norm()).item() < (1e-6 if way == "float32" else 1e-2)


def test_what_a_layer_takes_is_measured_in_every_way():
    before = torch.get_num_threads()
    found = seconds(("float32", *ROUNDED), CPU, (8, 64, 64))
    assert set(found) == {"float32", *ROUNDED}
    assert all(0 < value < 1 for value in found.values())
    assert torch.get_num_threads() == before


@pytest.mark.alone
def test_the_same_way_is_chosen_whatever_else_the_machine_does():
    """So that a seed gives the same training, on a busy machine too."""
    idle = {choose_way("auto", CPU, SHAPE) for _ in range(3)}
    busy = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(3)]
    try:
        beside = {choose_way("auto", CPU, SHAPE) for _ in range(10)}
    finally:
        for process in busy:
            process.kill()
            process.wait()
    assert beside == idle
