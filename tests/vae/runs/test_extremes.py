"""Numbers at the end of all ranges: what a file claims, and what a training comes to."""

import json
import math
import tracemalloc

import numpy as np
import pytest
import torch

from pages.ui.format import duration
from vae import data
from vae.analysis.estimators import GradientVariances, gradient_draws, gradient_variances
from vae.analysis.latent import Latent
from vae.analysis.metrics import Part
from vae.analysis.posterior import gap
from vae.cli import main
from vae.config import make_settings
from vae.errors import RunError, TrainingError, one_line, quoted, reason
from vae.jobs.train import train
from vae.model.vae import VAE
from vae.runs import catalogue
from vae.runs.archive import pack
from vae.runs.formats import parse_weights
from vae.runs.history import parse_record
from vae.runs.state import read_state, write_state
from vae.runs.status import Status
from vae.training.aevb import Aevb


@pytest.mark.parametrize("name", ["seconds", "images_per_second", "heartbeat", "since", "process_started"])
@pytest.mark.parametrize("value", [1e308, -1.0, "NaN"])
def test_a_status_with_an_implausible_number_is_refused_by_its_name(small_run, name, value):
    status = json.loads(small_run.read_bytes("status.json"))
    small_run.write_bytes("status.json", json.dumps(status | {name: value}).encode())
    with pytest.raises(RunError, match=name):
        _ = small_run.status


def test_the_longest_duration_of_a_status_can_be_written():
    assert duration(Status(seconds=1e10).seconds).endswith("min")


def test_of_a_status_no_more_is_read_than_a_page_can_show(small_run):
    status = json.loads(small_run.read_bytes("status.json"))
    small_run.write_bytes("status.json", json.dumps(status | {"message": "x" * 250_000}).encode())
    assert small_run.status.message == "x" * 1000
    small_run.write_bytes("status.json", json.dumps(status | {"host": "x" * 256}).encode())
    with pytest.raises(RunError, match="host"):
        _ = small_run.status


EVALUATION = {"event": "evaluation", "epoch": 2, "step": 20, "knn_accuracy": 0.5}
STEP = {"event": "step", "epoch": 1, "step": 1, "train": {"reconstruction": -200.0, "kl": 2.0}} | {
    "learning_rate": 1e-3,
    "beta": 1.0,
    "gradient_norm": 1e29,
    "images_per_second": 1e3,
}


@pytest.mark.parametrize(
    "record",
    [
        EVALUATION | {"knn_accuracy": 1e308},
        EVALUATION | {"knn_accuracy": -0.1},
        EVALUATION | {"mmd": 1e308},
        STEP | {"gradient_norm": 1e31},
        STEP | {"images_per_second": 1e13},
        STEP | {"layers": {f"layer {i}": (1.0, 1.0) for i in range(101)}},
        STEP | {"layers": {"x" * 101: (1.0, 1.0)}},
    ],
    ids=["accuracy", "below 0", "mmd", "gradient", "speed", "layers", "name"],
)
def test_a_record_beyond_all_measure_is_refused(record):
    parse_record(json.dumps(EVALUATION))
    parse_record(json.dumps(STEP | {"layers": {"encoder.hidden.0": (1e29, 1.0)}}))
    with pytest.raises(ValueError, match=r"should|at most"):
        parse_record(json.dumps(record))


@pytest.mark.parametrize("value", [2e6, -1e30, math.inf, math.nan])
def test_weights_beyond_all_measure_are_refused(small_run, value):
    weights = small_run.snapshot(2).weights()
    weights["encoder.mu.bias"] = np.full_like(weights["encoder.mu.bias"], value)
    small_run.write_snapshot(2, weights, small_run.snapshot(2).latent())
    with pytest.raises(RunError, match=r"not finite|beyond ±1,000,000"):
        small_run.snapshot(2).weights()


@pytest.mark.parametrize("dtype", [bool, np.int8, np.float64])
def test_weights_of_another_kind_of_number_are_refused(small_run, dtype):
    weights = {name: array.astype(dtype) for name, array in small_run.snapshot(2).weights().items()}
    small_run.write_snapshot(2, weights, small_run.snapshot(2).latent())
    with pytest.raises(RunError, match="accepted are float16 and float32"):
        small_run.snapshot(2).weights()


def test_of_weights_that_do_not_fit_nothing_is_made():
    declared = {"x": {"dtype": "BOOL", "shape": [10**8], "data_offsets": [0, 10**8]}}
    described = json.dumps(declared).encode()
    content = len(described).to_bytes(8, "little") + described + bytes(10**8)
    tracemalloc.start()
    with pytest.raises(ValueError, match="not those of the model"):
        parse_weights(content, make_settings({}))
    assert tracemalloc.get_traced_memory()[1] < 10**6
    tracemalloc.stop()


@pytest.mark.parametrize("kind", ["?", "i1", "f8", "c8", "S3"])
def test_means_of_another_kind_of_number_are_refused(small_run, kind):
    mu, logvar, labels = small_run.snapshot(2).latent()
    small_run.write_snapshot(2, small_run.snapshot(2).weights(), Latent(mu.astype(kind), logvar, labels))
    with pytest.raises(RunError, match="accepted are float16 and float32"):
        small_run.snapshot(2).latent()


