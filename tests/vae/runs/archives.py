"""Zip archives of a run: made, changed, and refused."""

import struct
from io import BytesIO
from pathlib import Path
from zipfile import ZIP_STORED, ZipFile, ZipInfo

import numpy as np
import pytest

from vae.errors import RunError
from vae.runs.archive import unpack
from vae.runs.run import Run

FIRST, LAST = "epoch-0000", "epoch-0001"
LATENT = f"latent/{LAST}.npz"
WEIGHTS = f"checkpoints/{LAST}.safetensors"
STATE = "state.safetensors"


class Contents(dict[str, bytes]):
    """Entry name → content of an archive."""

    def __repr__(self) -> str:
        return f"Contents of {', '.join(self)}"


def zipped(contents: dict[str | ZipInfo, bytes], method: int = ZIP_STORED) -> BytesIO:
    buffer = BytesIO()
    with ZipFile(buffer, "w", method) as packed:
        for name, content in contents.items():
            packed.writestr(name, content)
    return buffer


def everything_in(folder: Path) -> dict[str, int]:
    return {str(path.relative_to(folder)): path.lstat().st_size for path in folder.rglob("*") if not path.is_dir()}


def refuse(file: BytesIO, folder: Path, reason: str = "") -> str:
    """Assert that `file` is refused for `reason` and that nothing of it stays, inside the runs folder or out of it."""
    around = everything_in(folder.parent)
    with pytest.raises(RunError, match=reason or None) as error:
        unpack(file)
    assert list(folder.iterdir()) == []
    assert everything_in(folder.parent) == around
    assert ".import-" not in str(error.value)
    assert str(folder) not in str(error.value)
    return str(error.value)


def assert_same(copy: Run, run: Run) -> None:
    assert copy.epochs() == run.epochs()
    assert copy.settings == run.settings
    assert copy.created == run.created
    assert copy.about == run.about
    assert copy.history() == run.history()
    for epoch in run.epochs():
        weights, copied = run.snapshot(epoch).weights(), copy.snapshot(epoch).weights()
        assert weights.keys() == copied.keys()
        assert all(np.array_equal(weights[name], copied[name]) for name in weights)
        assert all(
            np.array_equal(*pair)
            for pair in zip(run.snapshot(epoch).latent(), copy.snapshot(epoch).latent(), strict=True)
        )


def patched(file: BytesIO, name: str, field: int, format: str, value: int) -> BytesIO:
    """The zip with one field of the named entry changed in the list of entries."""
    content = bytearray(file.getvalue())
    at = content.rindex(b"PK\x01\x02", 0, content.rindex(name.encode()))
    struct.pack_into(format, content, at + field, value)
    return BytesIO(content)


NEEDED, FLAGS, METHOD, CRC, UNPACKED = (6, "<H"), (8, "<H"), (10, "<H"), (16, "<I"), (24, "<I")
