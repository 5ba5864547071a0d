"""Import of checkpoints from other programs: a VAE of fully connected layers, trained elsewhere, becomes a run."""

import math
import shutil
import time
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Literal

import numpy as np
from pydantic import ValidationError

from vae import data
from vae.analysis.latent import Latent
from vae.budget import CHECKPOINT_BYTES, MAX_LOGVAR, MAX_WEIGHT, OverBudgetError, read_whole
from vae.config import PRESETS, Settings, validate_settings
from vae.errors import SettingsError
from vae.model.architecture import decoder_shapes, encoder_shapes
from vae.runs.archive import hidden_folder
from vae.runs.catalogue import create_run, move, new_id, runs_folder
from vae.runs.history import EpochRecord, Means, ValidationMeans
from vae.runs.recognition import Network, ScaleHead, recognise
from vae.runs.run import About, Run
from vae.runs.status import Status
from vae.runs.tensors import BEGINNING, is_checkpoint_file, read_tensors, refused

if TYPE_CHECKING:
    from vae.model.vae import VAE

SUFFIXES = (".pth", ".pt", ".ckpt", ".safetensors")
EPOCH = 1  # the file does not say how long the model was trained
Activation = Literal["relu", "tanh"]
ACTIVATIONS: tuple[Activation, ...] = ("relu", "tanh")
TANH_IF_BETTER_BY = 0.1  # part of −ELBO
N_TRIED = 1_000  # images for the choice of the activation


def import_checkpoint(
    file: BinaryIO, name: str, activation: Activation | None = None, scale_head: ScaleHead | None = None
) -> Run:
    """Turn the checkpoint in `file` into a finished run, and measure its ELBO. The run's note describes it.

    The output is taken for the logits of a Bernoulli; a sigmoid after it has no weights.

    name: of the file, for the note. activation: of the hidden layers; None: ReLU, unless tanh gives a much better
    ELBO. scale_head: output of the encoder's second head; None: as its name says, or else log σ².

    Raises:
        RunError: if it is not such a checkpoint, or the runs folder cannot be written. Nothing is left behind then.
    """
    try:
        content = read_whole(file, CHECKPOINT_BYTES)
    except OverBudgetError as error:
        raise refused(str(error)) from error
    network = recognise(read_tensors(content), scale_head)
    settings = _settings(network, activation or "relu")
    if activation is None and _has_hidden(network):
        other = _settings(network, "tanh")
        if _cost(network, settings) > (1 + TANH_IF_BETTER_BY) * _cost(network, other):
            settings = other
    hidden = hidden_folder()
    try:
        run = create_run(settings, hidden / "run")
        how = f"{settings.activation}, " + ("as chosen" if activation else "by its ELBO")
        layers = f" Hidden layers: {how}." if _has_hidden(network) else ""
        _fill(run, network.weights, settings, name, f"{network.describe()}.{layers}")
        return move(run, runs_folder(), new_id(settings))
    finally:
        shutil.rmtree(hidden, ignore_errors=True)


def is_checkpoint(file: BinaryIO, name: str) -> bool:
    """Whether a file to be imported is a checkpoint, not a run: by its name, or else by its content."""
    if name.lower().endswith(SUFFIXES):
        return True
    try:
        return is_checkpoint_file(file.read(BEGINNING))
    finally:
        file.seek(0)


def _settings(network: Network, activation: Activation) -> Settings:
    values = PRESETS["article"].model_dump() | network.settings | {"activation": activation, "epochs": EPOCH}
    try:
        settings = validate_settings(values)
    except SettingsError as error:
        raise refused(str(error)) from error
    shapes = {name: array.shape for name, array in network.weights.items()}
    if shapes != encoder_shapes(settings) | decoder_shapes(settings):  # hidden layers in the encoder alone
        raise refused(f"found {network.describe()}; expected hidden layers in the decoder too")
    return settings


def _model(weights: dict[str, np.ndarray], settings: Settings) -> "VAE":
    import torch

    from vae.model.vae import VAE

    model = VAE(settings)
    model.load_state_dict({name: torch.from_numpy(array) for name, array in weights.items()})
    return model.eval()


def _has_hidden(network: Network) -> bool:
    return bool(network.encoder or network.decoder)


def _cost(network: Network, settings: Settings) -> float:
    """−ELBO on some validation images; infinity if it is not finite, as it may be with the wrong activation."""
    from vae.analysis.metrics import evaluate_elbo

    cost = -evaluate_elbo(_model(network.weights, settings), data.load("validation").tensors()[0][:N_TRIED]).elbo
    return cost if math.isfinite(cost) else math.inf


def _fill(run: Run, weights: dict[str, np.ndarray], settings: Settings, name: str, recognised: str) -> None:
    """Write the files of a finished training of one epoch, with its measured ELBO."""
    from vae.analysis.latent import encode_images
    from vae.analysis.metrics import evaluate_elbo

    model, test = _model(weights, settings), data.load("test")
    mu, logvar = encode_images(model, test.tensors()[0])
    if not (mu.abs().max() <= MAX_WEIGHT and logvar.abs().max() <= MAX_LOGVAR):
        raise refused(
            f"its q(z|x) of a test image is out of range: a mean beyond ±{MAX_WEIGHT:,.0f} or a log σ² beyond "
            f"±{MAX_LOGVAR:g}"
        )
    run.write_snapshot(EPOCH, weights, Latent(mu.numpy(), logvar.numpy(), test.labels))
    train, validation = (evaluate_elbo(model, data.load(split).tensors()[0]) for split in ("train", "validation"))
    try:
        record = EpochRecord(
            epoch=EPOCH,
            step=0,
            train=Means(**train._asdict()),
            validation=ValidationMeans(**validation._asdict()),
            learning_rate=settings.learning_rate,
            images_per_second=0.0,
            seconds=0.0,
        )
    except ValidationError:
        raise refused("its ELBO is not a finite number") from None
    run.append_metrics(record)
    note = f"Imported from {name[:100]}, trained elsewhere. Recognised: {recognised}"
    run.write_about(About(name=Path(name).stem[:100], note=note[:2000]))
    run.append_log(note)
    run.write_status(Status(state="finished", epoch=EPOCH, host="", heartbeat=time.time()))
