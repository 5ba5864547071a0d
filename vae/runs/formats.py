"""One snapshot's two files, weights and latent: bytes to arrays and back, whoever wrote the bytes."""

import struct
import tokenize
import zlib
from io import BytesIO
from typing import Any
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipFile

import numpy as np
from safetensors import SafetensorError
from safetensors import numpy as safetensors

from vae import data
from vae.analysis.latent import Latent
from vae.budget import MAX_LOGVAR, MAX_WEIGHT, read_list
from vae.config import Settings
from vae.errors import quoted, reason
from vae.model.architecture import decoder_shapes, encoder_shapes

# What numpy, zipfile and safetensors raise at files that somebody or something has changed.
DAMAGES = (
    *(ValueError, KeyError, IndexError, TypeError, AttributeError, SyntaxError, OverflowError, NotImplementedError),
    *(RuntimeError, EOFError, OSError, MemoryError, BadZipFile, zlib.error, struct.error, tokenize.TokenError),
    SafetensorError,
)
_FLOATS = {"F16": "float16", "F32": "float32"}  # as safetensors and as numpy call them
_ACCEPTED = f"accepted are {' and '.join(_FLOATS.values())}"


def parse_weights(content: bytes, settings: Settings) -> dict[str, np.ndarray]:
    """Name → float32 array of every parameter, or of the decoder's alone, from a safetensors file.

    Raises:
        ValueError: if it is no such file, its arrays are not those of the settings, or they are not finite.
    """
    try:
        shapes = require_weights(read_list(BytesIO(content)), settings)
        weights = {name: array.astype(np.float32) for name, array in safetensors.load(content).items()}
        _require({name: array.shape for name, array in weights.items()} == shapes, "it declares an array twice")
    except DAMAGES as error:
        raise ValueError(reason(error)) from error
    for array in weights.values():
        _require_within(array, MAX_WEIGHT)
    return weights


def require_weights(listed: dict[str, Any], settings: Settings) -> dict[str, tuple[int, ...]]:
    """Name → shape of the arrays that a snapshot of weights begins with a list of.

    Raises:
        ValueError (or another of `DAMAGES`): if they are not those of the settings, or of another kind.
    """
    arrays = {name: array for name, array in listed.items() if name != "__metadata__"}
    shapes = {name: tuple(array["shape"]) for name, array in arrays.items()}
    kinds = {array["dtype"] for array in arrays.values()}
    decoder = decoder_shapes(settings)
    whole = decoder | encoder_shapes(settings)
    _require(shapes in (decoder, whole), "its arrays are not those of the model in config.json")
    _require(kinds <= _FLOATS.keys(), f"its arrays are of {', '.join(map(quoted, kinds))}; {_ACCEPTED}")
    return shapes


def most_latent_bytes(latent_dim: int) -> int:
    """Of the arrays of a `Latent`, unpacked: twice what float32 takes."""
    return 8 * data.N_TEST * (2 * latent_dim + 1)


def parse_latent(content: bytes, latent_dim: int) -> Latent:
    """The arrays of a numpy .npz file.

    Raises:
        ValueError: if it is no such file, or its arrays are of another shape or not finite.
    """
    n, j = data.N_TEST, latent_dim
    try:
        with ZipFile(BytesIO(content)) as archive:
            entries = archive.infolist()
        plain = all(entry.compress_type in (ZIP_STORED, ZIP_DEFLATED) for entry in entries)
        _require(plain, "its arrays are compressed by a method other than deflate")  # that may ignore declared sizes
        unpacked = sum(entry.file_size for entry in entries)
        most = most_latent_bytes(j)
        _require(unpacked <= most, f"it would unpack to {unpacked:,} bytes; up to {most:,} are accepted")
        with np.load(BytesIO(content), allow_pickle=False) as stored:
            mu, logvar, labels = (stored[name] for name in Latent._fields)
        kinds = [str(array.dtype) for array in (mu, logvar)]
        _require(set(kinds) <= set(_FLOATS.values()), f"its arrays are of {', '.join(map(quoted, kinds))}; {_ACCEPTED}")
        latent = Latent(mu.astype(np.float32), logvar.astype(np.float32), labels)
        _require(latent.mu.shape == latent.logvar.shape == (n, j), f"its arrays are not of shape ({n}, {j})")
        _require(latent.labels.dtype == np.uint8 and latent.labels.shape == (n,), f"its labels are not {n} bytes")
    except DAMAGES as error:
        raise ValueError(reason(error)) from error
    _require_within(latent.mu, MAX_WEIGHT)
    _require_within(latent.logvar, MAX_LOGVAR)
    return latent


def pack_latent(latent: Latent) -> bytes:
    """The .npz file that `parse_latent` reads."""
    buffer = BytesIO()
    np.savez_compressed(buffer, **latent._asdict())
    return buffer.getvalue()


def _require_within(array: np.ndarray, most: float) -> None:
    _require(np.isfinite(array).all(), "it holds values that are not finite")
    _require((np.abs(array) <= most).all(), f"it holds values beyond ±{most:,.0f}")


def _require(condition: bool | np.bool, complaint: str) -> None:
    if not condition:
        raise ValueError(complaint)
