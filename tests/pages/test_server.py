"""Whom the server answers, and what it keeps of visitors who have left."""

import asyncio
import gc
import socket
import sys
import weakref
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace

import pytest
import streamlit as st
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus

from pages.ui import server
from pages.ui.server import Guard, LeftVisitors, is_this_machine
from tests.asgi import ask
from tests.browser import harness
from tests.visitor import Visitor

OWN = socket.gethostname()


async def inner(scope, receive, send):
    """Stands for Streamlit: answers everything, and says in a header whether it was told the Origin."""
    if scope["type"] == "websocket":
        assert not any(name == b"origin" for name, _ in scope["headers"])
        await send({"type": "websocket.accept"})
    else:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"the app"})


def options(monkeypatch, **changed):
    whole = st.get_option
    monkeypatch.setattr(st, "get_option", lambda name: changed.get(name.partition(".")[2], whole(name)))


ADDRESSES = ["127.0.0.1:8501", "127.0.0.2", "192.168.1.7:8501", "[::1]:8501", "[fe80::1]"]
NAMES = ["localhost", "localhost:8501", "LOCALHOST.", "app.localhost", OWN, f"{OWN}.local:8501"]
STRANGE_NAMES = ["attacker.example", "localhost.attacker.example:8501", "127.0.0.1.attacker.example", "notlocalhost"]
NO_NAMES = ["", "localhost@attacker.example", "attacker.example/localhost", "localhost:port", "[::1", "1.2.3.4.5"]


@pytest.mark.parametrize("host", ADDRESSES + NAMES)
def test_this_machine_is_known_by_address_and_own_name(host):
    assert is_this_machine(host)


@pytest.mark.parametrize("host", STRANGE_NAMES + NO_NAMES)
def test_any_other_name_is_not_answered(host):
    assert not is_this_machine(host)
    for kind, refused in (("http", 421), ("websocket", 403)):
        assert ask(Guard(inner), "/", {"host": host}, kind).status == refused


def test_a_refusal_names_the_remedy_and_sends_no_markup():
    answer = ask(Guard(inner), "/", {"host": "<script>.example"})
    assert b"--server.allowedHosts" in answer.body
    assert answer.headers["content-type"].startswith("text/plain")


def test_a_name_can_be_allowed(monkeypatch):
    options(monkeypatch, allowedHosts=["demo.example", "*.school.example"])
    assert is_this_machine("demo.example:80")
    assert is_this_machine("room.school.example")
    assert is_this_machine("localhost")
    assert not is_this_machine("school.example.attacker.example")


OWN_ORIGINS = [None, "http://localhost:8501", "https://localhost:8501"]
STRANGE_ORIGINS = ["http://localhost:8502", "http://attacker.example", "null", "http://localhost.attacker.example:8501"]


@pytest.mark.parametrize("origin", OWN_ORIGINS + STRANGE_ORIGINS)
def test_only_its_own_pages_open_a_websocket(origin):
    headers = {"host": "localhost:8501"} | ({"origin": origin} if origin else {})
    assert ask(Guard(inner), "/_stcore/stream", headers, "websocket").status == (101 if origin in OWN_ORIGINS else 403)


def test_an_origin_can_be_trusted(monkeypatch):
    options(monkeypatch, corsAllowedOrigins=["https://demo.example/"])
    headers = {"host": "localhost:8501", "origin": "https://demo.example"}
    assert ask(Guard(inner), "/_stcore/stream", headers, "websocket").status == 101


def test_nothing_may_be_framed():
    answer = ask(Guard(inner), "/")
    assert answer.body == b"the app"
    assert answer.headers["x-frame-options"] == "DENY"
    assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]


@pytest.mark.parametrize(("length", "status"), [("1000", 200), (str(10**15), 507), ("", 507), ("-1", 507)])
def test_an_upload_that_the_memory_does_not_hold_is_refused(length, status):
    headers = {"host": "localhost", "content-length": length}
    answer = ask(Guard(inner), "/_stcore/upload_file/session/file", headers, method="PUT")
    assert answer.status == status


class Session:
    def __init__(self, name: str) -> None:
        self.id, self.ended = name, False

    def shutdown(self) -> None:
        self.ended = True


def left(name: str) -> SimpleNamespace:
    return SimpleNamespace(session=Session(name))


