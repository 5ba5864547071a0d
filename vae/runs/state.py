"""The saved state of a training, `state.safetensors`, from which it resumes bit for bit.

Arrays: `model.<name>`, and for each the two moments of Adam, `adam.exp_avg.<name>` and `adam.exp_avg_sq.<name>`; the
state of the random generator now and at the beginning of the epoch (which gives its order of images); the sums so far
of this epoch, and of the images since the last record. Numbers are in the file's metadata. Reading a safetensors file
executes nothing, whoever made it.
"""

import math
from typing import Annotated, Any, Literal

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from safetensors import numpy as safetensors
from safetensors import safe_open

from vae.budget import LIST_BYTES, MAX_WEIGHT, open_regular, read_list
from vae.config import Settings
from vae.errors import RunError, reason
from vae.model.architecture import decoder_shapes, encoder_shapes
from vae.runs.files import exists
from vae.runs.formats import DAMAGES
from vae.runs.run import Run
from vae.training.position import MOMENTS, Arrays, Position

NAME = "state.safetensors"
OTHERS = {"generator": np.uint8, "epoch_generator": np.uint8, "sums": np.float64, "recent": np.float64}
MAX_GENERATOR_BYTES = 100_000  # torch's own state has 5,056

Count = Annotated[int, Field(ge=0, lt=2**53)]


class TrainingState(BaseModel):
    """The numbers of a saved state: the fields of `Position`, and those of the training process.

    `seconds`: time of training, without pauses. `metrics_size`: bytes of `metrics.jsonl` that belong to the state; what
    was written later is trained again. `threads`: maximum number of CPU threads; another number may round differently.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    epoch: Count = 0
    step: Count = 0
    seen: Count = 0
    learning_rate: Annotated[float, Field(gt=0, le=1)]
    beta: Annotated[float, Field(ge=0, le=1e4)]
    seconds: Annotated[float, Field(ge=0, le=1e10)] = 0.0
    metrics_size: Count = 0
    threads: Annotated[int, Field(ge=1, le=1024)] = 1
    products: Literal["float32", "library", "bfloat16"] | None = None

    @property
    def position(self) -> Position:
        return Position(*(getattr(self, name) for name in Position._fields))


def has_state(run: Run) -> bool:
    return exists(run.path / NAME)


def write_state(run: Run, state: TrainingState, arrays: Arrays) -> None:
    run.write_bytes(NAME, safetensors.save(arrays, metadata={"progress": state.model_dump_json()}))


def read_state(run: Run) -> tuple[TrainingState, Arrays]:
    """Read the saved state and check it against the run's settings.

    Raises:
        RunError: if the file is missing or damaged, does not fit the settings, or holds values that are not finite.
    """
    path = run.path / NAME
    try:
        with open_regular(path) as file:
            _require_listed(read_list(file), run.settings)
        with safe_open(path, framework="np") as stored:
            metadata = stored.metadata() or {}
            arrays = {name: stored.get_tensor(name) for name in stored.keys()}  # noqa: SIM118  (not a dict)
        state = TrainingState.model_validate_json(metadata.get("progress", ""))
        _check(arrays, run.settings)
    except (*DAMAGES, ValidationError) as error:
        said = error.errors()[0]["msg"] if isinstance(error, ValidationError) else reason(error)
        raise RunError(f"{path} cannot be used: {said}. This run can be looked at, but not resumed.") from error
    return state, arrays


def state_arrays(settings: Settings) -> dict[str, tuple[int, ...]]:
    """Name → shape of the float32 arrays of a saved state."""
    shapes = encoder_shapes(settings) | decoder_shapes(settings)
    parts = ("model", *(f"adam.{moment}" for moment in MOMENTS))
    return {f"{part}.{name}": shape for part in parts for name, shape in shapes.items()}


def most_state_bytes(settings: Settings) -> int:
    """Size limit for the file of a saved state."""
    return sum(4 * math.prod(shape) for shape in state_arrays(settings).values()) + LIST_BYTES + 4 * MAX_GENERATOR_BYTES


def _require_listed(listed: dict[str, Any], settings: Settings) -> None:
    """Raise a ValueError if the header of a file is not that of a state. Called before its arrays are read."""
    expected = state_arrays(settings)
    arrays = {name: array for name, array in listed.items() if name != "__metadata__"}
    if arrays.keys() != expected.keys() | OTHERS.keys():
        raise ValueError("its arrays are not those of the model in config.json")
    for name, array in arrays.items():
        if name in OTHERS:
            length = math.prod(array["shape"]) * np.dtype(OTHERS[name]).itemsize
            if length > MAX_GENERATOR_BYTES:
                raise ValueError(f"{name} has {length:,} bytes; up to {MAX_GENERATOR_BYTES:,} are accepted")
        elif array["dtype"] != "F32" or tuple(array["shape"]) != expected[name]:
            raise ValueError(f"{name} is not float32 of shape {expected[name]}")


def _check(arrays: Arrays, settings: Settings) -> None:
    for name in state_arrays(settings):
        if not np.isfinite(arrays[name]).all():
            raise ValueError(f"{name} holds values that are not finite")
        if name.startswith("model.") and not (np.abs(arrays[name]) <= MAX_WEIGHT).all():
            raise ValueError(f"{name} holds values beyond ±{MAX_WEIGHT:,.0f}")
    for name, dtype in OTHERS.items():
        if arrays[name].dtype != dtype or arrays[name].ndim != 1 or arrays[name].nbytes > MAX_GENERATOR_BYTES:
            raise ValueError(f"{name} is not a row of {np.dtype(dtype)}")
    for name, length in {"sums": 2, "recent": 3}.items():
        if arrays[name].shape != (length,) or not (np.abs(arrays[name]) < 1e30).all():
            raise ValueError(f"{name} is not {length} finite numbers")
