import bz2
import json
import os
import pickle
import shutil
import stat
import struct
import time
import tracemalloc
import zlib
from io import BytesIO
from pathlib import Path
from zipfile import ZIP_BZIP2, ZIP_DEFLATED, ZIP_STORED, ZipFile, ZipInfo

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from safetensors import numpy as safetensors

from vae import budget, data
from vae.analysis.latent import Latent
from vae.config import make_settings
from vae.errors import RunError
from vae.model.architecture import decoder_shapes, encoder_shapes
from vae.runs import archive, catalogue
from vae.runs.archive import pack, unpack
from vae.runs.history import EpochRecord, Means, ValidationMeans
from vae.runs.run import About, Run
from vae.runs.state import TrainingState, read_state, state_arrays, write_state
from vae.runs.status import Status

FIRST, LAST = "epoch-0000", "epoch-0001"
LATENT = f"latent/{LAST}.npz"
WEIGHTS = f"checkpoints/{LAST}.safetensors"
STATE = "state.safetensors"


class Contents(dict[str, bytes]):
    """Entry name → content of an archive."""

    def __repr__(self) -> str:
        return f"Contents of {', '.join(self)}"


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """A stopped run of a tiny model with two snapshots, all optional files, and random numbers in them."""
    rng = np.random.default_rng(0)
    made = make_settings({"hidden": "4", "epochs": 3})
    run = catalogue.create_run(made, tmp_path_factory.mktemp("elsewhere") / "made")
    shapes = encoder_shapes(made) | decoder_shapes(made)
    for epoch in (0, 1):
        weights = {name: rng.standard_normal(shape).astype(np.float32) for name, shape in shapes.items()}
        mu, logvar = rng.standard_normal((2, data.N_TEST, 2)).astype(np.float32)
        run.write_snapshot(epoch, weights, Latent(mu, logvar, data.load("test").labels))
    run.append_metrics(
        EpochRecord(
            epoch=1,
            step=430,
            train=Means(reconstruction=-190.0, kl=2.0),
            validation=ValidationMeans(reconstruction=-180.0, kl=3.0),
            learning_rate=1e-3,
            images_per_second=1000.0,
            seconds=55.0,
        )
    )
    run.append_log("epoch 1/3")
    run.write_about(About(name="Ünter <b>way</b>", note="a note"))
    arrays = {name: np.zeros(shape, np.float32) for name, shape in state_arrays(made).items()}
    generator = np.zeros(5056, np.uint8)
    arrays |= {"generator": generator, "epoch_generator": generator, "sums": np.zeros(2), "recent": np.zeros(3)}
    write_state(
        run, TrainingState(epoch=1, step=430, learning_rate=1e-3, beta=1.0, metrics_size=run.metrics_size()), arrays
    )
    run.write_status(Status(state="stopped", epoch=1, step=430, n_steps=1290, message="Stopped."))
    return run


@pytest.fixture(scope="module")
def packed(original: Run) -> bytes:
    return pack(original)


@pytest.fixture
def made_run(original: Run, runs_folder: Path) -> Run:
    """A copy of the run in the runs folder."""
    return Run(shutil.copytree(original.path, runs_folder / "made"))


@pytest.fixture
def contents(packed: bytes, runs_folder: Path) -> Contents:
    """What the run's archive holds; the runs folder is empty."""
    runs_folder.mkdir()
    with ZipFile(BytesIO(packed)) as archive:
        return Contents((name, archive.read(name)) for name in archive.namelist())


def zipped(contents: dict[str | ZipInfo, bytes], method: int = ZIP_STORED) -> BytesIO:
    buffer = BytesIO()
    with ZipFile(buffer, "w", method) as packed:
        for name, content in contents.items():
            packed.writestr(name, content)
    return buffer


def everything_in(folder: Path) -> dict[str, int]:
    return {str(path.relative_to(folder)): path.lstat().st_size for path in folder.rglob("*") if not path.is_dir()}


