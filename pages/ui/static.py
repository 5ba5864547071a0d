"""What the browser loads by address: the plane's JavaScript, plotly.js and the test digits, put below `static/`.

They lie in a folder named after their content, so that a browser may keep them and an update is never mixed.
"""

import hashlib
import importlib.util
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from importlib.metadata import version
from pathlib import Path

import streamlit as st

from vae import data, pictures
from vae.errors import UserError
from vae.files import write_atomically

PROJECT = Path(__file__).parent.parent.parent
SOURCE = PROJECT / "assets" / "plane"
STATIC = PROJECT / "static"
SPRITE = "test-digits.png"


class StaticError(UserError):
    """The folder `static/` cannot be written."""


def module_address(name: str) -> str:
    """The address of one of the plane's modules, such as "plane.js"."""
    return _address(_publish() / name)


@cache
def sprite_address() -> str:
    """The address of the picture that holds all test digits; made once and kept."""
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


@cache
def _publish() -> Path:
    """Copy the sources into their folder below `static/`, once, and drop the folders of older versions."""
    folder = STATIC / _digest()
    if folder.exists():
        return folder
    with _writing():
        STATIC.mkdir(exist_ok=True)
        outdated = [path for path in STATIC.iterdir() if path.is_dir()]
        temporary = Path(tempfile.mkdtemp(prefix=".new-", dir=STATIC))
        for source in SOURCE.glob("*.js"):
            shutil.copy(source, temporary)
        shutil.copy(_plotly_js(), temporary)
        temporary.chmod(0o755)
        try:
            temporary.rename(folder)
        except OSError:
            shutil.rmtree(temporary)
            if not folder.exists():  # else another server was quicker
                raise
        for path in outdated:
            shutil.rmtree(path, ignore_errors=True)
    return folder


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
