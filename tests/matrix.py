"""`make matrix`: the core's and the pages' tests with the lowest and with the highest versions that are accepted.

The lowest versions of `requirements.txt` are tried on the oldest Python of 3.11 to 3.14 that is installed, the highest
on the newest. Each has a virtual environment of its own, below the folder that is given.
"""

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from shutil import which

ROOT = Path(__file__).parents[1]
PYTHONS = ("3.11", "3.12", "3.13", "3.14")
TESTS = ("tests/vae", "tests/pages", "tests/plane", "tests/test_structure.py", "tests/test_notebook.py")
REQUIREMENT = re.compile(r"(?P<name>[\w-]+)>=(?P<lowest>[\d.]+)")


def main(folder: Path) -> int:
    """Run all; the exit code is 0 if each passed."""
    pythons = [found for version in PYTHONS if (found := which(f"python{version}")) and _starts(found)]
    if not pythons:
        sys.exit(f"None of Python {', '.join(PYTHONS)} is installed.")
    failed = [name for name, python, pins in _environments(pythons) if not _passes(folder / name, python, pins)]
    print(f"failed: {', '.join(failed)}" if failed else "all passed")
    return len(failed)


def lowest(requirements: str) -> list[str]:
    """Of each requirement the lowest version: "numpy>=2.1,<3" becomes "numpy==2.1.*"."""
    return [f"{found['name']}=={found['lowest']}.*" for found in REQUIREMENT.finditer(requirements)]


def _environments(pythons: list[str]) -> Iterator[tuple[str, str, list[str]]]:
    """Name, interpreter and pins of each."""
    yield "lowest", pythons[0], lowest((ROOT / "requirements.txt").read_text(encoding="utf-8"))
    yield "highest", pythons[-1], []


def _passes(folder: Path, python: str, pins: list[str]) -> bool:
    version = subprocess.run([python, "--version"], capture_output=True, text=True, check=True).stdout.strip()
    print(f"{folder.name}: {version} {' '.join(pins) or 'with the highest versions'}", flush=True)
    subprocess.run([python, "-m", "venv", str(folder)], check=True)
    own = folder / ("Scripts" if sys.platform == "win32" else "bin") / "python"
    needed = ["-r", str(ROOT / "requirements-dev.txt"), *pins]
    subprocess.run([own, "-m", "pip", "install", "-q", "--upgrade", *needed], check=True)
    tests = [own, "-m", "pytest", "-m", "not alone", "-n", "2", "--dist", "loadfile", *TESTS]
    return subprocess.run(tests, cwd=ROOT).returncode == 0


def _starts(python: str) -> bool:
    """Whether it is an interpreter, and not the stand-in of a version manager that has none."""
    return subprocess.run([python, "-c", ""], capture_output=True).returncode == 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