def refuse(file: BytesIO, folder: Path, reason: str = "") -> str:
    """Assert that `file` is refused for `reason` and that nothing of it stays, inside the runs folder or out of it."""
    around = everything_in(folder.parent)
    with pytest.raises(RunError, match=reason or None) as error:
        unpack(file)
    assert list(folder.iterdir()) == []
    assert everything_in(folder.parent) == around
    assert ".import-" not in str(error.value)
    assert str(folder) not in str(error.value)
    return str(error.value)


def assert_same(copy: Run, run: Run) -> None:
    assert copy.epochs() == run.epochs()
    assert copy.settings == run.settings
    assert copy.created == run.created
    assert copy.about == run.about
    assert copy.history() == run.history()
    for epoch in run.epochs():
        weights, copied = run.snapshot(epoch).weights(), copy.snapshot(epoch).weights()
        assert weights.keys() == copied.keys()
        assert all(np.array_equal(weights[name], copied[name]) for name in weights)
        assert all(
            np.array_equal(*pair)
            for pair in zip(run.snapshot(epoch).latent(), copy.snapshot(epoch).latent(), strict=True)
        )


# There and back


def test_a_trained_run_comes_back_equal_under_a_free_id(small_run):
    copy = unpack(BytesIO(pack(small_run)))
    assert copy.id == f"{small_run.id}-2"
    assert_same(copy, small_run)
    assert copy.status.state == "finished"
    assert {run.id for run in catalogue.own_runs()} == {small_run.id, copy.id}


def test_a_run_comes_back_byte_for_byte_under_its_own_id_when_that_is_free(original, packed):
    copy = unpack(BytesIO(packed))
    assert copy.id == "made"
    assert_same(copy, original)
    assert read_state(copy)[0] == read_state(original)[0]
    names = everything_in(original.path)
    assert everything_in(copy.path).keys() == names.keys()
    for name in names.keys() - {"status.json"}:
        assert (copy.path / name).read_bytes() == (original.path / name).read_bytes()
    assert stat.S_IMODE(copy.path.stat().st_mode) == 0o755


def test_a_bundled_run_can_be_packed_and_its_copy_is_no_bundled_one(bundled, runs_folder):
    copy = unpack(BytesIO(pack(bundled)))
    assert copy.path == runs_folder / "mnist-plane-2"
    assert_same(copy, bundled)


def test_an_archive_holds_the_files_of_the_run_and_no_others(made_run):
    for name in ("checkpoints/live.safetensors", "latent/live.npz", ".hidden", "requests/stop", "checkpoints/.x.tmp"):
        path = made_run.path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text("not for others")
    (made_run.path / "checkpoints" / "epoch-0002.safetensors").write_text("its latent is not written yet")
    with ZipFile(BytesIO(pack(made_run))) as packed:
        snapshots = [f"{folder}/epoch-{epoch:04d}" for epoch in (0, 1) for folder in ("checkpoints", "latent")]
        expected = ["config", "status", "metrics", "about", "log", "state", *snapshots]
        assert sorted(name.removeprefix("made/").split(".")[0] for name in packed.namelist()) == sorted(expected)
        methods = {Path(entry.filename).suffix: entry.compress_type for entry in packed.infolist()}
        assert methods[".safetensors"] == methods[".npz"] == ZIP_STORED
        assert methods[".json"] == methods[".jsonl"] == methods[".txt"] == ZIP_DEFLATED


def test_a_snapshot_that_is_thinned_out_while_packing_is_left_out(made_run, monkeypatch):
    read = Run.read_bytes

    def thinning(run, name):
        if str(name) == f"latent/{FIRST}.npz":
            run.drop_snapshots([0])
        return read(run, name)

    monkeypatch.setattr(Run, "read_bytes", thinning)
    assert unpack(BytesIO(pack(made_run))).epochs() == [1]


def test_a_file_that_cannot_be_read_is_not_left_out_in_silence(made_run):
    (made_run.path / LATENT).unlink()
    (made_run.path / LATENT).mkdir()
    with pytest.raises(RunError, match=LATENT):
        pack(made_run)


def test_a_run_without_a_snapshot_cannot_be_packed(small_settings):
    with pytest.raises(RunError, match="has no snapshot yet"):
        pack(catalogue.create_run(small_settings))


