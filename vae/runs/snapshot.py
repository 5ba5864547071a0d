"""A snapshot: a run's weights and latent means at one moment of its training."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Literal, TypeVar

import numpy as np

from vae.analysis.latent import Latent
from vae.budget import open_regular, read_list
from vae.config import Settings
from vae.errors import RunError
from vae.runs.directory import USE_ANOTHER
from vae.runs.files import exists
from vae.runs.formats import DAMAGES, parse_latent, parse_weights

if TYPE_CHECKING:
    from vae.analysis.reconstruction import Encoded
    from vae.model.vae import VAE, Decoder
    from vae.runs.run import Run

Moment = int | Literal["live"]  # the end of an epoch, or the newest moment within one
Parsed = TypeVar("Parsed")


@dataclass(frozen=True)
class Snapshot:
    """A run at one moment.

    Every method that reads a file raises a RunError if the file is missing or damaged, does not fit the settings, or
    holds values that are not finite.
    """

    run: "Run"
    moment: Moment

    @cached_property
    def settings(self) -> Settings:
        return self.run.settings

    @property
    def key(self) -> tuple[bytes, Moment, int]:
        """Identifies the content, for caches: it changes when the snapshot is written anew."""
        return self.run.key, self.moment, self.written

    @property
    def written(self) -> int:
        """Modification time of the weights in nanoseconds, which distinguishes two snapshots of one name."""
        self._require()
        try:
            return self._weights_path.stat().st_mtime_ns
        except OSError as error:
            raise RunError(f"The snapshot {self.moment} of {self.run.id} is gone: reload the page.") from error

    def weights(self) -> dict[str, np.ndarray]:
        """Name → float32 array of every parameter; of the decoder only, in a slim snapshot."""
        return self._parsed(self._weights_path, lambda content: parse_weights(content, self.settings))

    def latent(self) -> Latent:
        """q(z|x) of the test images."""
        return self._parsed(self._latent_path, lambda content: parse_latent(content, self.settings.latent_dim))

    def has_encoder(self) -> bool:
        """Whether the snapshot includes the encoder; reads only the header of its file."""
        self._require()
        try:
            with open_regular(self._weights_path) as file:
                return _holds_encoder(read_list(file))
        except DAMAGES as error:
            raise RunError(f"{self._weights_path} is damaged. {USE_ANOTHER}") from error

    def model(self) -> "VAE":
        """The VAE in evaluation mode.

        Raises:
            RunError: also if the snapshot holds only the decoder.
        """
        import torch

        from vae.model.vae import VAE

        weights = self.weights()
        if not _holds_encoder(weights):
            others = ", ".join(map(str, self.run.whole_epochs())) or "none is left"
            raise RunError(
                f"Epoch {self.moment} of {self.run.id} holds only the decoder. Epochs with the encoder: {others}."
            )
        model = VAE(self.settings)
        model.load_state_dict({name: torch.from_numpy(array) for name, array in weights.items()})
        return model.eval()

    def decoder(self) -> "Decoder":
        """The decoder in evaluation mode; every snapshot holds it."""
        import torch

        from vae.model.vae import Decoder

        decoder, part = Decoder(self.settings), "decoder."
        weights = {k.removeprefix(part): torch.from_numpy(v) for k, v in self.weights().items() if k.startswith(part)}
        decoder.load_state_dict(weights)
        return decoder.eval()

    def encoded(self) -> "Encoded":
        """The decoder with the stored q(z|x) of the test images; slim snapshots have both, too."""
        import torch

        from vae.analysis.reconstruction import Encoded

        latent, is_autoencoder = self.latent(), self.settings.objective == "autoencoder"
        return Encoded(self.decoder(), torch.tensor(latent.mu), torch.tensor(latent.logvar), is_autoencoder)

    def _parsed(self, path: Path, parse: Callable[[bytes], Parsed]) -> Parsed:
        self._require()
        content = self.run.read_bytes(path.relative_to(self.run.path).as_posix())
        try:
            return parse(content)
        except ValueError as error:
            raise RunError(f"{path} is damaged: {error}. {USE_ANOTHER}") from error

    def _require(self) -> None:
        if not self.exists:
            raise RunError(
                f"The run {self.run.id} has no snapshot of epoch {self.moment}. It has: {self.run.epochs()}."
            )

    @property
    def exists(self) -> bool:
        """Whether both files exist."""
        return exists(self._weights_path) and exists(self._latent_path)

    @property
    def _weights_path(self) -> Path:
        return self.run.path / weights_name(self.moment)

    @property
    def _latent_path(self) -> Path:
        return self.run.path / latent_name(self.moment)


def weights_name(moment: Moment) -> str:
    """File name of a snapshot's weights, relative to the run directory."""
    return f"checkpoints/{_name(moment)}.safetensors"


def latent_name(moment: Moment) -> str:
    """File name of a snapshot's latent, relative to the run directory."""
    return f"latent/{_name(moment)}.npz"


def _name(moment: Moment) -> str:
    return f"epoch-{moment:04d}" if isinstance(moment, int) else moment


def _holds_encoder(weights: Iterable[str]) -> bool:
    return any(name.startswith("encoder.") for name in weights)
