"""Pages under Streamlit's AppTest: the script runs, no browser does."""

import json
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from vae.runs.run import Run

ROOT = Path(__file__).parent.parent.parent


@pytest.fixture(autouse=True)
def main_module() -> Iterator[None]:
    """Streamlit makes each script the module `__main__`: not for later tests, whose processes would start it."""
    before = sys.modules["__main__"]
    yield
    sys.modules["__main__"] = before


@pytest.fixture
def open_page():
    """Open a page by its file's name, with query parameters, in a new session."""

    def open_page(name: str = "app.py", **query: str) -> AppTest:
        app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=60)
        for key, value in query.items():
            app.query_params[key] = value
        if name != "app.py":
            app.switch_page(f"pages/{name}")
        app.run()
        assert not app.exception
        return app

    return open_page


def components(app: AppTest) -> dict[str, object]:
    """The messages of the page's own components, by component."""
    return {
        element.proto.component_name.split("latent_plane_")[-1]: element.proto for element in app.get("bidi_component")
    }


@pytest.fixture
def launched(monkeypatch) -> list[Run]:
    """The runs whose training the page has started; no process is."""
    runs: list[Run] = []
    monkeypatch.setattr("vae.jobs.process._launch", runs.append)
    return runs


def plane_options(app: AppTest) -> dict:
    """What the page tells its plane."""
    return json.loads(components(app)["plane"].json)
