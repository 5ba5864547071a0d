"""Every command of the command line in the environments that users have: each works, or refuses in one line."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import ROOT, SMALL_MNIST, wait_for
from vae.config import make_settings
from vae.runs import catalogue
from vae.runs.run import Run

TINY = ["--hidden", "4", "--latent-dim", "1", "--epochs", "1", "--batch-size", "100", "--snapshots", "4"]
PYTHON = (sys.executable, "-m", "vae")

# Name → variables; "{tmp}" is the test's folder. A folder that lies below a file cannot be written, whoever one is.
ENVIRONMENTS = {
    "utf-8": {"PYTHONIOENCODING": "utf-8"},
    "cp1252": {"PYTHONIOENCODING": "cp1252"},
    "ascii": {"LC_ALL": "C", "LANG": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
    "cp932": {"PYTHONIOENCODING": "cp932"},
    "blanks": {"LATENT_PLANE_RUNS": "{tmp}/Läufe für 潜在 plane"},
    "blanks-ascii": {
        "LATENT_PLANE_RUNS": "{tmp}/Läufe für 潜在 plane",
        **{"LC_ALL": "C", "LANG": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
    },
    "no-home": {"HOME": "{tmp}/file/home", "XDG_CACHE_HOME": "{tmp}/file/cache", "MPLCONFIGDIR": "{tmp}/file/mpl"},
    "read-only": {"LATENT_PLANE_RUNS": "{tmp}/file/runs"},
}
COMMANDS = {
    "list": ["list"],
    "help": ["train", "--help"],
    "train": ["train", *TINY],
    "evaluate": ["evaluate", "{run}"],
    "figure": ["figure", "latent", "{run}", "-o", "{tmp}/ƒigure.png"],
    "page": ["page", "{run}", "-o", "{tmp}/pläne.html", "--points", "50"],
    "export": ["export", "{run}", "{tmp}/ünterwegs.zip"],
    "import": ["import", "{zip}"],
    "refusal": ["train", "--beta", "−1…"],
}
REFUSED = {("read-only", "train"), ("read-only", "import")} | {(name, "refusal") for name in ENVIRONMENTS}
QUICK = ("cp1252", "ascii")  # where `evaluate`, which takes long, is tried
CASES = [(e, c) for e in ENVIRONMENTS for c in COMMANDS if c != "evaluate" or e in QUICK]


pytestmark = pytest.mark.usefixtures("small_mnist_in_processes")


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """A run of four hidden units, trained by the command line."""
    path, small = tmp_path_factory.mktemp("tiny") / "tiny", _plain() | SMALL_MNIST
    subprocess.run(
        [*PYTHON, "train", *TINY, "--run-dir", str(path)], cwd=ROOT, env=small, check=True, capture_output=True
    )
    return Run(path)


@pytest.fixture(scope="module")
def packed(tiny: Run) -> Path:
    from vae.runs.archive import pack

    file = tiny.path.parent / "tiny.zip"
    file.write_bytes(pack(tiny))
    return file


def environment(name: str, tmp_path: Path) -> dict[str, str]:
    (tmp_path / "file").touch()
    given = {key: value.replace("{tmp}", str(tmp_path)) for key, value in ENVIRONMENTS[name].items()}
    return {"LATENT_PLANE_RUNS": str(tmp_path / "runs"), **_plain(), **given}


def _plain() -> dict[str, str]:
    """This process's variables without what the environments set."""
    names = {name for given in ENVIRONMENTS.values() for name in given} - {"HOME"}
    return {name: value for name, value in os.environ.items() if name not in names}


@pytest.mark.parametrize(("name", "command"), CASES, ids=lambda part: part)
def test_every_command_works_or_refuses_in_one_line(name, command, tiny, packed, tmp_path):
    places = {"run": str(tiny.path), "zip": str(packed), "tmp": str(tmp_path)}
    arguments = [part.format(**places) if part.startswith("{") else part for part in COMMANDS[command]]
    variables = environment(name, tmp_path) | ({"SMALL_TEST_SET": "1"} if command == "evaluate" else {})
    done = subprocess.run([*PYTHON, *arguments], cwd=ROOT, env=variables, capture_output=True, timeout=120)
    out, err = done.stdout.decode("latin-1"), done.stderr.decode("latin-1")
    assert "Traceback" not in err, err
    assert "\r" not in out + err  # no bar where there is no terminal
    if (name, command) in REFUSED:
        assert done.returncode == 2
        assert err.count("\n") == 1
        assert err.startswith("python -m vae")
    else:
        assert done.returncode == 0, err
        assert out.strip()
        assert command != "evaluate" or json.loads(out)["elbo"] < 0


