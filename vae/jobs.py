"""The training process: start it, find it, ask it to stop.

It is a child of the app, so that a page stays quick while it works: `python -m vae train --run-dir …`, the
same command that works by hand. Its standard input is a pipe from here, whose end tells it that the app is
gone. Everything else passes through the run directory.
"""

import os
import subprocess
import sys
import threading

from vae.config import Settings
from vae.errors import RunError
from vae.run import Run
from vae.runs import PROJECT, create_run, list_runs, own_runs

COMMAND = (sys.executable, "-m", "vae", "train")


def start(settings: Settings) -> Run:
    """Make a new run in the runs folder and start its training.

    Raises:
        RunError: if another training is under way, or the run cannot be written.
    """
    if (other := active_run()) is not None:
        raise RunError(f"{other.id} is being trained now. Wait for it to finish, or stop it; then start again.")
    run = create_run(settings)
    with (run.path / "log.txt").open("ab") as log:
        child = subprocess.Popen(
            [*COMMAND, "--run-dir", str(run.path), "--threads", str(_threads()), "--until-input-ends"],
            cwd=PROJECT,
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,  # the process writes its lines to log.txt itself
            stderr=log,
            start_new_session=True,  # a Ctrl-C in the app's terminal is for the app
        )
    # The thread keeps the pipe open while the child lives, and collects it when it ends: no zombie looks alive.
    threading.Thread(target=child.wait, daemon=True).start()
    return run


def active_run() -> Run | None:
    """The run that is being trained, whoever started it; None if there is none."""
    for run in list_runs():
        try:
            if run.status.active:
                return run
        except RunError:
            continue  # a damaged run is nobody's training
    return None


def last_run() -> Run | None:
    """The newest run that is not bundled; None if there is none."""
    return next(iter(own_runs()), None)


def _threads() -> int:
    """One fewer than there are cores, which the pages keep."""
    return max(1, (os.cpu_count() or 1) - 1)
