"""Reader of named tensors in a foreign file of torch.save or safetensors, without executing anything.

A pickle is checked before it is read (`vae.runs.pickles`), and reaches torch only if the file holds every number that
it asks for.
"""

import re
from collections.abc import Mapping
from io import BytesIO
from pickle import UnpicklingError
from typing import Any
from zipfile import ZIP_STORED, ZipFile

import numpy as np

from vae.budget import CHECKPOINT_BYTES, CHECKPOINT_TENSORS, LIST_BYTES
from vae.errors import RunError, quoted
from vae.runs.pickles import Followed, UnfitPickleError, follow

MAX_ENTRIES = 1_000
BEGINNING = 300  # bytes
MAX_DIMENSIONS = 8
MAX_MAGNITUDE = 1e6
MAX_DEPTH = 4  # nesting depth of the dictionary with the tensors
DTYPES = ("float16", "bfloat16", "float32", "float64")

_WRAPPERS = ("state_dict", "model_state_dict", "model_state", "model", "net", "network", "vae", "weights", "params")
_PARTS = ("enc", "dec")  # prefixes of the names of dictionaries that are parts of one model
_LEGACY_MAGIC = b"\x80\x02\x8a\x0al\xfc\x9cF\xf9 j\xa8P\x19."  # the first pickle of torch.save's format before 1.6
_LEGACY_LENGTH = 8  # bytes before each storage


def is_checkpoint_file(beginning: bytes) -> bool:
    """Whether the first `BEGINNING` bytes are those of a torch.save or safetensors file; a run's zip is neither."""
    zipped = beginning.startswith(b"PK\x03\x04") and b"/data.pkl" in beginning  # torch.save writes data.pkl first
    return zipped or beginning.startswith(_LEGACY_MAGIC) or beginning[6:9] == b"\0\0{"


def read_tensors(content: bytes) -> dict[str, np.ndarray]:
    """Name → float64 array of every floating-point tensor of the model in the file, in the file's order.

    Wrappers around the model's dictionary ({"state_dict": …}) and common prefixes of all names ("module.") are removed.
    Counters, which are whole numbers, are left out.

    Raises:
        RunError: if it is not such a file, would execute code, or its tensors are not plain, finite and of usual size.
    """
    tensors = _of_safetensors(content) if _is_safetensors(content) else _of_pickle(content)
    found = {name: tensor for name, tensor in tensors.items() if _is_number(name, tensor)}
    if not found:
        raise refused("it holds no tensor with numbers")
    if len(found) > CHECKPOINT_TENSORS:
        raise refused(f"it holds {len(found):,} tensors; up to {CHECKPOINT_TENSORS} are accepted")
    n_bytes = sum(tensor.numel() * tensor.element_size() for tensor in found.values())
    if n_bytes > CHECKPOINT_BYTES:  # possible in a smaller file: tensors may be views of the same numbers
        raise refused(f"its tensors have {n_bytes:,} bytes together; up to {CHECKPOINT_BYTES:,} are accepted")
    return _without_prefix({name: _array(name, tensor) for name, tensor in found.items()})


def refused(reason: str) -> RunError:
    """The error about a checkpoint that cannot be imported."""
    choose = "Choose a file saved by torch.save(model.state_dict(), …), or .safetensors, with encoder and decoder."
    return RunError(f"The checkpoint cannot be imported: {reason}. {choose}")


def _is_safetensors(content: bytes) -> bool:
    length = int.from_bytes(content[:8], "little")
    return content[8:9] == b"{" and 2 <= length <= len(content) - 8


def _of_safetensors(content: bytes) -> dict[str, Any]:
    if int.from_bytes(content[:8], "little") > LIST_BYTES:
        raise refused("its list of tensors is longer than that of any model here")
    from safetensors import torch as safetensors

    try:
        stored = safetensors.load(content)
    except Exception as error:  # the library may raise anything for a damaged file
        raise refused(f"it is damaged ({type(error).__name__})") from error
    return {name: stored[name] for name in sorted(stored, key=_natural)}  # this format keeps no order


def _natural(name: str) -> list[tuple[int, str]]:
    """Sort key that puts "layer.10" after "layer.9"."""
    return [(int(part), "") if part.isdecimal() else (-1, part) for part in re.split(r"(\d+)", name[:1_000])]


def _of_pickle(content: bytes) -> dict[str, Any]:
    try:
        checked = _checked_legacy(content) if content.startswith(_LEGACY_MAGIC) else _checked_zip(content)
    except UnfitPickleError as error:
        raise refused(str(error)) from error
    import torch  # not earlier, so that refusing a file does not wait for it

    try:
        loaded = torch.load(BytesIO(checked), map_location="cpu", weights_only=True)
    except UnpicklingError as error:
        raise refused("it holds more than tensors, which could execute code") from error
    except Exception as error:  # torch may raise anything for a damaged file
        raise refused(f"it is damaged ({type(error).__name__})") from error
    return _model_of(loaded)


