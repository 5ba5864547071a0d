"""Starting, resuming and listing training processes.

A training is a child process of the app, so that pages stay quick: `python -m vae train --run-dir …`, the same command
that works by hand. Its standard input is a pipe from here; end-of-file tells it that the app is gone. Everything else
passes through the run directory. `vae.jobs.queue` lets several trainings wait for each other.
"""

import os
import shutil
import subprocess
import sys
import threading
from contextlib import suppress

from vae.config import Settings
from vae.errors import RunError
from vae.jobs.queue import give_up, queue_again, queue_for_more, stand_for
from vae.jobs.requests import Requests
from vae.resources import PROJECT
from vae.runs.catalogue import create_run, own_runs
from vae.runs.run import Run
from vae.runs.status import Status

COMMAND = (sys.executable, "-m", "vae", "train")


def start(settings: Settings) -> Run:
    """Create a run in the runs folder and start its training, or queue it behind the one under way.

    Raises:
        SettingsError: if the training needs more memory than this machine has.
        RunError: if the run cannot be written, or the process cannot be started. Nothing is left behind then.
    """
    return _begin(create_run(settings))


def start_paused(settings: Settings) -> Run:
    """As `start`, but paused before the first minibatch, until a step or the end of the pause is requested."""
    return _begin(create_run(settings), paused=True)


def resume(run: Run) -> None:
    """Resume a training that was stopped, interrupted or failed.

    Raises:
        RunError: if it is already under way, has finished, or cannot be written.
    """
    queue_again(run)
    _launch(run)


def continue_(run: Run, more_epochs: int) -> None:
    """Continue a finished training for `more_epochs` epochs.

    Raises:
        RunError: if it has not finished, has no saved state, or cannot be written.
        SettingsError: if `more_epochs` is out of range.
    """
    queue_for_more(run, more_epochs)
    _launch(run)


def active_runs() -> list[Run]:
    """The trainings under way, whoever started them: the running or paused one first, then the queue in order."""
    found = []
    for run in own_runs():
        try:
            status = run.status
        except RunError:
            continue  # a damaged run is not being trained
        if status.active:
            found.append((status.state == "queued", status.since, run.id, run))
    return [entry[-1] for entry in sorted(found, key=lambda entry: entry[:3])]


def last_run() -> Run | None:
    """The newest run that is not bundled; None if there is none."""
    return next(iter(own_runs()), None)


def _begin(run: Run, paused: bool = False) -> Run:
    try:
        if paused:
            Requests(run).pause()
        _launch(run)
    except RunError:
        shutil.rmtree(run.path, ignore_errors=True)  # it holds nothing yet
        raise
    return run


def _launch(run: Run) -> None:
    standing = stand_for(run)
    try:
        with (run.path / "log.txt").open("ab") as log:
            child = subprocess.Popen(
                [*COMMAND, "--run-dir", str(run.path), "--threads", str(_threads()), "--until-input-ends"],
                cwd=PROJECT,
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,  # the process writes its lines to log.txt itself
                stderr=log,
                start_new_session=True,  # a Ctrl-C in the terminal must end the app only
                env=os.environ | {"PYTHONIOENCODING": "utf-8"},  # for log.txt, whatever the console uses
            )
    except OSError as error:
        message = f"The training of {run.name} cannot be started: {error.strerror}. Try again when that is fixed."
        give_up(run, standing, message)
        raise RunError(message) from error
    # The thread keeps the pipe open while the child lives, and reaps it when it ends: a zombie would look alive.
    threading.Thread(target=_collect, args=(child, run, standing), daemon=True).start()


def _collect(child: subprocess.Popen[bytes], run: Run, standing: Status) -> None:
    """Wait for a training process to end, and mark the run as failed if the process never took it."""
    code = child.wait()
    with suppress(RunError):  # the run was deleted meanwhile
        give_up(
            run, standing, f"The training process ended before it began (exit code {code}; see log.txt). Resume it."
        )


def _threads() -> int:
    """One thread fewer than there are cores; the pages keep one core."""
    return max(1, (os.cpu_count() or 1) - 1)
