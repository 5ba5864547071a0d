"""Catalogue of the bundled runs and of the user's own: listing, finding, creating, moving and shipping runs."""

import errno
import os
import re
import shutil
import time
from itertools import count
from pathlib import Path

import numpy as np

from vae.analysis.latent import Latent
from vae.config import Settings
from vae.errors import RunError, quoted
from vae.model.cost import require_trainable
from vae.resources import ASSETS, runs_folder
from vae.runs.directory import cannot_write
from vae.runs.files import exists
from vae.runs.run import Run
from vae.runs.status import Status
from vae.runs.thinning import epochs_to_drop

BUNDLED = ASSETS / "runs"
FIRST = "mnist-plane"  # the bundled run listed first
SLIM_SNAPSHOTS = 10

RUN_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")


def is_bundled(run: Run) -> bool:
    """Whether the run came with the app, and so is read-only."""
    return run.path.resolve().parent == BUNDLED


def list_runs() -> list[Run]:
    """All runs: the bundled ones with the best at the top, then the user's own, newest first.

    Folders without a config.json are not runs.
    """
    return [*sorted(runs_in(BUNDLED), key=lambda run: run.id != FIRST), *own_runs()]


def own_runs() -> list[Run]:
    """The runs in the runs folder, newest first."""
    return sorted(runs_in(runs_folder()), key=_created, reverse=True)


def default_run() -> Run:
    """The run to show first: the first one with a snapshot, usually the bundled `FIRST`.

    Raises:
        RunError: if there is none.
    """
    for run in list_runs():
        if run.epochs():
            return run
    raise RunError(f"There is no run to show in {BUNDLED} nor in {runs_folder()}. Train one on the Train page.")


def find_run(name: str) -> Run:
    """The run with the id `name`. The name is only compared, never made into a path.

    Raises:
        RunError: if there is none.
    """
    for run in list_runs():
        if run.id == name:
            return run
    raise RunError(f"There is no run named {quoted(name)}. Choose one from the list, or train one.")


def create_run(settings: Settings, path: Path | None = None) -> Run:
    """Create a run directory in state `queued` at `path`, by default under a new name in the runs folder.

    Raises:
        SettingsError: if the training needs more memory than this machine has.
        RunError: if the directory exists and is not empty, or cannot be written. Nothing is left behind then.
    """
    require_trainable(settings)
    run = Run(path.absolute()) if path else _new_run(settings)
    if not RUN_ID.fullmatch(run.id):
        raise RunError(f"{quoted(run.id)} cannot name a run: use letters, digits, '.', '_' and '-', 100 at most.")
    if run.path.parent == runs_folder() and exists(BUNDLED / run.id):
        raise RunError(f"A bundled run is already called {quoted(run.id)}. Choose another name.")
    try:
        run.path.mkdir(parents=True, exist_ok=True)
        if any(run.path.iterdir()):
            raise RunError(f"{run.path} is not empty. Choose a new directory; a run is never overwritten.")
    except OSError as error:
        raise RunError(cannot_write(run.path, error)) from error
    try:
        (run.path / "checkpoints").mkdir()
        (run.path / "latent").mkdir()
        run.write_status(Status())
        run.write_config(settings)
    except BaseException as error:  # else a full disk would leave a damaged run
        shutil.rmtree(run.path, ignore_errors=True)
        if isinstance(error, OSError):
            raise RunError(cannot_write(run.path, error)) from error
        raise
    return run


def _new_run(settings: Settings) -> Run:
    """Create an empty directory in the runs folder under a free id."""
    while True:
        run = Run(runs_folder() / new_id(settings))
        try:
            run.path.mkdir(parents=True)
        except FileExistsError:
            continue  # another process took the id just now
        except OSError as error:
            raise RunError(cannot_write(run.path, error)) from error
        return run


def copy_slim(run: Run, path: Path) -> Run:
    """Copy a finished run for shipping: ten snapshots, the last one whole, the others slim in half precision.

    A slim snapshot has what a time-lapse needs (points and decoder), at about a quarter of the size.

    Raises:
        RunError: if `run` has not finished, or `path` is not empty or cannot be written.
    """
    copy = _copy_without_snapshots(run, path)
    best = run.history().best
    kept = {best.epoch} if best else set()
    for epoch in set(run.epochs()) - set(epochs_to_drop(run.epochs(), SLIM_SNAPSHOTS, kept)):
        weights, latent = run.snapshot(epoch).weights(), run.snapshot(epoch).latent()
        if epoch != run.last_epoch():
            weights, latent = _halved(weights, latent)
            weights = {k: v for k, v in weights.items() if k.startswith("decoder.")}
        copy.write_snapshot(epoch, weights, latent)
    copy.write_status(run.status.model_copy(update={"pid": None, "host": ""}))
    return copy


def copy_last(run: Run, path: Path) -> Run:
    """Copy a finished run for comparisons: only its last snapshot, whole, in half precision.

    Raises:
        RunError: as `copy_slim`.
    """
    copy = _copy_without_snapshots(run, path)
    last = run.last_epoch()
    copy.write_snapshot(last, *_halved(run.snapshot(last).weights(), run.snapshot(last).latent()))
    copy.write_status(run.status.model_copy(update={"pid": None, "host": ""}))
    return copy


def _copy_without_snapshots(run: Run, path: Path) -> Run:
    if run.status.state != "finished":
        raise RunError(f"The run {run.id} is {run.status.state}; only a finished run can be shipped.")
    copy = create_run(run.settings, path)
    for name in ("config.json", "metrics.jsonl", "log.txt"):
        copy.write_bytes(name, run.read_bytes(name))
    return copy


def _halved(weights: dict[str, np.ndarray], latent: Latent) -> tuple[dict[str, np.ndarray], Latent]:
    halved = {name: array.astype(np.float16) for name, array in weights.items()}
    return halved, Latent(latent.mu.astype(np.float16), latent.logvar.astype(np.float16), latent.labels)


def move(run: Run, folder: Path, wanted: str) -> Run:
    """Move a run directory into `folder` on the same disk, under the id `wanted` or a free one like it.

    Raises:
        RunError: if the operating system does not allow it.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        while True:
            try:
                return Run(run.path.rename(folder / free_id(wanted, folder)))
            except OSError as error:
                if error.errno not in (errno.EEXIST, errno.ENOTEMPTY):  # another process took the id just now
                    raise
    except OSError as error:
        raise RunError(cannot_write(folder / wanted, error)) from error


def new_id(settings: Settings) -> str:
    """A free id for a run with these settings: the preset and the time."""
    return free_id(f"{settings.preset}-{time.strftime('%Y%m%d-%H%M%S')}", runs_folder())


def free_id(wanted: str, folder: Path) -> str:
    """`wanted`, with -2, -3, … appended if `folder` or the bundled runs already have it."""
    name = wanted
    for number in count(2):
        if not any(os.path.lexists(place / name) for place in (folder, BUNDLED)):
            break
        name = f"{wanted[:90]}-{number}"
    return name


def runs_in(folder: Path) -> list[Run]:
    """The runs of one folder, by id."""
    try:
        children = sorted(folder.iterdir())
    except OSError:
        return []  # no runs folder yet
    return [Run(path) for path in children if RUN_ID.fullmatch(path.name) and exists(path / "config.json")]


def _created(run: Run) -> float:
    try:
        return (run.path / "config.json").stat().st_mtime
    except OSError:
        return 0.0
