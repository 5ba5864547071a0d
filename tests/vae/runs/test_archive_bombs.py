"""Archives that would unpack to far more than they hold."""

import bz2
import struct
import time
import tracemalloc
import zlib
from io import BytesIO
from zipfile import ZIP_BZIP2, ZIP_DEFLATED, ZIP_STORED, ZipFile

import numpy as np
import pytest
from safetensors import numpy as safetensors

from tests.vae.runs.archives import (
    CRC,
    LATENT,
    METHOD,
    UNPACKED,
    WEIGHTS,
    patched,
    refuse,
    zipped,
)
from vae.runs import archive


def zeros(n_bytes: int) -> bytes:
    """A raw deflate stream of so many zeros (a multiple of 2^24) from equal blocks, so that gigabytes take no time."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    first, next_one = (packer.compress(bytes(2**24)) + packer.flush(zlib.Z_SYNC_FLUSH) for _ in range(2))
    return first + next_one * (n_bytes // 2**24 - 1) + packer.flush()


def bomb(name: str, stream: bytes, declared: int, checksum: int = 0) -> BytesIO:
    """A zip with one deflated entry, whose headers declare so many bytes (up to 2^64)."""
    encoded, extra = name.encode(), struct.pack("<HHQ", 1, 8, declared)
    start = struct.pack("<4s5H3I2H", b"PK\x03\x04", 45, 0, 8, 0, 0, checksum, len(stream), 2**32 - 1, len(encoded), 0)
    sizes = (checksum, len(stream), 2**32 - 1, len(encoded), len(extra))
    entry = struct.pack("<4s6H3I5H2I", b"PK\x01\x02", 45, 45, 0, 8, 0, 0, *sizes, 0, 0, 0, 0, 0) + encoded + extra
    content = start + encoded + stream
    return BytesIO(content + entry + struct.pack("<4s4H2IH", b"PK\x05\x06", 0, 0, 1, 1, len(entry), len(content), 0))


TEN_GIGABYTES = 600 * 2**24
MEGABYTE_SUM = zlib.crc32(bytes(2**20))


def test_the_bomb_of_these_tests_is_one():
    unpacker = zlib.decompressobj(-15)
    assert unpacker.decompress(zeros(2**26)) == bytes(2**26)
    assert unpacker.eof
    with ZipFile(bomb("x", zeros(2**26), 2**26, zlib.crc32(bytes(2**26)))) as made:
        assert made.read("x") == bytes(2**26)


@pytest.mark.parametrize(
    ("declared", "checksum", "reason"),
    [
        (TEN_GIGABYTES, 0, r"made/config\.json' would unpack to 10,066,329,600 bytes"),
        (2**63, 0, r"made/config\.json' would unpack to 9,223,372,036,854,775,808 bytes"),
        (2**20, 0, r"made/config\.json' is damaged \(Bad CRC-32"),
        (2**20, MEGABYTE_SUM, r"config\.json is damaged"),  # a megabyte is all that is unpacked
    ],
)
def test_ten_gigabytes_of_zeros_are_refused_at_once(runs_folder, declared, checksum, reason):
    runs_folder.mkdir()
    file = bomb("made/config.json", zeros(TEN_GIGABYTES), declared, checksum)
    assert len(file.getvalue()) < 12_000_000
    tracemalloc.start()
    started = time.monotonic()
    refuse(file, runs_folder, reason)
    assert time.monotonic() - started < 10
    assert tracemalloc.get_traced_memory()[1] < 30 * 2**20
    tracemalloc.stop()


@pytest.mark.parametrize(
    ("name", "size"),
    [("config.json", 2**20 + 1), ("metrics.jsonl", 512 * 2**20 + 1), ("log.txt", 3 * 10**9), (WEIGHTS, 2**30)],
)
def test_a_file_that_is_too_large_is_refused_before_it_is_unpacked(contents, runs_folder, name, size):
    file = patched(zipped(contents), f"made/{name}", *UNPACKED, size)
    refuse(file, runs_folder, f"made/{name}' would unpack to {size:,} bytes; up to")


def test_files_that_are_too_large_together_are_refused(contents, runs_folder):
    file = zipped(contents | {f"made/checkpoints/epoch-{n:04d}.safetensors": b"" for n in range(2, 14)})
    for n in range(2, 14):
        file = patched(file, f"epoch-{n:04d}.safetensors", *UNPACKED, 180 * 2**20)
    refuse(file, runs_folder, "it would unpack to 2,2.* bytes; up to 2,147,483,648 are accepted")


@pytest.mark.parametrize("method", [ZIP_STORED, ZIP_DEFLATED])
@pytest.mark.parametrize("change", [-1, 1, 1000])
def test_an_entry_that_unpacks_to_another_size_than_it_declares_is_refused(contents, runs_folder, change, method):
    size = len(contents["made/log.txt"])
    file = patched(zipped(contents, method), "made/log.txt", *UNPACKED, max(0, size + change))
    refuse(file, runs_folder, r"log\.txt' (is damaged|does not unpack to the)")


def test_an_endless_entry_is_not_read_to_its_end(contents, runs_folder, monkeypatch):
    class Endless(BytesIO):
        n_reads = 0

        def read(self, n):
            self.n_reads += 1
            assert self.n_reads < 3
            return bytes(n)

    class Generous(ZipFile):
        """A zipfile that does not stop where the entry says."""

        def open(self, entry, *args, **kwargs):
            return Endless() if entry.filename.endswith("log.txt") else super().open(entry)

    monkeypatch.setattr(archive, "ZipFile", Generous)
    refuse(zipped(contents), runs_folder, r"log\.txt' does not unpack to the 10 bytes that it declares")


def test_a_wrong_checksum_is_refused(contents, runs_folder):
    refuse(patched(zipped(contents), WEIGHTS, *CRC, 1), runs_folder, r"epoch-0001\.safetensors' is damaged \(Bad CRC")


def test_a_large_file_of_zeros_is_refused_before_it_is_unpacked(contents, runs_folder, monkeypatch):
    """As many bytes as the settings say, and nothing in them."""
    monkeypatch.setattr(archive, "_LARGE", 1_000)
    zeros_of_a_model = {
        name: np.zeros_like(array) for name, array in safetensors.load(contents[f"made/{WEIGHTS}"]).items()
    }
    contents[f"made/{WEIGHTS}"] = safetensors.save(zeros_of_a_model)
    refuse(
        zipped(contents, ZIP_DEFLATED),
        runs_folder,
        r"safetensors would unpack from .* which trained weights never do",
    )


def test_a_bomb_within_a_latent_file_is_refused(contents, runs_folder):
    contents[f"made/{LATENT}"] = bomb("mu.npy", zeros(20 * 2**24), TEN_GIGABYTES).getvalue()
    refuse(zipped(contents), runs_folder, r"latent/epoch-0001\.npz is damaged: it would unpack to 10,066,329,600 bytes")


def test_a_latent_file_compressed_without_bound_is_refused(contents, runs_folder):
    stream = bz2.compress(bytes(2**24))
    file = bomb("mu.npy", stream, 80_128)
    contents[f"made/{LATENT}"] = patched(file, "mu.npy", *METHOD, ZIP_BZIP2).getvalue()
    refuse(zipped(contents), runs_folder, r"latent/epoch-0001\.npz is damaged: .* a method other than deflate")
