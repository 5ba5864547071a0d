"""Requests to a training, as files in its run's `requests/`: stop, pause, one more step, another β.

Any process may write them; the training reads them between two minibatches. It deletes `step` and `change` when it has
carried them out.
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
    """New values of the settings that may change during a training; None: unchanged."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    beta: float | None = None
    learning_rate: float | None = None

    def checked(self) -> "Change":
        """Check the values and return self.

        Raises:
            SettingsError: if a value is out of its setting's range.
        """
        validate_settings({name: value for name, value in self if value is not None})
        return self


@dataclass(frozen=True)
class Requests:
    """The requests to one run. Making one raises a RunError if the run directory cannot be written."""

    run: Run

    # For viewers of the run

    def stop(self) -> None:
        self._ask("stop")

    def pause(self) -> None:
        self._ask("pause")

    def go_on(self) -> None:
        """Withdraw the pause."""
        self.withdraw("pause")

    def step(self, stride: Stride) -> None:
        """Train for one stride, then pause again."""
        self._ask("step", stride)

    def change(self, change: Change) -> None:
        """Use these values from the next minibatch on.

        Raises:
            SettingsError: if a value is out of its setting's range.
        """
        self._ask("change", change.checked().model_dump_json())

    # For both

    def pending(self) -> frozenset[str]:
        """Names of the pending requests: stop, pause, step, change."""
        try:
            return frozenset(os.listdir(self._folder))  # noqa: PTH208  (ten times faster than Path.iterdir)
        except OSError:
            return frozenset()

    def withdraw(self, *names: str) -> None:
        for name in names:
            with suppress(OSError):  # already gone
                (self._folder / name).unlink()

    # For the training

    def stride(self) -> Stride | None:
        """The stride of the `step` request; None if there is none, or an unknown one."""
        text = self._read("step")
        return next((stride for stride in STRIDES if stride == text), None)

    def requested_change(self) -> tuple[Change, str]:
        """The values of the `change` request (none, if it is invalid), and its text as read."""
        text = self._read("change")
        try:
            return Change.model_validate_json(text).checked(), text
        except (ValidationError, SettingsError):
            return Change(), text

    def withdraw_change(self, read: str) -> None:
        """Delete the `change` request whose text was `read`; a newer one stays."""
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
