"""Layers of other people's networks, found by shape, order and name: also where a file has kept no order."""

import numpy as np
import pytest
import torch
from safetensors import torch as safetensors
from torch import nn

from tests.vae.runs.test_foreign import Example, saved
from vae.runs.recognition import Network, recognise
from vae.runs.tensors import read_tensors


def state(*layers: tuple[str, int, int]) -> dict[str, torch.Tensor]:
    return {f"{name}.weight": torch.ones(n_out, n_in) for name, n_in, n_out in layers}


def names(network: Network) -> list[str]:
    used = (*network.encoder, network.mu, network.scale, *network.decoder, network.output)
    return [layer.name for layer in used]


SQUARE = [("fc1", 784, 20), ("fc21", 20, 20), ("fc22", 20, 20), ("fc3", 20, 20), ("fc4", 20, 784)]
FLAT = [("fc1", 784, 40), ("fc2", 40, 40), ("fc_mean", 40, 9), ("fc_var", 40, 9)]
FLAT += [("d1", 9, 40), ("d2", 40, 40), ("d3", 40, 784)]
PARTS = [("encoder.input", 784, 40), ("encoder.input2", 40, 40), ("encoder.mean", 40, 9), ("encoder.var", 40, 9)]
PARTS += [("decoder.hidden", 9, 40), ("decoder.hidden2", 40, 40), ("decoder.output", 40, 784)]
WIDE = [("encoder.0", 784, 784), ("encoder.1", 784, 2), ("encoder.2", 784, 2), ("back.0", 2, 784), ("back.1", 784, 784)]
LINEAR = [("mu", 784, 2), ("logvar", 784, 2), ("d", 2, 784)]


@pytest.mark.parametrize("kept", [lambda s: saved(s).getvalue(), safetensors.save], ids=["torch", "safetensors"])
@pytest.mark.parametrize("layers", [SQUARE, FLAT, PARTS, WIDE, LINEAR])
def test_layers_of_one_shape_are_told_apart_in_either_format(kept, layers):
    assert names(recognise(read_tensors(kept(state(*layers))))) == [name for name, _, _ in layers]


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("fc_logvar.0", "fc_mu.0"),
        ("heads.log_sigma.linear", "heads.mean.linear"),
        ("scale", "loc"),
        ("sigma", "fc21"),
        ("head", "head_mu"),
        ("q_ln_var", "q_mu"),
    ],
)
def test_names_say_which_head_is_which_wherever_in_them_they_say_it(first, second):
    tensors = state(("e", 784, 40), (first, 40, 2), (second, 40, 2), ("d", 2, 40), ("o", 40, 784))
    network = recognise({name: array.numpy() for name, array in tensors.items()})
    assert (network.mu.name, network.scale.name) == (second, first)
    assert (network.scale_head == "sigma") == (first == "sigma")
    assert (network.scale_head == "log-sigma") == ("log_sigma" in first)


@pytest.mark.parametrize("prefix", ["variational", "sigma_vae", "block"])
def test_what_both_heads_are_called_says_nothing(prefix):
    tensors = state(
        *((f"{prefix}.{name}", *shape) for name, *shape in [("fc1", 784, 40), ("fc21", 40, 2), ("fc22", 40, 2)]),
        *[("d", 2, 40), ("o", 40, 784)],
    )
    network = recognise({name: array.numpy() for name, array in tensors.items()})
    assert (network.mu.name, network.scale.name) == (f"{prefix}.fc21", f"{prefix}.fc22")
    assert network.scale_head == "log-variance"


def test_the_order_of_a_file_that_has_one_counts_before_names():
    layers = [("e0", 784, 784), ("e1.mu", 784, 2), ("e1.lv", 784, 2), ("d0", 2, 784), ("d1", 784, 784)]
    assert names(recognise(read_tensors(saved(state(*layers)).getvalue()))) == [name for name, _, _ in layers]


def test_a_single_head_is_halved_and_its_name_counts():
    layers = {name: array.numpy() for name, array in state(("d", 2, 40), ("o", 40, 784), ("e", 784, 40)).items()}
    head = np.arange(160.0).reshape(4, 40)
    network = recognise({**layers, "mean_std.weight": head})
    assert (network.mu.weight == head[:2]).all()
    assert (network.scale.weight == head[2:]).all()
    assert network.scale_head == "sigma"


def test_a_stack_in_safetensors_which_sorts_names_is_put_in_order():
    torch.manual_seed(5)
    model = nn.Sequential()
    for i, shape in enumerate([(784, 16)] + 10 * [(16, 16)] + [(16, 4)]):
        model.add_module(f"encoder{i}", nn.Linear(*shape))
    for i, shape in enumerate([(2, 16), (16, 784)]):
        model.add_module(f"later{i}", nn.Linear(*shape))
    network = recognise(read_tensors(safetensors.save(model.state_dict())))
    assert [layer.name for layer in network.encoder] == [f"encoder{i}" for i in range(11)]


def test_layers_of_one_width_are_the_encoders_mirror_image():
    names = ("fc1", "a", "b", "c", "d")
    state = Example(names, width=20, latent_dim=20).state_dict()
    network = recognise(read_tensors(saved(state).getvalue()))
    assert [len(network.encoder), len(network.decoder)] == [1, 1]
    assert (network.mu.name, network.scale.name) == ("a", "b")


@pytest.mark.parametrize(
    ("name", "head"),
    [("fc22", "log-variance"), ("fc_var", "log-variance"), ("logvar", "log-variance"), ("log_sigma", "log-sigma"),
     ("logstd", "log-sigma"), ("sigma", "sigma"), ("W_sgm", "sigma"), ("log_sigma2", "log-variance")],
)  # fmt: skip
def test_the_second_heads_name_says_what_it_gives(name, head):
    tensors = read_tensors(saved(Example(("a", "b", name, "c", "d")).state_dict()).getvalue())
    assert recognise(tensors).scale_head == head
