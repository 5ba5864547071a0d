"""Strangers' files, made by hand so as to ask for more than they hold: refused before anything of it is made."""

import pickle
import struct
import zipfile
from io import BytesIO

import pytest
import torch

from tests.vae.runs.test_foreign import Example, saved
from vae.errors import RunError
from vae.runs import tensors
from vae.runs.recognition import recognise
from vae.runs.tensors import read_tensors


def text(value: str) -> bytes:
    return b"X" + struct.pack("<I", len(value)) + value.encode()


def number(value: int) -> bytes:
    return b"\x8a\x08" + struct.pack("<q", value)


def tensor(n_stored: int, n: int, kind: str = "FloatStorage", view: bytes = b"") -> bytes:
    """Instructions for a vector of n of the n_stored numbers that storage "0" holds."""
    storage = b"(" + text("storage") + f"ctorch\n{kind}\n".encode() + text("0") + text("cpu") + number(n_stored)
    shape = number(n) + b"\x85K\x01\x85"
    return b"ctorch._utils\n_rebuild_tensor_v2\n(" + storage + view + b"tQK\x00" + shape + b"\x89}tR"


def model(value: bytes, name: bytes = text("fc1.weight")) -> bytes:
    return b"\x80\x02}" + name + value + b"s."


def zipped(instructions: bytes, stored: bytes = b"", **others: bytes) -> bytes:
    buffer = BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, content in {"data.pkl": instructions, "data/0": stored, "version": b"3\n", **others}.items():
            archive.writestr(f"vae/{name}", content)
    return buffer.getvalue()


def legacy(instructions: bytes, stored: bytes = b"", keys: tuple[str, ...] = ("0",)) -> bytes:
    sizes = {"protocol_version": 1001, "little_endian": True, "type_sizes": {"short": 2, "int": 4, "long": 4}}
    head = b"".join(pickle.dumps(part, 2) for part in (0x1950A86A20F9469CFC6C, 1001, sizes))
    return head + instructions + pickle.dumps(list(keys), 2) + stored


def doubled(n: int) -> bytes:
    """A name of 2ⁿ parts: a tuple of twice the same tuple, n times."""
    pairs = [b"h" + bytes([i]) + b"h" + bytes([i]) + b"\x86q" + bytes([i + 1]) + b"K\x01" for i in range(n)]
    return b"\x80\x02}(" + text("a") + b"q\x00K\x01" + b"".join(pairs) + b"u."


def twice(name: str) -> bytes:
    """A whole file that has another entry of a name before its own."""
    buffer = BytesIO()
    with zipfile.ZipFile(saved(Example().state_dict())) as whole, zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr(name, b"\x80\x02c__builtin__\nbytearray\nJ\x00\x00\x00\x40\x85R.")
        for entry in whole.infolist():
            archive.writestr(entry.filename, whole.read(entry))
    return buffer.getvalue()


TWO = struct.pack("<2f", 1.0, 2.0)
WHOLE = model(tensor(2, 2))


def test_files_made_by_hand_are_as_torch_reads_them():
    """Or what is refused below might be refused for another reason."""
    for content in (zipped(WHOLE, TWO), legacy(model(tensor(2, 2, view=b"N")), struct.pack("<q", 2) + TWO)):
        loaded = torch.load(BytesIO(content), weights_only=True)
        assert loaded["fc1.weight"].tolist() == [1.0, 2.0]
        assert read_tensors(content)["fc1.weight"].tolist() == [1.0, 2.0]


@pytest.mark.filterwarnings("ignore:Duplicate name")
@pytest.mark.parametrize(
    ("content", "words"),
    [
        (lambda: legacy(model(tensor(10**9, 10**9))), "numbers of its tensors are missing"),
        (lambda: legacy(model(tensor(64, 64)), keys=()), "numbers of its tensors are missing"),
        (lambda: legacy(WHOLE, struct.pack("<q", 2) + TWO + b"more"), "numbers of its tensors are missing"),
        (lambda: legacy(model(tensor(-1, 1))), "not as torch.save writes it"),
        (lambda: legacy(model(tensor(2, 2, view=b"(K\x01tq\x00")), struct.pack("<q", 2) + TWO), "not as torch.save"),
        (lambda: zipped(model(tensor(100, 100)), TWO), "numbers of its tensors are missing"),
        (lambda: zipped(model(tensor(2, 3)), TWO), "repeats its numbers"),
        (lambda: zipped(model(tensor(2, 2, "QInt8Storage")), b"\1\1"), "torch.QInt8Storage"),
        (lambda: zipped(model(b"K\x01", b")" + 100_000 * b"\x85")), "larger tuples"),
        (lambda: zipped(doubled(60)), "larger tuples"),
        (lambda: zipped(model(tensor(2, 2), number(1)), TWO), "no tensors, but nothing"),
        (lambda: zipped(b"\x80\x02hK."), "is damaged"),
        (lambda: zipped(b"\x80\x02\x86."), "is damaged"),
        (lambda: zipped(b"\x80\x02K\x01Q."), "is damaged"),
        (lambda: twice("archive/data.pkl"), "not as torch.save writes it"),
        (lambda: twice("another/data.pkl"), "not as torch.save writes it"),
        (lambda: saved({"a.weight": torch.ones(2, 2, dtype=torch.int8)}).getvalue(), "holds int8"),
        (lambda: saved({"a.weight": torch.ones(70 * (1,))}).getvalue(), "has 70 dimensions"),
        (lambda: saved({f"{i}.weight": torch.ones(1) for i in range(201)}).getvalue(), "holds 201 tensors"),
    ],
)
def test_a_file_that_asks_for_more_than_it_holds_is_refused(content, words):
    with pytest.raises(RunError, match=words) as refused:
        read_tensors(content())
    assert len(str(refused.value)) < 300
    assert str(refused.value).isprintable()


def test_many_views_of_the_same_numbers_count_each(monkeypatch):
    base = torch.ones(50, 50)
    content = saved({f"{i}.weight": base for i in range(50)}).getvalue()
    monkeypatch.setattr(tensors, "CHECKPOINT_BYTES", 100_000)
    with pytest.raises(RunError, match="500,000 bytes together"):
        read_tensors(content)


STATE = Example().state_dict()
ENCODER, DECODER = (
    {name: array for name, array in STATE.items() if name.startswith(starts)}
    for starts in (("fc1", "fc2"), ("fc3", "fc4"))
)


@pytest.mark.parametrize(
    "kept",
    [
        {"state_dict": STATE, "step": torch.tensor(3), "best_loss": torch.tensor(101.5)},
        {"model": STATE, "optimizer": torch.optim.Adam([torch.nn.Parameter(torch.ones(3))]).state_dict()},
        {"state_dict": {f"model.vae.{name}": array for name, array in STATE.items()}, "dtype": torch.float32},
        {"model_state_dict": {f"module._orig_mod.{name}": array for name, array in STATE.items()}},
        {"encoder": ENCODER, "decoder": DECODER},
        {"epoch": 3, "encoder_state_dict": ENCODER, "decoder_state_dict": DECODER},
    ],
    ids=["tensors beside", "optimiser", "lightning", "two prefixes", "parts", "parts' state_dicts"],
)
def test_what_lies_around_the_weights_is_left_out(kept):
    weights = recognise(read_tensors(saved(kept).getvalue())).weights
    expected = recognise(read_tensors(saved(STATE).getvalue())).weights
    assert weights.keys() == expected.keys()
    for name, array in expected.items():
        assert (weights[name] == array).all()
