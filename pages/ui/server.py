"""The server around the pages: a guard against foreign requests, and the sessions of visitors who have left.

Streamlit answers every request that reaches it. A stranger's page can reach it too, from a browser on this machine: by
a name of its own that it lets lead here (DNS rebinding), in a frame, or through a WebSocket. None of these is answered.
"""

import asyncio
import gc
import ipaddress
import socket
import time
import webbrowser
from collections import OrderedDict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any, cast
from urllib.parse import urlsplit

import psutil
import streamlit as st
from starlette.datastructures import Headers, MutableHeaders
from starlette.middleware import Middleware
from starlette.responses import PlainTextResponse
from streamlit.runtime import get_instance
from streamlit.runtime.session_manager import SessionInfo, SessionStorage
from streamlit.runtime.websocket_session_manager import WebsocketSessionManager

from vae.environment import open_many_files
from vae.errors import quoted

DESCRIPTORS_FOR_ONE = 24  # files a process may open, for each visitor who has left and may come back
KEPT = 64  # of these visitors, at most
KEPT_FOR = 120.0  # seconds: a browser whose connection broke comes back within these
SWEEP = 10.0  # seconds
THAW = 300.0  # seconds
HEADERS = {
    "X-Frame-Options": "DENY",
    "Content-Security-Policy": "frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
}
MISDIRECTED, INSUFFICIENT_STORAGE = 421, 507
MEMORY_LEFT = 500e6  # bytes that uploads leave to everybody else


class Guard:
    """Middleware that answers only requests for this machine from its own pages, and forbids frames."""

    def __init__(self, app: Any) -> None:
        self._app = app

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        if scope["type"] == "lifespan":
            return await self._app(scope, receive, send)
        headers = Headers(scope=scope)
        host, origin = headers.get("host", ""), headers.get("origin")
        if not is_this_machine(host):
            return await self._refuse(scope, receive, send, _not_here(host))
        if scope["type"] == "websocket":
            if origin is not None and not _is_own(origin, host):
                return await self._refuse(scope, receive, send, "The page is another server's.")
            # Streamlit would compare it with this machine's public address, and look that up.
            scope = scope | {"headers": [pair for pair in scope["headers"] if pair[0] != b"origin"]}
            return await self._app(scope, receive, send)
        if scope["method"] == "PUT" and (why := _too_much(headers)):
            return await self._refuse(scope, receive, send, why, INSUFFICIENT_STORAGE)

        async def send_guarded(message: dict[str, Any]) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(HEADERS)
            await send(message)

        return await self._app(scope, receive, send_guarded)

    async def _refuse(
        self, scope: dict[str, Any], receive: Any, send: Any, why: str, status: int = MISDIRECTED
    ) -> None:
        if scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008})
        else:
            await PlainTextResponse(why, status, HEADERS)(scope, receive, send)


MIDDLEWARE = [Middleware(Guard)]


def is_this_machine(host: str) -> bool:
    """Whether a request's Host names this machine: as localhost, by an address, by its own name or an allowed one.

    An address cannot be made to lead elsewhere; a name can. `server.allowedHosts` allows more names.
    """
    name = _hostname(host)
    if not name:
        return False
    allowed = [pattern.strip().lower().rstrip(".") for pattern in st.get_option("server.allowedHosts")]
    if "*" in allowed or any(name == one or (one.startswith("*.") and name.endswith(one[1:])) for one in allowed):
        return True
    with suppress(ValueError):
        ipaddress.ip_address(name)
        return True
    own = socket.gethostname().lower().rstrip(".")
    return name == "localhost" or name.endswith(".localhost") or name in {own, f"{own.partition('.')[0]}.local"}


def _hostname(host: str) -> str:
    """Host name in a Host header, in lower case without the port; empty if the header is invalid."""
    try:
        parts = urlsplit(f"//{host}")
        _ = parts.port  # raises a ValueError if it is no number
    except ValueError:
        return ""
    plain = not (parts.path or parts.query or parts.fragment or "@" in parts.netloc)
    return (parts.hostname or "").rstrip(".") if plain else ""


