import pytest
import torch
from torch.optim.lr_scheduler import OneCycleLR

from vae import data
from vae.analysis.metrics import evaluate_elbo
from vae.config import make_settings
from vae.errors import TrainingError
from vae.training.aevb import Aevb, layer_changes, minibatches
from vae.training.schedule import RISE, rates


@pytest.fixture
def images() -> torch.Tensor:
    return data.load("validation").tensors()[0][:500]


def weights(training: Aevb) -> torch.Tensor:
    return torch.nn.utils.parameters_to_vector(training.model.parameters()).detach()


def test_training_improves_the_elbo_and_counts_right(images):
    training = Aevb(make_settings({"hidden": "64", "epochs": 4, "batch_size": 50}), images)
    before = evaluate_elbo(training.model, images)
    first = None
    events = []
    for event in minibatches(training):
        events.append(event)
        if training.epoch == 1 and training.between_epochs:
            first = training.epoch_means()
    assert [event.step for event in events] == list(range(1, 41))
    assert [event.epoch for event in events] == [epoch for epoch in (1, 2, 3, 4) for _ in range(10)]
    assert first.elbo < training.epoch_means().elbo
    assert evaluate_elbo(training.model, images).elbo > before.elbo + 50


def test_a_last_minibatch_may_be_smaller(images):
    training = Aevb(make_settings({"hidden": "8", "epochs": 1, "batch_size": 300}), images)
    assert [event.n_images for event in minibatches(training)] == [300, 200]


def test_kl_per_dimension_sums_to_the_kl(images):
    means = evaluate_elbo(Aevb(make_settings({"hidden": "8", "latent_dim": 5}), images).model, images, 2)
    assert len(means.kl_per_dimension) == 5
    assert sum(means.kl_per_dimension) == pytest.approx(means.kl)


def test_one_step_is_that_of_a_loop_written_plainly(images):
    """An independent oracle: the same model and draws, torch's own Adam, KL and cross-entropy by hand."""
    settings = make_settings({"hidden": "16", "epochs": 1, "batch_size": 50, "schedule": "constant", "beta": 3.0})
    training, other = Aevb(settings, images), Aevb(settings, images)
    model, generator = other.model, other.generator
    optimiser = torch.optim.Adam(model.parameters(), lr=settings.learning_rate)
    order = torch.randperm(500, generator=generator)
    for k in range(3):
        training.minibatch()
        x = images[order[50 * k : 50 * (k + 1)]].float() / 255
        mu, logvar = model.encode(x)
        z = mu + (logvar / 2).exp() * torch.randn(1, *mu.shape, generator=generator)[0]
        y = torch.sigmoid(model.decode(z))
        reconstruction = (x * y.log() + (1 - x) * (1 - y).log()).sum(1)
        kl = 0.5 * (mu**2 + logvar.exp() - 1 - logvar).sum(1)
        optimiser.zero_grad()
        (3.0 * kl - reconstruction).mean().backward()
        optimiser.step()
    torch.testing.assert_close(weights(training), weights(other), rtol=1e-4, atol=1e-6)
    means, n_images = training.take_recent()
    assert n_images == 150
    assert means == training.epoch_means()
    assert training.take_recent()[1] == 0


def test_the_gradient_norm_and_the_changes_are_those_of_the_last_step(images):
    training = Aevb(make_settings({"hidden": "8", "epochs": 1}), images)
    before = {name: tensor.clone() for name, tensor in training.model.state_dict().items()}
    training.minibatch()
    gradients = torch.cat([parameter.grad.flatten() for parameter in training.model.parameters()])
    assert training.gradient_norm() == pytest.approx(gradients.norm().item(), rel=1e-5)
    layer = layer_changes(training.model, before)["decoder.x_logits"]
    now = training.model.decoder.x_logits.weight
    change = (now.detach() - before["decoder.x_logits.weight"]).norm() / before["decoder.x_logits.weight"].norm()
    assert layer.gradient_norm == pytest.approx(now.grad.norm().item())
    assert layer.relative_change == pytest.approx(change.item())


@pytest.mark.parametrize("steps", [0, 3, 5, 7])
def test_what_is_taken_out_and_put_back_goes_on_to_the_last_bit(images, steps):
    settings = make_settings({"hidden": "8", "epochs": 2, "batch_size": 100, "n_samples": 2})
    whole, half, rest = (Aevb(settings, images) for _ in range(3))
    for _ in range(steps):
        half.minibatch()
    half.beta, half.learning_rate = 2.0, 1e-3
    rest.load(half.position(), {name: array.copy() for name, array in half.arrays().items()})
    for training in (half, rest):
        for _ in minibatches(training):
            pass
    assert (weights(half) == weights(rest)).all()
    assert half.epoch_means() == rest.epoch_means()
    assert half.take_recent() == rest.take_recent()
    for _ in minibatches(whole):
        pass
    assert (weights(half) != weights(whole)).any()


def test_a_position_that_cannot_be_is_refused(images):
    training = Aevb(make_settings({"hidden": "8", "epochs": 2, "batch_size": 100}), images)
    arrays = training.arrays()
    for wrong in ({"step": 3}, {"seen": 500, "step": 5}, {"epoch": 1, "step": 4}):
        with pytest.raises(ValueError, match="is not one of epoch"):
            training.load(training.position()._replace(**wrong), arrays)


def test_a_loss_that_is_not_finite_changes_nothing_and_says_at_which_step(images):
    training = Aevb(make_settings({"hidden": "8", "epochs": 2, "batch_size": 100}), images)
    training.minibatch()
    before = weights(training)
    training.beta = float("inf")
    with pytest.raises(TrainingError, match=r"diverged at step 2 \(epoch 1\).*learning rate below 0.004"):
        training.minibatch()
    assert (weights(training) == before).all()


def test_weights_that_are_not_finite_cannot_be_taken_out(images):
    training = Aevb(make_settings({"hidden": "8"}), images)
    with torch.no_grad():
        training.model.encoder.mu.bias[0] = float("nan")
    with pytest.raises(TrainingError, match="a weight is not a number within"):
        training.arrays()


@pytest.mark.parametrize("n_steps", [40, 107, 4300])
def test_the_one_cycle_is_that_of_torch(n_steps):
    parameter = torch.nn.Parameter(torch.zeros(1))
    optimiser = torch.optim.Adam([parameter])
    oracle = OneCycleLR(optimiser, max_lr=2e-3, total_steps=n_steps, pct_start=RISE)
    for step in range(n_steps):
        now, group = rates("one-cycle", 2e-3, step, n_steps), optimiser.param_groups[0]
        assert now.learning_rate == pytest.approx(group["lr"], rel=1e-12)
        assert now.beta_1 == pytest.approx(group["betas"][0], rel=1e-12)
        optimiser.step()
        if step + 1 < n_steps:
            oracle.step()


@pytest.mark.parametrize("n_steps", [1, 2, 3, 20])
def test_the_shortest_cycles_stay_within_their_bounds(n_steps):
    for step in range(n_steps):
        assert 0 < rates("one-cycle", 1.0, step, n_steps).learning_rate <= 1.0


def test_a_continued_training_has_a_cycle_of_its_own(images):
    settings = make_settings({"hidden": "8", "epochs": 6, "batch_size": 20})
    training = Aevb(settings, images, segment=(2, 6))
    training.epoch, training.step = 2, 50
    seen = []
    for _ in minibatches(training):
        seen.append(training.effective_learning_rate)
    assert seen[0] == pytest.approx(4e-3 / 25)
    assert max(seen) == pytest.approx(4e-3, rel=0.01)
    assert seen[-1] < 1e-6
