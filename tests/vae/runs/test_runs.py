import json
import os
import shutil
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from safetensors import numpy as safetensors

from vae import data
from vae.analysis.latent import Latent
from vae.config import PRESETS
from vae.errors import RunError
from vae.runs import catalogue
from vae.runs.files import exists, write_atomically
from vae.runs.history import EpochRecord, Means, ValidationMeans
from vae.runs.run import About, Run
from vae.runs.state import read_state
from vae.runs.status import Status


def test_a_new_run_is_queued_and_listed(runs_folder):
    run = catalogue.create_run(PRESETS["article"])
    assert run.path.parent == runs_folder
    assert run.status.state == "queued"
    assert run.settings == PRESETS["article"]
    listed = catalogue.list_runs()
    assert (listed[0].id, listed[-1].id) == ("mnist-plane", run.id)
    assert catalogue.default_run().id == "mnist-plane"
    config = json.loads((run.path / "config.json").read_text())
    assert config["dataset"]["fingerprint"]
    assert config["versions"]["torch"]


def test_two_runs_of_one_second_have_two_names():
    assert catalogue.create_run(PRESETS["plane"]).id != catalogue.create_run(PRESETS["plane"]).id


def test_a_run_is_never_written_over(tmp_path):
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.txt").write_text("precious")
    with pytest.raises(RunError, match="is not empty"):
        catalogue.create_run(PRESETS["plane"], tmp_path / "mine")
    assert [path.name for path in (tmp_path / "mine").iterdir()] == ["thesis.txt"]


def test_simultaneous_starts_get_directories_of_their_own():
    with ThreadPoolExecutor(8) as pool:
        made = list(pool.map(catalogue.create_run, [PRESETS["plane"]] * 16))
    assert len({run.id for run in made}) == 16


@pytest.mark.parametrize("name", ["../x", "a/b", "/etc", "", "..", "<img>", "mnist-plane/../mnist-plane"])
def test_a_name_is_never_made_into_a_path(name):
    with pytest.raises(RunError, match="There is no run named"):
        catalogue.find_run(name)


def test_the_name_of_a_bundled_run_is_taken(runs_folder):
    with pytest.raises(RunError, match="A bundled run is called 'mnist-plane'"):
        catalogue.create_run(PRESETS["plane"], runs_folder / "mnist-plane")


def test_whether_a_path_exists_is_answered_without_an_error(tmp_path):
    assert exists(tmp_path)
    assert not exists(tmp_path / ("x" * 300))
    assert not exists(tmp_path / "file\0name")


def test_a_folder_that_cannot_be_written_is_explained(monkeypatch):
    monkeypatch.setenv("LATENT_PLANE_RUNS", "/proc/runs")  # not writable even for root
    with pytest.raises(RunError, match=r"Cannot write /proc/runs.*LATENT_PLANE_RUNS"):
        catalogue.create_run(PRESETS["plane"])


def test_a_folder_that_is_gone_is_explained(small_run):
    shutil.rmtree(small_run.path)
    with pytest.raises(RunError, match="its folder is gone"):
        small_run.write_status(Status())


def test_an_interrupted_write_leaves_the_old_file_and_nothing_else(tmp_path, monkeypatch):
    path = tmp_path / "file"
    write_atomically(path, b"old")

    def full(_descriptor):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left"):
        write_atomically(path, b"new")
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


def test_metrics_without_their_last_newline_are_torn_and_left_out(small_run):
    whole = small_run.history()
    assert [record.epoch for record in whole.epochs] == [1, 2]
    assert len(whole.evaluations) == 1
    path = small_run.path / "metrics.jsonl"
    *others, last = path.read_bytes().splitlines(keepends=True)
    for cut in range(1, len(last)):
        path.write_bytes(b"".join(others) + last[:-cut])
        assert small_run.history().evaluations == ()
        assert small_run.history().epochs == whole.epochs


def test_a_history_that_grows_is_read_on_and_one_that_is_replaced_is_read_anew(small_run):
    path = small_run.path / "metrics.jsonl"
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"")
    for n, line in enumerate(lines, start=1):
        with path.open("ab") as file:
            file.write(line)
        history = small_run.history()
        assert len(history.epochs) + len(history.steps) + len(history.evaluations) == n
    small_run.rewind_metrics(len(lines[0]))
    small_run.append_metrics(small_run.history().epochs[0].model_copy(update={"seconds": 77.0}))
    assert [record.seconds for record in small_run.history().epochs][1:] == [77.0]
    path.write_bytes(path.read_bytes().replace(b"77.0", b"66.0"))
    assert [record.seconds for record in small_run.history().epochs][1:] == [66.0]


