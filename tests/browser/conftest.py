"""A real server and a real Chromium."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from tests.browser import harness
from tests.browser.entrance import begin_drawing, choose_digit
from tests.browser.paths import EPOCH, HTML, ORIGIN
from tests.conftest import require
from vae.browser import assets, payload
from vae.runs.run import Run


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Run a test once more that fails in the browser: on a busy machine, a frame or an answer may come too late."""
    for item in items:
        if item.path.is_relative_to(Path(__file__).parent):
            item.add_marker(pytest.mark.flaky(reruns=1))


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a running app that all tests share: whoever trains there has one of their own."""
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


@pytest.fixture(scope="module")
def site(bundled: Run, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the paths panel alone, and a payload for it."""
    folder = tmp_path_factory.mktemp("site")
    shutil.copytree(assets.SOURCE, folder, dirs_exist_ok=True)
    (folder / "payload").write_bytes(payload.plane_payload(bundled.snapshot(EPOCH)))
    (folder / "index.html").write_text(HTML)
    return folder


@pytest.fixture
def panel(page: Page, site: Path) -> Page:
    """The paths panel alone, which knows a payload and no pins."""
    page.route(f"{ORIGIN}/**", lambda route: route.fulfill(path=site / route.request.url.removeprefix(f"{ORIGIN}/")))
    page.goto(f"{ORIGIN}/index.html")
    page.wait_for_function("window.ready")
    return page


@pytest.fixture(scope="module")
def decode(chromium: Browser, server: str) -> Iterator[Page]:
    """The Decode page in a window that the module's tests share."""
    with harness.window(chromium) as page:
        harness.open_page(page, f"{server}/Decode")
        yield page


@pytest.fixture
def digit(decode: Page) -> Page:
    """The Decode page with the first test digit at the machine's entrance."""
    choose_digit(decode, 0)
    return decode


@pytest.fixture
def sheet(decode: Page) -> Page:
    """The Decode page with an empty sheet at the machine's entrance."""
    decode.mouse.up()
    begin_drawing(decode)
    return decode
