"""A real server and a real Chromium."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from tests.browser import harness
from tests.conftest import require


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a running app, whose runs folder starts empty."""
    with harness.serving(Path(tmp_path_factory.mktemp("server"))) as address:
        yield address


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    path = require("Chromium", harness.chromium_path())
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=harness.CHROMIUM_FLAGS)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def windows(chromium: Browser) -> Iterator[Callable[[dict[str, Any]], BrowserContext]]:
    """Contexts by their options, each made once: what one test has loaded is in the cache of the next."""
    contexts: dict[str, BrowserContext] = {}

    def window(options: dict[str, Any]) -> BrowserContext:
        key = json.dumps(options, sort_keys=True)
        if key not in contexts:
            contexts[key] = chromium.new_context(**{**harness.WINDOW, **options})
        return contexts[key]

    yield window
    for context in contexts.values():
        context.close()


@pytest.fixture(params=[{}], ids=[""])
def page(windows: Callable[[dict[str, Any]], BrowserContext], request: pytest.FixtureRequest) -> Iterator[Page]:
    """A new window, 1280×800 in the light theme unless parametrised; an uncaught error in it fails the test."""
    page = windows(request.param).new_page()
    page.set_default_timeout(30_000)
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    yield page
    page.close()
    assert not errors
