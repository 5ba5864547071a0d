"""The run directory: the only channel between a training and whoever looks at it.

    runs/<run-id>/config.json                          settings, data set's fingerprint, library versions
                  status.json                          state, process, progress; replaced atomically
                  metrics.jsonl                        one JSON object a line, appended; see `vae.runs.history`
                  checkpoints/epoch-0007.safetensors   weights at the end of epoch 7 (0 = before training)
                  latent/epoch-0007.npz                mu, logvar, labels of the test images at that epoch
                  checkpoints/live.…, latent/live.…    the same within an epoch, while it is being watched
                  state.safetensors                    what resuming needs; see `vae.runs.state`
                  about.json                           the user's name for it, and a note
                  log.txt                              what the training process printed
                  requests/                            what somebody asks of the training; see `vae.jobs.requests`

Reading executes nothing and trusts nothing: every file is checked against the settings, and whatever is
wrong becomes a `RunError` whose message says which file, why, and what to do. Importing this needs no torch.
"""

import json
import os
import platform
import re
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, TypeVar

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from safetensors import numpy as safetensors

from vae import data
from vae.analysis.latent import Latent
from vae.budget import OverBudgetError, most_bytes, open_regular, parse_json, read_file, read_list
from vae.config import Settings, validate_settings
from vae.errors import RunError, SettingsError, quoted
from vae.model.cost import require_possible
from vae.runs.files import exists, write_atomically
from vae.runs.formats import pack_latent, parse_latent, parse_weights
from vae.runs.history import History, Record, read_history
from vae.runs.status import Status

if TYPE_CHECKING:
    from vae.model.vae import VAE, Decoder

FORMAT = 1
TEMPORARY_FOR = 60.0  # seconds; a younger temporary file may be somebody's note or request

Parsed = TypeVar("Parsed")
Moment = int | Literal["live"]  # an epoch whose snapshot is kept, or the newest picture from within one

_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", re.ASCII)
_SNAPSHOT = re.compile(r"epoch-([0-9]{4}|[1-9][0-9]{4})\.safetensors")


class About(BaseModel):
    """What the user says about a run; plain text, shown as typed."""

    model_config = ConfigDict(frozen=True)

    name: Annotated[str, Field(max_length=100)] = ""
    note: Annotated[str, Field(max_length=2000)] = ""


