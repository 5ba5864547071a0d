"""A stranger's page in the browser of somebody who has the app open: it reaches nothing."""

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

import pytest

from tests.browser import harness

STRANGER = "attacker.example"


@pytest.fixture(scope="module")
def misled(launch):
    """A Chromium for which the stranger's name leads to this machine, as a rebound DNS entry makes it."""
    with launch(f"--host-resolver-rules=MAP {STRANGER} 127.0.0.1") as browser:
        yield browser


@pytest.fixture
def elsewhere():
    """The address of a page of another server, with a frame and a WebSocket that lead to the app."""

    class Stranger(BaseHTTPRequestHandler):
        def do_GET(self):
            port = self.path.strip("/")
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            self.wfile.write(
                f"""<iframe src="http://localhost:{port}/"></iframe><p id="said">asking</p><script>
                const socket = new WebSocket("ws://localhost:{port}/_stcore/stream", ["streamlit"]);
                const say = (text) => () => {{ document.querySelector("#said").textContent = text; }};
                socket.onopen = say("open"); socket.onerror = say("refused");
                </script>""".encode()
            )

        def log_message(self, *_):
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Stranger) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://localhost:{server.server_port}"
        server.shutdown()


def test_a_name_that_was_rebound_to_this_machine_gets_no_app(misled, server):
    with harness.window(misled) as page:
        port = urlsplit(server).port
        answer = page.goto(f"http://{STRANGER}:{port}/Train")
        assert answer.status == 421
        assert "does not answer to" in page.inner_text("body")
        opened = page.evaluate(
            """(port) => new Promise((resolve) => {
              const socket = new WebSocket(`ws://${location.hostname}:${port}/_stcore/stream`, ["streamlit"]);
              socket.onopen = () => resolve(true);
              socket.onerror = () => resolve(false);
            })""",
            port,
        )
        assert not opened


def test_by_its_address_the_app_opens(misled, server):
    with harness.window(misled) as page:
        harness.open_page(page, server.replace("localhost", "127.0.0.1"))


def test_another_servers_page_can_neither_frame_it_nor_open_its_websocket(misled, server, elsewhere):
    with harness.window(misled) as page:
        page.goto(f"{elsewhere}/{urlsplit(server).port}")
        page.get_by_text("refused").wait_for()
        frame = page.frames[1]
        assert not frame.url.startswith(server)  # Chromium shows its own page instead
