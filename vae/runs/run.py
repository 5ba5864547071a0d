"""The run directory: the only channel between a training and its viewers.

    runs/<run-id>/config.json                          settings, data set's fingerprint, library versions
                  status.json                          state, process, progress; replaced atomically
                  metrics.jsonl                        one JSON object per line, appended; see `vae.runs.history`
                  checkpoints/epoch-0007.safetensors   weights at the end of epoch 7 (0 = before training)
                  latent/epoch-0007.npz                mu, logvar, labels of the test images at that epoch
                  checkpoints/live.…, latent/live.…    the same within an epoch, while it is being watched
                  state.safetensors                    the state to resume from; see `vae.runs.state`
                  about.json                           the user's name for the run, and a note
                  log.txt                              output of the training process
                  requests/                            requests to the training; see `vae.jobs.requests`

Reading executes nothing and trusts nothing: every file is checked against the settings, and any fault becomes a
`RunError` whose message says which file, why, and what to do. Importing this needs no torch.
"""

import json
import platform
import re
import time
from collections.abc import Iterable
from contextlib import suppress
from importlib.metadata import version
from typing import Annotated, Any, TypeVar

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from safetensors import numpy as safetensors

from vae import data
from vae.analysis.latent import Latent
from vae.config import Settings, validate_settings
from vae.errors import RunError, SettingsError, quoted
from vae.model.cost import require_possible
from vae.runs.directory import USE_ANOTHER, Directory
from vae.runs.files import exists
from vae.runs.formats import pack_latent
from vae.runs.history import History, Record, read_history
from vae.runs.snapshot import Moment, Snapshot, latent_name, weights_name
from vae.runs.status import Status

FORMAT = 1
TEMPORARY_FOR = 60.0  # seconds; a younger temporary file may be a note or request that is being written

Parsed = TypeVar("Parsed")

_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", re.ASCII)
_SNAPSHOT = re.compile(r"epoch-([0-9]{4}|[1-9][0-9]{4})\.safetensors")


class About(BaseModel):
    """The user's name and note for a run; plain text, shown as typed."""

    model_config = ConfigDict(frozen=True)

    name: Annotated[str, Field(max_length=100)] = ""
    note: Annotated[str, Field(max_length=2000)] = ""