@pytest.mark.parametrize("state", ["queued", "running", "paused"])
@pytest.mark.parametrize("silence", [0, 10_000], ids=["alive", "silent"])
def test_whatever_was_under_way_is_interrupted_here(made_run, state, silence):
    made_run.write_status(Status(state=state, pid=os.getpid(), epoch=1, heartbeat=time.time() - silence))
    status = unpack(BytesIO(pack(made_run))).status
    assert (status.state, status.pid, status.host, status.epoch) == ("interrupted", None, "", 1)
    assert "packed before its training had ended" in status.message


@pytest.mark.parametrize("state", ["finished", "stopped", "failed", "interrupted"])
def test_whatever_had_ended_stays_as_it_was(made_run, state):
    made_run.write_status(Status(state=state, pid=os.getpid(), message="Why it ended."))
    status = unpack(BytesIO(pack(made_run))).status
    assert (status.state, status.pid, status.host, status.message) == (state, None, "", "Why it ended.")


@pytest.mark.parametrize(
    ("top", "expected"),
    [
        ("", "plane-2"),
        ("mine/", "mine"),
        ("./", "plane-2"),
        (".hidden/", "plane-2"),
        ("my run ü/", "plane-2"),
        ("x" * 101 + "/", "plane-2"),
        ("mnist-plane/", "mnist-plane-2"),
    ],
)
def test_the_top_folder_names_the_run_if_it_can(contents, runs_folder, top, expected):
    folders = dict.fromkeys([top, f"{top}checkpoints/", f"{top}latent/"], b"") if top else {}
    files = {name.replace("made/", top, 1): content for name, content in contents.items()}
    run = unpack(zipped(folders | files))
    assert run.id.startswith(expected)
    assert catalogue.own_runs() == [run]


def test_a_top_folder_that_leads_out_is_refused(contents, runs_folder):
    file = zipped({name.replace("made/", "../", 1): content for name, content in contents.items()})
    refuse(file, runs_folder, "points outside")


@pytest.mark.parametrize("name", ["about.json", "log.txt", STATE])
def test_what_a_run_need_not_have_may_lack(contents, name):
    del contents[f"made/{name}"]
    assert unpack(zipped(contents)).epochs() == [0, 1]


def test_two_imports_at_once_get_two_ids(contents, runs_folder, monkeypatch):
    free_id, answers = catalogue.free_id, iter(["made"])
    unpack(zipped(contents))
    monkeypatch.setattr(catalogue, "free_id", lambda wanted, folder: next(answers, None) or free_id(wanted, folder))
    assert unpack(zipped(contents)).id == "made-2"


def test_what_a_killed_import_left_is_removed_after_a_day(contents, runs_folder):
    for name, age in (("old", 2 * 86_400), ("new", 600)):
        folder = runs_folder / f".import-{name}"
        (folder / "latent").mkdir(parents=True)
        os.utime(folder, (time.time() - age, time.time() - age))
    unpack(zipped(contents))
    assert sorted(path.name for path in runs_folder.iterdir()) == [".import-new", "made"]
    assert [run.id for run in catalogue.own_runs()] == ["made"]


def test_a_runs_folder_that_cannot_be_written_is_explained(contents, monkeypatch):
    monkeypatch.setenv("LATENT_PLANE_RUNS", "/proc/runs")
    with pytest.raises(RunError, match="Cannot write /proc/runs"):
        unpack(zipped(contents))


def test_a_full_disk_leaves_nothing(contents, runs_folder, monkeypatch):
    def full(_descriptor):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(RunError, match="No space left on device"):
        unpack(zipped(contents))
    assert list(runs_folder.iterdir()) == []


# The list of entries


@pytest.mark.parametrize("content", [b"", b"PK", b"not a zip", bytes(1000), b"PK\x05\x06" + bytes(17)])
def test_what_is_no_zip_is_refused(runs_folder, content):
    runs_folder.mkdir()
    refuse(BytesIO(content), runs_folder, "not a whole zip file")


