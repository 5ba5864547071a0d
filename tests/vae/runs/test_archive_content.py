"""Archives whose files are damaged, hostile or of another run."""

import json
import os
import pickle
import shutil
from io import BytesIO
from zipfile import ZipFile

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from safetensors import numpy as safetensors

from tests.vae.runs.archives import FLAGS, LATENT, STATE, WEIGHTS, patched, refuse, zipped
from vae import budget
from vae.errors import RunError
from vae.runs.archive import unpack


def test_more_records_than_a_training_writes_are_refused_before_they_are_read(contents, runs_folder, monkeypatch):
    monkeypatch.setattr(budget, "RECORDS", 3)
    monkeypatch.setattr("vae.runs.history.parse_record", pytest.fail)
    contents["made/metrics.jsonl"] *= 4
    refuse(zipped(contents), runs_folder, r"metrics\.jsonl is not read: it has .* lines; up to 3 are accepted")


def edited_config(**changes):
    def edit(content: bytes) -> bytes:
        return json.dumps(json.loads(content) | changes).encode()

    return edit


def edited_weights(name: str, edit):
    def change(content: bytes) -> bytes:
        arrays = safetensors.load(content)
        return safetensors.save({**arrays, name: edit(arrays[name])})

    return change


def with_nan(array: np.ndarray) -> np.ndarray:
    array = array.copy()
    array.flat[0] = np.nan
    return array


def edited_latent(**edits):
    def change(content: bytes) -> bytes:
        with np.load(BytesIO(content)) as stored:
            arrays = {name: edits.get(name, lambda array: array)(stored[name]) for name in stored.files}
        buffer = BytesIO()
        np.savez_compressed(buffer, **arrays)
        return buffer.getvalue()

    return change


def edited_header(old: bytes, new: bytes):
    """Change the header of the first array, which numpy reads as a Python expression."""

    def change(content: bytes) -> bytes:
        with ZipFile(BytesIO(content)) as stored:
            members = {name: stored.read(name) for name in stored.namelist()}
        return zipped(members | {"mu.npy": members["mu.npy"].replace(old, new, 1)}).getvalue()

    return change


def eight_bit_sums(content: bytes) -> bytes:
    """safetensors knows numbers of eight bits, numpy does not."""
    n = int.from_bytes(content[:8], "little")
    header = json.loads(content[8 : 8 + n])
    header["sums"] |= {"dtype": "F8_E5M2", "shape": [16]}
    encoded = json.dumps(header).encode()
    return len(encoded).to_bytes(8, "little") + encoded + content[8 + n :]


def encrypted(content: bytes) -> bytes:
    return patched(BytesIO(content), "mu.npy", *FLAGS, 1).getvalue()


class Executes:
    """A pickle that makes a folder where it is loaded."""

    def __reduce__(self):
        return os.mkdir, ("executed",)


def pickled_array(_content: bytes) -> bytes:
    buffer = BytesIO()
    np.savez(buffer, mu=np.array([Executes()], dtype=object))
    return buffer.getvalue()