def test_the_best_epoch_is_that_of_the_highest_validation_elbo(small_run):
    first, second = small_run.history().epochs
    assert small_run.history().best == max(first, second, key=lambda record: record.validation.elbo)


def test_a_training_whose_process_is_gone_is_interrupted(small_run):
    child = subprocess.Popen([sys.executable, "-c", ""])
    child.wait()
    small_run.write_status(Status(state="running", pid=child.pid))
    assert small_run.status.state == "interrupted"
    assert "log.txt" in small_run.status.message


def test_a_zombie_trains_nothing(small_run):
    child = subprocess.Popen([sys.executable, "-c", ""])
    os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)  # it has ended, and nobody has collected it
    small_run.write_status(Status(state="running", pid=child.pid))
    assert small_run.status.state == "interrupted"
    child.wait()


def test_a_training_that_says_nothing_for_long_is_alive_as_long_as_its_process_is(small_run):
    status = Status(state="running", heartbeat=time.time() - 10_000).taken_by_this_process()
    small_run.write_status(status)
    assert small_run.status.state == "running"
    small_run.write_status(status.model_copy(update={"process_started": status.process_started - 1000}))
    assert small_run.status.state == "interrupted"


@pytest.mark.parametrize(
    ("has_process", "host", "silence", "state"),
    [
        (True, None, 10, "running"),
        (True, None, -(10.0**9), "interrupted"),  # a heartbeat in the future
        (True, None, 1000, "interrupted"),  # perhaps the number of a process that is another one now
        (False, None, 10, "running"),
        (False, None, 100, "interrupted"),
        (True, "elsewhere", 10, "running"),
        (True, "elsewhere", 100, "interrupted"),
    ],
)
def test_a_silent_training_is_interrupted_sooner_or_later(small_run, has_process, host, silence, state):
    pid = os.getpid() if has_process else None
    status = Status(state="running", pid=pid, heartbeat=time.time() - silence)
    small_run.write_status(status.model_copy(update={"host": host or status.host}))
    assert small_run.status.state == state


def test_a_training_that_ends_while_it_is_looked_at_is_not_interrupted(small_run, monkeypatch):
    child = subprocess.Popen([sys.executable, "-c", ""])
    child.wait()
    answers = iter([Status(state="running", pid=child.pid), Status(state="finished", pid=child.pid)])
    monkeypatch.setattr(Run, "recorded_status", lambda run: next(answers))
    assert small_run.status.state == "finished"


DAMAGES = {
    "config.json": [
        "missing",
        b"",
        b"{",
        b"[]",
        b'{"format": 2}',
        b'{"format": 1, "settings": {"epochs": -1}}',
        b'{"format": 1, "settings": {}, "continued_at": [30]}',
        b'{"format": 1, "settings": {}, "continued_at": "x"}',
        b'{"format": 1, "settings": {}, "created": "\\ud800"}',
    ],
    "about.json": [b"{", b'{"name": 3}', b'{"name": "' + b"x" * 101 + b'"}'],
    "state.safetensors": [b"", b"\x80\x04cos\nsystem\n", b"\x08" + b"\0" * 7 + b"{}      "],
    "status.json": [
        "missing",
        b"{",
        b'{"state": "asleep"}',
        b'{"step": NaN}',
        b"[" * 100_000,
        b'{"pid": 1' + b"0" * 25 + b"}",
        b'{"step": -5}',
        b'{"step": 1' + b"0" * 400 + b"}",
        b'{"message": "\\ud800"}',
    ],
    "metrics.jsonl": [b"[" * 100_000 + b"\n", b"{}\n", b'{"epoch": 1, "train": 3}\n', b"\xff\n", b"NaN\n"],
    "checkpoints/epoch-0002.safetensors": [b"", b"\x08" + b"\0" * 7 + b"{}      ", b"\xff" * 64],
    "latent/epoch-0002.npz": [b"", b"PK\x03\x04 not a zip", b"\x80\x04cos\nsystem\n"],
}


@pytest.mark.parametrize(
    ("name", "content"),
    [pytest.param(name, c, id=f"{name}-{i}") for name, contents in DAMAGES.items() for i, c in enumerate(contents)],
)
def test_a_damaged_file_is_named_and_harms_no_other_run(small_run, bundled, name, content):
    path = small_run.path / name
    path.unlink() if content == "missing" else path.write_bytes(content)
    with pytest.raises(RunError) as error:
        read_everything(small_run)
    assert str(path) in str(error.value) or "damaged" in str(error.value)
    read_everything(bundled)


