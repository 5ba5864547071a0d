"""Checkpoints of the tutorial that this project grew out of: a `vae.pth` becomes a run like any other.

The file is a `state_dict` of a 784-256-J model, of which each layer has the bias of its `nn.Linear` and another one of
its own; both are added here. Its σ head is linear (setting `posterior_scale`). Only tensors are read of it: a pickle
that would execute anything is refused.
"""

import math
import pickle
import shutil
import time
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO
from zipfile import ZIP_STORED, BadZipFile, ZipFile

import numpy as np

from vae import data
from vae.architecture import decoder_shapes, encoder_shapes
from vae.archive import hidden_folder
from vae.config import PRESETS, Settings, validate_settings
from vae.errors import RunError, SettingsError
from vae.history import EpochRecord
from vae.run import About, Latent, Run
from vae.runs import create_run, move, new_id, runs_folder
from vae.status import Status

if TYPE_CHECKING:
    from torch import Tensor

SUFFIXES = (".pth", ".pt")
MAX_BYTES = 256 * 2**20
MAX_ENTRIES = 200
EPOCH = 1  # the file does not say how long it was trained
# Layer of the tutorial → ours; each has `.weight`, `.bias` and the bias named second.
LAYERS = {
    ("encoder.W_h", "encoder.b_h"): "encoder.hidden.0",
    ("encoder.W_mu", "encoder.b_mu"): "encoder.mu",
    ("encoder.W_sgm", "encoder.b_sgm"): "encoder.sigma",
    ("decoder.W_h", "decoder.b_h"): "decoder.hidden.0",
    ("decoder.W_mu", "decoder.b_mu"): "decoder.x_logits",
}
KEYS = tuple(key for layer, bias in LAYERS for key in (f"{layer}.weight", f"{layer}.bias", bias))
TANH_IF_BETTER_BY = 0.1  # of −ELBO
N_TRIED = 1_000  # images, for the choice of the activation

_CHOOSE = "Choose a vae.pth saved by torch.save(model.state_dict(), …), with its encoder and decoder."


def import_checkpoint(file: BinaryIO, name: str) -> Run:
    """Make a finished run of the tutorial's checkpoint in `file`; its ELBO is measured here.

    The file does not say which non-linearity its hidden layers have: ReLU, unless tanh gives a much better ELBO.

    name: of the file, for the run's note.

    Raises:
        RunError: if it is no such checkpoint, or the runs folder cannot be written. Then nothing is left of it.
    """
    weights = _combined(_read(file))
    settings = _settings(weights, "relu")
    if -_elbo(weights, settings) > (1 + TANH_IF_BETTER_BY) * -_elbo(weights, _settings(weights, "tanh")):
        settings = _settings(weights, "tanh")
    hidden = hidden_folder()
    try:
        run = create_run(settings, hidden / "run")
        _fill(run, weights, settings, name)
        return move(run, runs_folder(), new_id(settings))
    finally:
        shutil.rmtree(hidden, ignore_errors=True)


def is_checkpoint(file: BinaryIO, name: str) -> bool:
    """Whether a file that is to be imported is such a checkpoint, and not a run: by its name, or by what is in it."""
    if name.lower().endswith(SUFFIXES):
        return True
    try:
        with ZipFile(file) as archive:
            return any(entry.endswith("/data.pkl") for entry in archive.namelist())
    except (BadZipFile, ValueError, OSError):
        return False
    finally:
        file.seek(0)


def _read(file: BinaryIO) -> dict[str, "Tensor"]:
    import torch

    content = file.read(MAX_BYTES + 1)
    if len(content) > MAX_BYTES:
        raise _refused(f"it is larger than {MAX_BYTES:,} bytes")
    try:
        with ZipFile(BytesIO(content)) as archive:
            entries = archive.infolist()
            stored = all(entry.compress_type == ZIP_STORED for entry in entries)
            if not stored or len(entries) > MAX_ENTRIES or sum(entry.file_size for entry in entries) > MAX_BYTES:
                raise _refused("it is not as torch.save writes it")
    except (BadZipFile, ValueError, EOFError, OSError, NotImplementedError) as error:
        raise _refused(f"it is not a file that torch.save (1.6 or newer) has written ({error})") from error
    try:
        loaded = torch.load(BytesIO(content), map_location="cpu", weights_only=True)
    except pickle.UnpicklingError as error:
        raise _refused("it holds more than tensors, which could execute code") from error
    except Exception as error:  # torch raises whatever the file makes it stumble over
        raise _refused(f"it is damaged ({type(error).__name__})") from error
    if not isinstance(loaded, dict) or not all(isinstance(loaded.get(key), torch.Tensor) for key in KEYS):
        missing = [key for key in KEYS if not isinstance(loaded, dict) or key not in loaded]
        raise _refused(f"it has no tensor {missing[0]}" if missing else "its values are not tensors")
    return {key: loaded[key].detach() for key in KEYS}


