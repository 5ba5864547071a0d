"""The gradient written out against autograd's, and what it needs: parameters in one tensor, one device."""

import pytest
import torch

from vae import data
from vae.config import Settings, make_settings
from vae.model.vae import VAE
from vae.training.aevb import Aevb, minibatches
from vae.training.device import best_device
from vae.training.gradient import Autograd, Gradient, WrittenOut, make_gradient
from vae.training.parameters import Parameters
from vae.training.products import ROUNDED, Way, rounds

CPU = torch.device("cpu")

SHAPES = [
    {"hidden": "16"},
    {"hidden": "24-16-8", "activation": "tanh", "latent_dim": 3},
    {"hidden": "", "latent_dim": 1},
    {"hidden": "12-12", "n_samples": 5},
    {"hidden": "20", "decoder_hidden": "16-12-20", "fourier": "1.5", "n_samples": 2},
    {"hidden": "14", "dropout": "0.3"},
]


@pytest.fixture
def x() -> torch.Tensor:
    return data.load("validation").tensors()[0][:60].float().div_(255)


def prepared(settings: Settings, kind: type, *way: Way) -> tuple[Parameters, Gradient]:
    torch.manual_seed(1)
    model = VAE(settings)
    parameters, generator = Parameters(model), torch.Generator().manual_seed(2)
    return parameters, kind(settings, model, parameters, generator, *way)


@pytest.mark.parametrize("values", SHAPES)
@pytest.mark.parametrize("beta", [0.0, 1.0, 4.0])
def test_the_gradient_written_out_is_autograds(x, values, beta):
    settings = make_settings(values)
    (ours, written), (theirs, autograd) = prepared(settings, WrittenOut), prepared(settings, Autograd)
    for _ in range(2):  # the second time over what the first has left behind
        torch.testing.assert_close(written(x, beta), autograd(x, beta), rtol=1e-5, atol=1e-3)
        for name, gradient in theirs.gradients.items():
            torch.testing.assert_close(ours.gradients[name], gradient, rtol=1e-4, atol=1e-5, msg=name)
    assert ours.flat.grad.norm() > 1


def test_in_float64_it_is_the_difference_quotient(x):
    """An oracle without any chain rule."""
    settings = make_settings({"hidden": "6-5", "n_samples": 2})
    torch.manual_seed(1)
    model = VAE(settings).double()
    parameters = Parameters(model)
    few = x[:4].double()

    def loss() -> float:
        generator = torch.Generator().manual_seed(2)
        reconstruction, kl = Autograd(settings, model, parameters, generator)(few, 1.0).tolist()
        return (kl - reconstruction) / len(few)

    written = WrittenOut(settings, model, parameters, torch.Generator().manual_seed(2))
    written(few, 1.0)
    gradient = parameters.flat.grad.clone()
    for i in torch.randperm(len(gradient), generator=torch.Generator().manual_seed(0))[:200].tolist():
        sides = []
        for step in (1e-6, -1e-6):
            parameters.flat.data[i] += step
            sides.append(loss())
            parameters.flat.data[i] -= step
        assert gradient[i].item() == pytest.approx((sides[0] - sides[1]) / 2e-6, abs=2e-5, rel=1e-4)


@pytest.mark.parametrize("way", [way for way in ROUNDED if rounds(way, CPU)])
def test_rounded_it_is_the_same_up_to_rounding(x, way):
    settings = make_settings({"hidden": "128-64"})
    (exact, written), (rounded, rounding) = prepared(settings, WrittenOut), prepared(settings, WrittenOut, way)
    sums, others = written(x, 1.0), rounding(x, 1.0)
    assert (sums - others).abs().max() / len(x) < 0.5
    assert (sums != others).any()
    off = (rounded.flat.grad - exact.flat.grad).norm() / exact.flat.grad.norm()
    assert 1e-4 < off < 0.02
    torch.testing.assert_close(others, rounding(x, 1.0), rtol=0.01, atol=1)  # with other noise


