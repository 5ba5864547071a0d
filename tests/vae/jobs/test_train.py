"""The record of a training, for every objective and likelihood."""

from typing import get_args

import pytest
import torch

from tests.vae.jobs.trainings import equal_weights, finish
from vae.browser.payload import plane_payload
from vae.config import Settings, make_settings
from vae.jobs.train import train
from vae.model.elbo import Objective
from vae.runs import catalogue
from vae.runs.history import EpochRecord
from vae.runs.state import read_state
from vae.runs.thinning import epochs_to_drop, spread


def test_the_same_seed_gives_the_same_weights_to_the_last_bit(small_mnist, small_settings):
    first, again, other = (
        finish(catalogue.create_run(small_settings.model_copy(update={"seed": seed}))) for seed in (0, 0, 1)
    )
    assert equal_weights(first, again, 2)
    assert not equal_weights(first, other, 2)


def test_the_record_of_a_run_is_complete(small_run):
    assert small_run.status.state == "finished"
    assert small_run.status.fraction == 1
    assert small_run.epochs() == [0, 1, 2]
    history = small_run.history()
    for record in history.epochs:
        for means in (record.train, record.validation):
            assert means.elbo == pytest.approx(means.reconstruction - means.kl)
        assert len(record.validation.kl_per_dimension) == 2
    assert 0.1 < history.knn_accuracy <= 1
    assert len((small_run.path / "log.txt").read_text().splitlines()) == 2
    progress, _ = read_state(small_run)
    assert (progress.epoch, progress.step) == (2, 20)
    assert progress.metrics_size == small_run.metrics_size()


def test_steps_are_recorded_with_the_means_since_the_record_before(small_mnist):
    run = finish(catalogue.create_run(make_settings({"hidden": "8", "epochs": 2, "batch_size": 100, "log_every": 5})))
    steps, (first, _) = run.history().steps, run.history().epochs
    assert [(record.epoch, record.step) for record in steps] == [(1, 5), (1, 10), (2, 15), (2, 20)]
    assert (steps[0].train.elbo + steps[1].train.elbo) / 2 == pytest.approx(first.train.elbo)
    assert all(record.gradient_norm > 0 and record.images_per_second > 0 for record in steps)


def test_stored_means_are_those_of_the_stored_model(small_run):
    from vae import data

    model, latent = small_run.snapshot(2).model(), small_run.snapshot(2).latent()
    with torch.no_grad():
        mu, logvar = model.encode(data.load("test").tensors()[0].float() / 255)
    torch.testing.assert_close(torch.from_numpy(latent.mu), mu)
    torch.testing.assert_close(torch.from_numpy(latent.logvar), logvar)


def test_the_first_epoch_is_live(small_mnist):
    run = catalogue.create_run(make_settings({"hidden": "8", "epochs": 2, "batch_size": 100, "live_every": 4}))
    seen, times = [], set()
    for event in train(run):
        if not isinstance(event, EpochRecord):
            seen.append(run.newest())
            times.add(run.snapshot(seen[-1]).written)
    assert seen[:4] == [0, 0, 0, 0]
    assert seen[4:10] == ["live"] * 6
    assert seen[10:] == [1] * 10
    assert len(times) == 4  # before training, after steps 4 and 8, after epoch 1
    assert run.newest() == 2
    assert not list(run.path.glob("*/live*"))


def test_epochs_are_thinned_on_a_log_scale():
    kept: list[int] = []
    for epoch in range(301):
        kept.append(epoch)
        kept = sorted(set(kept) - set(epochs_to_drop(kept, 50, {17})))
        assert kept == list(range(epoch + 1)) or len(kept) == 50
        assert kept[-2:] == [epoch - 1, epoch] or epoch == 0
    assert {0, 1, 17} < set(kept)
    ratios = [kept[i + 1] / kept[i] for i in range(20, 47)]
    assert max(ratios) < 1.25