BIAS = "decoder.x_logits.bias"
DAMAGES = {
    "config missing": ("config.json", None, r"it has no config\.json"),
    "config empty": ("config.json", lambda _: b"", r"config\.json is damaged"),
    "config deep": ("config.json", lambda _: b"[" * 10**6, r"config\.json is not read: it is nested more than 40"),
    "config of another format": ("config.json", edited_config(format=2), r"config\.json is not of format 1"),
    "settings": ("config.json", edited_config(settings={"epochs": -1}), "epochs -1 is out of range"),
    "setting unknown": ("config.json", edited_config(settings={"run": "rm"}), "'run' is not a setting"),
    "another model": ("config.json", edited_config(settings={"hidden": [5]}), "not those of the model in config.json"),
    "another length": ("config.json", edited_config(settings={"hidden": [4], "epochs": 0}), "epochs 0"),
    "segment": ("config.json", edited_config(continued_at=[9]), r"config\.json is damaged: continued_at"),
    "another data set": (
        "config.json",
        edited_config(dataset={"name": "mnist", "fingerprint": "0" * 64}),
        "trained on another data set",
    ),
    "no data set": ("config.json", edited_config(dataset=None), "trained on another data set"),
    "status missing": ("status.json", None, r"Cannot read status\.json"),
    "status damaged": ("status.json", lambda _: b'{"state": "asleep"}', r"status\.json is damaged \(fields: state\)"),
    "metrics damaged": ("metrics.jsonl", lambda _: b"{}\n", r"metrics\.jsonl is damaged in line 1"),
    "metrics short": ("metrics.jsonl", lambda content: content[:-5], r"metrics\.jsonl is damaged: state"),
    "metrics missing": ("metrics.jsonl", None, r"metrics\.jsonl is damaged: state"),
    "about damaged": ("about.json", lambda _: b'{"name": 5}', r"about\.json is damaged"),
    "about long": ("about.json", lambda _: json.dumps({"name": "x" * 101}).encode(), r"about\.json is damaged"),
    "weights NaN": (WEIGHTS, edited_weights(BIAS, with_nan), r"epoch-0001\.safetensors is damaged: .* not finite"),
    "weights shape": (WEIGHTS, edited_weights(BIAS, lambda a: a[:-1]), r"epoch-0001\.safetensors is damaged: its"),
    "weights pickled": (WEIGHTS, lambda _: pickle.dumps(Executes()), r"epoch-0001\.safetensors is damaged"),
    "weights missing": (WEIGHTS, None, r"latent/epoch-0001\.npz has no counterpart"),
    "latent missing": (LATENT, None, r"checkpoints/epoch-0001\.safetensors has no counterpart"),
    "latent pickled": (LATENT, pickled_array, r"latent/epoch-0001\.npz is damaged"),
    "latent no zip": (LATENT, lambda _: b"PK\x03\x04 no", r"latent/epoch-0001\.npz is damaged"),
    "latent encrypted": (LATENT, encrypted, r"latent/epoch-0001\.npz is damaged"),
    "latent no array": (LATENT, edited_header(b"NUMPY", b"numpy"), r"latent/epoch-0001\.npz is damaged"),
    "latent header torn": (LATENT, edited_header(b"(", b" "), r"latent/epoch-0001\.npz is damaged"),
    "latent header open": (LATENT, edited_header(b"}", b"("), r"latent/epoch-0001\.npz is damaged"),
    "latent NaN": (LATENT, edited_latent(mu=with_nan), r"latent/epoch-0001\.npz is damaged: .* not finite"),
    "latent shape": (LATENT, edited_latent(logvar=lambda a: a[:, :1]), r"latent/epoch-0001\.npz is damaged"),
    "labels of others": (LATENT, edited_latent(labels=np.flip), "labels are not the test images'"),
    "state NaN": (STATE, edited_weights(f"model.{BIAS}", with_nan), r"state\.safetensors cannot be used"),
    "state pickled": (STATE, lambda _: pickle.dumps(Executes()), r"state\.safetensors cannot be used"),
    "state of eight bits": (STATE, eight_bit_sums, r"state\.safetensors cannot be used"),
    "state cut": (STATE, lambda content: content[:-1], r"state\.safetensors cannot be used.* Without state"),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_run_that_is_not_whole_is_refused_and_executes_nothing(contents, runs_folder, tmp_path, monkeypatch, damage):
    monkeypatch.chdir(tmp_path)
    name, change, reason = DAMAGES[damage]
    content = contents.pop(f"made/{name}")
    if change:
        contents[f"made/{name}"] = change(content)
    refuse(zipped(contents), runs_folder, reason)


def test_a_run_without_snapshots_is_refused(contents, runs_folder):
    refuse(zipped({name: c for name, c in contents.items() if "/epoch-" not in name}), runs_folder, "has no snapshot")


def test_a_snapshot_after_the_end_of_the_training_is_refused(contents, runs_folder):
    for name in (WEIGHTS, LATENT):
        contents[f"made/{name.replace('0001', '0004')}"] = contents[f"made/{name}"]
    refuse(zipped(contents), runs_folder, "snapshot of epoch 4; .* epoch 3 is the last")


@settings(max_examples=100)
@given(content=st.binary(max_size=300), prefix=st.sampled_from([b"", b"PK\x03\x04", b"PK\x05\x06"]))
def test_arbitrary_bytes_raise_nothing_but_run_errors(content, prefix):
    with pytest.raises(RunError):
        unpack(BytesIO(prefix + content))


@settings(max_examples=120)
@given(data=st.data())
def test_a_changed_archive_is_imported_or_refused_with_a_run_error(packed, runs_folder, data):
    changed = bytearray(packed)
    list_of_entries = int.from_bytes(packed[-6:-2], "little")
    anywhere = st.integers(0, len(changed) - 1) | st.integers(list_of_entries, len(changed) - 1)
    for position in data.draw(st.lists(anywhere, min_size=1, max_size=4)):
        changed[position] = data.draw(st.integers(0, 255))
    try:
        run = unpack(BytesIO(changed))
    except RunError:
        assert not runs_folder.exists() or list(runs_folder.iterdir()) == []
    else:
        assert run.snapshot(1).weights()
        shutil.rmtree(run.path)


@settings(max_examples=60)
@given(data=st.data())
def test_a_file_of_any_content_is_imported_or_refused_with_a_run_error(contents, runs_folder, data):
    name = data.draw(st.sampled_from(sorted(contents)))
    content = bytearray(contents[name])
    if data.draw(st.booleans()):
        content = data.draw(st.binary(max_size=50))
    else:
        content[data.draw(st.integers(0, len(content) - 1))] ^= data.draw(st.integers(1, 255))
    try:
        run = unpack(zipped({**contents, name: bytes(content)}))
    except RunError:
        assert list(runs_folder.iterdir()) == []
    else:
        shutil.rmtree(run.path)
