"""Training processes: start one, let one go on, find those that are under way.

A training is a child of the app, so that a page stays quick while it works: `python -m vae train --run-dir …`, the
same command that works by hand. Its standard input is a pipe from here, whose end tells it that the app is gone.
Everything else passes through the run directory; see `vae.jobs.queue` for what happens when there are several.
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
    """Make a new run in the runs folder and start its training, or queue it behind the one that is under way.

    Raises:
        SettingsError: if the training needs more than this machine has.
        RunError: if the run cannot be written, or no process be started. Then nothing is left of it.
    """
    return _begin(create_run(settings))


def start_paused(settings: Settings) -> Run:
    """As `start`, but it waits before its first minibatch until somebody asks for a step, or to go on."""
    return _begin(create_run(settings), paused=True)


def resume(run: Run) -> None:
    """Let a training that was stopped, interrupted or failed go on where it was.

    Raises:
        RunError: if it is under way already, has finished, or cannot be written.
    """
    queue_again(run)
    _launch(run)


def continue_(run: Run, more_epochs: int) -> None:
    """Let a finished training go on for so many epochs more.

    Raises:
        RunError: if it has not finished, has no state to go on from, or cannot be written.
        SettingsError: if `more_epochs` is out of range.
    """
    queue_for_more(run, more_epochs)
    _launch(run)


def active_runs() -> list[Run]:
    """The trainings under way, whoever started them: the one at work (or paused) first, then the queue in order."""
    found = []
    for run in own_runs():
        try:
            status = run.status
        except RunError:
            continue  # a damaged run is nobody's training
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
                start_new_session=True,  # a Ctrl-C in the app's terminal is for the app
                env=os.environ | {"PYTHONIOENCODING": "utf-8"},  # log.txt is, whatever the app's console is
            )
    except OSError as error:
        message = f"The training of {run.name} cannot be started: {error.strerror}. Try again when that is mended."
        give_up(run, standing, message)
        raise RunError(message) from error
    # The thread keeps the pipe open while the child lives, and collects it when it ends: no zombie looks alive.
    threading.Thread(target=_collect, args=(child, run, standing), daemon=True).start()


def _collect(child: subprocess.Popen[bytes], run: Run, standing: Status) -> None:
    """Wait for the end of a training's process, and say so if it never took the run."""
    code = child.wait()
    with suppress(RunError):  # the run was deleted meanwhile
        give_up(
            run, standing, f"The training process ended before it began (exit code {code}; see log.txt). Resume it."
        )


def _threads() -> int:
    """One fewer than there are cores, which the pages keep."""
    return max(1, (os.cpu_count() or 1) - 1)
