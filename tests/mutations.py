"""Files changed as a disk or a stranger might change them: seeded, so that a failure can be had again."""

import json
import struct
import warnings
from collections.abc import Callable, Iterator
from io import BytesIO
from pathlib import Path
from random import Random
from typing import Any
from zipfile import ZIP_DEFLATED, ZIP_LZMA, ZIP_STORED, ZipFile, ZipInfo

import numpy as np
import torch

Mutate = Callable[[bytes, Random], bytes]

HOSTILE: tuple[Any, ...] = (
    *(None, True, -1, 0, 1e308, -1e308, 2**53, 2**63, 10**400, float("inf"), float("nan"), 1e-320),
    *("", "x" * 250_000, "\x1b[2J", "<img src=x onerror=alert(1)>", "../../etc/passwd", "\ud800", "1e999", "−1"),
    *([], {}, [[]], {"": {}}, [1] * 1000, {f"key{i}": i for i in range(300)}),
)


def bytewise(content: bytes, random: Random) -> bytes:
    """Some bytes flipped, lost, repeated, inserted or cut off."""
    changed = bytearray(content)
    for _ in range(random.choice((1, 1, 2, 8))):
        at, length = random.randrange(len(changed) + 1), random.choice((1, 4, 100, 5000))
        kind = random.randrange(5)
        if kind == 0 and at < len(changed):
            changed[at] ^= 1 << random.randrange(8)
        elif kind == 1:
            del changed[at : at + length]
        elif kind == 2:
            changed[at:at] = changed[at : at + length]
        elif kind == 3:
            changed[at:at] = random.randbytes(min(length, 100))
        else:
            del changed[at:]
    return bytes(changed)


def jsonwise(content: bytes, random: Random) -> bytes:
    """One JSON value, anywhere in a document or a line of it, replaced by a hostile one; or a deep nest of them."""
    if random.random() < 0.05:
        depth = random.choice((50, 5_000, 200_000))
        return b"[" * depth + b"]" * random.choice((0, depth))
    lines = content.split(b"\n") if b"\n{" in content else [content]
    at = random.randrange(len(lines))
    try:
        document = json.loads(lines[at])
    except ValueError:
        return bytewise(content, random)
    lines[at] = json.dumps(_replaced(document, random)).encode()
    return b"\n".join(lines)


