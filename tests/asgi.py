"""Requests to an ASGI application, without a network."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from typing import Any, NamedTuple

LOCALHOST = {"host": "localhost:8501"}


class Answer(NamedTuple):
    """What came back. A WebSocket that was let in has the status 101, one that was not 403."""

    status: int
    headers: dict[str, str]
    body: bytes


def ask(app: Any, path: str, headers: dict[str, str] = LOCALHOST, kind: str = "http", method: str = "GET") -> Answer:
    """The answer to one request, or to the opening of a WebSocket."""
    with ThreadPoolExecutor(1) as thread:  # where no other test's event loop is
        return thread.submit(asyncio.run, _ask(app, path, headers, kind, method)).result()


async def _ask(app: Any, path: str, headers: dict[str, str], kind: str, method: str) -> Answer:
    sent: list[dict[str, Any]] = []
    scope = {
        "type": kind,
        "http_version": "1.1",
        "method": method,
        "scheme": "http" if kind == "http" else "ws",
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "root_path": "",
        "headers": [(name.encode(), value.encode()) for name, value in headers.items()],
        "client": ("127.0.0.1", 50_000),
        "server": ("127.0.0.1", 8501),
    }
    if kind == "websocket":
        scope["subprotocols"] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b""} if kind == "http" else {"type": "websocket.connect"}

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    await app(scope, receive, send)
    first = sent[0]
    if kind == "websocket":
        return Answer(403 if first["type"] == "websocket.close" else 101, {}, b"")
    answered = {name.decode(): value.decode() for name, value in first["headers"]}
    return Answer(first["status"], answered, b"".join(message.get("body", b"") for message in sent[1:]))
