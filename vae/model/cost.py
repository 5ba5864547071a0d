"""The cost of a training, estimated before it starts: weights, memory, and the download of a browser."""

import numpy as np
import psutil

from vae.budget import WEIGHTS
from vae.config import Settings
from vae.data import N_PIXELS
from vae.errors import SettingsError
from vae.model.architecture import decoder_layers, encoder_layers, n_weights

PROCESS_BYTES = 500e6  # libraries and images
COPIES = 8  # of the weights in float32: themselves, gradient, two moments, casts, and a snapshot being written
ACTIVATIONS = 4  # copies of each unit's value, for one example and draw
ENCODED_TOGETHER = 5_000  # images
HALF_ABOVE = 64e6  # bytes of weights in float32, above which a browser gets them in half precision
SMALLER = "Make the widths, the batch size M or the samples L smaller"


def require_possible(settings: Settings) -> None:
    """Check that the model has no more weights than are accepted.

    Raises:
        SettingsError: if it has more.
    """
    found = n_weights(settings)
    if found > WEIGHTS:
        raise SettingsError(
            f"the model would have {found:,} weights; accepted: up to {WEIGHTS:,}. Make the widths smaller"
        )


def require_trainable(settings: Settings) -> None:
    """Check that this machine has enough memory for the training.

    Raises:
        SettingsError: if it has not, or as `require_possible`.
    """
    require_possible(settings)
    needed, there = training_bytes(settings), psutil.virtual_memory().total
    if needed > there:
        raise SettingsError(
            f"the training needs about {needed / 1e9:.1f} GB of memory; this machine has {there / 1e9:.1f}. {SMALLER}"
        )


def concerns(settings: Settings) -> list[str]:
    """Warnings to show before a training starts, as sentences; usually none."""
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
    """Approximate peak memory of a training: weights, the activations of a minibatch, and encoding of all images."""
    there, back = encoder_layers(settings), decoder_layers(settings)
    rows = settings.batch_size * settings.n_samples
    units = N_PIXELS + sum(layer.n_out for layer in (*there, *back))
    widest = max(N_PIXELS, *(layer.n_out for layer in (*there, *back)))
    values = 4 * ACTIVATIONS * rows * units + 4 * 3 * ENCODED_TOGETHER * widest
    return PROCESS_BYTES + 4 * COPIES * n_weights(settings) + values


def in_half_precision(settings: Settings) -> bool:
    """Whether the weights go to a browser as float16, because float32 would be too large."""
    return 4 * n_weights(settings) > HALF_ABOVE


def browser_type(settings: Settings) -> type[np.floating]:
    """Floating-point type of the weights sent to a browser."""
    return np.float16 if in_half_precision(settings) else np.float32


def browser_bytes(settings: Settings) -> int:
    """Size of the weights that the Decode page loads."""
    return np.dtype(browser_type(settings)).itemsize * n_weights(settings)
