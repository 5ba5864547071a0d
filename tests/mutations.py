"""Files changed as a disk or a stranger might change them: seeded, so that a failure can be had again."""

import json
import struct
from collections.abc import Callable, Iterator
from io import BytesIO
from pathlib import Path
from random import Random
from typing import Any

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
    field = at + 4 + 2 * random.randrange((span - 4) // 2)
    changed[field : field + 2] = struct.pack("<H", random.choice((0, 1, 9, 12, 14, 93, 155, 255, 0x41, 0xFFFF)))
    return bytes(changed)


def any_of(*kinds: Mutate) -> Mutate:
    """One of several ways, by chance."""
    return lambda content, random: random.choice(kinds)(content, random)


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