@dataclass(frozen=True)
class Run:
    """One run directory. Nothing is cached: every property reads what is on the disk now."""

    path: Path

    @property
    def id(self) -> str:
        return self.path.name

    @property
    def key(self) -> bytes:
        """What names it in a cache: its path as bytes, since a path may be no text."""
        return os.fsencode(self.path)

    @classmethod
    def of_key(cls, key: bytes) -> "Run":
        return cls(Path(os.fsdecode(key)))

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
        """The epochs between which the schedule runs: from where the run was last continued (at first 0) to its end."""
        starts, end = self._config().get("continued_at", []), self.settings.epochs
        if not isinstance(starts, list) or not all(isinstance(start, int) and 0 <= start < end for start in starts):
            raise RunError(f"{self.path / 'config.json'} is damaged: continued_at is {quoted(starts)}. {_USE_ANOTHER}")
        return max(starts, default=0), end

    @property
    def fingerprint(self) -> Any:
        """Of the data set that it was trained on: what `data.fingerprint` gave then."""
        return _as_mapping(self._config().get("dataset")).get("fingerprint")

    @property
    def created(self) -> str:
        """UTC, as 2026-11-22T08:19:11Z; empty if it is not known."""
        created = str(self._config().get("created", ""))
        return created if _TIME.fullmatch(created) else ""

    def _config(self) -> dict[str, Any]:
        config = self._read_json("config.json")
        if not isinstance(config, dict) or config.get("format") != FORMAT:
            raise RunError(f"{self.path / 'config.json'} is not of format {FORMAT}, which this version reads.")
        return config

    @property
    def about(self) -> About:
        if not exists(self.path / "about.json"):
            return About()
        try:
            return About.model_validate(self._read_json("about.json"))
        except ValidationError as error:
            raise RunError(f"{self.path / 'about.json'} is damaged. Delete it; the run itself is intact.") from error

    @property
    def name(self) -> str:
        """What the user calls it, or else its id: plain text from outside, not a path."""
        with suppress(RunError):  # a damaged note takes nothing else away
            return self.about.name or self.id
        return self.id

    @property
    def status(self) -> Status:
        status = self.recorded_status()
        if status.abandoned:
            status = (
                self.recorded_status()
            )  # it may have ended properly between the reading and the look for its process
        return status.interrupted() if status.abandoned else status

    def recorded_status(self) -> Status:
        """The status as it was last written, without a look at whether its process lives."""
        try:
            return Status.model_validate(self._read_json("status.json"))
        except ValidationError as error:
            fields = ", ".join(str(e["loc"][0]) if e["loc"] else "all" for e in error.errors())
            raise RunError(f"{self.path / 'status.json'} is damaged (fields: {fields}). {_USE_ANOTHER}") from error

    def history(self) -> History:
        """What it wrote about its training so far."""
        return read_history(self.path / "metrics.jsonl")

    def epochs(self) -> list[int]:
        """The epochs that have a snapshot (weights and latent), ascending."""
        found = []
        for path in (self.path / "checkpoints").glob("epoch-*.safetensors"):
            match = _SNAPSHOT.fullmatch(path.name)
            if match and exists(self._latent_path(int(match[1]))):
                found.append(int(match[1]))
        return sorted(found)

    def last_epoch(self) -> int:
        """The newest epoch that has a snapshot.

        Raises:
            RunError: if there is none.
        """
        epochs = self.epochs()
        if not epochs:
            raise RunError(f"The run {self.id} has no snapshot yet. Wait for its first epoch, or {_USE_ANOTHER_INLINE}")
        return epochs[-1]

    def newest(self) -> Moment:
        """What shows the present weights best: the live snapshot while it is newer than the last epoch's.

        Raises:
            RunError: if there is no snapshot at all.
        """
        with suppress(OSError):
            live = self._weights_path("live").stat().st_mtime_ns
            epochs = self.epochs()
            present = exists(self._latent_path("live")) and (not epochs or live > self.snapshot_time(epochs[-1]))
            if present and self.status.state != "failed":  # what diverged has not saved it
                return "live"
        return self.last_epoch()

    def snapshot_time(self, moment: Moment) -> int:
        """When that snapshot was written, in nanoseconds: what tells two snapshots of one name apart.

        Raises:
            RunError: if there is none.
        """
        self._require_snapshot(moment)
        try:
            return self._weights_path(moment).stat().st_mtime_ns
        except OSError as error:
            raise RunError(f"The snapshot {moment} of {self.id} is gone: reload the page.") from error

    def weights(self, epoch: Moment) -> dict[str, np.ndarray]:
        """Name → float32 array of every parameter at `epoch`. Slim snapshots hold the decoder alone.

        Raises:
            RunError: if the file is missing, damaged, of another shape than the settings say, or not finite.
        """
        self._require_snapshot(epoch)
        return self._parsed(self._weights_path(epoch), lambda content: parse_weights(content, self.settings))

    def has_encoder(self, epoch: Moment) -> bool:
        """Whether the snapshot of `epoch` holds the encoder too.

        Raises:
            RunError: as `weights`.
        """
        return _holds_encoder(self.weights(epoch))

    def whole_epochs(self) -> list[int]:
        """The epochs whose snapshot holds the encoder too, ascending; by what the files say of their content."""
        whole = []
        for epoch in self.epochs():
            with suppress(ValueError, OSError), open_regular(self._weights_path(epoch)) as file:
                if _holds_encoder(read_list(file)):
                    whole.append(epoch)
        return whole

    def latent(self, epoch: Moment) -> Latent:
        """q(z|x) of the test images at `epoch`.

        Raises:
            RunError: if the file is missing, damaged, or of another shape than the settings say.
        """
        self._require_snapshot(epoch)
        return self._parsed(self._latent_path(epoch), lambda content: parse_latent(content, self.settings.latent_dim))

    def _parsed(self, path: Path, parse: Callable[[bytes], Parsed]) -> Parsed:
        content = self.read_bytes(path.relative_to(self.path).as_posix())
        try:
            return parse(content)
        except ValueError as error:
            raise RunError(f"{path} is damaged: {error}. {_USE_ANOTHER}") from error

    def model(self, epoch: int) -> "VAE":
        """The VAE with the weights of `epoch`, in evaluation mode.

        Raises:
            RunError: as `weights`; also if the snapshot holds the decoder alone.
        """
        import torch

        from vae.model.vae import VAE

        weights = self.weights(epoch)
        if not _holds_encoder(weights):
            others = ", ".join(map(str, self.whole_epochs())) or "none is left"
            raise RunError(f"Epoch {epoch} of {self.id} holds the decoder alone. Epochs with the encoder: {others}.")
        model = VAE(self.settings)
        model.load_state_dict({name: torch.from_numpy(array) for name, array in weights.items()})
        return model.eval()

    def decoder(self, epoch: int) -> "Decoder":
        """The decoder with the weights of `epoch`, which every snapshot holds, in evaluation mode.

        Raises:
            RunError: as `weights`.
        """
        import torch

        from vae.model.vae import Decoder

        decoder, part = Decoder(self.settings), "decoder."
        weights = {k.removeprefix(part): torch.from_numpy(v) for k, v in self.weights(epoch).items() if part in k}
        decoder.load_state_dict(weights)
        return decoder.eval()

    def size(self) -> int:
        """Bytes on the disk."""
        total = 0
        with suppress(OSError):  # the run was moved meanwhile
            for path in self.path.rglob("*"):
                with suppress(OSError):  # replaced or thinned out meanwhile
                    total += path.lstat().st_size
        return total

    # Writing: by the training process alone, but for `write_about`

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
        """Write into the settings that the training goes on after `epoch` for so many epochs, with a new schedule.

        Raises:
            SettingsError: if that is more than the setting may be.
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
        self._append("metrics.jsonl", record.model_dump_json(exclude_none=True))

    def metrics_size(self) -> int:
        """Bytes of `metrics.jsonl` so far."""
        path = self.path / "metrics.jsonl"
        return path.stat().st_size if exists(path) else 0

    def rewind_metrics(self, size: int) -> None:
        """Forget what was recorded after the first `size` bytes of `metrics.jsonl`."""
        if self.metrics_size() > size:
            self.write_bytes("metrics.jsonl", self.read_bytes("metrics.jsonl")[:size])

    def append_log(self, line: str) -> None:
        """Add a line to the log, if that can be written: nothing else depends on it."""
        with suppress(RunError):
            self._append("log.txt", line)

    def write_snapshot(self, epoch: Moment, weights: dict[str, np.ndarray], latent: Latent) -> None:
        """Write the weights and the latent means of `epoch`; readers list the epoch once both are whole."""
        self.write_bytes(self._latent_path(epoch), pack_latent(latent))
        self.write_bytes(self._weights_path(epoch), safetensors.save(weights))

    def drop_snapshots(self, moments: Iterable[Moment]) -> None:
        for moment in moments:
            with suppress(OSError):  # one that stays costs space and nothing else
                self._weights_path(moment).unlink(missing_ok=True)
                self._latent_path(moment).unlink(missing_ok=True)

    def drop_temporary_files(self) -> None:
        """Delete what a process that was killed was writing; for who trains the run, as nobody else is about to."""
        for path in self.path.rglob(".*.tmp"):
            with suppress(OSError):
                if time.time() - path.stat().st_mtime > TEMPORARY_FOR:
                    path.unlink()

    # Paths and bytes

    def _require_snapshot(self, moment: Moment) -> None:
        if not (exists(self._weights_path(moment)) and exists(self._latent_path(moment))):
            raise RunError(f"The run {self.id} has no snapshot of epoch {moment}. It has: {self.epochs()}.")

    def _weights_path(self, moment: Moment) -> Path:
        return self.path / "checkpoints" / f"{_snapshot_name(moment)}.safetensors"

    def _latent_path(self, moment: Moment) -> Path:
        return self.path / "latent" / f"{_snapshot_name(moment)}.npz"

    def read_bytes(self, name: str) -> bytes:
        """The content of one of the run's files."""
        try:
            return read_file(self.path / name, most_bytes(name))
        except OverBudgetError as error:
            raise self._over_budget(name, error) from error
        except OSError as error:
            raise RunError(f"Cannot read {self.path / name}: {error.strerror}. {_USE_ANOTHER}") from error

    def _read_json(self, name: str) -> Any:
        try:
            return parse_json(self.read_bytes(name))
        except OverBudgetError as error:
            raise self._over_budget(name, error) from error
        except (ValueError, RecursionError) as error:
            raise RunError(f"{self.path / name} is damaged: it is not JSON. {_USE_ANOTHER}") from error

    def _over_budget(self, name: str, error: OverBudgetError) -> RunError:
        return RunError(f"{self.path / name} is not read: {error}. {_USE_ANOTHER}")

    def write_bytes(self, name: str | Path, content: bytes) -> None:
        """Replace one of the run's files, whole."""
        try:
            write_atomically(self.path / name, content)
        except OSError as error:
            raise self._cannot_write(name, error) from error

    def _append(self, name: str, line: str) -> None:
        try:
            with (self.path / name).open("a", encoding="utf-8") as file:
                file.write(line + "\n")
                file.flush()
                os.fsync(file.fileno())
        except OSError as error:
            raise self._cannot_write(name, error) from error

    def _cannot_write(self, name: str | Path, error: OSError) -> RunError:
        if not exists(self.path):
            return RunError(f"Cannot write {self.path / name}: its folder is gone. Somebody deleted the run.")
        return RunError(cannot_write(self.path / name, error))


_USE_ANOTHER_INLINE = "choose another run."
_USE_ANOTHER = f"Restore the file, or {_USE_ANOTHER_INLINE}"


def _holds_encoder(weights: Iterable[str]) -> bool:
    return any(name.startswith("encoder.") for name in weights)


def _snapshot_name(moment: Moment) -> str:
    return f"epoch-{moment:04d}" if isinstance(moment, int) else moment


def _as_mapping(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {"settings": value}


def cannot_write(path: Path, error: OSError) -> str:
    """The message about a file that the operating system would not let us write."""
    return (
        f"Cannot write {path}: {error.strerror}. "
        "Free some space, or set LATENT_PLANE_RUNS to a folder that you can write."
    )