def read_everything(run: Run) -> None:
    run.settings, run.segment, run.fingerprint, run.created, run.status, run.history(), run.about
    epoch = run.last_epoch()
    run.snapshot(epoch).weights(), run.snapshot(epoch).latent()
    if run.path.parent != catalogue.BUNDLED:
        read_state(run)


def test_no_flipped_bit_of_a_latent_file_escapes_as_another_error(small_run):
    path = small_run.path / "latent" / "epoch-0002.npz"
    content = path.read_bytes()
    rng = np.random.default_rng(0)
    refused = 0
    for position, bit in zip(rng.integers(0, len(content), 60), rng.integers(0, 8, 60), strict=True):
        flipped = bytearray(content)
        flipped[position] ^= 1 << int(bit)
        path.write_bytes(flipped)
        try:
            small_run.snapshot(2).latent()
        except RunError:
            refused += 1
    assert refused > 30


def test_weights_of_another_shape_or_not_finite_are_refused(small_run):
    path = small_run.path / "checkpoints" / "epoch-0002.safetensors"
    weights = small_run.snapshot(2).weights()
    name = "decoder.x_logits.bias"
    for changed in (
        {**weights, name: weights[name][:-1]},
        {**weights, name: np.full_like(weights[name], np.nan)},
        {key: value for key, value in weights.items() if key != name},
        {**weights, "extra": weights[name]},
    ):
        path.write_bytes(safetensors.save(changed))
        with pytest.raises(RunError, match="is damaged"):
            small_run.snapshot(2).weights()


def test_a_pickle_in_a_latent_file_is_refused_and_not_executed(small_run, tmp_path):
    class Hostile:
        def __reduce__(self):
            return (os.mkdir, (str(tmp_path / "executed"),))

    np.savez(small_run.path / "latent" / "epoch-0002.npz", mu=np.array([Hostile()], dtype=object))
    shutil.rmtree(tmp_path / "executed", ignore_errors=True)
    with pytest.raises(RunError, match="is damaged"):
        small_run.snapshot(2).latent()
    assert not (tmp_path / "executed").exists()


def test_a_shipped_copy_keeps_points_and_pictures(small_run, tmp_path):
    copy = catalogue.copy_slim(small_run, tmp_path / "shipped" / "copy")
    assert copy.epochs() == small_run.epochs() == [0, 1, 2]
    assert copy.history() == small_run.history()
    last = copy.snapshot(2).weights()
    assert all((last[name] == array).all() for name, array in small_run.snapshot(2).weights().items())
    early = copy.snapshot(1).weights()
    assert {name.split(".")[0] for name in early} == {"decoder"}
    np.testing.assert_allclose(
        early["decoder.x_logits.bias"], small_run.snapshot(1).weights()["decoder.x_logits.bias"], atol=1e-3
    )
    np.testing.assert_allclose(copy.snapshot(0).latent().mu, small_run.snapshot(0).latent().mu, atol=1e-3)
    with pytest.raises(RunError, match=r"holds the decoder alone\. Epochs with the encoder: 2"):
        copy.snapshot(1).model()


def test_the_bundled_run_is_whole_and_small(bundled):
    assert bundled.settings.preset == "plane"
    assert bundled.status.state == "finished"
    assert len(bundled.epochs()) == 10
    assert bundled.epochs()[0] == 0
    for epoch in bundled.epochs():
        assert bundled.snapshot(epoch).latent().mu.shape == (10_000, 2)
        assert bundled.snapshot(epoch).weights()
    assert bundled.snapshot(bundled.last_epoch()).model()
    assert sum(path.stat().st_size for path in bundled.path.glob("**/*") if path.is_file()) <= 8_000_000


# Readers meet whatever a disk or a stranger may hold; all that ever comes out is a RunError.

JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)
CONTENTS = st.binary(max_size=100) | JSON.map(lambda value: json.dumps(value).encode())


@settings(max_examples=150)
@given(content=CONTENTS, name=st.sampled_from(["config.json", "status.json", "metrics.jsonl", "about.json"]))
def test_readers_of_json_raise_nothing_but_run_errors(fuzzed_run, content, name):
    original = (fuzzed_run.path / name).read_bytes()
    for written in (content, content + b"\n"):
        (fuzzed_run.path / name).write_bytes(written)
        try:
            read_everything(fuzzed_run)
        except RunError:
            continue
    (fuzzed_run.path / name).write_bytes(original)


