"""Every reader of a file that a stranger may have made, with a whole file that it reads, to be changed."""

import os
import shutil
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from random import Random
from typing import NamedTuple

import torch

from pages.ui.format import duration
from tests.mutations import Mutate, any_of, arraywise, bytewise, checkpoints, jsonwise, memberwise, tensorwise, zipwise
from vae.errors import UserError, one_line
from vae.jobs.requests import Change, Requests
from vae.runs.archive import pack, unpack
from vae.runs.foreign import import_checkpoint, is_checkpoint
from vae.runs.recognition import recognise
from vae.runs.run import About, Run
from vae.runs.state import NAME, read_state
from vae.runs.tensors import read_tensors

MOST = 600  # characters of a message


class Reader(NamedTuple):
    """content: whole; mutate: how to change it; read: what it goes through, and may refuse with a UserError."""

    content: bytes
    mutate: Mutate
    read: Callable[[bytes], object]


def readers(run: Run, marker: Path) -> dict[str, Reader]:
    """By name. run: a finished one, whose files are replaced and put back; marker: a file that only code would make."""
    run.write_about(About(name="Näme", note="note"))
    run.append_log("…")
    request = Change(beta=2.0).model_dump_json().encode()
    torch.manual_seed(0)
    layers = enumerate([torch.nn.Linear(*shape) for shape in ((784, 4), (4, 2), (4, 2), (2, 4), (4, 784))])
    state = {f"fc{i}.{kind}": tensor for i, layer in layers for kind, tensor in layer.state_dict().items()}
    text, tensors = any_of(jsonwise, bytewise), any_of(tensorwise, tensorwise, bytewise)
    arrays, archived = (
        any_of(arraywise, arraywise, bytewise, zipwise),
        any_of(memberwise, memberwise, bytewise, zipwise, zipwise),
    )

    def of_run(name: str, mutate: Mutate, read: Callable[[], object], content: bytes | None = None) -> Reader:
        whole = content or run.read_bytes(name)

        def replaced(changed: bytes) -> None:
            (run.path / name).parent.mkdir(exist_ok=True)
            (run.path / name).write_bytes(changed)
            try:
                read()
            finally:
                (run.path / name).write_bytes(whole)

        return Reader(whole, mutate, replaced)

    def checkpoint(_content: bytes, random: Random) -> bytes:
        return checkpoints(state, marker, random)

    def status() -> None:
        found = run.status
        duration(found.seconds), duration(found.seconds_left or 0), found.fraction

    def archive(changed: bytes) -> None:
        assert not is_checkpoint(BytesIO(changed), "x") or b"data.pkl" in changed[:300] or changed[6:9] == b"\0\0{"
        shutil.rmtree(unpack(BytesIO(changed)).path)

    def imported(changed: bytes) -> None:
        shutil.rmtree(import_checkpoint(BytesIO(changed), "x", "relu").path)

    return {
        "config": of_run("config.json", text, lambda: (run.settings, run.segment, run.fingerprint, run.created)),
        "status": of_run("status.json", text, status),
        "about": of_run("about.json", text, lambda: (run.about, run.name)),
        "metrics": of_run("metrics.jsonl", text, run.history),
        "request": of_run("requests/change", text, Requests(run).requested_change, request),
        "weights": of_run("checkpoints/epoch-0002.safetensors", tensors, lambda: run.snapshot(2).weights()),
        "latent": of_run("latent/epoch-0002.npz", arrays, lambda: run.snapshot(2).latent()),
        "state": of_run(NAME, tensors, lambda: read_state(run)),
        "archive": Reader(pack(run), archived, archive),
        "checkpoint": Reader(b"", checkpoint, lambda changed: recognise(read_tensors(changed))),
        "import": Reader(b"", checkpoint, imported),
    }


def refusal(reader: Reader, changed: bytes) -> str | None:
    """The message with which a changed file was refused; None if it was read. Anything else that is raised escapes."""
    try:
        reader.read(changed)
    except UserError as error:
        message = str(error)
        assert len(message) < MOST, message
        assert one_line(message) == message, message
        return message
    return None


def everything_beside(folder: Path) -> set[str]:
    """Files around a folder, but not in it."""
    return {os.fspath(path) for path in folder.parent.rglob("*") if folder not in (path, *path.parents)}
