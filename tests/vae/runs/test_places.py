"""Folders as a disk may have them: links, names of other encodings, folders that are moved meanwhile."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from vae import errors
from vae.errors import RunError, UserError
from vae.runs import archive, catalogue, trash

ROOT = Path(__file__).parents[3]
links = pytest.mark.skipif(sys.platform == "win32", reason="links need a right there")


@links
def test_a_linked_trash_is_left_alone(small_run, runs_folder, tmp_path):
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "precious.txt").write_text("precious")
    (runs_folder / ".trash").symlink_to(elsewhere)
    for act in (trash.empty, lambda: trash.delete(small_run)):
        with pytest.raises(RunError, match="is a link to another place"):
            act()
    assert trash.trashed() == []
    assert [path.name for path in elsewhere.iterdir()] == ["precious.txt"]
    assert small_run.path.exists()


@links
@pytest.mark.parametrize("name", ["log.txt", "checkpoints/epoch-0002.safetensors"])
def test_a_linked_file_is_not_packed(small_run, tmp_path, name):
    (tmp_path / "secret").write_text("secret")
    (small_run.path / name).unlink(missing_ok=True)
    (small_run.path / name).symlink_to(tmp_path / "secret")
    with pytest.raises(RunError, match="is a link to another place, and is not packed"):
        archive.pack(small_run)


@links
def test_a_run_in_a_linked_folder_is_packed(small_run, tmp_path, monkeypatch):
    (tmp_path / "link").symlink_to(small_run.path.parent)
    assert archive.pack(catalogue.Run(tmp_path / "link" / small_run.id))


@pytest.mark.skipif(sys.platform != "linux", reason="other systems have no such names")
@pytest.mark.parametrize("command", ["list", "train"])
def test_a_path_that_is_not_utf8_works(tmp_path, small_mnist_in_processes, command):
    folder = os.fsencode(tmp_path) + b"/caf\xe9"
    more = ["--epochs", "1", "--hidden", "4", "--batch-size", "5000"] if command == "train" else []
    environment = os.environb | {b"LATENT_PLANE_RUNS": folder}
    done = subprocess.run([sys.executable, "-m", "vae", command, *more], cwd=ROOT, capture_output=True, env=environment)
    assert done.returncode == 0, done.stderr
    if more:
        assert len(catalogue.runs_in(Path(os.fsdecode(folder)))) == 1


def test_a_run_that_is_moved_while_it_is_read_is_explained(small_run, tmp_path):
    small_run.path.rename(tmp_path / "moved")
    for read in (
        lambda: small_run.settings,
        lambda: small_run.status,
        lambda: small_run.snapshot(2).weights(),
        small_run.newest,
    ):
        with pytest.raises(RunError):
            read()
    assert small_run.size() == 0
    assert small_run.epochs() == []
    assert not small_run.history().epochs


# Messages


def test_a_message_is_one_line_of_three_hundred_characters():
    message = str(UserError("What is wrong:\n\x1b[2J" + "x" * 1000 + " Do this."))
    assert len(message) <= errors.LONGEST
    assert message.isprintable()
    assert message.startswith("What is wrong: \\x1b[2J")
    assert message.endswith("Do this.")
    assert str(UserError("Short.")) == "Short."