def _combined(stored: dict[str, "Tensor"]) -> dict[str, np.ndarray]:
    """The tutorial's tensors under our names, both biases of a layer added: float32."""
    weights = {}
    for (layer, extra), ours in LAYERS.items():
        weight, bias, other = (stored[key].double().numpy() for key in (f"{layer}.weight", f"{layer}.bias", extra))
        if weight.ndim != 2 or bias.size != len(weight) or other.size != len(weight):
            raise _refused(f"{layer} is of shape {weight.shape} with biases of {bias.shape} and {other.shape}")
        weights[f"{ours}.weight"] = weight.astype(np.float32)
        weights[f"{ours}.bias"] = (bias.reshape(-1) + other.reshape(-1)).astype(np.float32)
    if not all(np.isfinite(array).all() for array in weights.values()):
        raise _refused("it holds values that are not finite")
    return weights


def _settings(weights: dict[str, np.ndarray], activation: str) -> Settings:
    values = PRESETS["article"].model_dump() | {
        "hidden": (len(weights["encoder.hidden.0.bias"]),),
        "latent_dim": len(weights["encoder.mu.bias"]),
        "activation": activation,
        "posterior_scale": "linear",
        "epochs": EPOCH,
    }
    try:
        settings = validate_settings(values)
    except SettingsError as error:
        raise _refused(str(error)) from error
    expected = encoder_shapes(settings) | decoder_shapes(settings)
    for name, array in weights.items():
        if array.shape != expected[name]:
            raise _refused(f"{name} would be of shape {array.shape} instead of {expected[name]}")
    return settings


def _model(weights: dict[str, np.ndarray], settings: Settings):
    import torch

    from vae.model import VAE

    model = VAE(settings)
    model.load_state_dict({name: torch.from_numpy(array) for name, array in weights.items()})
    return model.eval()


def _elbo(weights: dict[str, np.ndarray], settings: Settings) -> float:
    from vae.metrics import evaluate_elbo

    elbo = evaluate_elbo(_model(weights, settings), data.load("validation").tensors()[0][:N_TRIED]).elbo
    if not math.isfinite(elbo):
        raise _refused("its ELBO is not a finite number")
    return elbo


def _fill(run: Run, weights: dict[str, np.ndarray], settings: Settings, name: str) -> None:
    """Write what a finished training would have left: its only epoch, measured."""
    from vae.latent import encode_images
    from vae.metrics import evaluate_elbo

    model, test = _model(weights, settings), data.load("test")
    mu, logvar = encode_images(model, test.tensors()[0])
    run.write_snapshot(EPOCH, weights, Latent(mu.numpy(), logvar.numpy(), test.labels))
    train, validation = (evaluate_elbo(model, data.load(split).tensors()[0]) for split in ("train", "validation"))
    record = EpochRecord(
        epoch=EPOCH,
        step=0,
        train=train.model_dump(include={"reconstruction", "kl"}),
        validation=validation,
        learning_rate=settings.learning_rate,
        images_per_second=0.0,
        seconds=0.0,
    )
    run.append_metrics(record)
    note = f"Imported from {name}, trained elsewhere. Hidden layers: {settings.activation}, as its ELBO tells."
    run.write_about(About(name=Path(name).stem[:100], note=note[:2000]))
    run.append_log(note)
    run.write_status(Status(state="finished", epoch=EPOCH, host="", heartbeat=time.time()))


def _refused(reason: str) -> RunError:
    return RunError(f"The checkpoint cannot be imported: {reason}. {_CHOOSE}")