def _checked_zip(content: bytes) -> bytes:
    """Check a file of torch.save since 1.6, and repack it so that torch reads exactly the entries that were checked.

    Raises:
        RunError, UnfitPickleError: if it is another file, or not as torch.save writes it.
    """
    entries: dict[str, bytes] = {}
    try:
        with ZipFile(BytesIO(content)) as archive:
            found = archive.infolist()
            stored = all(entry.compress_type == ZIP_STORED for entry in found)
            if not stored or len(found) > MAX_ENTRIES or sum(entry.file_size for entry in found) > CHECKPOINT_BYTES:
                raise refused("it is not as torch.save writes it")
            for entry in found:
                entries[entry.filename.partition("/")[2]] = archive.read(entry)
            tops = {entry.filename.partition("/")[0] for entry in found}
    except RunError:
        raise
    except Exception as error:  # not a whole zip file; zipfile raises more than it documents
        raise _no_checkpoint() from error
    if "data.pkl" not in entries:
        raise _no_checkpoint()
    if len(tops) > 1 or len(entries) < len(found):
        raise refused("it is not as torch.save writes it")
    for storage in follow(BytesIO(entries["data.pkl"])).storages.values():
        if len(entries.get(f"data/{storage.key}", b"")) != storage.n_bytes:
            raise refused("it is damaged: numbers of its tensors are missing")
    packed = BytesIO()
    with ZipFile(packed, "w") as archive:
        for name, data in entries.items():
            archive.writestr(f"archive/{name}", data)
    return packed.getvalue()


def _checked_legacy(content: bytes) -> bytes:
    """Check a file of torch.save before 1.6: five pickles, then the storages in the order of the last one's list.

    Raises:
        RunError, UnfitPickleError: if its size or content differs. Otherwise torch would allocate memory for missing
            storages, and take whatever was in it for weights.
    """
    stream = BytesIO(content)
    *_, model, keys = (follow(stream) for _ in range(5))
    if not _lists_all(keys, model) or len(content) - stream.tell() != sum(
        _LEGACY_LENGTH + storage.n_bytes for storage in model.storages.values()
    ):
        raise refused("it is damaged: numbers of its tensors are missing")
    return content


def _lists_all(keys: Followed, model: Followed) -> bool:
    listed = [key for key in keys.value if isinstance(key, str)] if isinstance(keys.value, list) else []
    return sorted(listed) == sorted(model.storages)


def _no_checkpoint() -> RunError:
    return refused("it is not a file that torch.save or safetensors has written")


def _model_of(loaded: Any) -> dict[str, Any]:
    """The dictionary of the model's tensors: the top one, a nested one, or the encoder's and the decoder's combined."""
    import torch

    for _ in range(MAX_DEPTH):
        if not isinstance(loaded, Mapping):
            raise refused(f"it holds {quoted(type(loaded).__name__)} and not names with tensors")
        named = {name: value for name, value in loaded.items() if isinstance(name, str)}
        inner = {name: value for name, value in named.items() if isinstance(value, Mapping)}
        tensors = {name: value for name, value in named.items() if isinstance(value, torch.Tensor)}
        parts = {name: value for name, value in inner.items() if name.lower().startswith(_PARTS)}
        if wrapper := next((name for name in _WRAPPERS if name in inner), None):
            loaded = inner[wrapper]
        elif tensors:
            return tensors
        elif parts:
            loaded = {f"{part}.{name}": value for part in parts for name, value in parts[part].items()}
        else:
            names = ", ".join(quoted(name[:20]) for name in list(named)[:4])
            raise refused(f"it holds no tensors, but {names or 'nothing'}")
    raise refused("its tensors lie too deep")


def _is_number(name: str, tensor: Any) -> bool:
    """Whether the tensor holds floating-point numbers; False for a single whole number, such as a counter.

    Raises:
        RunError: if it is any other tensor.
    """
    import torch

    if tensor.layout != torch.strided or tensor.device.type != "cpu" or tensor.is_quantized or tensor.is_nested:
        raise refused(f"{quoted(name)} is not a plain tensor in memory")
    if tensor.ndim > MAX_DIMENSIONS:
        raise refused(f"{quoted(name)} has {tensor.ndim} dimensions")
    if tensor.numel() * tensor.element_size() > tensor.untyped_storage().nbytes():
        raise refused(f"{quoted(name)} repeats its numbers to a size of {tuple(tensor.shape)}")
    kind = str(tensor.dtype).removeprefix("torch.")
    if kind not in DTYPES:
        if tensor.numel() <= 1:
            return False
        raise refused(f"{quoted(name)} holds {kind}; accepted: {', '.join(DTYPES)}")
    return True


def _array(name: str, tensor: Any) -> np.ndarray:
    array = tensor.detach().double().contiguous().numpy()
    if not (np.abs(array) <= MAX_MAGNITUDE).all():  # true for NaN, too
        raise refused(f"{quoted(name)} holds values that are not finite, or beyond ±{MAX_MAGNITUDE:,.0f}")
    return array


def _without_prefix(tensors: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Remove the common prefix of all names: "module." of DataParallel, "_orig_mod." of torch.compile, or another."""
    split = [name.split(".")[:-2] for name in tensors]  # a layer's own name stays, with its "weight"
    n_same = next((i for i, parts in enumerate(zip(*split, strict=False)) if len(set(parts)) > 1), min(map(len, split)))
    return {".".join(name.split(".")[n_same:]): array for name, array in tensors.items()}