def test_of_those_who_left_the_oldest_is_let_go():
    kept, visitors = LeftVisitors(2), [left(name) for name in "abc"]
    for visitor in visitors:
        kept.save(visitor)
    assert [visitor.session.ended for visitor in visitors] == [True, False, False]
    assert kept.get("a") is None
    assert kept.get("c") is visitors[2]
    assert kept.list() == visitors[1:]


def test_who_comes_back_is_not_ended():
    kept, visitor = LeftVisitors(2), left("a")
    kept.save(visitor)
    kept.delete("a")
    kept.delete("a")
    assert kept.end_old(-1) == 0
    assert not visitor.session.ended


def test_who_stays_away_is_let_go():
    kept, visitor = LeftVisitors(2), left("a")
    kept.save(visitor)
    assert kept.end_old(60) == 0
    assert kept.end_old(-1) == 1
    assert visitor.session.ended


@pytest.fixture
def unfrozen():
    yield
    gc.unfreeze()


def test_what_survives_a_full_collection_is_frozen_and_what_a_session_leaves_is_collected(monkeypatch, unfrozen):
    monkeypatch.setattr(server, "SWEEP", 0.01)
    monkeypatch.setattr(server, "KEPT_FOR", 0.3)
    kept = LeftVisitors(2)

    async def leave():
        visitor = left("a")
        visitor.session.itself = visitor  # a cycle
        reference = weakref.ref(visitor.session)
        gc.collect()
        sweeping = asyncio.create_task(server._sweep(kept))
        await asyncio.sleep(0.1)
        assert gc.get_freeze_count() > 10_000
        kept.save(visitor)
        del visitor
        async with asyncio.timeout(30):
            while reference() is not None:
                await asyncio.sleep(0.01)
        sweeping.cancel()

    asyncio.run(leave())


async def load_often(address: str, n: int) -> None:
    for _ in range(n):
        visitor = Visitor(address)
        await visitor.open()
        await visitor.leave()


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such limit")
def test_many_page_loads_with_256_descriptors(tmp_path):
    """With three descriptors for each that were kept, 82 were the end of the server."""
    with harness.serving(tmp_path, descriptors=256) as address, ThreadPoolExecutor(1) as thread:
        thread.submit(asyncio.run, load_often(address, 95)).result()
        assert harness.server_process(address).num_fds() < 128


# Every name that is looked up beyond this machine is written down, and is not found.
BLOCKED = """
import os, socket
whole = socket.getaddrinfo
def getaddrinfo(host, *arguments, **options):
    if host in (None, "", "localhost", "127.0.0.1", b"localhost"):
        return whole(host, *arguments, **options)
    with open(os.environ["LOOKED_UP"], "a") as file:
        file.write(f"{host}\\n")
    raise socket.gaierror("blocked")
socket.getaddrinfo = getaddrinfo
"""


async def knock(address: str, origin: str) -> int:
    """The status of the answer to a WebSocket from a page of that origin."""
    stream = f"{address.replace('http', 'ws', 1)}/_stcore/stream"
    try:
        async with connect(stream, origin=origin, subprotocols=["streamlit"]):
            return 101
    except InvalidStatus as error:
        return error.response.status_code


def test_shared_with_a_room_it_answers_to_addresses_and_looks_nothing_up(tmp_path):
    (tmp_path / "site").mkdir()
    (tmp_path / "site" / "sitecustomize.py").write_text(BLOCKED)
    environment = {"PYTHONPATH": str(tmp_path / "site"), "LOOKED_UP": str(tmp_path / "names")}
    serving = harness.serving(tmp_path, options=["--server.address", "0.0.0.0"], environment=environment)
    with serving as address, ThreadPoolExecutor(1) as thread:
        room = address.replace("localhost", "127.0.0.2")  # as another machine's address, but of this one
        for own, others in ((address, ["http://attacker.example", room]), (room, [address])):
            for origin in (own, *others):
                status = thread.submit(asyncio.run, knock(own, origin)).result()
                assert status == (101 if origin == own else 403)
        thread.submit(asyncio.run, load_often(room, 2)).result()
    assert not (tmp_path / "names").exists()


def test_the_server_ends_though_visitors_are_there(tmp_path):
    with harness.serving(tmp_path) as address, ThreadPoolExecutor(1) as thread:
        visitor = Visitor(address)
        loop = asyncio.new_event_loop()
        thread.submit(loop.run_until_complete, visitor.open()).result()
        process = harness.server_process(address)
        process.terminate()
        process.wait(timeout=10)
        loop.call_soon_threadsafe(loop.stop)
