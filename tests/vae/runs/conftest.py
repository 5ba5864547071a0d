"""A stopped run with every file that a run can have, and its archive."""

import shutil
from io import BytesIO
from pathlib import Path
from zipfile import ZipFile

import numpy as np
import pytest

from tests.vae.runs.archives import Contents
from vae import data
from vae.analysis.latent import Latent
from vae.config import make_settings
from vae.model.architecture import decoder_shapes, encoder_shapes
from vae.runs import catalogue
from vae.runs.archive import pack
from vae.runs.history import EpochRecord, Means, ValidationMeans
from vae.runs.run import About, Run
from vae.runs.state import TrainingState, state_arrays, write_state
from vae.runs.status import Status


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """A stopped run of a tiny model with two snapshots, all optional files, and random numbers in them."""
    rng = np.random.default_rng(0)
    made = make_settings({"hidden": "4", "epochs": 3})
    run = catalogue.create_run(made, tmp_path_factory.mktemp("elsewhere") / "made")
    shapes = encoder_shapes(made) | decoder_shapes(made)
    for epoch in (0, 1):
        weights = {name: rng.standard_normal(shape).astype(np.float32) for name, shape in shapes.items()}
        mu, logvar = rng.standard_normal((2, data.N_TEST, 2)).astype(np.float32)
        run.write_snapshot(epoch, weights, Latent(mu, logvar, data.load("test").labels))
    run.append_metrics(
        EpochRecord(
            epoch=1,
            step=430,
            train=Means(reconstruction=-190.0, kl=2.0),
            validation=ValidationMeans(reconstruction=-180.0, kl=3.0),
            learning_rate=1e-3,
            images_per_second=1000.0,
            seconds=55.0,
        )
    )
    run.append_log("epoch 1/3")
    run.write_about(About(name="Ünter <b>way</b>", note="a note"))
    arrays = {name: np.zeros(shape, np.float32) for name, shape in state_arrays(made).items()}
    generator = np.zeros(5056, np.uint8)
    arrays |= {"generator": generator, "epoch_generator": generator, "sums": np.zeros(2), "recent": np.zeros(3)}
    write_state(
        run, TrainingState(epoch=1, step=430, learning_rate=1e-3, beta=1.0, metrics_size=run.metrics_size()), arrays
    )
    run.write_status(Status(state="stopped", epoch=1, step=430, n_steps=1290, message="Stopped."))
    return run


@pytest.fixture(scope="module")
def packed(original: Run) -> bytes:
    return pack(original)


@pytest.fixture
def made_run(original: Run, runs_folder: Path) -> Run:
    """A copy of the run in the runs folder."""
    return Run(shutil.copytree(original.path, runs_folder / "made"))


@pytest.fixture
def contents(packed: bytes, runs_folder: Path) -> Contents:
    """What the run's archive holds; the runs folder is empty."""
    runs_folder.mkdir()
    with ZipFile(BytesIO(packed)) as archive:
        return Contents((name, archive.read(name)) for name in archive.namelist())
