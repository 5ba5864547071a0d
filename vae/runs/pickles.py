"""Static check of a pickle written by torch.save, without creating any of its objects.

The pickle's instructions are followed with placeholders for the objects. So it is known beforehand that the pickle
uses nothing but the parts of tensors, and which storages it needs. This excludes code, and also what torch's own safe
reader permits to a few bytes: any amount of memory or time, and quantised or sparse tensors.
"""

import math
import pickletools
from io import BytesIO
from typing import Any, NamedTuple

from vae.budget import PICKLE_STEPS
from vae.errors import quoted

STORAGES = {  # kind → bytes of a number; tensors of whole numbers are left out later
    **{"FloatStorage": 4, "HalfStorage": 2, "BFloat16Storage": 2, "DoubleStorage": 8, "BoolStorage": 1},
    **{"ByteStorage": 1, "CharStorage": 1, "ShortStorage": 2, "IntStorage": 4, "LongStorage": 8},
}
MAX_TUPLE = 10_000  # members, including those of nested tuples
MAX_NESTED = 8  # levels of nested tuples

_PERMITTED = (
    {"collections OrderedDict", "torch._utils _rebuild_tensor_v2", "torch._utils _rebuild_parameter"}
    | {"torch._utils _rebuild_tensor", "torch Size", "torch device"}
    | {f"torch {kind}" for kind in STORAGES}
    | {f"torch {kind}" for kind in ("float16", "bfloat16", "float32", "float64")}  # stored beside the tensors
)
_CONSTANTS = ("BINUNICODE", "SHORT_BINSTRING", "BININT", "BININT1", "BININT2", "LONG1", "BINFLOAT")
_MORE = "it holds more than tensors, which could execute code"


class UnfitPickleError(Exception):
    """A pickle that is refused. The message reads on from "it cannot be imported: "."""


class Storage(NamedTuple):
    """Numbers that are stored outside the pickle, under a key."""

    key: str
    n_numbers: int
    n_bytes: int


class Followed(NamedTuple):
    """Result of following a pickle. value: its list, text or number, else a placeholder; storages: by key."""

    value: Any
    storages: dict[str, Storage]


class _Tuple(NamedTuple):
    """A tuple. size: number of members, including nested ones; depth: levels of nesting."""

    items: list[Any]
    size: int
    depth: int


class _Global(NamedTuple):
    name: str


_MARK, _PLACEHOLDER = object(), object()


def follow(stream: BytesIO) -> Followed:
    """Follow the next pickle in `stream` to its end.

    Raises:
        UnfitPickleError: if it is damaged, or uses anything but the parts of tensors.
    """
    try:
        machine = _Machine()
        for step, (code, argument, _position) in enumerate(pickletools.genops(stream)):
            if step == PICKLE_STEPS:
                raise UnfitPickleError(f"it has more than {PICKLE_STEPS:,} instructions")
            machine.step(code.name, argument)
        return Followed(machine.stack.pop(), machine.storages)
    except UnfitPickleError:
        raise
    except Exception as error:  # a damaged pickle may raise anything
        raise UnfitPickleError(f"it is damaged ({type(error).__name__})") from error


class _Machine:
    """Stack and memo of an unpickler, for the instructions that torch's safe reader knows and no others."""

    def __init__(self) -> None:
        self.stack: list[Any] = []
        self.memo: dict[int, Any] = {}
        self.storages: dict[str, Storage] = {}

    def step(self, name: str, argument: Any) -> None:
        stack = self.stack
        match name:
            case "PROTO" | "STOP":
                pass
            case "BINPUT" | "LONG_BINPUT":
                self.memo[argument] = stack[-1]
            case "BINGET" | "LONG_BINGET":
                stack.append(self.memo[argument])
            case "MARK":
                stack.append(_MARK)
            case "EMPTY_TUPLE" | "TUPLE1" | "TUPLE2" | "TUPLE3":
                stack.append(_tuple(self._pop(int(name[-1]) if name[-1].isdigit() else 0)))
            case "TUPLE":
                stack.append(_tuple(self._pop_to_mark()))
            case "EMPTY_LIST":
                stack.append([])
            case "APPEND" | "APPENDS":
                items = self._pop(1) if name == "APPEND" else self._pop_to_mark()
                if isinstance(stack[-1], list):
                    stack[-1].extend(items)
            case "SETITEM" | "BUILD":
                self._pop(2 if name == "SETITEM" else 1)
            case "SETITEMS":
                self._pop_to_mark()
            case "REDUCE" | "NEWOBJ":
                _require_held(*self._pop(2))
                stack.append(_PLACEHOLDER)
            case "EMPTY_DICT" | "EMPTY_SET" | "NEWTRUE" | "NEWFALSE":
                stack.append(_PLACEHOLDER)
            case "NONE":
                stack.append(None)
            case "GLOBAL":
                if argument not in _PERMITTED:
                    used = quoted(argument.replace(" ", "."))
                    raise UnfitPickleError(f"it uses {used}, and more than tensors could execute code")
                stack.append(_Global(argument))
            case "BINPERSID":
                stack.append(self._want(stack.pop()))
            case _:
                if name not in _CONSTANTS:
                    raise UnfitPickleError(_MORE)
                stack.append(argument)

    def _pop(self, n: int) -> list[Any]:
        if len(self.stack) < n:
            raise IndexError
        items = self.stack[len(self.stack) - n :]
        del self.stack[len(self.stack) - n :]
        return items

    def _pop_to_mark(self) -> list[Any]:
        items = []
        while (item := self.stack.pop()) is not _MARK:
            items.append(item)
        return items[::-1]

    def _want(self, identity: Any) -> Storage:
        """Register and return the storage named by ("storage", kind, key, place, n[, None in the old format])."""
        word, kind, key, _place, n_numbers, *view = identity.items
        kind = kind.name.removeprefix("torch ")
        if word != "storage" or kind not in STORAGES or any(part is not None for part in view):
            raise UnfitPickleError("it is not as torch.save writes it")
        if not (isinstance(key, str) and type(n_numbers) is int and n_numbers >= 0):
            raise UnfitPickleError("it is not as torch.save writes it")
        storage = Storage(key, n_numbers, n_numbers * STORAGES[kind])
        if self.storages.setdefault(key, storage) != storage:
            raise UnfitPickleError("two of its tensors disagree about their storage")
        return storage


def _require_held(function: Any, arguments: Any) -> None:
    """Raise an `UnfitPickleError` for a tensor (storage, offset, size, …) with more numbers than its storage holds."""
    match arguments:
        case _Tuple([Storage() as storage, _, _Tuple(size), *_]) if all(type(n) is int for n in size):
            if isinstance(function, _Global) and math.prod(size) > storage.n_numbers:
                raise UnfitPickleError(f"one of its tensors repeats its numbers to a size of {quoted(tuple(size))}")


def _tuple(items: list[Any]) -> _Tuple:
    inner = [item for item in items if isinstance(item, _Tuple)]
    size = len(items) + sum(item.size for item in inner)
    depth = 1 + max((item.depth for item in inner), default=0)
    if size > MAX_TUPLE or depth > MAX_NESTED:
        raise UnfitPickleError("it holds larger tuples than any model")
    return _Tuple(items, size, depth)