@settings(max_examples=150)
@given(header=CONTENTS, length=st.none() | st.integers(0, 2**64 - 1), body=st.binary(max_size=50))
def test_the_reader_of_weights_raises_nothing_but_run_errors(fuzzed_run, header, length, body):
    size = len(header) if length is None else length
    path = fuzzed_run.path / "checkpoints" / "epoch-0000.safetensors"
    path.write_bytes(size.to_bytes(8, "little") + header + body)
    with pytest.raises(RunError):
        fuzzed_run.snapshot(0).weights()


@settings(max_examples=100)
@given(header=CONTENTS, length=st.none() | st.integers(0, 2**64 - 1), body=st.binary(max_size=50))
def test_the_reader_of_states_raises_nothing_but_run_errors(fuzzed_run, header, length, body):
    size = len(header) if length is None else length
    (fuzzed_run.path / "state.safetensors").write_bytes(size.to_bytes(8, "little") + header + body)
    with pytest.raises(RunError):
        read_state(fuzzed_run)


@pytest.mark.parametrize("name", ["<img src=x onerror=alert(1)>", "../../x", "a\nb\0c", "🙂 " * 33, ""])
def test_a_name_is_text_and_touches_nothing(runs_folder, name):
    run = catalogue.create_run(PRESETS["plane"])
    run.write_about(About(name=name, note=name))
    assert run.name == (name or run.id)
    assert [path.name for path in runs_folder.iterdir()] == [run.id]
    assert catalogue.find_run(run.id) == run


@pytest.fixture
def fuzzed_run() -> Run:
    run = catalogue.create_run(PRESETS["article"])
    mu = np.zeros((1, 2), np.float32)
    run.append_metrics(
        EpochRecord(
            epoch=1,
            step=1,
            train=Means(reconstruction=-1, kl=1),
            validation=ValidationMeans(reconstruction=-1, kl=1),
            learning_rate=1,
            images_per_second=1,
            seconds=1,
        )
    )
    run.write_about(About(name="fuzzed"))
    run.write_snapshot(0, {"x": mu}, Latent(mu, mu, np.zeros(1, np.uint8)))
    return run


def test_the_last_snapshot_alone_is_copied_for_comparisons(small_run, tmp_path):
    copy = catalogue.copy_last(small_run, tmp_path / "small")
    assert copy.epochs() == [2]
    assert copy.snapshot(2).has_encoder()
    assert copy.history() == small_run.history()
    weights, halved = small_run.snapshot(2).weights(), copy.snapshot(2).weights()
    assert all(np.allclose(halved[name], weights[name], rtol=1e-3, atol=1e-6) for name in weights)
    assert copy.size() < small_run.size() / 3


def test_every_bundled_run_is_whole():
    for run in catalogue.runs_in(catalogue.BUNDLED):
        assert run.status.state == "finished"
        assert run.snapshot(run.last_epoch()).has_encoder()
        assert run.history().last.epoch == run.last_epoch()
        assert run.fingerprint == data.fingerprint()


def test_a_run_of_the_first_version_still_opens(small_run):
    """Without what the format's history in CHANGELOG.md says was added since."""
    old = {"preset", "hidden", "latent_dim", "activation", "epochs", "batch_size", "n_samples", "learning_rate"}
    old |= {"schedule", "seed", "snapshots"}
    path, settings = small_run.path, small_run.settings
    config = json.loads((path / "config.json").read_text())
    del config["continued_at"]
    config["settings"] = {name: value for name, value in config["settings"].items() if name in old}
    (path / "config.json").write_text(json.dumps(config))
    status = json.loads((path / "status.json").read_text())
    (path / "status.json").write_text(json.dumps({k: v for k, v in status.items() if k not in _LATER_IN_STATUS}))
    records = [json.loads(line) for line in (path / "metrics.jsonl").read_text().splitlines()]
    epochs = [record for record in records if record["event"] == "epoch"]
    for record in epochs:
        del record["event"], record["beta"], record["validation"]["kl_per_dimension"]
    (path / "metrics.jsonl").write_text("".join(json.dumps(record) + "\n" for record in epochs))
    (path / "state.safetensors").unlink()
    assert small_run.settings == settings
    assert small_run.status.state == "finished"
    assert len(small_run.history().epochs) == settings.epochs
    assert small_run.segment == (0, settings.epochs)
    assert small_run.about == About()
    assert small_run.model(small_run.last_epoch()).latent_dim == 2


_LATER_IN_STATUS = {"starting", "process_started", "since"}
