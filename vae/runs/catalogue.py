"""The folders of runs: the bundled ones and one's own; listing, finding, making and shipping them."""

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
FIRST = "mnist-plane"  # of the bundled runs
SLIM_SNAPSHOTS = 10

RUN_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")


def is_bundled(run: Run) -> bool:
    """Whether it came with the app, and so is read-only."""
    return run.path.resolve().parent == BUNDLED


def list_runs() -> list[Run]:
    """All runs, bundled first, the best of them at the top, then one's own, newest first.

    Folders without a config.json are no runs.
    """
    return [*sorted(runs_in(BUNDLED), key=lambda run: run.id != FIRST), *own_runs()]


def own_runs() -> list[Run]:
    """The runs of the runs folder, newest first."""
    return sorted(runs_in(runs_folder()), key=_created, reverse=True)


def default_run() -> Run:
    """The bundled run that shows the plane best; or else the first of all that has a snapshot.

    Raises:
        RunError: if there is none.
    """
    for run in list_runs():
        if run.epochs():
            return run
    raise RunError(f"There is no run to show in {BUNDLED} nor in {runs_folder()}. Train one on the Train page.")


def find_run(name: str) -> Run:
    """The run with the id `name`; a name is only ever compared, never made into a path.

    Raises:
        RunError: if there is none.
    """
    for run in list_runs():
        if run.id == name:
            return run
    raise RunError(f"There is no run named {quoted(name)}. Choose one of the list, or train one.")


def create_run(settings: Settings, path: Path | None = None) -> Run:
    """Make a run directory, state `queued`, at `path`, or under a new name in the runs folder.

    Raises:
        SettingsError: if the training needs more than this machine has.
        RunError: if the directory exists and is not empty, or cannot be written. Then nothing is left of it.
    """
    require_trainable(settings)
    run = Run(path.absolute()) if path else _new_run(settings)
    if not RUN_ID.fullmatch(run.id):
        raise RunError(f"{quoted(run.id)} cannot name a run: use letters, digits, '.', '_' and '-', 100 at most.")
    if run.path.parent == runs_folder() and exists(BUNDLED / run.id):
        raise RunError(f"A bundled run is called {quoted(run.id)} already. Choose another name.")
    try:
        run.path.mkdir(parents=True, exist_ok=True)
        if any(run.path.iterdir()):
            raise RunError(f"{run.path} is not empty. Choose a new directory; a run is never written over.")
    except OSError as error:
        raise RunError(cannot_write(run.path, error)) from error
    try:
        (run.path / "checkpoints").mkdir()
        (run.path / "latent").mkdir()
        run.write_status(Status())
        run.write_config(settings)
    except BaseException as error:  # what is left on a full disk would be a damaged run
        shutil.rmtree(run.path, ignore_errors=True)
        if isinstance(error, OSError):
            raise RunError(cannot_write(run.path, error)) from error
        raise
    return run


def _new_run(settings: Settings) -> Run:
    """An empty directory in the runs folder that nobody else has."""
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
    """Copy a finished run for shipping: ten snapshots, the last one whole, the others decoders in half precision.

    What a time-lapse needs stays (points and decoder), at about a quarter of the size of each.

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
    """Copy a finished run for comparisons: its last snapshot alone, whole, in half precision.

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
    """Rename a run directory into `folder` on the same disk, under the id `wanted` or else a free one like it.

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
    """`wanted`, or else that with -2, -3, … after it: what neither `folder` nor the bundled runs have."""
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