def test_a_read_only_checkout_trains_into_another_folder(tiny, tmp_path):
    """As after `git clone` by an administrator: nothing beside the code is written."""
    checkout = tmp_path / "check out ✓"
    for name in ("vae", "assets"):
        shutil.copytree(ROOT / name, checkout / name, ignore=shutil.ignore_patterns("__pycache__"))
    before = _state(checkout)
    variables = _plain() | {"LATENT_PLANE_RUNS": str(tmp_path / "runs"), "PYTHONDONTWRITEBYTECODE": "1"}
    del variables["PYTHONPATH"]  # else its own code would be that of this checkout
    for arguments in (["train", *TINY], ["list"], ["page", str(tiny.path), "-o", str(tmp_path / "p.html")]):
        done = subprocess.run([*PYTHON, *arguments], cwd=checkout, env=variables, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
    assert _state(checkout) == before


def _state(folder: Path) -> dict[str, int]:
    return {str(path): path.stat().st_mtime_ns for path in folder.rglob("*")}


@pytest.fixture
def training(tmp_path: Path) -> Iterator[tuple[subprocess.Popen, Run]]:
    """A training by hand whose standard output is a pipe."""
    path = tmp_path / "runs" / "told"
    process = subprocess.Popen(
        [*PYTHON, "train", *TINY, "--epochs", "3", "--run-dir", str(path)],
        cwd=ROOT, env=_plain(), stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True,
    )  # fmt: skip
    yield process, Run(path)
    process.kill()
    process.wait()


def test_a_training_whose_reader_goes_away_goes_on(training):
    """`… | head -1`."""
    process, run = training
    assert b"epoch 1/3" in process.stdout.readline()
    process.stdout.close()
    assert process.wait(60) == 0
    assert run.status.state == "finished"
    assert process.stderr.read() == b""


@pytest.mark.skipif(not hasattr(signal, "SIGHUP"), reason="this system has no hang-up")
def test_a_training_whose_terminal_goes_away_goes_on(training):
    process, run = training
    process.stdout.readline()
    process.send_signal(signal.SIGHUP)
    process.stdout.close()
    process.stderr.close()
    assert process.wait(60) == 0
    assert run.status.state == "finished"


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no disk that is always full")
def test_a_training_whose_output_is_on_a_full_disk_goes_on(tmp_path):
    path = tmp_path / "runs" / "full"
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run([*PYTHON, "train", *TINY, "--run-dir", str(path)], cwd=ROOT, stdout=full, stderr=full)
    assert done.returncode == 0
    assert Run(path).status.state == "finished"


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no disk that is always full")
def test_a_list_on_a_full_disk_says_so_in_one_line():
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run([*PYTHON, "list"], cwd=ROOT, stdout=full, stderr=subprocess.PIPE, text=True)
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1
    assert "No space left" in done.stderr


def test_a_list_whose_reader_goes_away_ends_quietly():
    reading, writing = os.pipe()
    os.close(reading)
    done = subprocess.run([*PYTHON, "list"], cwd=ROOT, stdout=writing, stderr=subprocess.PIPE)
    os.close(writing)
    assert (done.returncode, done.stderr) == (0, b"")


def test_a_log_that_cannot_be_written_stops_no_training(tmp_path):
    run = catalogue.create_run(
        make_settings({"hidden": "4", "epochs": 1, "batch_size": 1000}), tmp_path / "runs" / "mute"
    )
    (run.path / "log.txt").mkdir()
    done = subprocess.run([*PYTHON, "train", "--run-dir", str(run.path)], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert run.status.state == "finished"


def test_without_any_console_it_trains(tmp_path):
    """As pythonw does on Windows: sys.stdout and sys.stderr are None."""
    path = tmp_path / "runs" / "none"
    arguments = ["train", *TINY, "--run-dir", str(path)]
    script = f"import sys; sys.stdout = sys.stderr = None; import vae.cli as m; sys.exit(m.main({arguments}))"
    assert subprocess.run([sys.executable, "-c", script], cwd=ROOT).returncode == 0
    assert Run(path).status.state == "finished"


def test_on_a_terminal_there_is_a_bar_and_in_a_log_a_line_an_epoch(tmp_path):
    pty = pytest.importorskip("pty")
    command = [*PYTHON, "train", *TINY, "--epochs", "2", "--run-dir"]
    logged = subprocess.run([*command, str(tmp_path / "a")], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    assert logged.stdout.count(b"\n") == 3
    assert b"\r" not in logged.stdout
    main, terminal = pty.openpty()
    shown = subprocess.Popen([*command, str(tmp_path / "b")], cwd=ROOT, stdout=terminal, stderr=terminal)
    os.close(terminal)
    seen = b""
    ends = time.monotonic() + 60
    while time.monotonic() < ends:
        try:
            part = os.read(main, 10_000)
        except OSError:  # the terminal's other end is closed
            break
        if not part:
            break
        seen += part
    os.close(main)
    assert shown.wait(10) == 0
    assert seen.count(b"\r") > 3
    wait_for(lambda: Run(tmp_path / "b").status.state == "finished")
