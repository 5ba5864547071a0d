"""The trash of deleted runs: the folder `.trash` in the runs folder, which no listing shows."""

import os
import shutil
import time
from pathlib import Path

from vae.errors import RunError, quoted
from vae.runs.catalogue import move, runs_folder, runs_in
from vae.runs.directory import cannot_write
from vae.runs.files import exists
from vae.runs.run import Run


def delete(run: Run) -> Run:
    """Move a run of the runs folder to the trash; return it from there.

    Raises:
        RunError: if it is bundled, is being trained, or cannot be moved.
    """
    if run.path.parent != runs_folder():
        raise RunError(f"The run {run.id} came with the app and stays; only runs in {runs_folder()} can be deleted.")
    if _active(run):
        raise RunError(f"The run {run.id} is being trained; stop it first.")
    if not exists(run.path):
        raise RunError(f"The run {run.id} is gone. Somebody has already deleted it.")
    now = time.time_ns()
    try:
        os.utime(run.path, ns=(now, now))  # the folder's time now is that of its deletion
    except OSError as error:
        raise RunError(cannot_write(run.path, error)) from error
    return move(run, _own_folder(), run.id)


def trashed() -> list[Run]:
    """The deleted runs, the latest first."""
    return [] if _folder().is_symlink() else sorted(runs_in(_folder()), key=_deleted, reverse=True)


def restore(name: str) -> Run:
    """Move the run with the id `name` back from the trash, under that id or, if it is taken now, a similar one.

    Raises:
        RunError: if the trash has no such run, or it cannot be moved.
    """
    for run in trashed():
        if run.id == name:  # the name is only compared, never made into a path
            return move(run, runs_folder(), run.id)
    raise RunError(f"There is no run named {quoted(name)} in the trash. Choose one of those listed there.")


def empty() -> None:
    """Delete everything in the trash for good.

    Raises:
        RunError: if something cannot be deleted.
    """
    try:
        children = list(_own_folder().iterdir())
    except FileNotFoundError:
        return  # no run was ever deleted
    except OSError as error:
        raise RunError(cannot_write(_folder(), error)) from error
    for child in children:
        try:
            if child.is_dir() and not child.is_symlink():
                shutil.rmtree(child)
            else:
                child.unlink()
        except OSError as error:
            raise RunError(f"Cannot delete {child}: {error.strerror}. Delete that folder yourself.") from error


def _folder() -> Path:
    return runs_folder() / ".trash"


def _own_folder() -> Path:
    """The trash, a real folder within the runs folder.

    Raises:
        RunError: if it is a link: emptying it would delete files elsewhere.
    """
    folder = _folder()
    if folder.is_symlink():
        raise RunError(f"{folder} is a link to another place, and is left alone. Delete the link.")
    return folder


def _active(run: Run) -> bool:
    try:
        return run.status.active
    except RunError:
        return False  # a damaged run can be deleted too


def _deleted(run: Run) -> int:
    try:
        return run.path.stat().st_mtime_ns
    except OSError:
        return 0  # restored meanwhile
