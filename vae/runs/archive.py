"""A run as one zip file: out, for a colleague or a disk, and in, from a stranger.

    <run-id>/config.json, status.json, metrics.jsonl, about.json, log.txt, state.safetensors
             checkpoints/epoch-0007.safetensors, latent/epoch-0007.npz

An archive from outside is trusted in nothing. Its list of entries is judged before a byte is unpacked; what is
unpacked is counted, lies hidden, and becomes a run only after every file of it was read and found right.
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
_LARGE, _MOST_PACKED = 16 * 2**20, 20  # bytes above which arrays may be packed so many times smaller, at most
_PASSING = ("requests/", "checkpoints/live", "latent/live")  # how files begin that belong to a training under way
_METHODS = (ZIP_STORED, ZIP_DEFLATED)  # zipfile unpacks the others without bound, whatever size they declare
_ENCRYPTED = 0x41  # bits of an entry's flags
_CHUNK = 2**20
_HIDDEN = ".import-"
_LEFT_BEHIND = 86_400  # seconds after which an import that is still hidden was killed
_REFUSED = "The archive cannot be imported"
_CHOOSE = "Choose a .zip that a run was downloaded as, unchanged."
_WITHOUT_STATE = "Without state.safetensors the archive can be imported."
_PACKED_EARLY = "It was packed before its training had ended. Everything up to its last epoch is here."


def pack(run: Run) -> bytes:
    """A zip of everything that belongs to `run`: also of a bundled one, also while it is being trained.

    Raises:
        RunError: if it has no snapshot yet, one of its files cannot be read, or it is more than `unpack` accepts.
    """
    run.last_epoch()  # both read for what they raise
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
    """Import the run in a zip such as `pack` makes, under its own id or, if that is taken, another.

    file: seekable. A training that had not ended becomes `interrupted`.

    Raises:
        RunError: if it is refused, naming the entry and the reason, or the runs folder cannot be written. Then nothing
            is left of it.
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
    """Name and content. The state comes first, so that what a training writes meanwhile is newer than it, not older."""
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
    """The content of a file that lies in the run's folder itself, and so is the run's to give away."""
    if not (run.path / name).resolve().is_relative_to(run.path.resolve()):
        raise RunError(f"{run.path / name} is a link to another place, and is not packed. Put the file itself there.")
    return run.read_bytes(name)


def _snapshot(epoch: int) -> tuple[str, str]:
    return f"checkpoints/epoch-{epoch:04d}.safetensors", f"latent/epoch-{epoch:04d}.npz"


def _refused(reason: str) -> RunError:
    return RunError(f"{_REFUSED}: {reason}. {_CHOOSE}")


# Before unpacking


class _InSmallPieces:
    """A file as zipfile uses it, which would otherwise read the whole list of entries, however long, at once."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self.seek, self.tell, self.seekable = file.seek, file.tell, file.seekable

    def read(self, n: int = -1) -> bytes:
        if n > _LIST_BYTES:
            raise BadZipFile(f"its list of entries has {n:,} bytes; up to {_LIST_BYTES:,} are accepted")
        return self._file.read(n if n >= 0 else _LIST_BYTES)


def _judge(entries: list[ZipInfo]) -> tuple[str, dict[str, ZipInfo]]:
    """The name of the single folder that all files lie in ("": none), and file name within it → entry."""
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
            raise _refused(f"{_quoted(entry)} lies in another folder than the files before it")
        if entry.file_size > limit:
            raise _refused(f"{_quoted(entry)} would unpack to {entry.file_size:,} bytes; up to {limit:,} are accepted")
        files[name] = entry
    total = sum(entry.file_size for entry in files.values())
    if total > RUN_BYTES:
        raise _refused(f"it would unpack to {total:,} bytes; up to {RUN_BYTES:,} are accepted")
    top = next(iter(tops), "")
    start = f"{top}/" if top else ""
    for folder in sorted(folders - {start, f"{start}checkpoints/", f"{start}latent/"}):
        raise _refused(f"{quoted(folder)} is no folder of a run")
    return top, files


def _named(entries: dict[str, ZipInfo], name: str) -> ZipInfo:
    if name not in entries:
        raise _refused(f"it has no {name}")
    return entries[name]


def _judge_by_settings(archive: ZipFile, entries: dict[str, ZipInfo], settings: Settings) -> None:
    """Raise a RunError if a file is larger than the run's own settings make it, or begins with other arrays."""
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
                f"{name} would unpack from {entry.compress_size:,} to {entry.file_size:,} bytes, as no trained "
                f"weights do; up to {_MOST_PACKED} times are accepted"
            )
        if name.startswith("checkpoints/"):
            try:
                with archive.open(entry) as packed:
                    require_weights(read_list(packed), settings)
            except DAMAGES as error:
                raise _refused(f"{name} is damaged: {reason(error)}") from error


def _require_plain(entry: ZipInfo) -> None:
    """Raise a RunError unless the entry names a place inside, and its content can be read safely."""
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
    """The top folder ("": none), the run's file in it, and the most bytes that this file may have."""
    head, _, rest = path.partition("/")
    for top, name in (("", path), (head, rest)):
        if (limit := most_bytes(name)) is not None and not name.startswith(_PASSING):
            return top, name, limit
    raise _refused(f"{quoted(path)} is no file of a run")


def _quoted(entry: ZipInfo) -> str:
    return quoted(entry.orig_filename)


# Unpacking


def hidden_folder() -> Path:
    """A new folder that no listing shows; those that killed imports left are removed."""
    folder = runs_folder()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for old in folder.glob(f"{_HIDDEN}*"):
            with suppress(OSError):  # gone meanwhile, or somebody else's
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
    """The unpacked bytes in chunks: exactly as many as the entry declares, or a RunError, early."""
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
    """Raise a RunError unless every file of the run is there, whole, and fits the settings and the data set."""
    _, last = run.segment
    if run.fingerprint != data.fingerprint():
        raise RunError("Its run was trained on another data set than the one here. Choose a run of this one.")
    _ = run.status, run.about, run.history()
    epochs = run.epochs()
    if not epochs:
        raise RunError(f"It has no snapshot: no epoch with a file in checkpoints/ and one in latent/. {_CHOOSE}")
    expected = {name for epoch in epochs for name in _snapshot(epoch)}
    for name in entries:
        if "/" in name and name not in expected:
            raise RunError(f"{name} has no other half: an epoch has one in checkpoints/, one in latent/. {_CHOOSE}")
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
        progress, _ = read_state(run)
    except RunError as error:
        raise RunError(f"{error} {_WITHOUT_STATE}") from error
    if progress.metrics_size > run.metrics_size():
        raise RunError(f"{METRICS} is damaged: state.safetensors belongs to a longer one. {_WITHOUT_STATE}")


def _settle(run: Run) -> None:
    """Nobody here is at work on it, whatever its status says."""
    status = run.status
    if status.active or status == status.interrupted():
        status = status.model_copy(update={"state": "interrupted", "message": _PACKED_EARLY})
    run.write_status(status.model_copy(update={"pid": None, "process_started": None, "host": ""}))
