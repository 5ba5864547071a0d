"""Changed files: each is read or refused in one line; nothing executes, and nothing is left."""

import pytest

from tests.mutations import mutated
from tests.vae.runs.readers import everything_beside, readers, refusal
from vae.config import make_settings

N = 300
FEWER = {"latent": 150, "archive": 150, "import": 60}  # which read thousands of images, or measure an ELBO
NAMES = (
    *("config", "status", "about", "metrics", "request", "weights", "latent", "state"),
    *("archive", "checkpoint", "import"),
)


@pytest.mark.timeout(300)
@pytest.mark.parametrize("name", NAMES)
def test_a_changed_file_is_read_or_refused_in_one_line(name, trained_run, runs_folder, tmp_path):
    run = trained_run(make_settings({"hidden": "4", "epochs": 2, "batch_size": 500}))
    marker = tmp_path / "executed"
    reader = readers(run, marker)[name]
    before = everything_beside(runs_folder)
    refused = 0
    for i, changed in enumerate(mutated(reader.content, reader.mutate, FEWER.get(name, N))):
        try:
            refused += refusal(reader, changed) is not None
        except Exception as error:
            raise AssertionError(f"input {i} of {name} escaped: {type(error).__name__}: {str(error)[:300]}") from error
    assert not marker.exists()
    assert everything_beside(runs_folder) == before
    assert not list(runs_folder.glob(".import-*"))
    assert name == "request" or refused > FEWER.get(name, N) / 10
