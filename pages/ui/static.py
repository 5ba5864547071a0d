"""Static files: the plane's JavaScript, plotly.js, and sheets of the images.

The addresses hold a digest of the content, so that a browser keeps a file for good and never mixes two versions. The
content is read once, so that it stays one version while the files on the disk are being updated.
"""

import asyncio
import gzip
import hashlib
import mimetypes
from functools import cache
from typing import get_args

import streamlit as st
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from vae import data, pictures
from vae.browser import assets
from vae.browser.message import Sheets

FOR_GOOD = {"Cache-Control": "public, max-age=31536000, immutable", "Vary": "Accept-Encoding"}


def module_address(name: str) -> str:
    """The address of one of the plane's modules, such as "panels/picture/index.js"."""
    return f"{_base()}/{_digest()}/{name}"


def sheets(split: data.Split) -> Sheets:
    """The pictures of a split's images, by their addresses on this server."""
    return Sheets([module_address(name) for name in _sheet_names(split)])


def routes() -> list[Route]:
    """The routes of these addresses."""
    return [Route(f"{_base()}/{{digest}}/{{name:path}}", _answer)]


async def _answer(request: Request) -> Response:
    name = request.path_params["name"]
    content = await asyncio.to_thread(_content, name) if request.path_params["digest"] == _digest() else None
    if content is None:
        return PlainTextResponse("There is no such file in this version. Reload the page.\n", 404)
    headers = dict(FOR_GOOD)
    if name.endswith(".js") and "gzip" in request.headers.get("Accept-Encoding", ""):
        content = await asyncio.to_thread(_compressed, name)
        headers["Content-Encoding"] = "gzip"
    return Response(content, media_type=mimetypes.guess_type(name)[0], headers=headers)


def _base() -> str:
    base = st.get_option("server.baseUrlPath").strip("/")
    return f"{'/' + base if base else ''}/plane"


def _content(name: str) -> bytes | None:
    if name in _modules():
        return _modules()[name]
    split = next((split for split in get_args(data.Split) if split == name.partition("-")[0]), None)
    return _sheet(split, name) if split and name in _sheet_names(split) else None


@cache
def _modules() -> dict[str, bytes]:
    sources = {**assets.modules(), assets.plotly_js().name: assets.plotly_js()}
    return {name: source.read_bytes() for name, source in sources.items()}


@cache
def _compressed(name: str) -> bytes:
    return gzip.compress(_modules()[name], 6)


@cache
def _digest() -> str:
    content = hashlib.sha256(repr(data.fingerprint()).encode())
    for name, source in _modules().items():
        content.update(name.encode() + b"\0" + source)
    return content.hexdigest()[:16]


def _sheet_names(split: data.Split) -> dict[str, int]:
    """Name → the first image of each of its sheets."""
    starts = range(0, len(data.load(split)), pictures.SHEET_IMAGES)
    return {f"{split}-{start}.png": start for start in starts}


@cache  # those of all splits have 17 MB together
def _sheet(split: data.Split, name: str) -> bytes:
    start = _sheet_names(split)[name]
    return pictures.sheet(data.load(split).images[start : start + pictures.SHEET_IMAGES])