def test_a_torn_zip_is_refused(contents, runs_folder):
    whole = zipped(contents).getvalue()
    for part in (whole[:-1], whole[: len(whole) // 2], whole[len(whole) // 2 :], whole[1000:]):
        refuse(BytesIO(part), runs_folder)


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("../outside.json", "points outside"),
        ("made/../../config.json", "points outside"),
        ("made/..", "points outside"),
        ("/tmp/config.json", "points outside"),
        ("made\\config.json", "points outside"),
        ("made/checkpoints\\..\\x", "points outside"),
        ("C:/config.json", "points outside"),
        ("c:config.json", "points outside"),
        ("made/evil.py", "no file of a run"),
        ("made/state.pt", "no file of a run"),
        ("made/requests/stop", "no file of a run"),
        ("made/checkpoints/live.safetensors", "no file of a run"),
        ("made/checkpoints/epoch-1.safetensors", "no file of a run"),
        ("made/checkpoints/epoch-00001.safetensors", "no file of a run"),
        ("made/checkpoints/epoch-٠٠٠٢.safetensors", "no file of a run"),
        ("made/latent/epoch-0001.safetensors", "no file of a run"),
        ("made/.config.json.abc.tmp", "no file of a run"),
        ("made/Config.json", "no file of a run"),
        ("__MACOSX/made/._config.json", "no file of a run"),
        ("other/", "no folder of a run"),
        ("made/requests/", "no folder of a run"),
        ("made/deep/er/config.json", "no file of a run"),
        ("config.json", "twice"),
        ("other/config.json", "twice"),
        ("other/checkpoints/epoch-0002.safetensors", "another folder"),
        ("checkpoints/epoch-0002.safetensors", "another folder"),
    ],
)
@pytest.mark.parametrize("first", [True, False])
def test_an_entry_that_is_not_a_file_of_the_run_is_refused_by_name(contents, runs_folder, name, reason, first):
    hostile = {name: b"{}"}
    message = refuse(zipped(hostile | contents if first else contents | hostile), runs_folder)
    if reason not in ("twice", "another folder"):
        assert reason in message
        assert repr(name) in message
    elif not first:
        assert reason in message


def test_a_name_with_a_nul_is_not_cut_there(contents, runs_folder):
    content = contents.pop("made/log.txt")
    file = zipped({**contents, "made/log.txt~.py": content}).getvalue().replace(b"log.txt~.py", b"log.txt\0.py")
    refuse(BytesIO(file), runs_folder, r"log\.txt\\x00\.py' is no file of a run")


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_the_same_entry_twice_is_refused(contents, runs_folder):
    file = zipped(contents)
    with ZipFile(file, "a") as packed:
        packed.writestr("made/config.json", contents["made/config.json"])
    refuse(file, runs_folder, r"holds config\.json twice")


@pytest.mark.parametrize("kind", [stat.S_IFLNK, stat.S_IFIFO, stat.S_IFCHR, stat.S_IFBLK, stat.S_IFSOCK, stat.S_IFDIR])
def test_a_link_or_a_device_is_refused(contents, runs_folder, tmp_path, kind):
    (tmp_path / "secret").write_text("secret")
    del contents["made/log.txt"]
    entry = ZipInfo("made/log.txt")
    entry.external_attr = (kind | 0o777) << 16
    target = str(tmp_path / "secret").encode()
    refuse(zipped({**contents, entry: target}), runs_folder, r"log\.txt' is not a plain file")


def patched(file: BytesIO, name: str, field: int, format: str, value: int) -> BytesIO:
    """The zip with one field of the named entry changed in the list of entries."""
    content = bytearray(file.getvalue())
    at = content.rindex(b"PK\x01\x02", 0, content.rindex(name.encode()))
    struct.pack_into(format, content, at + field, value)
    return BytesIO(content)


NEEDED, FLAGS, METHOD, CRC, UNPACKED = (6, "<H"), (8, "<H"), (10, "<H"), (16, "<I"), (24, "<I")


@pytest.mark.parametrize("version", [155, 255])
def test_an_entry_that_needs_a_version_which_there_is_not_is_refused(contents, runs_folder, version):
    needed = f"zip file version {version / 10}"
    refuse(patched(zipped(contents), WEIGHTS, *NEEDED, version), runs_folder, needed)


