"""What the browser loads by address: the plane's JavaScript, plotly.js and the test digits, put below `static/`.

They lie in a folder named after their content, so that a browser may keep them and an update is never mixed.
"""

import hashlib
import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

import streamlit as st
from filelock import FileLock

from vae import browser, data, pictures
from vae.errors import UserError
from vae.files import write_atomically

PROJECT = Path(__file__).parent.parent.parent
STATIC = PROJECT / "static"
LONG_AGO = 1e9  # seconds since 1970: the year 2001
OUTDATED_AFTER = 24 * 3600.0  # seconds: until then, a running server may still serve an older version


class StaticError(UserError):
    """The folder `static/` cannot be written."""


def module_address(name: str) -> str:
    """The address of one of the plane's modules, such as "panels/picture.js"."""
    return _address(_publish() / name)


def sheets(split: data.Split) -> dict[str, Any]:
    """Where the browser finds the images of a split: the addresses of sheets of tiles, and how they lie there."""
    folder = _publish()
    images = data.load(split).images
    paths = {folder / f"{split}-{start}.png": start for start in range(0, len(images), pictures.SHEET_IMAGES)}

    def write(path: Path) -> None:
        content = pictures.sheet(images[paths[path] : paths[path] + pictures.SHEET_IMAGES])
        with _writing():
            write_atomically(path, content)
            _let_browsers_keep(path)

    missing = [path for path in paths if not path.exists()]
    if missing:  # once for every version of the plane: 22 sheets of training images in a second
        with st.spinner("Preparing the pictures…"), ThreadPoolExecutor() as pool:
            list(pool.map(write, missing))
    return {
        "addresses": [_address(path) for path in paths],
        "columns": pictures.SHEET_COLUMNS,
        "perSheet": pictures.SHEET_IMAGES,
        "shape": data.IMAGE_SHAPE,
    }


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
    for name, source in browser.modules().items():
        (temporary / name).parent.mkdir(exist_ok=True)
        shutil.copy(source, temporary / name)
    shutil.copy(browser.plotly_js(), temporary)
    for path in temporary.glob("**/*.js"):
        _let_browsers_keep(path)
    temporary.chmod(0o755)
    temporary.rename(folder)


def _let_browsers_keep(path: Path) -> None:
    """Streamlit tells browsers no more than when a file was changed; they then keep it for a tenth of its age."""
    os.utime(path, (LONG_AGO, LONG_AGO))


@cache
def _digest() -> str:
    content = hashlib.sha256(version("plotly").encode())
    for name, source in browser.modules().items():
        content.update(name.encode() + b"\0" + source.read_bytes())
    return content.hexdigest()[:16]


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
