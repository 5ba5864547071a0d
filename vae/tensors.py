"""Named tensors in a stranger's file, as torch.save or safetensors has written it: read without executing anything.

A pickle is looked through before it is read: it may use what tensors are made of and nothing else. That leaves out
code, and also what torch's own safe reader lets a few bytes ask for: any amount of memory, quantised or sparse tensors.
"""

import pickle
import pickletools
import re
from collections.abc import Mapping
from io import BytesIO
from typing import Any
from zipfile import ZIP_STORED, ZipFile

import numpy as np

from vae.errors import RunError, quoted

MAX_BYTES = 256 * 2**20
MAX_ENTRIES = 1_000
BEGINNING = 300  # bytes
MAX_TENSORS = 200
MAX_MAGNITUDE = 1e6
MAX_DEPTH = 4  # of dictionaries within each other, around the one with the tensors
DTYPES = ("float16", "bfloat16", "float32", "float64")

_STORAGES = ("Float", "Half", "BFloat16", "Double", "Long", "Int", "Bool", "Byte")  # also of what is left out later
_PERMITTED = (
    {"collections OrderedDict", "torch._utils _rebuild_tensor_v2", "torch._utils _rebuild_parameter"}
    | {"torch._utils _rebuild_tensor", "torch Size", "torch device"}
    | {f"torch {kind}Storage" for kind in _STORAGES}
)
_WRAPPERS = ("state_dict", "model_state_dict", "model_state", "model", "net", "network", "vae", "weights", "params")
_PREFIXES = ("module.", "_orig_mod.", "model.")
_LEGACY_MAGIC = b"\x80\x02\x8a\x0al\xfc\x9cF\xf9 j\xa8P\x19."  # the first pickle of torch.save's format before 1.6


def is_checkpoint_file(beginning: bytes) -> bool:
    """Whether a file that begins so (`BEGINNING` bytes) is one of torch.save or of safetensors; a run's zip is not."""
    zipped = beginning.startswith(b"PK\x03\x04") and b"/data.pkl" in beginning  # which torch.save writes first
    return zipped or beginning.startswith(_LEGACY_MAGIC) or beginning[6:9] == b"\0\0{"


def read_tensors(content: bytes) -> dict[str, np.ndarray]:
    """Name → float64 array of every floating-point tensor of the model in the file, in the file's order.

    Wrappers around the model's own dictionary ({"state_dict": …}) and prefixes of all its names ("module.") are left
    out; so are counters, which are no floating-point numbers.

    Raises:
        RunError: if it is no such file, would execute code, or its tensors are not plain, finite and of a usual size.
    """
    tensors = _of_safetensors(content) if _is_safetensors(content) else _of_pickle(content)
    found = {name: _array(name, tensor) for name, tensor in tensors.items() if _is_number(name, tensor)}
    if not found:
        raise refused("it holds no tensor with numbers")
    return _without_prefixes(found)


def refused(reason: str) -> RunError:
    """The error about a checkpoint that cannot be imported."""
    choose = "Choose a file saved by torch.save(model.state_dict(), …), or .safetensors, with encoder and decoder."
    return RunError(f"The checkpoint cannot be imported: {reason}. {choose}")


def _is_safetensors(content: bytes) -> bool:
    length = int.from_bytes(content[:8], "little")
    return content[8:9] == b"{" and 2 <= length <= len(content) - 8


def _of_safetensors(content: bytes) -> dict[str, Any]:
    from safetensors import torch as safetensors

    if int.from_bytes(content[:8], "little") > 1_000 * MAX_TENSORS:
        raise refused("its list of tensors is longer than that of any model here")
    try:
        stored = safetensors.load(content)
    except Exception as error:  # whatever the file makes the library stumble over
        raise refused(f"it is damaged ({type(error).__name__})") from error
    return {name: stored[name] for name in sorted(stored, key=_natural)}  # this format keeps no order


def _natural(name: str) -> list[tuple[int, str]]:
    """A key that sorts "layer.10" behind "layer.9"."""
    return [(int(part), "") if part.isdecimal() else (-1, part) for part in re.split(r"(\d+)", name[:1_000])]