def _is_own(origin: str, host: str) -> bool:
    """Whether a page of that origin is this server's, or one that `server.corsAllowedOrigins` trusts."""
    trusted = {name.rstrip("/") for name in st.get_option("server.corsAllowedOrigins")}
    return urlsplit(origin).netloc == host or origin in trusted or not st.get_option("server.enableCORS")


def _not_here(host: str) -> str:
    return (
        f"This server does not answer to {quoted(host)}. Open it as localhost or by its address, or start it with "
        "--server.allowedHosts and the name.\n"
    )


def _too_much(headers: Headers) -> str:
    """Reason to refuse an upload, which lies in memory twice until it is read; empty to accept it."""
    length = headers.get("content-length", "")
    if not length.isdecimal():
        return "An upload says how long it is.\n"
    if 2 * int(length) + MEMORY_LEFT > psutil.virtual_memory().available:
        return "There is not enough memory for this file now. Try again later, or use python -m vae import.\n"
    return ""


class LeftVisitors(SessionStorage):
    """Storage of sessions whose browser is gone, for a while, in case it returns. Each holds three open files.

    most: how many; the oldest goes first.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._sessions: OrderedDict[str, tuple[float, SessionInfo]] = OrderedDict()

    def get(self, session_id: str) -> SessionInfo | None:
        return self._sessions.get(session_id, (0.0, None))[1]

    def save(self, session_info: SessionInfo) -> None:
        self.delete(session_info.session.id)
        self._sessions[session_info.session.id] = (time.monotonic(), session_info)
        while len(self._sessions) > self._most:
            self._end_oldest()

    def delete(self, session_id: str) -> None:
        self._sessions.pop(session_id, None)

    def list(self) -> list[SessionInfo]:
        return [info for _, info in self._sessions.values()]

    def end_old(self, age: float) -> int:
        """End sessions older than `age` seconds; return their number."""
        before = len(self._sessions)
        while self._sessions and time.monotonic() - next(iter(self._sessions.values()))[0] > age:
            self._end_oldest()
        return before - len(self._sessions)

    def _end_oldest(self) -> None:
        _, (_, info) = self._sessions.popitem(last=False)
        info.session.shutdown()


@asynccontextmanager
async def lifespan(app: Any) -> AsyncIterator[dict[str, Any]]:
    """What the server does before it answers the first request, and while it runs."""
    left = LeftVisitors(max(4, min(KEPT, open_many_files() // DESCRIPTORS_FOR_ONE)))
    sessions = cast("WebsocketSessionManager", get_instance()._session_mgr)
    sessions._session_storage = left  # Streamlit's own has no setting for how many it keeps
    _show_addresses()
    sweeping = asyncio.create_task(_sweep(left))
    yield {}
    sweeping.cancel()


async def _sweep(left: LeftVisitors) -> None:
    """End the sessions of visitors who have not come back, and keep garbage collections short.

    A full collection stops every visitor for as long as it takes to look at all objects, 0.4 s with a class of a
    hundred. So what has survived one is frozen: the next ones leave it out. What a session leaves behind is collected
    when it ends, and every `THAW` at the latest.
    """
    thawed, collections = time.monotonic(), 0
    while True:
        await asyncio.sleep(SWEEP)
        if left.end_old(KEPT_FOR) or time.monotonic() - thawed > THAW:
            gc.unfreeze()
            gc.collect()
            thawed = time.monotonic()
        if collections != (collections := gc.get_stats()[2]["collections"]):
            gc.freeze()


def _show_addresses() -> None:
    """Print the addresses for the local network and open a browser, as `streamlit run` does for plain scripts."""
    port = st.get_option("server.port")
    path = st.get_option("server.baseUrlPath").strip("/")
    scheme = "https" if st.get_option("server.sslCertFile") else "http"
    if st.get_option("server.address") in ("0.0.0.0", "::"):
        found = [address for addresses in psutil.net_if_addrs().values() for address in addresses]
        for address in found:
            if address.family == socket.AF_INET and not address.address.startswith("127."):
                print(f"  In this room: {scheme}://{address.address}:{port}/{path}", flush=True)
    if not st.get_option("server.headless"):
        asyncio.get_running_loop().run_in_executor(None, webbrowser.open, f"{scheme}://localhost:{port}/{path}")