def test_a_variance_beyond_all_measure_is_refused(small_run):
    mu, logvar, labels = small_run.snapshot(2).latent()
    small_run.write_snapshot(2, small_run.snapshot(2).weights(), Latent(mu, logvar + 1000, labels))
    with pytest.raises(RunError, match="beyond ±200"):
        small_run.snapshot(2).latent()


def constant(**values: float) -> VAE:
    """A model whose parameters are all 0, but for those named."""
    model = VAE(make_settings({"hidden": "8", "activation": "tanh"})).eval()
    for name, parameter in model.named_parameters():
        torch.nn.init.constant_(parameter, values.get(name.replace(".", "_"), 0.0))
    return model


def test_a_gradient_that_does_not_vary_has_no_ratio():
    x = data.load("test").tensors()[0][0].float() / 255
    found = gradient_variances(gradient_draws(constant(), x, 100))
    assert found.reparameterised == 0
    assert found.ratio is None
    assert found.baseline_ratio is None
    assert GradientVariances(2.0, 6.0, 4.0).ratio == 3
    assert GradientVariances(1e-320, 1e300, 1.0).ratio is None


def test_the_gap_of_a_model_with_huge_weights_is_found_or_infinite_but_never_fails():
    x = data.load("test").tensors()[0][0].float() / 255
    torch.manual_seed(0)
    model = VAE(make_settings({"hidden": "16", "activation": "tanh"})).eval()
    for parameter in model.parameters():
        parameter.data = parameter.data.sign() * 1000
    assert not math.isnan(gap(model, x).log_px)


def test_a_figure_that_no_record_may_hold_ends_a_training_as_diverged(small_mnist, monkeypatch):
    run = catalogue.create_run(make_settings({"hidden": "8", "epochs": 1, "batch_size": 100, "log_every": 1}))
    monkeypatch.setattr("vae.training.aevb.Aevb.gradient_norm", lambda self: 1e35)
    with pytest.raises(TrainingError, match=r"diverged at step 1.*gradient_norm is 1e\+35"):
        list(train(run))
    assert run.status.state == "failed"
    assert "lower" in run.status.message or "below" in run.status.message
    assert run.epochs() == [0]


def test_an_evaluation_that_is_not_a_number_ends_a_training_as_diverged(small_mnist, monkeypatch):
    run = catalogue.create_run(make_settings({"hidden": "8", "epochs": 1, "batch_size": 100}))
    monkeypatch.setattr("vae.jobs.session.map_parts", lambda *_: [Part("kNN", lambda: {"knn_accuracy": math.nan})])
    with pytest.raises(TrainingError, match="knn_accuracy is nan"):
        list(train(run))
    assert run.epochs() == [0, 1]


def test_a_posterior_that_no_reader_would_take_ends_a_training_as_diverged(small_mnist, monkeypatch):
    run = catalogue.create_run(make_settings({"hidden": "8", "epochs": 1, "batch_size": 100}))
    monkeypatch.setattr(
        "vae.jobs.recorder.encode_images", lambda *_: (torch.zeros(10_000, 2), torch.full((10_000, 2), 300.0))
    )
    with pytest.raises(TrainingError, match="out of range"):
        list(train(run))


def test_what_a_message_repeats_is_cut_and_shown_as_escapes():
    assert quoted("a") == "'a'"
    assert len(quoted("x" * 250_000)) == 80
    assert quoted("\x1b[2J") == "'\\x1b[2J'"
    assert one_line("a\n b\x1b[2Jσ") == "a b\\x1b[2Jσ"
    assert reason(ValueError("x" * 1000)).endswith("x…")
    assert reason(KeyError()) == "KeyError"


@pytest.mark.parametrize("value", [2e6, math.inf, math.nan])
def test_a_weight_that_no_reader_would_take_ends_a_training_as_diverged(value):
    training = Aevb(make_settings({"hidden": "8"}), data.load("validation").tensors()[0][:200])
    training.arrays()
    training.parameters.values["encoder.mu.bias"][0] = value
    with pytest.raises(TrainingError, match="a weight is not a number within ±1,000,000"):
        training.arrays()


def test_a_state_with_such_a_weight_is_refused(small_run):
    progress, arrays = read_state(small_run)
    arrays["model.encoder.mu.bias"] = np.full_like(arrays["model.encoder.mu.bias"], 2e6)
    write_state(small_run, progress, arrays)
    with pytest.raises(RunError, match="beyond ±1,000,000"):
        read_state(small_run)


def test_the_console_gets_no_control_characters_of_a_run(small_run, capsys):
    small_run.write_about(small_run.about.model_copy(update={"note": "\x1b[2Jgone"}))
    file = small_run.path.parent / "run.zip"
    file.write_bytes(pack(small_run))
    assert main(["import", str(file)]) == 0
    said = capsys.readouterr()
    assert "\x1b" not in said.out + said.err
    assert "\\x1b[2Jgone" in said.err
