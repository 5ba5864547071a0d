"""Run directories whose files are damaged or hostile: all that ever comes out is a RunError."""

import json
import os
import shutil

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from safetensors import numpy as safetensors

from vae.analysis.latent import Latent
from vae.config import PRESETS
from vae.errors import RunError
from vae.runs import catalogue
from vae.runs.history import EpochRecord, Means, ValidationMeans
from vae.runs.run import About, Run
from vae.runs.state import read_state

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
