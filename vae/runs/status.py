"""The status of a training: the content of a run's `status.json`."""

import os
import socket
import time
from typing import Annotated, Literal

import psutil
from pydantic import AfterValidator, BaseModel, ConfigDict, Field

SILENCE_ALLOWED = 30.0  # seconds without a heartbeat, if it is unknown whether the process is alive
MAX_MESSAGE = 1000  # characters kept of a message
SAME_PROCESS = 5.0  # seconds by which a process's start time may vary between readings: clocks are adjusted

Time = Annotated[float, Field(ge=0, le=1e11)]  # seconds since 1970
Message = Annotated[str, AfterValidator(lambda text: text[:MAX_MESSAGE])]  # a library's message may have any length
State = Literal["queued", "running", "paused", "finished", "stopped", "interrupted", "failed"]
ACTIVE_STATES: tuple[State, ...] = ("queued", "running", "paused")


class Status(BaseModel):
    """The state of a training. `step` and `n_steps` count minibatches over the whole run; times are in seconds.

    `pid`: the process that owns the run; while `starting`, the one that launches that process and stands in for it.
    `since`: when the run was queued or taken (seconds since 1970), which gives its place in the queue.
    `process_started`: start time of the process, which distinguishes it from a later one with the same `pid`.
    """

    model_config = ConfigDict(allow_inf_nan=False)

    state: State = "queued"
    pid: int | None = Field(default=None, gt=0, lt=2**31)
    starting: bool = False
    process_started: Time | None = None
    host: str = Field(default_factory=socket.gethostname, max_length=255)
    since: Time = Field(default_factory=time.time)
    heartbeat: Time = Field(default_factory=time.time)
    epoch: int = Field(default=0, ge=0, lt=2**53)
    step: int = Field(default=0, ge=0, lt=2**53)
    n_steps: int = Field(default=0, ge=0, lt=2**53)
    seconds: float = Field(default=0.0, ge=0, le=1e10)
    images_per_second: float = Field(default=0.0, ge=0, le=1e12)
    message: Message = ""

    def taken_by_this_process(self, starting: bool = False) -> "Status":
        """The status with this process as the owner, or (starting) as the stand-in for a process that it launches."""
        process = {"pid": os.getpid(), "process_started": psutil.Process().create_time(), "host": socket.gethostname()}
        return self.model_copy(update=process | {"starting": starting})

    @property
    def active(self) -> bool:
        return self.state in ACTIVE_STATES

    @property
    def fraction(self) -> float:
        """Part of the training that is done, 0 to 1."""
        return min(1.0, self.step / self.n_steps) if self.n_steps else 0.0

    @property
    def seconds_left(self) -> float | None:
        """Time to the end at the pace so far; None before the first step."""
        return self.seconds / self.step * max(0, self.n_steps - self.step) if self.step else None

    @property
    def abandoned(self) -> bool:
        """Whether the status is active although its process is gone."""
        if not self.active:
            return False
        fresh = abs(time.time() - self.heartbeat) < SILENCE_ALLOWED  # a heartbeat in the future is no sign of life
        if self.pid is None or self.host != socket.gethostname():
            return not fresh
        return not self._process_lives(fresh)

    def interrupted(self) -> "Status":
        """The status of a training whose process ended unexpectedly."""
        message = "The training process ended unexpectedly (see log.txt). Its last saved state is intact."
        return self.model_copy(update={"state": "interrupted", "message": message})

    def _process_lives(self, fresh: bool) -> bool:
        try:
            process = psutil.Process(self.pid)
            if process.status() == psutil.STATUS_ZOMBIE:
                return False
            started = process.create_time()
        except psutil.NoSuchProcess:
            return False
        except psutil.Error:
            return fresh  # another user's process
        return fresh or (self.process_started is not None and abs(started - self.process_started) < SAME_PROCESS)
