import json
import math
import resource
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from filelock import FileLock

from tests.conftest import wait_for
from vae import runs
from vae.config import make_settings
from vae.errors import RunError, TrainingError
from vae.model import VAE
from vae.objective import ElboTerms
from vae.train import EpochEnd, Means, evaluate_elbo, fit, kept_epochs, train

ROOT = Path(__file__).parent.parent.parent


@pytest.fixture
def images() -> torch.Tensor:
    from vae import data

    return data.load("validation").tensors()[0][:500]


def test_training_improves_the_elbo_and_its_bookkeeping_is_right(images):
    settings = make_settings({"hidden": "64", "epochs": 4, "batch_size": 50})
    torch.manual_seed(0)
    model = VAE(settings)
    before = evaluate_elbo(model, images)
    events = list(fit(model, settings, images, images))
    epochs = [event for event in events if isinstance(event, EpochEnd)]
    assert [event.epoch for event in epochs] == [1, 2, 3, 4]
    assert [event.step for event in events if not isinstance(event, EpochEnd)] == list(range(1, 41))
    assert epochs[0].train.elbo < epochs[-1].train.elbo
    assert epochs[-1].validation.elbo > before.elbo + 100
    assert epochs[-1].validation == evaluate_elbo(model, images)


def test_a_last_minibatch_may_be_smaller(images):
    settings = make_settings({"hidden": "8", "epochs": 1, "batch_size": 300})
    sizes = [
        event.n_images for event in fit(VAE(settings), settings, images, images) if not isinstance(event, EpochEnd)
    ]
    assert sizes == [300, 200]


def test_one_cycle_rises_and_falls_and_constant_stays(images):
    rates = {}
    for schedule in ("constant", "one-cycle"):
        settings = make_settings({"hidden": "8", "epochs": 10, "batch_size": 100, "schedule": schedule})
        events = fit(VAE(settings), settings, images, images)
        rates[schedule] = [event.learning_rate for event in events if isinstance(event, EpochEnd)]
    assert set(rates["constant"]) == {2e-3}
    peak = max(rates["one-cycle"])
    assert peak == pytest.approx(2e-3, rel=0.05)
    assert rates["one-cycle"][-1] < 1e-5 < rates["one-cycle"][0] < peak


def test_the_same_seed_gives_the_same_weights_to_the_last_bit(small_mnist, small_settings):
    def weights(seed: int) -> dict:
        run = runs.create_run(small_settings.model_copy(update={"seed": seed}))
        list(train(run))
        return run.weights(2)

    first, again, other = weights(0), weights(0), weights(1)
    assert all((first[name] == again[name]).all() for name in first)
    assert any((first[name] != other[name]).any() for name in first)


def test_the_record_of_a_run_is_complete(small_run):
    assert small_run.status.state == "finished"
    assert small_run.status.fraction == 1
    assert small_run.epochs() == [0, 1, 2]
    for record in small_run.metrics():
        for split in ("train", "validation"):
            terms = record[split]
            assert terms["elbo"] == pytest.approx(terms["reconstruction"] - terms["kl"])
    assert len((small_run.path / "log.txt").read_text().splitlines()) == 2


def test_stored_means_are_those_of_the_stored_model(small_run):
    from vae import data

    model, latent = small_run.model(2), small_run.latent(2)
    with torch.no_grad():
        mu, logvar = model.encode(data.load("test").tensors()[0].float() / 255)
    torch.testing.assert_close(torch.from_numpy(latent.mu), mu)
    torch.testing.assert_close(torch.from_numpy(latent.logvar), logvar)


@pytest.mark.parametrize(
    ("epochs", "snapshots", "kept"),
    [(3, 50, [0, 1, 2, 3]), (60, 10, [0, 1, 2, 3, 5, 8, 13, 22, 36, 60]), (100, 2, [0, 1, 100])],
)
def test_kept_epochs_are_spaced_on_a_log_scale(epochs, snapshots, kept):
    assert sorted(kept_epochs(make_settings({"epochs": epochs, "snapshots": snapshots}))) == kept


def test_thinned_snapshots_are_gone_and_the_newest_is_always_there(small_mnist):
    run = runs.create_run(make_settings({"hidden": "8", "epochs": 8, "batch_size": 500, "snapshots": 4}))
    newest = [run.epochs()[-1] for event in train(run) if isinstance(event, EpochEnd)]
    assert newest == list(range(1, 9))
    assert run.epochs() == [0, 1, 3, 8]


