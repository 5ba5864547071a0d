"""Limits on the cost of reading a file. Every file of a run, or from a stranger, is read through this module.

A file over a limit is refused before it is read in full, with an error that names the limit.
"""

import json
import os
import re
import stat
from pathlib import Path
from typing import IO, Any, BinaryIO

JSON_BYTES = 2**20
JSON_VALUES = 10_000
JSON_DEPTH = 40
RECORDS = 100_000  # lines of a metrics.jsonl; a training writes at most half of them
RECORD_BYTES = 2**15  # of one line
RECORDS_BYTES = 64 * 2**20  # of all lines
REQUEST_BYTES = 2**12
LIST_BYTES = 100_000  # of the list of arrays in a safetensors file; the largest model's has 4,000
LOG_BYTES = 64 * 2**20
LATENT_BYTES = 64 * 2**20
WEIGHTS = 50_000_000  # number of weights of a model
MAX_WEIGHT = 1e6  # absolute value of a weight, or of a mean of q(z|x)
MAX_LOGVAR = 200.0  # absolute value of a log σ² of q(z|x)
SNAPSHOT_BYTES = 4 * WEIGHTS + LIST_BYTES
STATE_BYTES = 3 * SNAPSHOT_BYTES  # the weights, and Adam's two moments of each
RUN_BYTES = 2 * 2**30  # of all files of an imported run, unpacked
RUN_FILES = 25_000  # the longest training has 10,001 epochs of two files each
CHECKPOINT_BYTES = 256 * 2**20  # of a checkpoint written by another program
CHECKPOINT_TENSORS = 200
PICKLE_STEPS = 200_000  # instructions; a pickle of 200 tensors has 8,000


_EPOCH = r"epoch-([0-9]{4}|[1-9][0-9]{4})"
_FILES = {  # name pattern of a run file → size limit in bytes
    re.compile(r"(config|status|about)\.json"): JSON_BYTES,
    re.compile(r"metrics\.jsonl"): RECORDS_BYTES,
    re.compile(r"log\.txt"): LOG_BYTES,
    re.compile(r"state\.safetensors"): STATE_BYTES,
    re.compile(rf"checkpoints/({_EPOCH}|live)\.safetensors"): SNAPSHOT_BYTES,
    re.compile(rf"latent/({_EPOCH}|live)\.npz"): LATENT_BYTES,
    re.compile(r"requests/(stop|pause|step|change)"): REQUEST_BYTES,
}
_BRACKETS = re.compile(rb"[\[\]{}]")


class OverBudgetError(ValueError):
    """A file over a limit. The message names the limit and reads on from the file's name: "it has …"."""


def most_bytes(name: str) -> int | None:
    """Size limit in bytes for a run file such as "checkpoints/epoch-0007.safetensors"; None for any other name."""
    return next((limit for pattern, limit in _FILES.items() if pattern.fullmatch(name)), None)


def open_regular(path: Path) -> BinaryIO:
    """Open a regular file for reading. A pipe, socket or device could block or never end, and is refused.

    Raises:
        OSError: if the operating system cannot open it, or it is not a regular file.
    """
    descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
    try:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise OSError(0, "it is a folder, a pipe or a device, and no plain file", str(path))
        return os.fdopen(descriptor, "rb")
    except BaseException:
        os.close(descriptor)
        raise


def read_whole(file: BinaryIO, most: int) -> bytes:
    """Read the rest of an open file, at most `most` bytes.

    Raises:
        OverBudgetError: if there are more.
        OSError: if reading fails.
    """
    content = file.read(most + 1)
    if len(content) > most:
        raise OverBudgetError(f"it has more than {most:,} bytes")
    return content


def read_file(path: Path, most: int) -> bytes:
    """Read a regular file of at most `most` bytes.

    Raises:
        OverBudgetError: if it is larger; its size is checked before it is read.
        OSError: as `open_regular`.
    """
    with open_regular(path) as file:
        size = os.fstat(file.fileno()).st_size
        if size > most:
            raise OverBudgetError(f"it has {size:,} bytes; up to {most:,} are accepted")
        return read_whole(file, most)


def parse_json(content: bytes) -> Any:
    """Parse a JSON document of a run.

    Raises:
        OverBudgetError: if it has more values, or deeper nesting, than any file that we write.
        ValueError: if it is not JSON, or holds text that cannot be encoded again (a lone surrogate).
    """
    n_values = content.count(b",") + content.count(b":") + 1
    if n_values > JSON_VALUES:
        raise OverBudgetError(f"it has {n_values:,} values; up to {JSON_VALUES:,} are accepted")
    if _depth(content) > JSON_DEPTH:
        raise OverBudgetError(f"it is nested more than {JSON_DEPTH} levels deep")
    document = json.loads(content)
    json.dumps(document, ensure_ascii=False).encode()
    return document


def split_records(content: bytes, before: int = 0) -> list[bytes]:
    """Split a metrics.jsonl, or a part of one, into lines, including the last one, which may be incomplete.

    before: number of lines already read from the same file.

    Raises:
        OverBudgetError: if there are too many lines, or one is too long.
    """
    n_records = before + content.count(b"\n")
    if n_records > RECORDS:
        raise OverBudgetError(f"it has {n_records:,} lines; up to {RECORDS:,} are accepted")
    lines = content.split(b"\n")
    if max(map(len, lines)) > RECORD_BYTES:
        raise OverBudgetError(f"it has a line of more than {RECORD_BYTES:,} bytes")
    return lines


def read_list(file: IO[bytes]) -> dict[str, Any]:
    """Read the header of a safetensors file: array name → description, and "__metadata__".

    The file position is then behind the header, where the numbers begin.

    Raises:
        OverBudgetError: if the header is longer than that of any model.
        ValueError: if there is no such header.
    """
    length = int.from_bytes(file.read(8), "little")
    if length > LIST_BYTES:
        raise OverBudgetError(f"its list of arrays has {length:,} bytes; up to {LIST_BYTES:,} are accepted")
    listed = json.loads(file.read(length))
    if not isinstance(listed, dict):
        raise ValueError("it does not begin with a list of arrays")
    return listed


def _depth(content: bytes) -> int:
    """Maximum nesting depth, counting brackets; those within text count too."""
    depth = deepest = 0
    for bracket in _BRACKETS.findall(content):
        depth += 1 if bracket in b"[{" else -1
        deepest = max(deepest, depth)
    return deepest