def test_a_spread_keeps_the_ends():
    assert spread([0, 1, 5], 4) == [0, 1, 5]
    assert spread(list(range(50)), 5) == [0, 12, 24, 37, 49]


def test_thinned_snapshots_are_gone_and_the_best_and_the_newest_are_there(small_mnist):
    run = catalogue.create_run(make_settings({"hidden": "8", "epochs": 12, "batch_size": 500, "snapshots": 5}))
    for event in train(run):
        if isinstance(event, EpochRecord):
            assert run.epochs()[-1] == event.epoch
            assert run.history().best.epoch in run.epochs()
            assert len(run.epochs()) <= 5
    assert run.epochs()[:2] == [0, 1]


def test_early_stopping_waits_for_the_patience_and_keeps_the_best(small_mnist):
    run = finish(
        catalogue.create_run(
            make_settings({"hidden": "8", "epochs": 60, "batch_size": 50, "patience": 2, "learning_rate": 0.3})
        )
    )
    history = run.history()
    assert run.status.state == "finished"
    assert run.status.epoch == history.best.epoch + 2 < 60
    assert f"since epoch {history.best.epoch}" in run.status.message
    assert history.best.epoch in run.epochs()


@pytest.mark.parametrize("likelihood", get_args(Settings.model_fields["likelihood"].annotation))
def test_every_likelihood_can_be_trained(small_mnist, likelihood):
    run = catalogue.create_run(
        make_settings({"hidden": "16", "epochs": 2, "batch_size": 100, "likelihood": likelihood})
    )
    assert finish(run).status.state == "finished"
    first, second = run.history().epochs
    assert second.validation.elbo > first.validation.elbo
    assert run.snapshot(2).model().likelihood.support
    assert plane_payload(run.snapshot(2), encoder=True)


@pytest.mark.parametrize("objective", get_args(Objective))
@pytest.mark.parametrize("posterior_scale", ["log-variance", "linear"])
def test_every_objective_can_be_trained(small_mnist, objective, posterior_scale):
    values = {"hidden": "16", "epochs": 2, "batch_size": 100, "objective": objective, "n_samples": 3}
    run = catalogue.create_run(make_settings({**values, "posterior_scale": posterior_scale}))
    assert finish(run).status.state == "finished"
    first, second = run.history().epochs
    assert second.train.reconstruction > first.train.reconstruction
    assert run.history().knn_accuracy is not None


def test_kl_warm_up_raises_beta_from_nothing(small_mnist):
    values = {"hidden": "16", "epochs": 4, "batch_size": 100, "beta": 2.0, "warm_up": 2, "log_every": 5}
    run = catalogue.create_run(make_settings(values))
    finish(run)
    assert [record.beta for record in run.history().steps] == [0.5, 1.0, 1.5, 2.0, 2.0, 2.0, 2.0, 2.0]
    assert [record.beta for record in run.history().epochs] == [1.0, 2.0, 2.0, 2.0]


def test_a_training_does_not_count_in_denormal_numbers(small_mnist, small_settings):
    """They take a processor many times as long, and Adam's momenta fade to them."""
    least = torch.full((8,), 1e-30)
    training = train(catalogue.create_run(small_settings))
    next(training)
    assert (least * 1e-10 == 0).all()
    training.close()
    assert (least * 1e-10 > 0).all()  # whatever else this process does


def test_a_long_training_writes_no_more_step_records_than_can_be_read(runs_folder, small_mnist, monkeypatch):
    monkeypatch.setattr("vae.jobs.recorder.STEP_RECORDS", 7)
    settings = make_settings({"hidden": "4", "epochs": 2, "batch_size": 50, "log_every": 1, "snapshots": 4})
    run = catalogue.create_run(settings)
    for _ in train(run):
        pass
    steps = [record.step for record in run.history().steps]
    assert steps == [6, 12, 18, 24, 30, 36]  # of 40