def test_narrow_matrices_are_not_rounded(x):
    """Among them those beside z, of which every digit counts."""
    settings = make_settings({"hidden": "48"})
    (exact, written), (rounded, rounding) = prepared(settings, WrittenOut), prepared(settings, WrittenOut, "bfloat16")
    assert (written(x, 1.0) == rounding(x, 1.0)).all()
    assert (exact.flat.grad == rounded.flat.grad).all()


@pytest.mark.parametrize("way", ROUNDED)
def test_what_is_computed_outside_of_the_gradient_is_not_rounded(x, way):
    settings = make_settings({"hidden": "128"})
    parameters, rounding = prepared(settings, WrittenOut, way)
    weights = parameters.values["encoder.hidden.0.weight"]
    before = x @ weights.t()
    rounding(x, 1.0)
    assert (x @ weights.t() == before).all()
    torch.testing.assert_close(before.double(), x.double() @ weights.t().double(), rtol=0, atol=1e-5)


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        ({}, WrittenOut),
        ({"beta": "4", "n_samples": "3", "activation": "tanh"}, WrittenOut),
        ({"likelihood": "gaussian"}, Autograd),
        ({"objective": "iwae"}, Autograd),
        ({"objective": "autoencoder"}, Autograd),
        ({"posterior_scale": "linear"}, Autograd),
    ],
)
def test_it_is_written_out_where_it_applies(values, kind):
    settings = make_settings({"hidden": "8", **values})
    model = VAE(settings)
    assert type(make_gradient(settings, model, Parameters(model), torch.Generator())) is kind


@pytest.mark.parametrize("precision", ["auto", "float32", "bfloat16"])
def test_matrices_are_multiplied_as_the_setting_and_this_machine_say(precision, monkeypatch):
    asked = []
    monkeypatch.setattr("vae.training.gradient.choose_way", lambda *given: asked.append(given) or "bfloat16")
    settings = make_settings({"precision": precision})
    model = VAE(settings)
    assert make_gradient(settings, model, Parameters(model), torch.Generator()).way == "bfloat16"
    assert asked == [(precision, CPU, (128, 784, 256))] or asked == [(precision, CPU, (128, 256, 784))]
    assert make_gradient(settings, model, Parameters(model), torch.Generator(), "float32").way == "float32"
    assert len(asked) == 1


def test_parameters_are_views_of_one_tensor_and_stay_so():
    model = VAE(make_settings({"hidden": "8"}))
    before = {name: tensor.clone() for name, tensor in model.state_dict().items()}
    parameters = Parameters(model)
    assert all((tensor == before[name]).all() for name, tensor in model.state_dict().items())
    model.load_state_dict({name: tensor + 1 for name, tensor in before.items()})
    with torch.no_grad():
        parameters.flat.mul_(2)
    assert all((tensor == 2 * (before[name] + 1)).all() for name, tensor in model.state_dict().items())
    assert (parameters.join(parameters.values) == parameters.flat).all()


@pytest.mark.parametrize("values", [{"hidden": "96"}, {"hidden": "96", "likelihood": "beta"}])
def test_a_gpu_is_never_waited_for_between_two_looks(values):
    """On torch's device without memory: it refuses to mix with tensors of the processor and to give a value away."""
    images = data.load("validation").tensors()[0][:500]
    training = Aevb(make_settings({"batch_size": 10, **values}), images, device="meta")
    training.adam.step = lambda rates: None  # it has no Adam
    for _ in range(49):
        training.minibatch()
    assert training.step == 49
    with pytest.raises(NotImplementedError):  # the fiftieth looks
        training.minibatch()


def test_on_the_best_device_it_trains_as_on_the_processor(x):
    """The same order and noise on every device; where there is no GPU, the two are one."""
    images = data.load("validation").tensors()[0][:500]
    settings = make_settings({"hidden": "32", "epochs": 3, "batch_size": 50, "precision": "float32"})
    here, there = Aevb(settings, images), Aevb(settings, images, device=best_device())
    for training in (here, there):
        for _ in minibatches(training):
            pass
    assert there.epoch_means().elbo == pytest.approx(here.epoch_means().elbo, abs=0.5)
    torch.testing.assert_close(
        there.parameters.flat.detach().cpu(), here.parameters.flat.detach(), rtol=0.05, atol=0.05
    )
