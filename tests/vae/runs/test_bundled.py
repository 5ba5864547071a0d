"""The runs that the app ships, and how they are made."""

import numpy as np
import pytest

from vae import data
from vae.errors import RunError
from vae.runs import catalogue


def test_a_shipped_copy_keeps_points_and_pictures(small_run, tmp_path):
    copy = catalogue.copy_slim(small_run, tmp_path / "shipped" / "copy")
    assert copy.epochs() == small_run.epochs() == [0, 1, 2]
    assert copy.history() == small_run.history()
    last = copy.snapshot(2).weights()
    assert all((last[name] == array).all() for name, array in small_run.snapshot(2).weights().items())
    early = copy.snapshot(1).weights()
    assert {name.split(".")[0] for name in early} == {"decoder"}
    np.testing.assert_allclose(
        early["decoder.x_logits.bias"], small_run.snapshot(1).weights()["decoder.x_logits.bias"], atol=1e-3
    )
    np.testing.assert_allclose(copy.snapshot(0).latent().mu, small_run.snapshot(0).latent().mu, atol=1e-3)
    with pytest.raises(RunError, match=r"holds only the decoder\. Epochs with the encoder: 2"):
        copy.snapshot(1).model()


def test_the_bundled_run_is_whole_and_small(bundled):
    assert bundled.settings.preset == "plane"
    assert bundled.status.state == "finished"
    assert len(bundled.epochs()) == 10
    assert bundled.epochs()[0] == 0
    for epoch in bundled.epochs():
        assert bundled.snapshot(epoch).latent().mu.shape == (10_000, 2)
        assert bundled.snapshot(epoch).weights()
    assert bundled.snapshot(bundled.last_epoch()).model()
    assert sum(path.stat().st_size for path in bundled.path.glob("**/*") if path.is_file()) <= 8_000_000


def test_the_last_snapshot_alone_is_copied_for_comparisons(small_run, tmp_path):
    copy = catalogue.copy_last(small_run, tmp_path / "small")
    assert copy.epochs() == [2]
    assert copy.snapshot(2).has_encoder()
    assert copy.history() == small_run.history()
    weights, halved = small_run.snapshot(2).weights(), copy.snapshot(2).weights()
    assert all(np.allclose(halved[name], weights[name], rtol=1e-3, atol=1e-6) for name in weights)
    assert copy.size() < small_run.size() / 3


def test_every_bundled_run_is_whole():
    for run in catalogue.runs_in(catalogue.BUNDLED):
        assert run.status.state == "finished"
        assert run.snapshot(run.last_epoch()).has_encoder()
        assert run.history().last.epoch == run.last_epoch()
        assert run.fingerprint == data.fingerprint()
