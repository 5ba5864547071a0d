"""Access to the files of a run directory: bounded reads, atomic writes, and errors that say which file and why."""

import os
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from vae.budget import OverBudgetError, most_bytes, parse_json, read_file
from vae.errors import RunError
from vae.runs.files import exists, write_atomically

USE_ANOTHER = "Restore the file, or choose another run."


@dataclass(frozen=True)
class Directory:
    """The folder of one run. Nothing is cached: every method reads the disk."""

    path: Path

    @property
    def id(self) -> str:
        return self.path.name

    @property
    def key(self) -> bytes:
        """The path as bytes, as a key for caches; a path need not be valid text."""
        return os.fsencode(self.path)

    def size(self) -> int:
        """Size on the disk in bytes."""
        total = 0
        with suppress(OSError):  # the run was moved meanwhile
            for path in self.path.rglob("*"):
                with suppress(OSError):  # replaced or thinned out meanwhile
                    total += path.lstat().st_size
        return total

    def read_bytes(self, name: str) -> bytes:
        """Read one of the run's files."""
        most = most_bytes(name)
        if most is None:
            raise ValueError(f"{name} is not a file of a run")
        try:
            return read_file(self.path / name, most)
        except OverBudgetError as error:
            raise self._over_budget(name, error) from error
        except OSError as error:
            raise RunError(f"Cannot read {self.path / name}: {error.strerror}. {USE_ANOTHER}") from error

    def read_json(self, name: str) -> Any:
        """Read one of the run's JSON files."""
        try:
            return parse_json(self.read_bytes(name))
        except OverBudgetError as error:
            raise self._over_budget(name, error) from error
        except (ValueError, RecursionError) as error:
            raise RunError(f"{self.path / name} is damaged: it is not JSON. {USE_ANOTHER}") from error

    def _over_budget(self, name: str, error: OverBudgetError) -> RunError:
        return RunError(f"{self.path / name} is not read: {error}. {USE_ANOTHER}")

    def write_bytes(self, name: str | Path, content: bytes) -> None:
        """Write one of the run's files atomically."""
        try:
            write_atomically(self.path / name, content)
        except OSError as error:
            raise self._cannot_write(name, error) from error

    def append(self, name: str, line: str) -> None:
        """Append a line to one of the run's files."""
        try:
            with (self.path / name).open("a", encoding="utf-8") as file:
                file.write(line + "\n")
                file.flush()
                os.fsync(file.fileno())
        except OSError as error:
            raise self._cannot_write(name, error) from error

    def _cannot_write(self, name: str | Path, error: OSError) -> RunError:
        if not exists(self.path):
            return RunError(f"Cannot write {self.path / name}: its folder is gone. Somebody deleted the run.")
        return RunError(cannot_write(self.path / name, error))


def cannot_write(path: Path, error: OSError) -> str:
    """The message about a file that the operating system cannot write."""
    return (
        f"Cannot write {path}: {error.strerror}. "
        "Free some space, or set LATENT_PLANE_RUNS to a folder that you can write."
    )
