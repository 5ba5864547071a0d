"""The run directory: the only channel between a training and whoever looks at it.

    runs/<run-id>/config.json                          settings, data set's fingerprint, library versions
                  status.json                          state, process, progress; replaced atomically
                  metrics.jsonl                        one JSON object an epoch, appended
                  checkpoints/epoch-0007.safetensors   weights at the end of epoch 7 (0 = before training)
                  latent/epoch-0007.npz                mu, logvar, labels of the test images at that epoch
                  log.txt                              what the training process printed
                  stop                                 present when somebody asked the training to stop

Reading executes nothing and trusts nothing: every file is checked against the settings, and whatever is
wrong becomes a `RunError` whose message says which file, why, and what to do. Importing this needs no torch.
"""

import json
import os
import platform
import re
import time
import zlib
from collections.abc import Iterable
from dataclasses import dataclass
from importlib.metadata import version
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple
from zipfile import BadZipFile

import numpy as np
from pydantic import ValidationError
from safetensors import SafetensorError
from safetensors import numpy as safetensors

from vae import data
from vae.architecture import decoder_layers, encoder_layers, parameter_shapes
from vae.config import Settings, validate_settings
from vae.errors import RunError, SettingsError
from vae.files import exists, write_atomically
from vae.status import Status

if TYPE_CHECKING:
    from vae.model import VAE

FORMAT = 1
METRIC_TERMS = ("elbo", "reconstruction", "kl")

_SNAPSHOT = re.compile(r"epoch-(\d+)\.safetensors")


class Latent(NamedTuple):
    """q(z|x) of the test images, in their order. mu, logvar: (N, J) float32; labels: (N,) uint8."""

    mu: np.ndarray
    logvar: np.ndarray
    labels: np.ndarray