def _of_pickle(content: bytes) -> dict[str, Any]:
    import torch

    described = _pickle_of_zip(content)
    if described is None and not content.startswith(_LEGACY_MAGIC):
        raise refused("it is not a file that torch.save or safetensors has written")
    _require_tensors_alone(content if described is None else described, 4 if described is None else 1)
    try:
        loaded = torch.load(BytesIO(content), map_location="cpu", weights_only=True)
    except pickle.UnpicklingError as error:
        raise refused("it holds more than tensors, which could execute code") from error
    except Exception as error:  # torch raises whatever the file makes it stumble over
        raise refused(f"it is damaged ({type(error).__name__})") from error
    return _model_of(loaded)


def _pickle_of_zip(content: bytes) -> bytes | None:
    """The pickle within what torch.save has written since 1.6; None if it is another file.

    Raises:
        RunError: if it is such a file, but not as torch.save writes it.
    """
    try:
        with ZipFile(BytesIO(content)) as archive:
            entries = archive.infolist()
            names = [entry.filename for entry in entries if entry.filename.endswith("/data.pkl")]
            if not names:
                return None
            stored = all(entry.compress_type == ZIP_STORED for entry in entries)
            if not stored or len(entries) > MAX_ENTRIES or sum(entry.file_size for entry in entries) > MAX_BYTES:
                raise refused("it is not as torch.save writes it")
            return archive.read(names[0])
    except RunError:
        raise
    except Exception:  # zipfile, too, raises more than it says it does: it is no whole zip file
        return None


def _require_tensors_alone(pickles: bytes, n: int) -> None:
    """Raise a RunError unless these n pickles, one after the other, use what tensors are made of and nothing else."""
    stream = BytesIO(pickles)
    try:
        for _ in range(n):
            for code, argument, _position in pickletools.genops(stream):
                if code.name == "GLOBAL" and argument not in _PERMITTED:
                    raise refused(
                        f"it uses {quoted(argument.replace(' ', '.'))}, and more than tensors could execute code"
                    )
                if code.name in ("STACK_GLOBAL", "INST", "OBJ", "EXT1", "EXT2", "EXT4"):
                    raise refused("it holds more than tensors, which could execute code")
    except RunError:
        raise
    except Exception as error:  # of a damaged pickle
        raise refused(f"it is damaged ({type(error).__name__})") from error


def _model_of(loaded: Any) -> dict[str, Any]:
    """The dictionary that holds the model's tensors: the file's own, or one within it."""
    import torch

    for _ in range(MAX_DEPTH):
        if not isinstance(loaded, Mapping):
            raise refused(f"it holds {quoted(type(loaded).__name__)} and not names with tensors")
        tensors = {str(name): value for name, value in loaded.items() if isinstance(value, torch.Tensor)}
        if tensors:
            return tensors
        inner = next((loaded[name] for name in _WRAPPERS if isinstance(loaded.get(name), Mapping)), None)
        if inner is None:
            names = ", ".join(quoted(name) for name in list(loaded)[:4])
            raise refused(f"it holds no tensors, but {names or 'nothing'}")
        loaded = inner
    raise refused("its tensors lie too deep")


def _is_number(name: str, tensor: Any) -> bool:
    """Whether it is a floating-point tensor; a single whole number, such as a counter, is none.

    Raises:
        RunError: if it is any other tensor.
    """
    import torch

    if tensor.layout != torch.strided or tensor.device.type != "cpu" or tensor.is_quantized or tensor.is_nested:
        raise refused(f"{quoted(name)} is not a plain tensor in memory")
    kind = str(tensor.dtype).removeprefix("torch.")
    if kind not in DTYPES:
        if tensor.numel() <= 1:
            return False
        raise refused(f"{quoted(name)} holds {kind}; accepted: {', '.join(DTYPES)}")
    return True


def _array(name: str, tensor: Any) -> np.ndarray:
    if tensor.numel() * tensor.element_size() > tensor.untyped_storage().nbytes():
        raise refused(f"{quoted(name)} repeats its numbers to a size of {tuple(tensor.shape)}")
    array = tensor.detach().double().contiguous().numpy()
    if not (np.abs(array) <= MAX_MAGNITUDE).all():  # also if one is not a number
        raise refused(f"{quoted(name)} holds values that are not finite, or beyond ±{MAX_MAGNITUDE:,.0f}")
    return array


def _without_prefixes(tensors: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    while prefix := next((p for p in _PREFIXES if all(name.startswith(p) for name in tensors)), None):
        tensors = {name.removeprefix(prefix): array for name, array in tensors.items()}
    if len(tensors) > MAX_TENSORS:
        raise refused(f"it holds {len(tensors):,} tensors; up to {MAX_TENSORS} are accepted")
    return tensors
