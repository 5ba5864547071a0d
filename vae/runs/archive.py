"""Export and import of a run as one zip file.

    <run-id>/config.json, status.json, metrics.jsonl, about.json, log.txt, state.safetensors
             checkpoints/epoch-0007.safetensors, latent/epoch-0007.npz

An archive from outside is not trusted. Its list of entries is checked before anything is unpacked. It is unpacked
into a hidden folder, with its bytes counted, and becomes a run only after every file has been read and checked.
"""

import os
import re
import shutil
import stat
import tempfile
import time
from collections.abc import Iterator
from contextlib import suppress
from io import BytesIO
from pathlib import Path
from typing import BinaryIO
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipFile, ZipInfo

import numpy as np

from vae import data
from vae.budget import LIST_BYTES, RUN_BYTES, RUN_FILES, most_bytes, read_list
from vae.config import Settings
from vae.errors import RunError, quoted, reason
from vae.model.architecture import n_weights
from vae.runs.catalogue import RUN_ID, move, new_id, runs_folder
from vae.runs.directory import cannot_write
from vae.runs.files import exists
from vae.runs.formats import DAMAGES, most_latent_bytes, require_weights
from vae.runs.history import forget
from vae.runs.run import Run
from vae.runs.state import has_state, most_state_bytes, read_state

CONFIG, METRICS, STATE = "config.json", "metrics.jsonl", "state.safetensors"
_OPTIONAL = (STATE, METRICS, "log.txt", "about.json")
_LIST_BYTES = 200 * RUN_FILES  # of the zip's list of entries
_TEXTS = (".json", ".jsonl", ".txt")
_LARGE, _MOST_PACKED = 16 * 2**20, 20  # size in bytes from which arrays may be compressed at most so many times
_PASSING = ("requests/", "checkpoints/live", "latent/live")  # prefixes of files that only a running training has
_METHODS = (ZIP_STORED, ZIP_DEFLATED)  # zipfile does not bound the unpacked size with the other methods
_ENCRYPTED = 0x41  # bits of an entry's flags
_CHUNK = 2**20
_HIDDEN = ".import-"
_LEFT_BEHIND = 86_400  # age in seconds from which a hidden import is taken for one that was killed
_REFUSED = "The archive cannot be imported"
_CHOOSE = "Choose an unchanged .zip of a downloaded run."
_WITHOUT_STATE = "Without state.safetensors the archive can be imported."
_PACKED_EARLY = "It was packed before its training had ended. Everything up to its last epoch is here."


def pack(run: Run) -> bytes:
    """Pack all files of `run` into a zip; works for bundled runs, and while a run is being trained.

    Raises:
        RunError: if it has no snapshot yet, a file cannot be read, or it is larger than `unpack` accepts.
    """
    run.last_epoch()  # both called for the errors that they raise
    run.history()
    buffer, total = BytesIO(), 0
    with ZipFile(buffer, "w") as archive:
        for name, content in _files(run):
            total += len(content)
            if total > RUN_BYTES:
                raise RunError(
                    f"{run.name} is too large for one archive, at {name}. Copy its folder instead: {run.path}"
                )
            entry = ZipInfo(f"{run.id}/{name}", time.localtime()[:6])
            entry.external_attr = (stat.S_IFREG | 0o644) << 16
            compressed = name.endswith((".safetensors", ".npz"))
            archive.writestr(entry, content, ZIP_STORED if compressed else ZIP_DEFLATED)
    return buffer.getvalue()


def unpack(file: BinaryIO) -> Run:
    """Import the run in a zip made by `pack`, under its own id or, if that is taken, a similar one.

    file: seekable. A training that had not ended becomes `interrupted`.

    Raises:
        RunError: if the archive is refused, naming the entry and the reason, or the runs folder cannot be written.
            Nothing is left behind then.
    """
    try:
        archive = ZipFile(_InSmallPieces(file))
    except DAMAGES as error:
        raise _refused(f"it is not a whole zip file ({reason(error)})") from error
    with archive:
        top, entries = _judge(archive.infolist())
        hidden = hidden_folder()
        try:
            run = Run(hidden)
            try:
                _extract(archive, {CONFIG: _named(entries, CONFIG)}, hidden)
                _judge_by_settings(archive, entries, run.settings)
                _extract(archive, {name: entry for name, entry in entries.items() if name != CONFIG}, hidden)
                _check(run, entries)
            except RunError as error:
                problem = str(error).replace(f"{hidden}{os.sep}", "")
                beginning = "" if problem.startswith(_REFUSED) else f"{_REFUSED}. "
                raise RunError(f"{beginning}{problem}") from error
            _settle(run)
            return move(run, runs_folder(), top if RUN_ID.fullmatch(top) else new_id(run.settings))
        finally:
            forget(hidden / METRICS)
            shutil.rmtree(hidden, ignore_errors=True)