@dataclass(frozen=True)
class Run:
    """One run directory. Nothing is cached: every property reads what is on the disk now."""

    path: Path

    @property
    def id(self) -> str:
        return self.path.name

    # Reading

    @property
    def settings(self) -> Settings:
        config = self._read_json("config.json")
        if not isinstance(config, dict) or config.get("format") != FORMAT:
            raise RunError(f"{self.path / 'config.json'} is not of format {FORMAT}, which this version reads.")
        try:
            return validate_settings(_as_mapping(config.get("settings")))
        except SettingsError as error:
            raise RunError(f"{self.path / 'config.json'} holds settings that cannot be used: {error}.") from error

    @property
    def status(self) -> Status:
        status = self._read_status()
        if status.abandoned:
            status = self._read_status()  # it may have ended properly between the reading and the look for its process
        return status.interrupted() if status.abandoned else status

    def _read_status(self) -> Status:
        try:
            return Status.model_validate(self._read_json("status.json"))
        except ValidationError as error:
            fields = ", ".join(str(e["loc"][0]) if e["loc"] else "all" for e in error.errors())
            raise RunError(f"{self.path / 'status.json'} is damaged (fields: {fields}). {_USE_ANOTHER}") from error

    def metrics(self) -> list[dict[str, Any]]:
        """The lines of `metrics.jsonl`, in order; a torn last line is left out, a missing file is no line."""
        path = self.path / "metrics.jsonl"
        if not exists(path):
            return []
        records = []
        *lines, _torn = self.read_bytes("metrics.jsonl").split(b"\n")
        for number, line in enumerate(lines, start=1):
            try:
                record = json.loads(line)
                terms = [record[split][term] for split in ("train", "validation") for term in METRIC_TERMS]
                _require(all(isinstance(value, int | float) for value in [record["epoch"], *terms]), "not numbers")
            except (ValueError, KeyError, TypeError, RecursionError) as error:
                raise RunError(f"{path} is damaged in line {number}. {_USE_ANOTHER}") from error
            records.append(record)
        return records

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

    def snapshot_time(self, epoch: int) -> int:
        """When the snapshot of `epoch` was written, in nanoseconds: what tells two snapshots of one name apart.

        Raises:
            RunError: if there is none.
        """
        self._require_snapshot(epoch)
        try:
            return self._weights_path(epoch).stat().st_mtime_ns
        except OSError as error:
            raise RunError(f"The snapshot of epoch {epoch} of {self.id} is gone: reload the page.") from error

    def weights(self, epoch: int) -> dict[str, np.ndarray]:
        """Name → float32 array of every parameter at `epoch`. Slim snapshots hold the decoder alone.

        Raises:
            RunError: if the file is missing, damaged, of another shape than the settings say, or not finite.
        """
        self._require_snapshot(epoch)
        path = self._weights_path(epoch)
        settings = self.settings
        try:
            stored = safetensors.load(self.read_bytes(path.relative_to(self.path)))
            decoder = parameter_shapes(decoder_layers(settings))
            whole = decoder | parameter_shapes(encoder_layers(settings))
            shapes = {name: array.shape for name, array in stored.items()}
            _require(shapes in (decoder, whole), "its arrays are not those of the model in config.json")
            weights = {name: array.astype(np.float32) for name, array in stored.items()}
            _require(all(np.isfinite(array).all() for array in weights.values()), "it holds values that are not finite")
        except (SafetensorError, ValueError, KeyError, TypeError) as error:
            raise RunError(f"{path} is damaged: {error}. {_USE_ANOTHER}") from error
        return weights

    def latent(self, epoch: int) -> Latent:
        """q(z|x) of the test images at `epoch`.

        Raises:
            RunError: if the file is missing, damaged, or of another shape than the settings say.
        """
        self._require_snapshot(epoch)
        path = self._latent_path(epoch)
        content = self.read_bytes(path.relative_to(self.path))
        try:
            with np.load(BytesIO(content), allow_pickle=False) as stored:
                latent = Latent(stored["mu"].astype(np.float32), stored["logvar"].astype(np.float32), stored["labels"])
            n, j = data.N_TEST, self.settings.latent_dim
            _require(latent.mu.shape == latent.logvar.shape == (n, j), f"its arrays are not of shape ({n}, {j})")
            _require(latent.labels.dtype == np.uint8 and latent.labels.shape == (n,), f"its labels are not {n} bytes")
            _require(np.isfinite(latent.mu).all() and np.isfinite(latent.logvar).all(), "it holds values not finite")
        except (ValueError, KeyError, EOFError, OSError, MemoryError, BadZipFile, TypeError, zlib.error) as error:
            raise RunError(f"{path} is damaged: {error}. {_USE_ANOTHER}") from error
        return latent

    def model(self, epoch: int) -> "VAE":
        """The VAE with the weights of `epoch`, in evaluation mode.

        Raises:
            RunError: as `weights`; also if the snapshot holds the decoder alone.
        """
        import torch

        from vae.model import VAE

        weights = self.weights(epoch)
        if not any(name.startswith("encoder.") for name in weights):
            raise RunError(f"Epoch {epoch} of {self.id} holds the decoder alone; use epoch {self.last_epoch()}.")
        model = VAE(self.settings)
        model.load_state_dict({name: torch.from_numpy(array) for name, array in weights.items()})
        return model.eval()

    def stop_requested(self) -> bool:
        return exists(self.path / "stop")

    # Writing: by the training process alone, but for `request_stop`

    def write_config(self, settings: Settings) -> None:
        config = {
            "format": FORMAT,
            "created": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
            "settings": settings.model_dump(mode="json"),
            "dataset": {"name": "mnist", "fingerprint": data.fingerprint()},
            "versions": {"python": platform.python_version(), **{name: version(name) for name in ("torch", "numpy")}},
        }
        self.write_bytes("config.json", json.dumps(config, indent=1).encode())

    def write_status(self, status: Status) -> None:
        self.write_bytes("status.json", status.model_dump_json(indent=1).encode())

    def append_metrics(self, record: dict[str, Any]) -> None:
        self._append("metrics.jsonl", json.dumps(record, allow_nan=False))

    def append_log(self, line: str) -> None:
        self._append("log.txt", line)

    def write_snapshot(self, epoch: int, weights: dict[str, np.ndarray], latent: Latent) -> None:
        """Write the weights and the latent means of `epoch`; readers list the epoch once both are whole."""
        buffer = BytesIO()
        np.savez_compressed(buffer, **latent._asdict())
        self.write_bytes(self._latent_path(epoch), buffer.getvalue())
        self.write_bytes(self._weights_path(epoch), safetensors.save(weights))

    def drop_snapshots(self, epochs: Iterable[int]) -> None:
        for epoch in epochs:
            self._weights_path(epoch).unlink(missing_ok=True)
            self._latent_path(epoch).unlink(missing_ok=True)

    def request_stop(self) -> None:
        self.write_bytes("stop", b"")

    # Paths and bytes

    def _require_snapshot(self, epoch: int) -> None:
        if epoch not in (epochs := self.epochs()):
            raise RunError(f"The run {self.id} has no snapshot of epoch {epoch}. It has: {epochs}.")

    def _weights_path(self, epoch: int) -> Path:
        return self.path / "checkpoints" / f"epoch-{epoch:04d}.safetensors"

    def _latent_path(self, epoch: int) -> Path:
        return self.path / "latent" / f"epoch-{epoch:04d}.npz"

    def read_bytes(self, name: str | Path) -> bytes:
        """The content of one of the run's files."""
        try:
            return (self.path / name).read_bytes()
        except OSError as error:
            raise RunError(f"Cannot read {self.path / name}: {error.strerror}. {_USE_ANOTHER}") from error

    def _read_json(self, name: str) -> Any:
        try:
            return json.loads(self.read_bytes(name))
        except (ValueError, RecursionError) as error:
            raise RunError(f"{self.path / name} is damaged: it is not JSON. {_USE_ANOTHER}") from error

    def write_bytes(self, name: str | Path, content: bytes) -> None:
        """Replace one of the run's files, whole."""
        try:
            write_atomically(self.path / name, content)
        except OSError as error:
            raise RunError(cannot_write(self.path / name, error)) from error

    def _append(self, name: str, line: str) -> None:
        try:
            with (self.path / name).open("a", encoding="utf-8") as file:
                file.write(line + "\n")
                file.flush()
                os.fsync(file.fileno())
        except OSError as error:
            raise RunError(cannot_write(self.path / name, error)) from error


_USE_ANOTHER_INLINE = "choose another run."
_USE_ANOTHER = f"Restore the file, or {_USE_ANOTHER_INLINE}"


def _as_mapping(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {"settings": value}


def _require(condition: bool, complaint: str) -> None:
    if not condition:
        raise ValueError(complaint)


def cannot_write(path: Path, error: OSError) -> str:
    """The message about a file that the operating system would not let us write."""
    return (
        f"Cannot write {path}: {error.strerror}. "
        "Free some space, or set LATENT_PLANE_RUNS to a folder that you can write."
    )