class Run(Directory):
    """One run. Nothing is cached: every property reads the disk."""

    # Reading

    @property
    def settings(self) -> Settings:
        try:
            settings = validate_settings(_as_mapping(self._config().get("settings")))
            require_possible(settings)
            return settings
        except SettingsError as error:
            raise RunError(f"{self.path / 'config.json'} holds settings that cannot be used: {error}.") from error

    @property
    def segment(self) -> tuple[int, int]:
        """First and last epoch of the current schedule: where the run was last continued, or 0, and its end."""
        starts, end = self._config().get("continued_at", []), self.settings.epochs
        if not isinstance(starts, list) or not all(isinstance(start, int) and 0 <= start < end for start in starts):
            raise RunError(f"{self.path / 'config.json'} is damaged: continued_at is {quoted(starts)}. {USE_ANOTHER}")
        return max(starts, default=0), end

    @property
    def fingerprint(self) -> Any:
        """Fingerprint of the data set of the training, from `data.fingerprint`."""
        return _as_mapping(self._config().get("dataset")).get("fingerprint")

    @property
    def created(self) -> str:
        """Time of creation in UTC, such as 2026-11-22T08:19:11Z; empty if unknown."""
        created = str(self._config().get("created", ""))
        return created if _TIME.fullmatch(created) else ""

    def _config(self) -> dict[str, Any]:
        config = self.read_json("config.json")
        if not isinstance(config, dict) or config.get("format") != FORMAT:
            raise RunError(f"{self.path / 'config.json'} is not of format {FORMAT}, the one that this version reads.")
        return config

    @property
    def about(self) -> About:
        if not exists(self.path / "about.json"):
            return About()
        try:
            return About.model_validate(self.read_json("about.json"))
        except ValidationError as error:
            raise RunError(f"{self.path / 'about.json'} is damaged. Delete it; the run itself is intact.") from error

    @property
    def name(self) -> str:
        """The user's name for the run, or else its id: plain text from outside, not a path."""
        with suppress(RunError):  # a damaged note must not hide the run
            return self.about.name or self.id
        return self.id

    @property
    def status(self) -> Status:
        status = self.recorded_status()
        if status.abandoned:  # it may have ended properly between the reading and the look for its process
            status = self.recorded_status()
        return status.interrupted() if status.abandoned else status

    def recorded_status(self) -> Status:
        """The status as last written, without checking that its process is alive."""
        try:
            return Status.model_validate(self.read_json("status.json"))
        except ValidationError as error:
            fields = ", ".join(str(e["loc"][0]) if e["loc"] else "all" for e in error.errors())
            raise RunError(f"{self.path / 'status.json'} is damaged (fields: {fields}). {USE_ANOTHER}") from error

    def history(self) -> History:
        """The records of the training so far."""
        return read_history(self.path / "metrics.jsonl")

    def epochs(self) -> list[int]:
        """The epochs that have a snapshot (weights and latent), ascending."""
        found = []
        for path in (self.path / "checkpoints").glob("epoch-*.safetensors"):
            match = _SNAPSHOT.fullmatch(path.name)
            if match and self.snapshot(int(match[1])).exists:
                found.append(int(match[1]))
        return sorted(found)

    def last_epoch(self) -> int:
        """The newest epoch that has a snapshot.

        Raises:
            RunError: if there is none.
        """
        epochs = self.epochs()
        if not epochs:
            raise RunError(f"The run {self.id} has no snapshot yet. Wait for its first epoch, or choose another run.")
        return epochs[-1]

    def newest(self) -> Moment:
        """The newest moment with a snapshot: the live one while it is newer than the last epoch's.

        Raises:
            RunError: if there is no snapshot.
        """
        epochs, is_newer = self.epochs(), False
        with suppress(RunError):  # there is no live snapshot (any more)
            is_newer = not epochs or self.snapshot("live").written > self.snapshot(epochs[-1]).written
        return "live" if is_newer and self.status.state != "failed" else self.last_epoch()  # what diverged is not saved

    def snapshot(self, moment: Moment) -> Snapshot:
        """The snapshot of that moment; its files are read on demand."""
        return Snapshot(self, moment)

    def whole_epochs(self) -> list[int]:
        """The epochs whose snapshot includes the encoder, ascending."""
        whole = []
        for epoch in self.epochs():
            with suppress(RunError):
                if self.snapshot(epoch).has_encoder():
                    whole.append(epoch)
        return whole

    # Writing: only by the training process, except `write_about`

    def write_config(self, settings: Settings) -> None:
        config = {
            "format": FORMAT,
            "created": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
            "settings": settings.model_dump(mode="json"),
            "continued_at": [],
            "dataset": {"name": "mnist", "fingerprint": data.fingerprint()},
            "versions": {"python": platform.python_version(), **{name: version(name) for name in ("torch", "numpy")}},
        }
        self.write_bytes("config.json", json.dumps(config, indent=1).encode())

    def extend(self, epoch: int, more_epochs: int) -> None:
        """Set the training to continue after `epoch` for `more_epochs` epochs, with a new schedule.

        Raises:
            SettingsError: if that exceeds the maximum number of epochs.
        """
        config, settings = self._config(), self.settings
        longer = validate_settings({**settings.model_dump(), "epochs": epoch + more_epochs})
        starts = [*config.get("continued_at", []), epoch]
        config |= {"settings": longer.model_dump(mode="json"), "continued_at": starts}
        self.write_bytes("config.json", json.dumps(config, indent=1).encode())

    def write_status(self, status: Status) -> None:
        self.write_bytes("status.json", status.model_dump_json(indent=1).encode())

    def write_about(self, about: About) -> None:
        self.write_bytes("about.json", about.model_dump_json(indent=1).encode())

    def append_metrics(self, record: Record) -> None:
        self.append("metrics.jsonl", record.model_dump_json(exclude_none=True))

    def metrics_size(self) -> int:
        """Size of `metrics.jsonl` in bytes."""
        path = self.path / "metrics.jsonl"
        return path.stat().st_size if exists(path) else 0

    def rewind_metrics(self, size: int) -> None:
        """Cut `metrics.jsonl` to its first `size` bytes."""
        if self.metrics_size() > size:
            self.write_bytes("metrics.jsonl", self.read_bytes("metrics.jsonl")[:size])

    def append_log(self, line: str) -> None:
        """Add a line to the log, ignoring errors: nothing depends on the log."""
        with suppress(RunError):
            self.append("log.txt", line)

    def write_snapshot(self, epoch: Moment, weights: dict[str, np.ndarray], latent: Latent) -> None:
        """Write the weights and the latent of `epoch`. Readers list the epoch once both files are whole."""
        self.write_bytes(latent_name(epoch), pack_latent(latent))
        self.write_bytes(weights_name(epoch), safetensors.save(weights))

    def drop_snapshots(self, moments: Iterable[Moment]) -> None:
        for moment in moments:
            with suppress(OSError):  # a file that stays only costs space
                (self.path / weights_name(moment)).unlink(missing_ok=True)
                (self.path / latent_name(moment)).unlink(missing_ok=True)

    def drop_temporary_files(self) -> None:
        """Delete temporary files of a killed process. Call only from the process that trains the run."""
        for path in self.path.rglob(".*.tmp"):
            with suppress(OSError):
                if time.time() - path.stat().st_mtime > TEMPORARY_FOR:
                    path.unlink()


def _as_mapping(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {"settings": value}