def _files(run: Run) -> Iterator[tuple[str, bytes]]:
    """Names and contents. The state comes first, so that files written by a training meanwhile are newer than it."""
    for name in _OPTIONAL:
        if exists(run.path / name):
            yield name, _own_bytes(run, name)
    for epoch in run.epochs():
        try:
            contents = [(name, _own_bytes(run, name)) for name in _snapshot(epoch)]
        except RunError:
            if epoch in run.epochs():
                raise
            continue  # thinned out meanwhile
        yield from contents
    for name in (CONFIG, "status.json"):
        yield name, _own_bytes(run, name)


def _own_bytes(run: Run, name: str) -> bytes:
    """Read a file of the run, which must be in its folder: a link could lead to something private."""
    if not (run.path / name).resolve().is_relative_to(run.path.resolve()):
        raise RunError(
            f"{run.path / name} is a link to another place, and is not packed. Replace it by the file itself."
        )
    return run.read_bytes(name)


def _snapshot(epoch: int) -> tuple[str, str]:
    return f"checkpoints/epoch-{epoch:04d}.safetensors", f"latent/epoch-{epoch:04d}.npz"


def _refused(reason: str) -> RunError:
    return RunError(f"{_REFUSED}: {reason}. {_CHOOSE}")


# Before unpacking


class _InSmallPieces:
    """A file for zipfile that bounds each read; zipfile reads the list of entries, however long, at once."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self.seek, self.tell, self.seekable = file.seek, file.tell, file.seekable

    def read(self, n: int = -1) -> bytes:
        if n > _LIST_BYTES:
            raise BadZipFile(f"its list of entries has {n:,} bytes; up to {_LIST_BYTES:,} are accepted")
        return self._file.read(n if n >= 0 else _LIST_BYTES)


def _judge(entries: list[ZipInfo]) -> tuple[str, dict[str, ZipInfo]]:
    """Check the list of entries; return the top folder ("" for none), and file name within it → entry."""
    if len(entries) > RUN_FILES:
        raise _refused(f"it has {len(entries):,} entries; a run has {RUN_FILES:,} at most")
    folders = {entry.orig_filename for entry in entries if entry.orig_filename.endswith("/")}
    files: dict[str, ZipInfo] = {}
    tops = set()
    for entry in entries:
        _require_plain(entry)
        if entry.orig_filename in folders:
            continue
        top, name, limit = _place(entry.orig_filename)
        tops.add(top)
        if name in files:
            raise _refused(f"it holds {name} twice")
        if len(tops) > 1:
            raise _refused(f"{_quoted(entry)} is in another folder than the files before it")
        if entry.file_size > limit:
            raise _refused(f"{_quoted(entry)} would unpack to {entry.file_size:,} bytes; up to {limit:,} are accepted")
        files[name] = entry
    total = sum(entry.file_size for entry in files.values())
    if total > RUN_BYTES:
        raise _refused(f"it would unpack to {total:,} bytes; up to {RUN_BYTES:,} are accepted")
    top = next(iter(tops), "")
    start = f"{top}/" if top else ""
    for folder in sorted(folders - {start, f"{start}checkpoints/", f"{start}latent/"}):
        raise _refused(f"{quoted(folder)} is not a folder of a run")
    return top, files


def _named(entries: dict[str, ZipInfo], name: str) -> ZipInfo:
    if name not in entries:
        raise _refused(f"it has no {name}")
    return entries[name]


def _judge_by_settings(archive: ZipFile, entries: dict[str, ZipInfo], settings: Settings) -> None:
    """Raise a RunError if a file is larger than the run's settings allow, or its arrays are not those of its model."""
    limits = {
        "checkpoints/": 4 * n_weights(settings) + LIST_BYTES,
        "latent/": most_latent_bytes(settings.latent_dim) + LIST_BYTES,
        STATE: most_state_bytes(settings),
    }
    for name, entry in entries.items():
        limit = next((limit for beginning, limit in limits.items() if name.startswith(beginning)), entry.file_size)
        if entry.file_size > limit:
            raise _refused(
                f"{name} would unpack to {entry.file_size:,} bytes; the model in {CONFIG} has up to {limit:,}"
            )
        if entry.file_size > max(_LARGE, _MOST_PACKED * entry.compress_size) and not name.endswith(_TEXTS):
            raise _refused(
                f"{name} would unpack from {entry.compress_size:,} to {entry.file_size:,} bytes, which trained weights "
                f"never do; up to {_MOST_PACKED} times are accepted"
            )
        if name.startswith("checkpoints/"):
            try:
                with archive.open(entry) as packed:
                    require_weights(read_list(packed), settings)
            except DAMAGES as error:
                raise _refused(f"{name} is damaged: {reason(error)}") from error


