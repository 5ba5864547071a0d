import os
import shutil
import time
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from PIL import Image

from pages.ui import static
from vae import data


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setattr(static, "STATIC", tmp_path / "static")
    return tmp_path / "static"


def test_many_first_visitors_get_one_whole_folder(folder):
    with ThreadPoolExecutor(8) as pool:
        published = list(pool.map(lambda _: static._publish(), range(8)))
    assert len(set(published)) == 1
    names = {path.relative_to(published[0]).as_posix() for path in published[0].glob("**/*.js")}
    assert {"plane.js", "model/decoder.js", "panels/paths/film.js", "plotly.min.js"} <= names
    assert [path for path in folder.iterdir() if path.is_dir()] == [published[0]]


def test_what_was_cleared_away_is_published_again(folder):
    shutil.rmtree(static._publish())
    assert (static._publish() / "plane.js").exists()


@pytest.mark.parametrize(("split", "n"), [("test", 4), ("validation", 2), ("train", 22)])
def test_every_image_lies_on_a_sheet(folder, split, n):
    found = static.sheets(split)
    paths = [folder / address.removeprefix("/app/static/") for address in found["addresses"]]
    assert len(paths) == n
    assert all(path.exists() for path in paths)
    index = len(data.load(split)) - 1
    at, tile = divmod(index, found["perSheet"])
    row, column = divmod(tile, found["columns"])
    with Image.open(paths[at]) as sheet:
        cut = np.asarray(sheet)[28 * row : 28 * row + 28, 28 * column : 28 * column + 28]
    np.testing.assert_array_equal(cut, data.load(split).images[index])


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


def test_a_browser_may_keep_what_it_has_got(folder):
    """It is told the time of the last change alone, and keeps a file for a tenth of its age."""
    static.sheets("test")
    a_month = 30 * 24 * 3600.0
    files = [path for path in folder.glob("*/**/*") if path.is_file()]
    assert {path.suffix for path in files} == {".js", ".png"}
    assert all((time.time() - path.stat().st_mtime) / 10 > a_month for path in files)