def test_more_records_than_a_training_writes_are_refused_before_they_are_read(contents, runs_folder, monkeypatch):
    monkeypatch.setattr(budget, "RECORDS", 3)
    monkeypatch.setattr("vae.runs.history.parse_record", pytest.fail)
    contents["made/metrics.jsonl"] *= 4
    refuse(zipped(contents), runs_folder, r"metrics\.jsonl is not read: it has .* lines; up to 3 are accepted")


def test_a_run_of_more_records_is_not_packed(made_run, monkeypatch):
    monkeypatch.setattr(budget, "RECORDS", 0)
    with pytest.raises(RunError, match=r"metrics\.jsonl is not read"):
        pack(made_run)


def test_nothing_of_an_import_is_remembered_under_its_hidden_name(contents, runs_folder):
    from vae.runs.history import _read

    unpack(zipped(contents))
    assert not [path for path in _read if ".import-" in str(path)]


def test_a_long_name_is_cut(contents, runs_folder):
    assert len(refuse(zipped({**contents, "x" * 60_000: b""}), runs_folder, "x…")) < 300


def test_an_encrypted_entry_is_refused(contents, runs_folder):
    refuse(patched(zipped(contents), WEIGHTS, *FLAGS, 1), runs_folder, r"epoch-0001\.safetensors' is encrypted")


@pytest.mark.parametrize("method", [ZIP_BZIP2, 1, 97])
def test_a_method_other_than_deflate_is_refused(contents, runs_folder, method):
    refuse(patched(zipped(contents), WEIGHTS, *METHOD, method), runs_folder, "a method other than deflate")


def listed(n_entries: int) -> BytesIO:
    """A zip whose list names one empty file so many times."""
    content = zipped({"made/log.txt": b""}).getvalue()
    start, end = content.index(b"PK\x01\x02"), content.index(b"PK\x05\x06")
    directory = content[start:end] * n_entries
    tail = struct.pack("<4s4H2IH", b"PK\x05\x06", 0, 0, 65535, 65535, len(directory), start, 0)
    return BytesIO(content[:start] + directory + tail)


def test_too_many_entries_are_refused(runs_folder):
    runs_folder.mkdir()
    refuse(listed(budget.RUN_FILES + 1), runs_folder, "has 25,001 entries; a run has 25,000 at most")


def test_an_endless_list_of_entries_is_not_even_read(runs_folder):
    runs_folder.mkdir()
    file = listed(1_000_000)
    tracemalloc.start()
    refuse(file, runs_folder, "its list of entries has 58,000,000 bytes")
    assert tracemalloc.get_traced_memory()[1] < 5 * 2**20
    tracemalloc.stop()


# Bombs

GIGABYTE = 10**9


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
        r"safetensors would unpack from .* as no trained weights do",
    )


def test_a_bomb_within_a_latent_file_is_refused(contents, runs_folder):
    contents[f"made/{LATENT}"] = bomb("mu.npy", zeros(20 * 2**24), TEN_GIGABYTES).getvalue()
    refuse(zipped(contents), runs_folder, r"latent/epoch-0001\.npz is damaged: it would unpack to 10,066,329,600 bytes")


def test_a_latent_file_compressed_without_bound_is_refused(contents, runs_folder):
    stream = bz2.compress(bytes(2**24))
    file = bomb("mu.npy", stream, 80_128)
    contents[f"made/{LATENT}"] = patched(file, "mu.npy", *METHOD, ZIP_BZIP2).getvalue()
    refuse(zipped(contents), runs_folder, r"latent/epoch-0001\.npz is damaged: .* a method other than deflate")


# The content


def edited_config(**changes):
    def edit(content: bytes) -> bytes:
        return json.dumps(json.loads(content) | changes).encode()

    return edit


def edited_weights(name: str, edit):
    def change(content: bytes) -> bytes:
        arrays = safetensors.load(content)
        return safetensors.save({**arrays, name: edit(arrays[name])})

    return change


def with_nan(array: np.ndarray) -> np.ndarray:
    array = array.copy()
    array.flat[0] = np.nan
    return array


def edited_latent(**edits):
    def change(content: bytes) -> bytes:
        with np.load(BytesIO(content)) as stored:
            arrays = {name: edits.get(name, lambda array: array)(stored[name]) for name in stored.files}
        buffer = BytesIO()
        np.savez_compressed(buffer, **arrays)
        return buffer.getvalue()

    return change


