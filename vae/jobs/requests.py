"""What somebody asks of a training, as files in its run's `requests/`: stop, pause, one more step, another β.

Whoever looks at a run writes them, from any process; the training reads them between two minibatches. Those that
are done once (`step`, `change`) are deleted by the training when it has done them.
"""

import os
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from vae.config import validate_settings
from vae.errors import RunError, SettingsError
from vae.runs.directory import cannot_write
from vae.runs.run import Run

Stride = Literal["minibatch", "epoch"]
STRIDES: tuple[Stride, ...] = ("minibatch", "epoch")


class Change(BaseModel):
    """New values of what may change in the middle of a training; None: as it is."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    beta: float | None = None
    learning_rate: float | None = None

    def checked(self) -> "Change":
        """Itself.

        Raises:
            SettingsError: if a value is out of its setting's range.
        """
        validate_settings({name: value for name, value in self if value is not None})
        return self


@dataclass(frozen=True)
class Requests:
    """The requests of one run. Asking raises a RunError if the run directory cannot be written."""

    run: Run

    # By whoever looks at the run

    def stop(self) -> None:
        self._ask("stop")

    def pause(self) -> None:
        self._ask("pause")

    def go_on(self) -> None:
        """Take the pause back."""
        self.withdraw("pause")

    def step(self, stride: Stride) -> None:
        """Go on for so long, then pause again."""
        self._ask("step", stride)

    def change(self, change: Change) -> None:
        """Take these values from the next minibatch on.

        Raises:
            SettingsError: if a value is out of its setting's range.
        """
        self._ask("change", change.checked().model_dump_json())

    # By both

    def pending(self) -> frozenset[str]:
        """The names of the requests that are there: stop, pause, step, change."""
        try:
            return frozenset(os.listdir(self._folder))  # noqa: PTH208  (ten times faster than Path.iterdir)
        except OSError:
            return frozenset()

    def withdraw(self, *names: str) -> None:
        for name in names:
            with suppress(OSError):  # it is gone already
                (self._folder / name).unlink()

    # By the training

    def stride(self) -> Stride | None:
        """What `step` asks for, if it asks for anything known."""
        text = self._read("step")
        return next((stride for stride in STRIDES if stride == text), None)

    def requested_change(self) -> tuple[Change, str]:
        """What `change` asks for (nothing, if that cannot be understood), and its text as it was read."""
        text = self._read("change")
        try:
            return Change.model_validate_json(text).checked(), text
        except (ValidationError, SettingsError):
            return Change(), text

    def withdraw_change(self, read: str) -> None:
        """Delete the request that was read and done; a newer one stays."""
        if self._read("change") == read:
            self.withdraw("change")

    @property
    def _folder(self) -> Path:
        return self.run.path / "requests"

    def _ask(self, name: str, content: str = "") -> None:
        try:
            self._folder.mkdir(exist_ok=True)
        except OSError as error:
            raise RunError(cannot_write(self._folder, error)) from error
        self.run.write_bytes(f"requests/{name}", content.encode())

    def _read(self, name: str) -> str:
        try:
            return self.run.read_bytes(f"requests/{name}").decode()
        except (RunError, ValueError):
            return ""
