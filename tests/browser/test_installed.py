"""The wheel, installed beside this environment's packages and used from an empty folder."""

import os
import subprocess
import sys
import sysconfig
import urllib.request
import venv
from collections.abc import Iterator
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path
from urllib.error import URLError

import pytest
from playwright.sync_api import Page, expect

from pages.ui import static
from tests.browser.harness import ROOT, free_port, open_page
from tests.conftest import require, wait_for

SCRIPTS = "Scripts" if sys.platform == "win32" else "bin"
TINY = ["--hidden", "4", "--latent-dim", "1", "--epochs", "1", "--batch-size", "1000", "--snapshots", "4"]
HERE = {"PYTHONPATH", "LATENT_PLANE_RUNS", "XDG_DATA_HOME"}  # variables that lead to the checkout or to other runs


class Installation:
    """An environment with the wheel, a home and an empty working folder, all below one folder."""

    def __init__(self, folder: Path) -> None:
        self.environment, self.home, self.here = (folder / name for name in ("environment", "home", "here"))
        for path in (self.home, self.here):
            path.mkdir()
        places = {"HOME": str(self.home), "LOCALAPPDATA": str(self.home), "USERPROFILE": str(self.home)}
        self.variables = {name: value for name, value in os.environ.items() if name not in HERE} | places

    def python(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        command = [self.environment / SCRIPTS / "python", *arguments]
        return subprocess.run(command, cwd=self.here, env=self.variables, capture_output=True, text=True)


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Installation:
    require("hatchling", find_spec("hatchling") and find_spec("hatch_requirements_txt") and "installed")
    folder = tmp_path_factory.mktemp("installed")
    installation = Installation(folder)
    pip = [sys.executable, "-m", "pip", "-q", "--disable-pip-version-check"]
    build = [*pip, "wheel", "--no-deps", "--no-build-isolation", "-w", str(folder), str(ROOT)]
    subprocess.run(build, check=True, capture_output=True)
    venv.create(installation.environment)
    paths = sysconfig.get_paths(vars=dict.fromkeys(("base", "platbase"), str(installation.environment)))
    (Path(paths["purelib"]) / "beside.pth").write_text(
        "\n".join(p for p in sys.path if Path(p).name == "site-packages")
    )
    python = str(installation.environment / SCRIPTS / "python")
    install = ["--python", python, "install", "--no-deps", "--no-index", "--no-compile", "--ignore-installed"]
    subprocess.run([*pip, *install, *map(str, folder.glob("*.whl"))], check=True, capture_output=True)
    return installation


@pytest.fixture(scope="module")
def opened(installed: Installation) -> Iterator[str]:
    """The address of the app that `latent-plane` has opened."""
    port = free_port()
    process = subprocess.Popen(
        [installed.environment / SCRIPTS / "latent-plane", "--server.headless", "true", "--server.port", str(port)],
        cwd=installed.here, env=installed.variables, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    )  # fmt: skip
    address = f"http://localhost:{port}"
    try:
        wait_for(lambda: process.poll() is not None or answers(f"{address}/_stcore/health"), 60)
        assert process.poll() is None, process.stdout.read()
        yield address
    finally:
        process.terminate()
        process.wait(20)


def answers(address: str) -> bool:
    with suppress(OSError), urllib.request.urlopen(address) as response:
        return response.status == 200
    return False


def test_a_training_goes_into_a_folder_of_the_users_and_is_listed_with_the_bundled_runs(installed):
    done = installed.python("-m", "vae", "train", *TINY)
    assert done.returncode == 0, done.stderr
    (config,) = installed.home.rglob("config.json")
    assert {"latent-plane", "runs"} <= set(config.parts)
    listed = installed.python("-m", "vae", "list").stdout
    assert "mnist-plane" in listed
    assert config.parent.name in listed
    assert not list(installed.here.iterdir())


def test_it_imports_the_installed_core(installed):
    where = installed.python("-c", "import vae.resources as r; print(r.IN_CHECKOUT, r.PROJECT)").stdout
    assert where.startswith("False")
    assert str(installed.environment) in where


def test_the_app_serves_the_planes_files_with_its_own_settings(opened):
    for name in ("plane.js", "plotly.min.js"):
        assert answers(opened + static.module_address(name))
    request = urllib.request.Request(opened, headers={"Host": "stranger.example"})
    with pytest.raises(URLError, match="421"):
        urllib.request.urlopen(request)


def test_the_landing_page_shows_its_plane_and_leads_to_pages(opened, page: Page):
    open_page(page, opened)
    expect(page.get_by_role("heading", name="Latent Plane", exact=True)).to_be_visible()
    page.goto(f"{opened}/Reconstruct")
    expect(page.get_by_role("heading", name="Reconstruct", exact=True)).to_be_visible()
