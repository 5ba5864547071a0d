"""Formats of a snapshot's two files, weights and latent: conversion between bytes and arrays, with all checks."""

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

# Exceptions that numpy, zipfile and safetensors raise on damaged or manipulated files.
DAMAGES = (
    *(ValueError, KeyError, IndexError, TypeError, AttributeError, SyntaxError, OverflowError, NotImplementedError),
    *(RuntimeError, EOFError, OSError, MemoryError, BadZipFile, zlib.error, struct.error, tokenize.TokenError),
    SafetensorError,
)
_FLOATS = {"F16": "float16", "F32": "float32"}  # safetensors' name → numpy's name
_ACCEPTED = f"accepted are {' and '.join(_FLOATS.values())}"


def parse_weights(content: bytes, settings: Settings) -> dict[str, np.ndarray]:
    """Parse a safetensors file: name → float32 array of every parameter, or of the decoder's only.

    Raises:
        ValueError: if it is not such a file, its arrays do not fit the settings, or they are not finite.
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
    """Check the header of a weights file against the settings; return name → shape of its arrays.

    Raises:
        ValueError (or another of `DAMAGES`): if the arrays do not fit the settings, or are not float16 or float32.
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
    """Size limit for the unpacked arrays of a `Latent`: twice what float32 takes."""
    return 8 * data.N_TEST * (2 * latent_dim + 1)


def parse_latent(content: bytes, latent_dim: int) -> Latent:
    """Parse a numpy .npz file with the arrays of a `Latent`.

    Raises:
        ValueError: if it is not such a file, or its arrays have another shape or are not finite.
    """
    n, j = data.N_TEST, latent_dim
    try:
        with ZipFile(BytesIO(content)) as archive:
            entries = archive.infolist()
        plain = all(entry.compress_type in (ZIP_STORED, ZIP_DEFLATED) for entry in entries)
        _require(plain, "its arrays are compressed by a method other than deflate")  # which may ignore declared sizes
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
    """The content of an .npz file with the arrays of a `Latent`; the inverse of `parse_latent`."""
    buffer = BytesIO()
    np.savez_compressed(buffer, **latent._asdict())
    return buffer.getvalue()


def _require_within(array: np.ndarray, most: float) -> None:
    _require(np.isfinite(array).all(), "it holds values that are not finite")
    _require((np.abs(array) <= most).all(), f"it holds values beyond ±{most:,.0f}")


def _require(condition: bool | np.bool, complaint: str) -> None:
    if not condition:
        raise ValueError(complaint)