def zipwise(content: bytes, random: Random) -> bytes:
    """A field of one of a zip's headers set to another value: version, flags, method, sizes, offsets."""
    changed = bytearray(content)
    mark, span = random.choice(((b"PK\x03\x04", 30), (b"PK\x01\x02", 46), (b"PK\x05\x06", 22)))
    found = [i for i in range(len(changed)) if changed.startswith(mark, i)] if len(changed) < 300_000 else []
    at = random.choice(found) if found else changed.rfind(mark)
    if at < 0:
        return bytewise(content, random)
    needed = 6 if mark == b"PK\x01\x02" else 4  # the version that unpacking needs, of which zipfile knows few
    field = at + random.choice((needed, 4 + 2 * random.randrange((span - 4) // 2)))
    changed[field : field + 2] = struct.pack("<H", random.choice((0, 1, 9, 12, 14, 93, 155, 255, 0x41, 0xFFFF)))
    return bytes(changed)


def tensorwise(content: bytes, random: Random) -> bytes:
    """A safetensors file that is whole as such, with another kind, shape, place, number or note in it."""
    length = int.from_bytes(content[:8], "little")
    arrays, body = json.loads(content[8 : 8 + length]), bytearray(content[8 + length :])
    names = [name for name in arrays if name != "__metadata__"]
    array, kind = arrays[random.choice(names)], random.randrange(6)
    if kind == 0:
        array["dtype"] = random.choice(("BOOL", "I8", "U8", "I64", "F64", "F16", "BF16", "F8_E4M3", "C64", "X", 7))
    elif kind == 1:
        array["shape"] = random.choice(([], [0], [2**62, 4], [-1], array["shape"][::-1], [*array["shape"], 1], "4"))
    elif kind == 2:
        array["data_offsets"] = random.choice(
            ([0, 0], [0, 2**63], [4, 0], arrays[random.choice(names)]["data_offsets"])
        )
    elif kind == 3:
        at = 4 * random.randrange(len(body) // 4)
        number = random.choice((float("nan"), float("inf"), 3e38, -1e7, 1e6, 1e-45, 0.0))
        body[at : at + 4] = struct.pack("<f", number)
    elif kind == 4 and "__metadata__" in arrays:
        notes = arrays["__metadata__"]
        notes |= {name: jsonwise(note.encode(), random).decode(errors="replace") for name, note in notes.items()}
    else:
        arrays = _replaced(arrays, random)
    described = json.dumps(arrays).encode()
    return len(described).to_bytes(8, "little") + described + body


def arraywise(content: bytes, random: Random) -> bytes:
    """A whole .npz file with one array of another kind, shape or size, not plain, missing, or declared huge."""
    with np.load(BytesIO(content)) as stored:
        arrays = dict(stored)
    name = random.choice(list(arrays))
    array = arrays[name]
    changes: list[Callable[[], Any]] = [
        *(lambda kind=kind: array.astype(kind) for kind in ("?", "i1", "f2", ">f4", "f8", "c8", "O", "S3", "M8[s]")),
        *(lambda value=value: np.full_like(array, value) for value in (0, 1, 200, 255)),
        *(lambda value=value: array.astype("f4") * np.float32(value) for value in (1e30, -1e7, float("nan"), 1e-40)),
        *(
            lambda shape=shape: np.zeros(shape, array.dtype)
            for shape in ((), (0,), (0, 2), (2, 10_000), (10_000, 2, 1))
        ),
        *(lambda: array[:-1], lambda: array[::-1], lambda: np.asfortranarray(array)),
        lambda: np.zeros(len(array), [("a", "f4"), ("b", "i8")]),
    ]
    kind = random.random()
    with np.errstate(all="ignore"):
        changed = random.choice(changes)() if kind < 0.8 else array
    entries = arrays | {name if kind < 0.9 else "../another": changed}
    if kind > 0.95:
        del entries[name]
    buffer = BytesIO()
    with ZipFile(buffer, "w", random.choice((ZIP_STORED, ZIP_DEFLATED, ZIP_DEFLATED, ZIP_LZMA))) as archive:
        for entry, value in entries.items():
            part = BytesIO()
            np.save(part, value)
            packed = part.getvalue()
            if random.random() < 0.1:
                packed = packed.replace(b"(10000,", random.choice((b"(10**9,", b"(99999,", b"(-9999,", b"((((((,")))
            archive.writestr(f"{entry}.npy", packed)
    return buffer.getvalue()


def memberwise(content: bytes, random: Random) -> bytes:
    """A whole zip file of a run, with one of its files changed, renamed, missing, doubled, or made a link."""
    with ZipFile(BytesIO(content)) as archive:
        files = {entry.filename: archive.read(entry) for entry in archive.infolist()}
    chosen = random.choice(list(files))
    kind = random.random()
    names = (
        "../../escaped",
        "/escaped",
        "C:\\escaped",
        "made/../../escaped",
        "made/\x1b[2J",
        "x" * 60_000,
        "made/",
        "",
    )
    buffer = BytesIO()
    with ZipFile(buffer, "w") as archive, warnings.catch_warnings(action="ignore"):
        for name, file in files.items():
            entry, changed = ZipInfo(name), file
            if name == chosen and kind < 0.7:
                changed = _OF_SUFFIX[Path(name).suffix](file, random)
            elif name == chosen and kind < 0.75:
                continue
            elif name == chosen and kind < 0.8:
                archive.writestr(name, file)
            elif name == chosen and kind < 0.95:
                entry = ZipInfo(random.choice(names))
            elif name == chosen:
                entry.external_attr = random.choice((0o120777, 0o020666, 0o010666)) << 16
            archive.writestr(entry, changed, random.choice((ZIP_STORED, ZIP_DEFLATED)))
    return buffer.getvalue()


def any_of(*kinds: Mutate) -> Mutate:
    """One of several ways, by chance."""
    return lambda content, random: random.choice(kinds)(content, random)


_OF_SUFFIX: dict[str, Mutate] = {
    **dict.fromkeys((".json", ".jsonl", ".txt"), any_of(jsonwise, bytewise)),
    ".safetensors": any_of(tensorwise, bytewise),
    ".npz": any_of(arraywise, bytewise),
}


class Marker:
    """A pickle that creates a file when it is executed."""

    def __init__(self, path: Path):
        self.path = path

    def __reduce__(self) -> tuple:
        return Path.touch, (self.path,)


def tensors(random: Random, marker: Path) -> Any:
    """A tensor such as no checkpoint of weights has, or what is no tensor at all."""
    base = torch.randn(6, 4)
    kinds: list[Callable[[], Any]] = [
        *(base.to_sparse, base.to_sparse_csr, base.int, base.double, base.half, base.t, base.bool),
        lambda: base.to(torch.complex64),
        lambda: torch.nested.nested_tensor([torch.zeros(2), torch.zeros(3)]),
        lambda: torch.quantize_per_tensor(base, 0.1, 0, torch.qint8),
        lambda: torch.zeros(1).expand(10**5, 10**5),
        lambda: torch.zeros(3, device="meta"),
        *(lambda shape=shape: torch.randn(shape) for shape in ((), (0, 784), (784,), (2, 2, 2, 2))),
        *(lambda factor=factor: base[::2, ::3] * factor for factor in (1, 1e30, float("nan"))),
        *(lambda value=value: value for value in (bytearray(7), {"a": base}, [base], "x" * 10_000)),
        lambda: torch.nn.Linear(2, 2),
        lambda: Marker(marker),
    ]
    return random.choice(kinds)()


def checkpoints(state: dict[str, Any], marker: Path, random: Random) -> bytes:
    """A checkpoint of that state with one entry changed, wrapped or saved in another form, and perhaps damaged then."""
    changed = dict(state)
    if random.random() < 0.8:
        changed[random.choice([*state, "another"])] = tensors(random, marker)
    if random.random() < 0.2:  # all in one storage
        shared = torch.randn(10_000)
        changed = {name: shared[: value.numel()].view(value.shape) for name, value in state.items()}
    whole = random.choice([changed, {"state_dict": changed}, {"model": {"net": changed}}, [changed]])
    buffer = BytesIO()
    torch.save(whole, buffer, _use_new_zipfile_serialization=random.random() < 0.7)
    content = buffer.getvalue()
    return any_of(bytewise, zipwise)(content, random) if random.random() < 0.4 else content


def mutated(content: bytes, mutate: Mutate, n: int, seed: int = 0) -> Iterator[bytes]:
    """n changed copies of a file's content."""
    for i in range(n):
        yield mutate(content, Random(f"{seed}-{i}"))


def _replaced(document: Any, random: Random) -> Any:
    """The document with a value replaced, a key renamed, or another one added."""
    if isinstance(document, dict) and document and random.random() < 0.85:
        key = random.choice(list(document))
        kind = random.random()
        if kind < 0.8:
            return document | {key: _replaced(document[key], random)}
        if kind < 0.9:
            return {
                ("x" * 100_000 if random.random() < 0.1 else "\x1b]0;x" if k == key else k): v
                for k, v in document.items()
            }
        return {k: v for k, v in document.items() if k != key}
    if isinstance(document, list) and document and random.random() < 0.7:
        at = random.randrange(len(document))
        return [*document[:at], _replaced(document[at], random), *document[at + 1 :]]
    return random.choice(HOSTILE)
