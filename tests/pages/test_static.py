"""The server's answers to addresses of static files."""

import gzip
import re
from io import BytesIO

import numpy as np
import pytest
from PIL import Image
from starlette.applications import Starlette

from pages.ui import static
from tests.asgi import Answer, ask
from vae import data
from vae.browser import assets


@pytest.fixture
def get():
    app = Starlette(routes=static.routes())

    def get(address: str, **headers: str) -> Answer:
        return ask(app, address, headers)

    return get


def test_every_module_is_served_as_it_is(get):
    for name, source in assets.modules().items():
        answer = get(static.module_address(name))
        assert answer.status == 200
        assert answer.body == source.read_bytes()
        assert re.match("(text|application)/javascript", answer.headers["content-type"])


def test_modules_reach_plotly_beside_them(get):
    assert get(static.module_address("plotly.min.js")).body == assets.plotly_js().read_bytes()


@pytest.mark.parametrize(("split", "n"), [("test", 4), ("validation", 2), ("train", 22)])
def test_every_image_lies_on_a_sheet(get, split, n):
    found = static.sheets(split)
    assert len(found.addresses) == n
    index = len(data.load(split)) - 1
    at, tile = divmod(index, found.perSheet)
    row, column = divmod(tile, found.columns)
    with Image.open(BytesIO(get(found.addresses[at]).body)) as sheet:
        cut = np.asarray(sheet)[28 * row : 28 * row + 28, 28 * column : 28 * column + 28]
    np.testing.assert_array_equal(cut, data.load(split).images[index])


def test_a_browser_may_keep_what_it_has_got(get):
    for address in (static.module_address("plane.js"), static.sheets("test").addresses[0]):
        assert "immutable" in get(address).headers["cache-control"]


def test_scripts_are_compressed_for_who_can_read_it(get):
    name = "plotly.min.js"
    answer = get(static.module_address(name), **{"accept-encoding": "gzip, br"})
    assert answer.headers["content-encoding"] == "gzip"
    assert len(answer.body) < 2e6
    assert gzip.decompress(answer.body) == assets.plotly_js().read_bytes()
    assert "content-encoding" not in get(static.module_address(name)).headers


def test_a_file_that_changes_meanwhile_is_served_as_it_was(get, tmp_path, monkeypatch):
    address = static.module_address("plane.js")
    before = get(address).body
    (tmp_path / "plane.js").write_text("new")
    monkeypatch.setattr(assets, "modules", lambda: {"plane.js": tmp_path / "plane.js"})
    assert get(address).body == before


@pytest.mark.parametrize(
    "name",
    ["missing.js", "../server.py", "%2e%2e/server.py", "/etc/passwd", "test-1.png", "test-2500.PNG", "secret-0.png"],
)
def test_nothing_else_is_served(get, name):
    answer = get(static.module_address(name))
    assert answer.status == 404


def test_another_version_is_not_served(get):
    address = static.module_address("plane.js").replace(static._digest(), "0" * 16)
    answer = get(address)
    assert answer.status == 404
    assert "Reload the page" in answer.body.decode()
