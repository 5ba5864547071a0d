"""What the browser loads by address: the plane's JavaScript, plotly.js and the test digits, put below `static/`.

They lie in a folder named after their content, so that a browser may keep them and an update is never mixed.
"""

import hashlib
import importlib.util
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from importlib.metadata import version
from pathlib import Path

import streamlit as st
from filelock import FileLock

from vae import data, pictures
from vae.errors import UserError
from vae.files import write_atomically

PROJECT = Path(__file__).parent.parent.parent
SOURCE = PROJECT / "assets" / "plane"
STATIC = PROJECT / "static"
SPRITE = "test-digits.png"
OUTDATED_AFTER = 24 * 3600.0  # seconds: until then, a running server may still serve an older version


class StaticError(UserError):
    """The folder `static/` cannot be written."""


def module_address(name: str) -> str:
    """The address of one of the plane's modules, such as "plane.js"."""
    return _address(_publish() / name)


def sprite_address() -> str:
    """The address of the picture that holds all test digits; made if it is not there."""
    path = _publish() / SPRITE
    if not path.exists():
        content = pictures.sprite(data.load("test").images)
        with _writing():
            write_atomically(path, content)
    return _address(path)


@cache
def stylesheet() -> str:
    """The plane's CSS."""
    return (SOURCE / "plane.css").read_text(encoding="utf-8")


def _address(path: Path) -> str:
    base = st.get_option("server.baseUrlPath").strip("/")
    return f"{'/' + base if base else ''}/app/static/{path.relative_to(STATIC).as_posix()}"


def _publish() -> Path:
    """Copy the sources into their folder below `static/` if it is not there, and drop those of older versions."""
    folder = STATIC / _digest()
    if folder.exists():
        return folder
    with _writing():
        STATIC.mkdir(exist_ok=True)
        with FileLock(STATIC / ".lock"):
            if not folder.exists():
                _drop_outdated()
                _copy_to(folder)
    return folder


def _drop_outdated() -> None:
    for path in STATIC.iterdir():
        if path.is_dir() and time.time() - path.stat().st_mtime > OUTDATED_AFTER:
            shutil.rmtree(path, ignore_errors=True)


def _copy_to(folder: Path) -> None:
    temporary = Path(tempfile.mkdtemp(prefix=".new-", dir=STATIC))
    for source in [*SOURCE.glob("*.js"), _plotly_js()]:
        shutil.copy(source, temporary)
    temporary.chmod(0o755)
    temporary.rename(folder)


@cache
def _digest() -> str:
    content = hashlib.sha256(version("plotly").encode())
    for source in sorted(SOURCE.glob("*.js")):
        content.update(source.name.encode() + b"\0" + source.read_bytes())
    return content.hexdigest()[:16]


def _plotly_js() -> Path:
    """The plotly.js of the installed plotly package, found without importing it."""
    package = importlib.util.find_spec("plotly").submodule_search_locations[0]
    return Path(package) / "package_data" / "plotly.min.js"


@contextmanager
def _writing() -> Iterator[None]:
    """Turn an OSError into a message for the user."""
    try:
        yield
    except OSError as error:
        raise StaticError(
            f"Cannot write below {STATIC}: {error.strerror}. The plane needs about 7 MB there: "
            "free some space, or give this user the right to write."
        ) from error