def _require_plain(entry: ZipInfo) -> None:
    """Raise a RunError unless the entry is a plain file or folder inside the run, and its content is safe to read."""
    name = entry.orig_filename
    if name.startswith("/") or "\\" in name or ".." in name.split("/") or re.match("[A-Za-z]:", name):
        raise _refused(f"{_quoted(entry)} points outside the run's own folder")
    kind = stat.S_IFMT(entry.external_attr >> 16)
    if kind not in (0, stat.S_IFDIR if name.endswith("/") else stat.S_IFREG):
        raise _refused(f"{_quoted(entry)} is not a plain file")
    if entry.flag_bits & _ENCRYPTED:
        raise _refused(f"{_quoted(entry)} is encrypted")
    if entry.compress_type not in _METHODS:
        raise _refused(f"{_quoted(entry)} is compressed by a method other than deflate")


def _place(path: str) -> tuple[str, str, int]:
    """The top folder of an entry ("" for none), its file name in the run, and that file's size limit in bytes."""
    head, _, rest = path.partition("/")
    for top, name in (("", path), (head, rest)):
        if (limit := most_bytes(name)) is not None and not name.startswith(_PASSING):
            return top, name, limit
    raise _refused(f"{quoted(path)} is not a file of a run")


def _quoted(entry: ZipInfo) -> str:
    return quoted(entry.orig_filename)


# Unpacking


def hidden_folder() -> Path:
    """Make a new folder that no listing shows, and remove those left behind by killed imports."""
    folder = runs_folder()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for old in folder.glob(f"{_HIDDEN}*"):
            with suppress(OSError):  # already gone, or somebody else's
                if time.time() - old.stat().st_mtime > _LEFT_BEHIND:
                    shutil.rmtree(old)
        return Path(tempfile.mkdtemp(prefix=_HIDDEN, dir=folder))
    except OSError as error:
        raise RunError(cannot_write(folder, error)) from error


def _extract(archive: ZipFile, entries: dict[str, ZipInfo], folder: Path) -> None:
    try:
        for name, entry in entries.items():
            path = folder / name
            path.parent.mkdir(exist_ok=True)
            with path.open("xb") as file:
                for chunk in _content(archive, entry):
                    file.write(chunk)
                file.flush()
                os.fsync(file.fileno())
        folder.chmod(0o755)  # mkdtemp's 0700 would hide a shared run from other users
    except OSError as error:
        raise RunError(cannot_write(runs_folder(), error)) from error


def _content(archive: ZipFile, entry: ZipInfo) -> Iterator[bytes]:
    """The unpacked bytes in chunks. Raises a RunError as soon as they differ in number from what the entry declares."""
    n_bytes = 0
    try:
        with archive.open(entry) as packed:
            while chunk := packed.read(_CHUNK):
                n_bytes += len(chunk)
                if n_bytes > entry.file_size:
                    break
                yield chunk
    except DAMAGES as error:
        raise _refused(f"{_quoted(entry)} is damaged ({reason(error)})") from error
    if n_bytes != entry.file_size:
        raise _refused(f"{_quoted(entry)} does not unpack to the {entry.file_size:,} bytes that it declares")


# After unpacking


def _check(run: Run, entries: dict[str, ZipInfo]) -> None:
    """Raise a RunError unless every file of the run is present, whole, and fits the settings and the data set."""
    _, last = run.segment
    if run.fingerprint != data.fingerprint():
        raise RunError("The run was trained on another data set than the one here. Choose a run of this one.")
    _ = run.status, run.about, run.history()
    epochs = run.epochs()
    if not epochs:
        raise RunError(f"It has no snapshot: no epoch with a file in checkpoints/ and one in latent/. {_CHOOSE}")
    expected = {name for epoch in epochs for name in _snapshot(epoch)}
    for name in entries:
        if "/" in name and name not in expected:
            raise RunError(
                f"{name} has no counterpart: an epoch has a file in checkpoints/ and one in latent/. {_CHOOSE}"
            )
    if epochs[-1] > last:
        raise RunError(f"It has a snapshot of epoch {epochs[-1]}; in config.json epoch {last} is the last. {_CHOOSE}")
    labels = data.load("test").labels
    for epoch in epochs:
        run.snapshot(epoch).weights()
        if not np.array_equal(run.snapshot(epoch).latent().labels, labels):
            raise RunError(f"{_snapshot(epoch)[1]} is damaged: its labels are not the test images'. {_CHOOSE}")
    if has_state(run):
        _check_state(run)


def _check_state(run: Run) -> None:
    try:
        state, _ = read_state(run)
    except RunError as error:
        raise RunError(f"{error} {_WITHOUT_STATE}") from error
    if state.metrics_size > run.metrics_size():
        raise RunError(f"{METRICS} is damaged: state.safetensors belongs to a longer one. {_WITHOUT_STATE}")


def _settle(run: Run) -> None:
    """Write a status without a process: nobody here is training this run."""
    status = run.status
    if status.active or status == status.interrupted():
        status = status.model_copy(update={"state": "interrupted", "message": _PACKED_EARLY})
    run.write_status(status.model_copy(update={"pid": None, "process_started": None, "host": ""}))
