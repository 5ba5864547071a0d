"""What a training will take, told before it starts: weights, memory, and what a browser has to load."""

import numpy as np
import psutil

from vae.budget import WEIGHTS
from vae.config import Settings
from vae.data import N_PIXELS
from vae.errors import SettingsError
from vae.model.architecture import decoder_layers, encoder_layers, n_weights

PROCESS_BYTES = 500e6  # libraries and images
COPIES = 8  # of the weights, each in float32: themselves, gradient, two moments, casts, and a snapshot being written
ACTIVATIONS = 4  # copies of each unit's value, for one example and draw
ENCODED_TOGETHER = 5_000  # images
HALF_ABOVE = 64e6  # bytes of weights in float32, above which a browser gets them in half precision
SMALLER = "Make the widths, the batch size M or the samples L smaller"


def require_possible(settings: Settings) -> None:
    """Nothing, for a model that can be looked at.

    Raises:
        SettingsError: if it has more weights than are accepted.
    """
    found = n_weights(settings)
    if found > WEIGHTS:
        raise SettingsError(
            f"the model would have {found:,} weights; accepted: up to {WEIGHTS:,}. Make the widths smaller"
        )


def require_trainable(settings: Settings) -> None:
    """Nothing, for a training that this machine can do.

    Raises:
        SettingsError: as `require_possible`, or if it needs more memory than the machine has.
    """
    require_possible(settings)
    needed, there = training_bytes(settings), psutil.virtual_memory().total
    if needed > there:
        raise SettingsError(
            f"the training needs about {needed / 1e9:.1f} GB of memory; this machine has {there / 1e9:.1f}. {SMALLER}"
        )


def concerns(settings: Settings) -> list[str]:
    """What to know before starting a training, a sentence each; none, for a usual one."""
    found = []
    needed, free = training_bytes(settings), psutil.virtual_memory().available
    if needed > free:
        found.append(
            f"The training needs about {needed / 1e9:.1f} GB of memory, and {free / 1e9:.1f} are free now. "
            f"Close other programs, or expect it to be slow or to fail. {SMALLER}."
        )
    if in_half_precision(settings):
        found.append(
            f"The model has {n_weights(settings):,} weights: each snapshot takes {4 * n_weights(settings) / 1e6:.0f} "
            f"MB on the disk, and the plane loads {browser_bytes(settings) / 1e6:.0f} MB, in half precision."
        )
    return found


def training_bytes(settings: Settings) -> float:
    """Memory of a training at its peak, roughly: for weights, a minibatch's values, and the encoding of all images."""
    there, back = encoder_layers(settings), decoder_layers(settings)
    rows = settings.batch_size * settings.n_samples
    units = N_PIXELS + sum(layer.n_out for layer in (*there, *back))
    widest = max(N_PIXELS, *(layer.n_out for layer in (*there, *back)))
    values = 4 * ACTIVATIONS * rows * units + 4 * 3 * ENCODED_TOGETHER * widest
    return PROCESS_BYTES + 4 * COPIES * n_weights(settings) + values


def in_half_precision(settings: Settings) -> bool:
    """Whether a browser gets the weights as float16, as they would be too many as float32."""
    return 4 * n_weights(settings) > HALF_ABOVE


def browser_type(settings: Settings) -> type[np.floating]:
    """In which numbers a browser gets the weights."""
    return np.float16 if in_half_precision(settings) else np.float32


def browser_bytes(settings: Settings) -> int:
    """Of the weights that the Decode page loads."""
    return np.dtype(browser_type(settings)).itemsize * n_weights(settings)
