"""What a training is doing: the content of a run's `status.json`."""

import os
import socket
import time
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

# Seconds without a heartbeat after which a training counts as abandoned, by whether its process exists (after a
# restart of the computer, another process may have its number).
SILENCE_ALLOWED = {True: 300.0, False: 0.0, None: 30.0}

State = Literal["queued", "running", "finished", "stopped", "interrupted", "failed"]
ACTIVE_STATES: tuple[State, ...] = ("queued", "running")


class Status(BaseModel):
    """What a training is doing. `step` and `n_steps` count minibatches over the whole run; times are in seconds."""

    model_config = ConfigDict(allow_inf_nan=False)

    state: State = "queued"
    pid: int | None = Field(None, gt=0, lt=2**31)
    host: str = Field(default_factory=socket.gethostname)
    heartbeat: float = Field(default_factory=time.time)
    epoch: int = Field(0, ge=0)
    step: int = Field(0, ge=0)
    n_steps: int = Field(0, ge=0)
    seconds: float = Field(0.0, ge=0)
    images_per_second: float = Field(0.0, ge=0)
    message: str = ""

    @property
    def active(self) -> bool:
        return self.state in ACTIVE_STATES

    @property
    def fraction(self) -> float:
        """The part of the training that is done, 0 to 1."""
        return min(1.0, self.step / self.n_steps) if self.n_steps else 0.0

    @property
    def seconds_left(self) -> float | None:
        """Time to the end at the pace so far, or None before the first step."""
        return self.seconds / self.step * max(0, self.n_steps - self.step) if self.step else None

    @property
    def abandoned(self) -> bool:
        """Whether it claims to be active although nobody is at work."""
        silence = abs(time.time() - self.heartbeat)  # a heartbeat in the future is no sign of life either
        return self.active and silence > SILENCE_ALLOWED[self._process_exists()]

    def interrupted(self) -> "Status":
        """This status as that of a training that ended without a word."""
        message = "The training process ended without a word (see log.txt). What it had saved is intact."
        return self.model_copy(update={"state": "interrupted", "message": message})

    def _process_exists(self) -> bool | None:
        """None: it cannot be known, as there is no process id yet, or it is another computer's."""
        if self.pid is None or self.host != socket.gethostname():
            return None
        try:
            os.kill(self.pid, 0)
        except ProcessLookupError:
            return False
        except OSError:
            return True  # it exists and belongs to somebody else
        return True
