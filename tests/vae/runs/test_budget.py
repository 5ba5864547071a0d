"""Limits on what reading a file may cost."""

import io
import json
import os
import socket
import sys
import time

import pytest
from safetensors.numpy import save

from vae import budget
from vae.budget import OverBudgetError, open_regular, parse_json, read_file, read_list, read_whole, split_records
from vae.errors import RunError
from vae.runs import history
from vae.runs.run import Run

posix = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such files")


def test_a_file_is_read_whole_up_to_its_limit(tmp_path):
    path = tmp_path / "file"
    path.write_bytes(b"12345")
    assert read_file(path, 5) == b"12345"
    with pytest.raises(OverBudgetError, match="5 bytes; up to 4 are accepted"):
        read_file(path, 4)


def test_a_stream_is_left_where_the_limit_is(tmp_path):
    stream = io.BytesIO(b"x" * 1000)
    with pytest.raises(OverBudgetError, match="more than 10 bytes"):
        read_whole(stream, 10)
    assert stream.tell() == 11


@posix
@pytest.mark.parametrize("kind", ["fifo", "socket", "device", "folder"])
def test_what_is_no_plain_file_is_refused_at_once(tmp_path, monkeypatch, kind):
    path = tmp_path / kind
    if kind == "fifo":
        os.mkfifo(path)
    elif kind == "socket":
        listener = socket.socket(socket.AF_UNIX)
        monkeypatch.chdir(tmp_path)  # the name of a socket has a hundred characters at most
        listener.bind(kind)
    elif kind == "device":
        path.symlink_to("/dev/zero")
    else:
        path.mkdir()
    began = time.monotonic()
    with pytest.raises(OSError, match=r"plain file|No such device"):
        open_regular(path)
    assert time.monotonic() - began < 1


@pytest.mark.parametrize(
    ("content", "limit"),
    [
        (json.dumps(dict.fromkeys(map(str, range(6_000)), 0)).encode(), "values; up to 10,000"),
        (b"[" * 41 + b"]" * 41, "nested more than 40 levels deep"),
        (b"[" * 900_000, "more than 40"),
        (b"[" + b"0," * 500_000 + b"0]", "values; up to 10,000"),
    ],
)
def test_json_over_a_limit_is_refused_before_it_is_parsed(monkeypatch, content, limit):
    monkeypatch.setattr(budget.json, "loads", lambda _: pytest.fail("it was parsed"))
    with pytest.raises(OverBudgetError, match=limit):
        parse_json(content)


def test_json_within_the_limits_is_read():
    document = {"a": [[1, 2], {"b": "[" * 5}], "c": "é"}
    assert parse_json(json.dumps(document).encode()) == document
    for broken in (b"{", b"", b'"\\ud800"'):
        with pytest.raises(ValueError, match=r"Expecting|surrogates"):
            parse_json(broken)


def test_records_are_counted_before_they_are_read():
    assert split_records(b"a\nb\nc") == [b"a", b"b", b"c"]
    with pytest.raises(OverBudgetError, match="100,001 lines; up to 100,000"):
        split_records(b"\n" * 2, before=99_999)
    with pytest.raises(OverBudgetError, match="line of more than 32,768 bytes"):
        split_records(b"x" * 40_000)


def test_a_list_of_arrays_is_read_without_the_arrays():
    import numpy as np

    stream = io.BytesIO(save({"a": np.zeros((2, 3), np.float32)}, {"note": "x"}))
    listed = read_list(stream)
    assert listed["a"]["shape"] == [2, 3]
    assert len(stream.read()) == 24
    with pytest.raises(OverBudgetError, match="up to 100,000 are accepted"):
        read_list(io.BytesIO((10**6).to_bytes(8, "little") + b"{}"))
    for broken in (b"", b"\2\0\0\0\0\0\0\0[]", b"\2\0\0\0\0\0\0\0{"):
        with pytest.raises(ValueError, match=r"Expecting|list of arrays"):
            read_list(io.BytesIO(broken))


# In a run


@posix
@pytest.mark.parametrize("name", ["config.json", "status.json", "metrics.jsonl", "about.json", "state.safetensors"])
def test_a_pipe_in_place_of_a_runs_file_is_refused(small_run, name):
    (small_run.path / name).unlink(missing_ok=True)
    os.mkfifo(small_run.path / name)
    began = time.monotonic()
    with pytest.raises(RunError, match="no plain file"):
        _read_all(small_run)
    assert time.monotonic() - began < 5


@posix
def test_a_pipe_among_the_requests_asks_for_nothing(small_run):
    from vae.jobs.requests import Requests

    (small_run.path / "requests").mkdir(exist_ok=True)
    os.mkfifo(small_run.path / "requests" / "step")
    assert Requests(small_run).stride() is None


def _read_all(run: Run) -> None:
    from vae.runs.state import read_state

    _ = run.settings, run.status, run.about, run.history(), read_state(run)


def test_metrics_over_the_limit_are_refused_and_forgotten(small_run, monkeypatch):
    monkeypatch.setattr(budget, "RECORDS", 1)
    path = small_run.path / "metrics.jsonl"
    with pytest.raises(RunError, match=r"metrics\.jsonl is not read: it has .* lines; up to 1 are accepted"):
        small_run.history()
    assert path not in history._read


def test_of_many_long_histories_few_are_kept(small_run, monkeypatch):
    monkeypatch.setattr(history, "_KEPT_RECORDS", 10)
    history._read.clear()
    line = (small_run.path / "metrics.jsonl").read_bytes().split(b"\n")[0] + b"\n"
    for i in range(5):
        path = small_run.path / f"{i}.jsonl"
        path.write_bytes(line * 4)
        assert len(history.read_history(path).steps + history.read_history(path).epochs) == 4
    assert sum(len(read.records) for read in history._read.values()) <= 10
