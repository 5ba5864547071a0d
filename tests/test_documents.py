"""The documents: working links, one list of requirements, and the table that the benchmark rewrites."""

import re
import shutil
import tomllib
from pathlib import Path

import pytest

from tests.benchmarks import __main__ as benchmarks

ROOT = Path(__file__).parents[1]
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").glob("*.md"))]
LINK = re.compile(r"\]\((?!https?:)([^)#]*)#?([^)]*)\)")
PINNED = re.compile(r"([\w-]+)==[\w.]+")


def anchors(page: Path) -> set[str]:
    """Of its headings, as a browser of the repository makes them."""
    headings = re.findall(r"^#+ (.*)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_leads_somewhere(page):
    for path, anchor in LINK.findall(page.read_text(encoding="utf-8")):
        target = page.parent / path if path else page
        assert target.exists(), path
        assert not anchor or anchor in anchors(target), f"{path}#{anchor}"


def test_the_readme_stays_short():
    assert len((ROOT / "README.md").read_text(encoding="utf-8").splitlines()) < 150


def test_the_bench_writes_its_rows_into_the_performance_page_alone(tmp_path, monkeypatch):
    page = Path(shutil.copy(benchmarks.PAGE, tmp_path))
    before = page.read_text(encoding="utf-8")
    monkeypatch.setattr(benchmarks, "PAGE", page)
    monkeypatch.setattr(benchmarks, "machine", lambda: "a machine")
    benchmarks.write("evidence", [("a figure", "1 s (bar: 2)")])
    after = page.read_text(encoding="utf-8")
    assert "| **Encoding and evidence** | a machine |\n| a figure | 1 s (bar: 2) |\n| **Pages** |" in after
    assert after.partition("<!-- make bench -->")[0] == before.partition("<!-- make bench -->")[0]
    assert after.partition("<!-- end -->")[2] == before.partition("<!-- end -->")[2]
    assert after.partition("| **Pages** |")[2] == before.partition("| **Pages** |")[2]


def test_what_is_required_is_listed_once_and_locked():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    assert project["project"]["dynamic"] == ["dependencies"]
    required = re.findall(
        r"^([\w-]+)[<>=]",
        "".join((ROOT / f"requirements{kind}.txt").read_text() for kind in ("", "-dev")),
        re.MULTILINE,
    )
    locked = {name.lower().replace("_", "-") for name in PINNED.findall((ROOT / "requirements.lock").read_text())}
    assert set(required) <= locked
