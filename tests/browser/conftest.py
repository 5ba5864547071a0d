"""A real server and a real Chromium."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from tests.browser import harness
from tests.conftest import require


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a running app, whose runs folder starts empty."""
    with harness.serving(Path(tmp_path_factory.mktemp("server"))) as address:
        yield address


@pytest.fixture(scope="session")
def launch() -> Iterator[Callable[..., Browser]]:
    """Start a Chromium, with more flags than the usual ones."""
    path = require("Chromium", harness.chromium_path())
    with sync_playwright() as playwright:
        yield lambda *flags: playwright.chromium.launch(executable_path=path, args=[*harness.CHROMIUM_FLAGS, *flags])


@pytest.fixture(scope="session")
def chromium(launch: Callable[..., Browser]) -> Iterator[Browser]:
    with launch() as browser:
        yield browser


@pytest.fixture(params=[{}], ids=[""])
def page(chromium: Browser, request: pytest.FixtureRequest) -> Iterator[Page]:
    """A window of the test's own, 1280×800 in the light theme unless parametrised."""
    with harness.window(chromium, **request.param) as page:
        yield page
