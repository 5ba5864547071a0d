import os
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from pages.ui import static


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setattr(static, "STATIC", tmp_path / "static")
    return tmp_path / "static"


def test_many_first_visitors_get_one_whole_folder(folder):
    with ThreadPoolExecutor(8) as pool:
        published = list(pool.map(lambda _: static._publish(), range(8)))
    assert len(set(published)) == 1
    names = {path.name for path in published[0].iterdir()}
    assert {"plane.js", "decoder.js", "plotly.min.js"} <= names
    assert [path for path in folder.iterdir() if path.is_dir()] == [published[0]]


def test_what_was_cleared_away_is_published_again(folder):
    for path in static._publish().iterdir():
        path.unlink()
    static._publish().rmdir()
    assert (static._publish() / "plane.js").exists()


def test_only_versions_of_another_day_are_dropped(folder):
    for name, age in (("yesterday", 2 * static.OUTDATED_AFTER), ("just-now", 60)):
        (folder / name).mkdir(parents=True)
        os.utime(folder / name, (time.time() - age,) * 2)
    static._publish()
    assert {path.name for path in folder.iterdir() if path.is_dir()} == {"just-now", static._digest()}


def test_a_folder_that_cannot_be_written_is_explained(monkeypatch, tmp_path):
    (tmp_path / "static").write_text("a file where the folder should be")
    monkeypatch.setattr(static, "STATIC", tmp_path / "static")
    with pytest.raises(static.StaticError, match="Cannot write below"):
        static._publish()
