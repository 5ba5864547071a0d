"""The number of threads that minibatches take, on machines that are made up; and that it changes no bit."""

import os
import subprocess
import sys

import pytest
import torch

from vae import data
from vae.config import make_settings
from vae.training.aevb import Aevb, threads_are_alike
from vae.training.threads import SOONEST, Threads, numbers, same_bits


class Machine:
    """Minibatches that take, with n threads, `seconds[n]`."""

    def __init__(self, most: int, seconds: dict[int, float]):
        self.now, self.seconds = 0.0, seconds
        self.threads = Threads(numbers(most), clock=lambda: self.now)

    def train(self, n: int) -> list[int]:
        """The numbers of threads of so many minibatches."""
        used = []
        for _ in range(n):
            with self.threads.timed():
                used.append(torch.get_num_threads())
                self.now += self.seconds[self.threads.number]
        return used


@pytest.fixture(autouse=True)
def as_before():
    before = torch.get_num_threads()
    yield
    torch.set_num_threads(before)


def test_numbers_halve_down_to_one():
    assert numbers(1) == [1]
    assert numbers(7) == [7, 3, 1]
    assert numbers(8) == [8, 4, 2, 1]


def test_an_idle_machine_keeps_all_and_loses_little_by_trials():
    machine = Machine(2, {2: 1.0, 1: 1.6})
    used = machine.train(5000)
    assert used[-1] == 2
    assert machine.now < 1.02 * 5000


def test_a_busy_core_is_left_within_a_hundred_minibatches_and_costs_little_later():
    machine = Machine(2, {2: 10.0, 1: 1.6})
    assert machine.train(100)[-1] == 1
    began = machine.now
    machine.train(5000)
    assert machine.now - began < 1.15 * 1.6 * 5000


def test_a_core_that_becomes_busy_and_free_again_is_noticed():
    machine = Machine(2, {2: 1.0, 1: 1.6})
    machine.train(3000)
    machine.seconds = {2: 10.0, 1: 1.6}
    assert machine.train(100)[-1] == 1
    machine.seconds = {2: 1.0, 1: 1.6}
    assert machine.train(1700)[-1] == 2


def test_of_many_threads_the_best_number_is_found():
    machine = Machine(8, {8: 3.0, 4: 2.0, 2: 1.0, 1: 1.5})
    assert machine.train(1000)[-1] == 2


def test_a_single_choice_is_kept_without_trials():
    before = torch.get_num_threads()
    machine = Machine(1, {1: 1.0})
    assert machine.train(3 * SOONEST) == [before] * 3 * SOONEST


@pytest.mark.parametrize(
    "values",
    [{"preset": "plane"}, {"hidden": "33-7", "batch_size": "37"}, {"preset": "best", "precision": "bfloat16"}],
)
def test_a_training_is_the_same_to_the_last_bit_with_any_number_of_threads(values):
    """Where `threads_are_alike` says so, which on this processor is everywhere."""
    images = data.load("train").tensors()[0][:5010]
    found = []
    for number in (1, 2):
        torch.set_num_threads(number)
        training = Aevb(make_settings({**values, "epochs": "1"}), images)
        if not threads_are_alike(training, 2):
            pytest.skip("this processor's library rounds by the number of threads")
        while training.epoch < 1:
            training.minibatch()
        found.append((training.parameters.flat.detach().clone(), training.epoch_means()))
    assert torch.equal(found[0][0], found[1][0])
    assert found[0][1] == found[1][1]


def test_looking_whether_threads_are_alike_changes_nothing():
    images = data.load("train").tensors()[0][:500]
    settings = make_settings({"hidden": "16", "dropout": "0.2"})
    one, other = Aevb(settings, images), Aevb(settings, images)
    threads_are_alike(other, 2)
    for _ in range(4):
        one.minibatch(), other.minibatch()
    assert torch.equal(one.parameters.flat, other.parameters.flat)


def test_a_gradient_that_depends_on_the_number_of_threads_is_found_out():
    flat = torch.zeros(3)

    def gradient(x, beta):
        return flat.fill_(torch.get_num_threads())

    assert not same_bits(gradient, flat, [torch.zeros(1)], 2)


@pytest.mark.parametrize(
    ("given", "spins"), [({}, "10000"), ({"GOMP_SPINCOUNT": "7"}, "7"), ({"OMP_WAIT_POLICY": "active"}, None)]
)
def test_threads_wait_briefly_unless_the_user_says_otherwise(given, spins):
    environment = {k: v for k, v in os.environ.items() if k not in ("GOMP_SPINCOUNT", "OMP_WAIT_POLICY")}
    script = "import os, sys, vae.cli as m\ntry: m.main(['list'])\nfinally: print(os.environ.get('GOMP_SPINCOUNT'))"
    done = subprocess.run([sys.executable, "-c", script], env=environment | given, capture_output=True, text=True)
    assert done.stdout.splitlines()[-1] == str(spins)
