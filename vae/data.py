"""Data sets as uint8 arrays in memory: the complete MNIST that ships in `assets/mnist`."""

import gzip
import hashlib
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Literal

import numpy as np

from vae.errors import DataError
from vae.resources import ASSETS

if TYPE_CHECKING:
    import torch

MNIST_FOLDER = ASSETS / "mnist"
IMAGE_SHAPE = (28, 28)
N_PIXELS = IMAGE_SHAPE[0] * IMAGE_SHAPE[1]
CLASS_NAMES = tuple("0123456789")  # by label
N_TRAIN = 55_000
N_VALIDATION = 5_000
N_TEST = 10_000
_RESTORE = "Restore it with git checkout, or install Latent Plane again; assets/README.md says how it was made."
VALIDATION_SEED = 2013  # the year of the paper; fixed, so that every run holds out the same images

Split = Literal["train", "validation", "test"]


@dataclass(frozen=True)
class ImageSet:
    """Images of one split, in a fixed order. `images`: (N, 28, 28) uint8, `labels`: (N,) uint8; read-only."""

    images: np.ndarray
    labels: np.ndarray

    def __len__(self) -> int:
        return len(self.labels)

    def tensors(self) -> tuple["torch.Tensor", "torch.Tensor"]:
        """The images as (N, 784) uint8 grey values 0…255 and the labels as (N,) uint8, both on the CPU."""
        import torch

        return torch.tensor(self.images).flatten(1), torch.tensor(self.labels)


@lru_cache(maxsize=3)
def load(split: Split) -> ImageSet:
    """MNIST's 55,000 training, 5,000 validation or 10,000 test images.

    Validation is a fixed, seeded draw from the 60,000 training images; both keep the files' order.

    Raises:
        DataError: if a file is missing, or its SHA-256 is not the one in SHA256SUMS.
    """
    if split == "test":
        return _read_pair("t10k")
    whole = _read_pair("train")
    drawn = np.random.default_rng(VALIDATION_SEED).permutation(len(whole))[:N_VALIDATION]
    held_out = np.zeros(len(whole), dtype=bool)
    held_out[drawn] = True
    chosen = held_out if split == "validation" else ~held_out
    return _read_only(whole.images[chosen], whole.labels[chosen])


def as_grey_values(images: "torch.Tensor") -> "torch.Tensor":
    """uint8 0…255 → float32 0…1, any shape."""
    return images.float().div_(255)


def as_bytes(images: "torch.Tensor") -> "torch.Tensor":
    """float32 0…1 → uint8 0…255, rounded, any shape."""
    import torch

    return images.mul(255).round().to(torch.uint8)


def fingerprint() -> str:
    """SHA-256 over the four files' checksums; identifies the data set and its packing."""
    return hashlib.sha256("".join(f"{k}{v}" for k, v in sorted(_checksums().items())).encode()).hexdigest()


def _read_pair(prefix: str) -> ImageSet:
    images = _read_idx(f"{prefix}-images-idx3-ubyte.gz", header_bytes=16).reshape(-1, *IMAGE_SHAPE)
    labels = _read_idx(f"{prefix}-labels-idx1-ubyte.gz", header_bytes=8)
    return _read_only(images, labels)


def _read_only(images: np.ndarray, labels: np.ndarray) -> ImageSet:
    images.setflags(write=False)
    labels.setflags(write=False)
    return ImageSet(images, labels)


def _read_idx(name: str, header_bytes: int) -> np.ndarray:
    content = _read_bytes(name)
    if hashlib.sha256(content).hexdigest() != _checksums().get(name):
        raise DataError(f"{MNIST_FOLDER / name} is damaged: its SHA-256 is not the one in SHA256SUMS. {_RESTORE}")
    return np.frombuffer(gzip.decompress(content), np.uint8, offset=header_bytes)


def _checksums() -> dict[str, str]:
    """File name → SHA-256 in hex, from the SHA256SUMS that `sha256sum -c` reads too."""
    lines = _read_bytes("SHA256SUMS").decode(errors="replace").splitlines()
    try:
        return {name: digest for digest, name in (line.split() for line in lines)}
    except ValueError as error:
        raise DataError(f"{MNIST_FOLDER / 'SHA256SUMS'} is damaged. {_RESTORE}") from error


def _read_bytes(name: str) -> bytes:
    try:
        return (MNIST_FOLDER / name).read_bytes()
    except OSError as error:
        raise DataError(f"Cannot read {MNIST_FOLDER / name}: {error.strerror}. {_RESTORE}") from error
