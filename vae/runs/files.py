"""Files that appear whole or not at all."""

import os
import tempfile
from pathlib import Path


def exists(path: Path) -> bool:
    """Whether `path` is there and may be looked at; unlike Path.exists, it never raises."""
    return os.path.exists(path)  # noqa: PTH110


def write_atomically(path: Path, content: bytes) -> None:
    """Write `content` to `path` so that any reader sees the old file or the new one, never a part.

    The bytes go to a temporary name beside `path`, reach the disk (fsync) and are then renamed. Whatever
    fails, the temporary file is removed, which also gives its space back to a full disk.

    Raises:
        OSError: as the operating system reports it (disk full, no permission, folder gone).
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
