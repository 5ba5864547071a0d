"""Shared fixtures: a runs folder, a small MNIST, and one small trained run."""

import os
import shutil
import subprocess
import time
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from tests import thousand
from vae import data
from vae.config import Settings, make_settings
from vae.runs import catalogue
from vae.runs.run import Run

settings.register_profile(
    "shared machine", deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture]
)
settings.load_profile("shared machine")

ROOT = Path(__file__).parents[1]
NODE = 18  # the oldest version with which the tests of the JavaScript pass
TrainedRun = Callable[[Settings], Run]
SMALL = make_settings({"hidden": "16", "epochs": 2, "batch_size": 100})


def require(name: str, found: str | None) -> str:
    """`found`, or else a skipped test; in CI a tool that is missing is a failure."""
    if found:
        return found
    if os.environ.get("CI"):
        pytest.fail(f"{name} is missing; `make tools` says how to get it")
    pytest.skip(f"{name} is missing; `make tools` says how to get it")


def wait_for(condition: Callable[[], bool], seconds: float = 120) -> None:
    """Return once `condition` holds; a failed test if it does not within `seconds`."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.02)


@pytest.fixture(scope="session")
def node() -> str:
    """Node, of a version that has what the tests of the JavaScript use."""
    found = require("node", shutil.which("node"))
    version = subprocess.run([found, "--version"], capture_output=True, text=True, check=True).stdout.strip()
    if int(version.removeprefix("v").partition(".")[0]) < NODE:
        pytest.fail(f"node {version} is too old for the tests of the JavaScript; install {NODE} or newer")
    return found


@pytest.fixture(scope="session")
def bundled() -> Run:
    return catalogue.find_run("mnist-plane")


@pytest.fixture(autouse=True)
def runs_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty runs folder; no test ever sees the user's."""
    folder = tmp_path / "runs"
    monkeypatch.setenv("LATENT_PLANE_RUNS", str(folder))
    return folder


@pytest.fixture
def small_mnist(monkeypatch: pytest.MonkeyPatch) -> None:
    """The first thousand images for training and validation, where a training only has to be quick."""
    monkeypatch.setattr(data, "load", thousand.load)


# Variables with which a process has the small MNIST, too.
SMALL_MNIST = {"PYTHONPATH": os.pathsep.join(map(str, (ROOT / "tests" / "small", ROOT)))}


@pytest.fixture
def small_mnist_in_processes(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same for the processes that a test starts."""
    for name, value in SMALL_MNIST.items():
        monkeypatch.setenv(name, value)


@pytest.fixture
def small_settings() -> Settings:
    return SMALL


@pytest.fixture(scope="session")
def _trained(tmp_path_factory: pytest.TempPathFactory) -> Callable[[Settings], Path]:
    """Trains with given settings on a thousand images: once in the session."""
    from vae.jobs.train import train

    @cache
    def trained(chosen: Settings) -> Path:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(data, "load", thousand.load)
            run = catalogue.create_run(chosen, tmp_path_factory.mktemp("trained") / f"{chosen.preset}-small")
            for _ in train(run):
                pass
        return run.path

    return trained


@pytest.fixture
def trained_run(small_mnist: None, runs_folder: Path, _trained: Callable[[Settings], Path]) -> TrainedRun:
    """A finished run of a small model with the given settings, trained on a thousand images, in the runs folder."""

    def trained_run(chosen: Settings) -> Run:
        path = _trained(chosen)
        return Run(Path(shutil.copytree(path, runs_folder / catalogue.free_id(path.name, runs_folder))))

    return trained_run


@pytest.fixture
def small_run(trained_run: TrainedRun) -> Run:
    """Of two epochs, and two latent dimensions."""
    return trained_run(SMALL)
