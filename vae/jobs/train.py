"""A training from the queue to its end. torch is not imported before its turn comes."""

import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import TYPE_CHECKING

from vae.errors import RunError, TrainingError, UserError, reason
from vae.jobs.queue import take, turn
from vae.model.cost import SMALLER
from vae.runs.run import Run

if TYPE_CHECKING:
    from vae.jobs.session import Event


def train(
    run: Run, interrupted: Callable[[], str | None] = lambda: None, threads: int | None = None
) -> Iterator["Event"]:
    """Train a queued run by its settings, from its saved state if it has one, and yield the events.

    Waits while another training of the same folder runs. Everything is recorded in the run directory, and requests
    (`vae.jobs.requests`) are obeyed.

    interrupted: called before every minibatch; a reason ends the training with state `interrupted`, all of it saved.
    threads: number of CPU threads of a new training; None: torch's default. A resumed training takes as many as before,
        because another number may round differently.

    Raises:
        RunError: if another process has the run, its directory cannot be written, or its state is unusable.
        TrainingError: if the training diverges, or the memory does not suffice.
        DataError: if the images cannot be read.
    """
    status = take(run)
    try:
        with turn(run, status, interrupted) as why:
            if why is None:
                from vae.jobs.session import TrainingSession
                from vae.training.device import without_denormals

                with without_denormals():
                    yield from TrainingSession(run, status, interrupted, threads).events()
            else:
                status.state = "stopped" if why.startswith("Withdrawn") else "interrupted"
                status.message = f"{why} before its turn came."
    except (KeyboardInterrupt, GeneratorExit):
        status.state = "interrupted"
        status.message = f"Interrupted after step {status.step}. Resume it from its last saved state."
        raise
    except Exception as error:
        if _is_shortage(error):
            error = TrainingError(f"There is not enough memory for this training. {SMALLER}, or close other programs.")
        known = isinstance(error, UserError)
        status.state = "failed"
        status.message = str(error) if known else f"Unexpected {type(error).__name__}: {reason(error)} (see log.txt)"
        raise error
    finally:
        status.heartbeat = time.time()
        with suppress(RunError):  # the error being raised says more; and readers see that the process is gone
            run.write_status(status)


def _is_shortage(error: Exception) -> bool:
    """Whether an error, such as one of numpy's or torch's, means that there is not enough memory."""
    said = str(error).lower()
    short = "allocate memory" in said or "out of memory" in said or "not enough memory" in said
    return isinstance(error, MemoryError) or (isinstance(error, RuntimeError) and short)
