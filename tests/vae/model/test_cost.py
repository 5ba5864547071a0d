"""Estimates of a training's memory before it starts."""

import psutil
import pytest

from vae.config import PRESETS, make_settings
from vae.errors import RunError, SettingsError, TrainingError
from vae.jobs import process, train
from vae.model import cost
from vae.model.architecture import n_weights
from vae.model.cost import browser_type, concerns, require_possible, require_trainable, training_bytes
from vae.model.vae import VAE
from vae.runs import catalogue
from vae.runs.run import Run

LARGEST = make_settings({"hidden": "3300-3300-3300"})
TOO_LARGE = make_settings({"hidden": "4096-4096-4096"})


@pytest.mark.parametrize("name", PRESETS)
def test_weights_are_counted_as_the_model_has_them(name):
    model = VAE(PRESETS[name])
    assert n_weights(PRESETS[name]) == sum(parameter.numel() for parameter in model.parameters())


@pytest.mark.parametrize("name", PRESETS)
def test_nothing_is_said_of_a_usual_training(name):
    require_trainable(PRESETS[name])
    assert training_bytes(PRESETS[name]) < 1.2e9
    assert concerns(PRESETS[name]) == []
    assert browser_type(PRESETS[name]).__name__ == "float32"


def test_a_model_of_too_many_weights_is_refused_by_their_number(runs_folder):
    with pytest.raises(SettingsError, match=r"would have 73,\d{3},\d{3} weights; accepted: up to 50,000,000"):
        require_possible(TOO_LARGE)
    with pytest.raises(SettingsError, match="weights"):
        catalogue.create_run(TOO_LARGE)
    assert not runs_folder.exists()


def test_a_large_model_is_explained(monkeypatch):
    require_possible(LARGEST)
    found = " ".join(concerns(LARGEST))
    assert "48," in found
    assert "half precision" in found
    assert browser_type(LARGEST).__name__ == "float16"


def test_memory_that_is_not_there_is_refused_and_memory_that_is_not_free_is_said(monkeypatch):
    real = psutil.virtual_memory()
    monkeypatch.setattr(cost.psutil, "virtual_memory", lambda: real._replace(total=16e9, available=3e8))
    with pytest.raises(
        SettingsError, match=r"needs about [\d.]+ GB of memory; this machine has 16\.0.*samples L smaller"
    ):
        require_trainable(make_settings({"batch_size": 10_000, "n_samples": 64}))
    assert "are free now" in concerns(make_settings({}))[0]


def test_a_run_of_too_large_a_model_says_why_it_is_not_shown(small_run):
    import json

    config = json.loads(small_run.read_bytes("config.json"))
    config["settings"]["hidden"] = [8192] * 8
    small_run.write_bytes("config.json", json.dumps(config).encode())
    with pytest.raises(RunError, match="weights; accepted: up to"):
        _ = small_run.settings


@pytest.mark.parametrize(
    "error",
    [
        MemoryError(),
        RuntimeError("[enforce fail at alloc_cpu.cpp:127] DefaultCPUAllocator: can't allocate memory: you tried"),
        RuntimeError("CUDA out of memory. Tried to allocate 20.00 GiB"),
        RuntimeError("DefaultCPUAllocator: not enough memory: you tried to allocate 8 bytes."),
    ],
)
def test_too_little_memory_is_explained(runs_folder, small_mnist, small_settings, monkeypatch, error):
    def short(*_):
        raise error

    monkeypatch.setattr("vae.jobs.session.TrainingSession", short)
    run = catalogue.create_run(small_settings)
    with pytest.raises(TrainingError, match=r"not enough memory for this training\. Make the widths"):
        list(train.train(run))
    assert run.status.state == "failed"
    assert "not enough memory" in run.status.message


@pytest.mark.parametrize("broken", ["write_config", "write_status"])
def test_a_start_on_a_full_disk_leaves_nothing(runs_folder, small_settings, monkeypatch, broken):
    def full(self, *_):
        raise RunError("Cannot write: No space left on device.")

    monkeypatch.setattr(Run, broken, full)
    with pytest.raises(RunError, match="No space left"):
        process.start(small_settings)
    assert not [path for path in runs_folder.iterdir() if path.is_dir()]


def test_a_start_whose_process_cannot_be_made_leaves_nothing(runs_folder, small_settings, monkeypatch):
    def no_process(*_, **__):
        raise OSError(12, "Cannot allocate memory")

    monkeypatch.setattr(process.subprocess, "Popen", no_process)
    with pytest.raises(RunError, match="cannot be started: Cannot allocate memory"):
        process.start_paused(small_settings)
    assert not [path for path in runs_folder.iterdir() if path.is_dir()]
