"""Queue of trainings: one at a time in a folder of runs; the others wait, each in its own process, in order of arrival.

A lock of the operating system decides, which is released when its process ends, however that happens. The order is
read from the statuses of the runs, so there is no separate list to maintain or to get wrong.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from vae.errors import RunError
from vae.jobs.requests import Requests
from vae.runs.catalogue import is_bundled, runs_in
from vae.runs.directory import cannot_write
from vae.runs.files import exists
from vae.runs.run import Run
from vae.runs.state import NAME, has_state, read_state
from vae.runs.status import Status

LOOK_EVERY = 0.2  # seconds between looks of the next in line; those further back look less often
HEARTBEAT = 2.0  # seconds
LOCK_PATIENCE = 10.0  # seconds to wait for the lock, which is normally held for milliseconds


def waiting(folder: Path) -> list[Run]:
    """The queued runs of a folder, the next one first."""
    found = []
    for run in runs_in(folder):
        try:
            status = run.status
        except RunError:
            continue  # a damaged run is not waiting
        if status.state == "queued":
            found.append((status.since, run.id, run))
    return [run for _, _, run in sorted(found, key=lambda entry: entry[:2])]


def queue_again(run: Run) -> None:
    """Queue a training that ended early, to resume it.

    Raises:
        RunError: if it is already active, has finished, has no saved state, or cannot be written.
    """
    with _deciding(run):
        if run.status.state == "finished":
            raise RunError(f"{run.name} has finished all of its epochs. Continue it for some more.")
        if not has_state(run) and any(run.epochs()):
            raise RunError(f"{run.name} has no {NAME} to resume from. Look at it, or duplicate its settings.")
        _queue(run)


def queue_for_more(run: Run, more_epochs: int) -> None:
    """Queue a finished training, to continue it for `more_epochs` epochs.

    Raises:
        RunError: if it is active, has not finished, has no saved state, or cannot be written.
        SettingsError: if `more_epochs` is out of range.
    """
    with _deciding(run):
        if run.status.state != "finished":
            raise RunError(f"{run.name} has not finished yet. Resume it first.")
        state, _ = read_state(run)
        run.extend(state.epoch, more_epochs)
        _queue(run)


def take(run: Run) -> Status:
    """Take a queued run for this process, however long ago it was queued; return its status.

    Raises:
        RunError: if it is not queued, or another process has taken it.
    """
    with _changing_state(run):
        status = run.recorded_status()
        if status.state != "queued" or not (status.pid is None or status.starting):
            status = run.status
            owner = f" by process {status.pid}" if status.active and status.pid else ""
            raise RunError(f"{run.path} cannot be trained now: it is {status.state}{owner}.")
        mine = status.taken_by_this_process()
        run.write_status(mine)
        return mine


def stand_for(run: Run) -> Status:
    """Make this process the stand-in owner of a queued run until the process that it launches takes the run.

    Returns the status that was written.

    Raises:
        RunError: if the run cannot be written.
    """
    with _changing_state(run):
        standing = run.recorded_status().taken_by_this_process(starting=True)
        run.write_status(standing)
        return standing


def give_up(run: Run, standing: Status, message: str) -> None:
    """Mark a run as failed if nobody has taken it since `stand_for` returned `standing`.

    Raises:
        RunError: if the run cannot be written.
    """
    with _changing_state(run):
        if run.recorded_status() == standing:
            run.write_status(standing.model_copy(update={"state": "failed", "message": message, "starting": False}))


@contextmanager
def _deciding(run: Run) -> Iterator[None]:
    """Hold the lock while deciding about a run, which must not be bundled or active."""
    if is_bundled(run):
        raise RunError(f"{run.name} came with the app and is read-only. Duplicate its settings instead.")
    with _changing_state(run):
        if run.status.active:
            raise RunError(f"{run.name} is already {run.status.state}.")
        yield


def _queue(run: Run) -> None:
    Requests(run).withdraw("stop", "pause", "step")
    now = {"state": "queued", "pid": None, "process_started": None, "starting": False, "message": ""}
    fresh = Status()
    run.write_status(
        run.status.model_copy(update=now | {"since": fresh.since, "heartbeat": fresh.heartbeat, "host": fresh.host})
    )


@contextmanager
def _changing_state(run: Run) -> Iterator[None]:
    """Hold the lock on the states of this folder's runs."""
    try:
        with FileLock(run.path.parent / ".state.lock", timeout=LOCK_PATIENCE):
            yield
    except Timeout:
        raise RunError(f"{run.path.parent} is busy. Try again.") from None
    except OSError as error:
        raise RunError(cannot_write(run.path.parent / ".state.lock", error)) from error


@contextmanager
def turn(run: Run, status: Status, ended: Callable[[], str | None]) -> Iterator[str | None]:
    """Wait for this run's turn, and keep the others waiting while the body runs.

    Yields None; or a reason, if the run was withdrawn or `ended` returned a reason before its turn.

    Raises:
        RunError: if the lock file or the status cannot be written.
    """
    lock = FileLock(run.path.parent / ".training.lock", blocking=False)
    reason = _wait(run, lock, status, ended)
    try:
        yield reason
    finally:
        lock.release()


def _wait(run: Run, lock: FileLock, status: Status, ended: Callable[[], str | None]) -> str | None:
    requests = Requests(run)
    while True:
        if "stop" in requests.pending():
            return "Withdrawn from the queue"
        if reason := ended():
            return reason
        place = _place(run)
        if place == 0 and _acquired(lock):
            return None
        if time.time() - status.heartbeat > HEARTBEAT:
            status.heartbeat = time.time()
            run.write_status(status)
        time.sleep(min(LOOK_EVERY * (1 + place), HEARTBEAT))


def _place(run: Run) -> int:
    """Number of runs waiting before this one."""
    if not exists(run.path):
        raise RunError(f"{run.path} is gone: somebody deleted the run while it waited.")
    queued = waiting(run.path.parent)
    return queued.index(run) if run in queued else 0


def _acquired(lock: FileLock) -> bool:
    try:
        lock.acquire()
    except Timeout:
        return False
    except OSError as error:
        raise RunError(cannot_write(Path(lock.lock_file), error)) from error
    return True