def test_a_stop_request_ends_the_training_with_all_whole_epochs(small_mnist):
    run = runs.create_run(make_settings({"hidden": "8", "epochs": 50, "batch_size": 100}))
    for event in train(run):
        if event.epoch == 3:
            run.request_stop()
    assert run.status.state == "stopped"
    assert "end of epoch 3 is saved" in run.status.message
    assert run.epochs() == [0, 1, 2, 3]


def test_an_interruption_gives_its_reason(small_mnist, small_settings):
    run = runs.create_run(small_settings)
    list(train(run, lambda: "Interrupted by a test"))
    assert run.status.state == "interrupted"
    assert "Interrupted by a test at step 1" in run.status.message


def test_an_abandoned_training_is_interrupted(small_mnist, small_settings):
    run = runs.create_run(small_settings)
    events = train(run)
    next(events)
    events.close()
    assert run.status.state == "interrupted"


def test_only_one_training_at_a_time(small_mnist, small_settings):
    run = runs.create_run(small_settings)
    with FileLock(run.path.parent / ".training.lock"), pytest.raises(RunError, match="Another training is running"):
        list(train(run))
    assert run.status.state == "failed"


def test_an_elbo_that_is_not_finite_ends_the_training(small_mnist, monkeypatch):
    run = runs.create_run(make_settings({"hidden": "8", "epochs": 3, "batch_size": 500, "learning_rate": 1.0}))
    monkeypatch.setattr(
        "vae.train.estimator_b", lambda x, x_logits, mu, logvar: ElboTerms(-mu[:, 0] * math.inf, mu[:, 0])
    )
    with pytest.raises(TrainingError, match=r"epoch 1 .*Try a learning rate below 1"):
        list(train(run))
    assert run.status.state == "failed"
    assert run.epochs() == [0]
    run.weights(0)


def test_a_validation_elbo_that_is_not_finite_ends_the_training_too(images, monkeypatch):
    settings = make_settings({"hidden": "8", "epochs": 2, "batch_size": 500})
    monkeypatch.setattr("vae.train.evaluate_elbo", lambda *_: Means(float("-inf"), 1.0))
    with pytest.raises(TrainingError, match="stopped being a finite number in epoch 1"):
        list(fit(VAE(settings), settings, images, images))


def test_a_lock_that_cannot_be_had_is_explained(small_mnist, small_settings):
    run = runs.create_run(small_settings)
    (run.path.parent / ".training.lock").mkdir()
    with pytest.raises(RunError, match=r"Cannot write .*\.training\.lock"):
        list(train(run))
    assert run.status.state == "failed"


def command(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "vae", *arguments]


def test_a_full_disk_fails_this_run_alone_with_a_message(runs_folder, bundled):
    """A file-size limit of the operating system stands in for the full disk: the same OSError, at the same place."""
    limit = 1_000_000  # bytes: below a checkpoint of the plane preset, above all else
    done = subprocess.run(
        command("train", "--epochs", "1", "--run-dir", str(runs_folder / "full")),
        cwd=ROOT,
        capture_output=True,
        text=True,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit)),
    )
    assert done.returncode == 2
    (line,) = done.stderr.splitlines()
    assert "Cannot write" in line
    assert "epoch-0000.safetensors" in line
    assert "Free some space" in line
    run = runs.find_run("full")
    assert run.status.state == "failed"
    assert "Free some space" in run.status.message
    assert not list(run.path.glob("**/*.tmp"))
    bundled.model(bundled.last_epoch())


def running(path: Path) -> bool:
    try:
        return json.loads((path / "status.json").read_text())["step"] > 0
    except (OSError, ValueError):
        return False


@pytest.mark.parametrize("end", ["signal", "end of input", "kill"])
def test_a_training_process_that_must_end_leaves_a_readable_run(runs_folder, end):
    path = runs_folder / "ended"
    child = subprocess.Popen(
        command("train", "--epochs", "50", "--run-dir", str(path), "--until-input-ends"),
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    wait_for(lambda: running(path))
    if end == "signal":
        child.send_signal(signal.SIGTERM)
    elif end == "kill":
        child.kill()
    else:
        child.stdin.close()
    child.wait(timeout=15)
    assert child.stderr.read() == ""
    run = runs.find_run("ended")
    assert run.status.state == "interrupted"
    run.weights(run.last_epoch())
    assert 50 not in run.epochs()
