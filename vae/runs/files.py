"""Atomic writing of files."""

import os
import tempfile
from pathlib import Path


def exists(path: Path) -> bool:
    """Whether `path` exists and is accessible; unlike Path.exists, it never raises."""
    return os.path.exists(path)  # noqa: PTH110


def write_atomically(path: Path, content: bytes) -> None:
    """Write `content` to `path` so that any reader sees the old file or the new one, never a part.

    The bytes are written to a temporary file beside `path`, flushed to the disk (fsync), and renamed. If anything
    fails, the temporary file is removed, which also frees its space on a full disk.

    Raises:
        OSError: if the operating system cannot write (disk full, no permission, folder gone).
    """
    descriptor, name = tempfile.mkstemp(prefix=f".{path.name}.", suffix=".tmp", dir=path.parent)
    temporary = Path(name)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        temporary.chmod(0o644)  # mkstemp's 0600 would hide a shared run from other users
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
