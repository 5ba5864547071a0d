"""What a training is doing: the content of a run's `status.json`."""

import os
import socket
import time
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

STALE_AFTER = 10.0  # seconds of silence after which a training whose process is gone counts as interrupted

State = Literal["queued", "running", "finished", "stopped", "interrupted", "failed"]
ACTIVE_STATES: tuple[State, ...] = ("queued", "running")


class Status(BaseModel):
    """What a training is doing. `step` and `n_steps` count minibatches over the whole run; times are in seconds."""

    model_config = ConfigDict(allow_inf_nan=False)

    state: State = "queued"
    pid: int | None = None
    host: str = Field(default_factory=socket.gethostname)
    heartbeat: float = Field(default_factory=time.time)
    epoch: int = 0
    step: int = 0
    n_steps: int = 0
    seconds: float = 0.0
    images_per_second: float = 0.0
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
        return self.seconds / self.step * (self.n_steps - self.step) if self.step else None

    def as_seen_now(self) -> "Status":
        """This status, or `interrupted` if it claims to be active although its process is gone."""
        silent = time.time() - self.heartbeat > STALE_AFTER
        if not self.active or not silent or self._process_exists():
            return self
        message = "The training process ended without a word. What it had saved is intact; start the training again."
        return self.model_copy(update={"state": "interrupted", "message": message})

    def _process_exists(self) -> bool:
        if self.pid is None or self.host != socket.gethostname():
            return False
        try:
            os.kill(self.pid, 0)
        except ProcessLookupError:
            return False
        except OSError:
            return True  # it exists and belongs to somebody else
        return True
