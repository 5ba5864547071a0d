"""Archives whose list of entries is torn, hostile or endless."""

import stat
import struct
import tracemalloc
from io import BytesIO
from zipfile import ZIP_BZIP2, ZipFile, ZipInfo

import pytest

from tests.vae.runs.archives import FLAGS, METHOD, NEEDED, WEIGHTS, patched, refuse, zipped
from vae import budget


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
        ("made/evil.py", "not a file of a run"),
        ("made/state.pt", "not a file of a run"),
        ("made/requests/stop", "not a file of a run"),
        ("made/checkpoints/live.safetensors", "not a file of a run"),
        ("made/checkpoints/epoch-1.safetensors", "not a file of a run"),
        ("made/checkpoints/epoch-00001.safetensors", "not a file of a run"),
        ("made/checkpoints/epoch-٠٠٠٢.safetensors", "not a file of a run"),
        ("made/latent/epoch-0001.safetensors", "not a file of a run"),
        ("made/.config.json.abc.tmp", "not a file of a run"),
        ("made/Config.json", "not a file of a run"),
        ("__MACOSX/made/._config.json", "not a file of a run"),
        ("other/", "not a folder of a run"),
        ("made/requests/", "not a folder of a run"),
        ("made/deep/er/config.json", "not a file of a run"),
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
    refuse(BytesIO(file), runs_folder, r"log\.txt\\x00\.py' is not a file of a run")


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


@pytest.mark.parametrize("version", [155, 255])
def test_an_entry_that_needs_a_version_which_there_is_not_is_refused(contents, runs_folder, version):
    needed = f"zip file version {version / 10}"
    refuse(patched(zipped(contents), WEIGHTS, *NEEDED, version), runs_folder, needed)


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