def edited_header(old: bytes, new: bytes):
    """Change the header of the first array, which numpy reads as a Python expression."""

    def change(content: bytes) -> bytes:
        with ZipFile(BytesIO(content)) as stored:
            members = {name: stored.read(name) for name in stored.namelist()}
        return zipped(members | {"mu.npy": members["mu.npy"].replace(old, new, 1)}).getvalue()

    return change


def eight_bit_sums(content: bytes) -> bytes:
    """safetensors knows numbers of eight bits, numpy does not."""
    n = int.from_bytes(content[:8], "little")
    header = json.loads(content[8 : 8 + n])
    header["sums"] |= {"dtype": "F8_E5M2", "shape": [16]}
    encoded = json.dumps(header).encode()
    return len(encoded).to_bytes(8, "little") + encoded + content[8 + n :]


def encrypted(content: bytes) -> bytes:
    return patched(BytesIO(content), "mu.npy", *FLAGS, 1).getvalue()


class Executes:
    """A pickle that makes a folder where it is loaded."""

    def __reduce__(self):
        return os.mkdir, ("executed",)


def pickled_array(_content: bytes) -> bytes:
    buffer = BytesIO()
    np.savez(buffer, mu=np.array([Executes()], dtype=object))
    return buffer.getvalue()


BIAS = "decoder.x_logits.bias"
DAMAGES = {
    "config missing": ("config.json", None, r"it has no config\.json"),
    "config empty": ("config.json", lambda _: b"", r"config\.json is damaged"),
    "config deep": ("config.json", lambda _: b"[" * 10**6, r"config\.json is not read: it has more than 40"),
    "config of another format": ("config.json", edited_config(format=2), r"config\.json is not of format 1"),
    "settings": ("config.json", edited_config(settings={"epochs": -1}), "epochs -1 is out of range"),
    "setting unknown": ("config.json", edited_config(settings={"run": "rm"}), "'run' is not a setting"),
    "another model": ("config.json", edited_config(settings={"hidden": [5]}), "not those of the model in config.json"),
    "another length": ("config.json", edited_config(settings={"hidden": [4], "epochs": 0}), "epochs 0"),
    "segment": ("config.json", edited_config(continued_at=[9]), r"config\.json is damaged: continued_at"),
    "another data set": (
        "config.json",
        edited_config(dataset={"name": "mnist", "fingerprint": "0" * 64}),
        "trained on another data set",
    ),
    "no data set": ("config.json", edited_config(dataset=None), "trained on another data set"),
    "status missing": ("status.json", None, r"Cannot read status\.json"),
    "status damaged": ("status.json", lambda _: b'{"state": "asleep"}', r"status\.json is damaged \(fields: state\)"),
    "metrics damaged": ("metrics.jsonl", lambda _: b"{}\n", r"metrics\.jsonl is damaged in line 1"),
    "metrics short": ("metrics.jsonl", lambda content: content[:-5], r"metrics\.jsonl is damaged: state"),
    "metrics missing": ("metrics.jsonl", None, r"metrics\.jsonl is damaged: state"),
    "about damaged": ("about.json", lambda _: b'{"name": 5}', r"about\.json is damaged"),
    "about long": ("about.json", lambda _: json.dumps({"name": "x" * 101}).encode(), r"about\.json is damaged"),
    "weights NaN": (WEIGHTS, edited_weights(BIAS, with_nan), r"epoch-0001\.safetensors is damaged: .* not finite"),
    "weights shape": (WEIGHTS, edited_weights(BIAS, lambda a: a[:-1]), r"epoch-0001\.safetensors is damaged: its"),
    "weights pickled": (WEIGHTS, lambda _: pickle.dumps(Executes()), r"epoch-0001\.safetensors is damaged"),
    "weights missing": (WEIGHTS, None, r"latent/epoch-0001\.npz has no other half"),
    "latent missing": (LATENT, None, r"checkpoints/epoch-0001\.safetensors has no other half"),
    "latent pickled": (LATENT, pickled_array, r"latent/epoch-0001\.npz is damaged"),
    "latent no zip": (LATENT, lambda _: b"PK\x03\x04 no", r"latent/epoch-0001\.npz is damaged"),
    "latent encrypted": (LATENT, encrypted, r"latent/epoch-0001\.npz is damaged"),
    "latent no array": (LATENT, edited_header(b"NUMPY", b"numpy"), r"latent/epoch-0001\.npz is damaged"),
    "latent header torn": (LATENT, edited_header(b"(", b" "), r"latent/epoch-0001\.npz is damaged"),
    "latent header open": (LATENT, edited_header(b"}", b"("), r"latent/epoch-0001\.npz is damaged"),
    "latent NaN": (LATENT, edited_latent(mu=with_nan), r"latent/epoch-0001\.npz is damaged: .* not finite"),
    "latent shape": (LATENT, edited_latent(logvar=lambda a: a[:, :1]), r"latent/epoch-0001\.npz is damaged"),
    "labels of others": (LATENT, edited_latent(labels=np.flip), "labels are not the test images'"),
    "state NaN": (STATE, edited_weights(f"model.{BIAS}", with_nan), r"state\.safetensors cannot be used"),
    "state pickled": (STATE, lambda _: pickle.dumps(Executes()), r"state\.safetensors cannot be used"),
    "state of eight bits": (STATE, eight_bit_sums, r"state\.safetensors cannot be used"),
    "state cut": (STATE, lambda content: content[:-1], r"state\.safetensors cannot be used.* Without state"),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_run_that_is_not_whole_is_refused_and_executes_nothing(contents, runs_folder, tmp_path, monkeypatch, damage):
    monkeypatch.chdir(tmp_path)
    name, change, reason = DAMAGES[damage]
    content = contents.pop(f"made/{name}")
    if change:
        contents[f"made/{name}"] = change(content)
    refuse(zipped(contents), runs_folder, reason)


def test_a_run_without_snapshots_is_refused(contents, runs_folder):
    refuse(zipped({name: c for name, c in contents.items() if "/epoch-" not in name}), runs_folder, "has no snapshot")


def test_a_snapshot_after_the_end_of_the_training_is_refused(contents, runs_folder):
    for name in (WEIGHTS, LATENT):
        contents[f"made/{name.replace('0001', '0004')}"] = contents[f"made/{name}"]
    refuse(zipped(contents), runs_folder, "snapshot of epoch 4; .* epoch 3 is the last")


# Whatever is uploaded, a RunError is all that comes out


@settings(max_examples=100)
@given(content=st.binary(max_size=300), prefix=st.sampled_from([b"", b"PK\x03\x04", b"PK\x05\x06"]))
def test_arbitrary_bytes_raise_nothing_but_run_errors(content, prefix):
    with pytest.raises(RunError):
        unpack(BytesIO(prefix + content))


@settings(max_examples=120)
@given(data=st.data())
def test_a_changed_archive_is_imported_or_refused_with_a_run_error(packed, runs_folder, data):
    changed = bytearray(packed)
    list_of_entries = int.from_bytes(packed[-6:-2], "little")
    anywhere = st.integers(0, len(changed) - 1) | st.integers(list_of_entries, len(changed) - 1)
    for position in data.draw(st.lists(anywhere, min_size=1, max_size=4)):
        changed[position] = data.draw(st.integers(0, 255))
    try:
        run = unpack(BytesIO(changed))
    except RunError:
        assert not runs_folder.exists() or list(runs_folder.iterdir()) == []
    else:
        assert run.snapshot(1).weights()
        shutil.rmtree(run.path)


@settings(max_examples=60)
@given(data=st.data())
def test_a_file_of_any_content_is_imported_or_refused_with_a_run_error(contents, runs_folder, data):
    name = data.draw(st.sampled_from(sorted(contents)))
    content = bytearray(contents[name])
    if data.draw(st.booleans()):
        content = data.draw(st.binary(max_size=50))
    else:
        content[data.draw(st.integers(0, len(content) - 1))] ^= data.draw(st.integers(1, 255))
    try:
        run = unpack(zipped({**contents, name: bytes(content)}))
    except RunError:
        assert list(runs_folder.iterdir()) == []
    else:
        shutil.rmtree(run.path)
