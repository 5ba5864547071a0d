"""The one HTML file: what is in it, how large it is, and that hostile text stays text."""

import base64
import json
import re
from html.parser import HTMLParser
from io import BytesIO

import numpy as np
import pytest
from PIL import Image
from safetensors import numpy as safetensors

from vae import data
from vae.analysis.latent import coordinate_chart
from vae.browser import assets
from vae.browser.payload import stored_key
from vae.browser.standalone import StandaloneError, estimated_size, import_map, standalone_page
from vae.cli import main
from vae.config import PRESETS
from vae.runs.run import About


class Elements(HTMLParser):
    """The elements of a page as a browser reads them: (tag, attributes, text directly after its start)."""

    def __init__(self, content: bytes):
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None], str]] = []
        self.feed(content.decode())
        self.close()

    def handle_starttag(self, tag, attributes):
        self.found.append((tag, dict(attributes), ""))

    def handle_data(self, text):
        tag, attributes, before = self.found[-1] if self.found else ("", {}, "")
        self.found[-1:] = [(tag, attributes, before + text)]

    def text(self, id: str) -> str:
        return next(text for _, attributes, text in self.found if attributes.get("id") == id)


def test_the_page_of_the_default_model_has_two_thousand_images_and_less_than_eight_megabytes(bundled):
    content = standalone_page(bundled.snapshot(60))
    print(f"{len(content) / 1e6:.2f} MB")
    assert len(content) < 8e6
    assert standalone_page(bundled.snapshot(60)) == content
    page = Elements(content)
    settings = json.loads(page.text("settings"))
    payload = base64.b64decode(page.text("payload"))
    assert settings["payload"] == stored_key(payload)
    np.testing.assert_array_equal(safetensors.load(payload)["mu"], bundled.snapshot(60).latent().mu[:2000])

    (address,) = settings["sheets"]["addresses"]
    sheet = np.asarray(Image.open(BytesIO(base64.b64decode(address.removeprefix("data:image/png;base64,")))))
    row, column = divmod(1999, settings["sheets"]["columns"])
    tile = sheet[28 * row : 28 * row + 28, 28 * column : 28 * column + 28]
    np.testing.assert_array_equal(tile, data.load("test").images[1999])


def test_the_page_says_what_it_shows(bundled):
    text = " ".join(
        text
        for tag, _, text in Elements(standalone_page(bundled.snapshot(60))).found
        if tag in ("h1", "small", "footer")
    )
    for fact in ("mnist-plane", "epoch 60", "784-256-128-2", "−ELBO 137.34 = reconstruction", "2,000 test images"):
        assert fact in text
    assert "{{" not in text


def test_it_loads_nothing_from_anywhere(bundled):
    page = Elements(standalone_page(bundled.snapshot(60), n_points=10))
    policy = next(a["content"] for tag, a, _ in page.found if a.get("http-equiv") == "Content-Security-Policy")
    rules = dict(rule.strip().split(" ", 1) for rule in policy.split(";"))
    assert rules["default-src"] == "'none'"
    allowed = {"'none'", "'unsafe-inline'", "'unsafe-eval'", "data:", "blob:"}
    assert all(set(sources.split()) <= allowed for sources in rules.values())
    assert not any(name in attributes for _, attributes, _ in page.found for name in ("src", "href", "srcset"))


def test_every_module_that_a_module_imports_is_in_the_map():
    modules = import_map()
    sources = {
        name: base64.b64decode(address.removeprefix("data:text/javascript;base64,")).decode()
        for name, address in modules.items()
    }
    assert {f"latent-plane/{name}.js" for name in ("standalone", "plane", "panels/pad/index", "math/decoder")} <= set(
        modules
    )
    assert not any("curves" in name for name in modules)  # nothing of it is drawn there
    for text in sources.values():
        specifiers = re.findall(r"""^(?:import|export) [{][^}]*[}] from "([^"]+)";$""", text, flags=re.MULTILINE)
        assert len(specifiers) == len(re.findall(r"^import ", text, flags=re.MULTILINE))
        assert set(specifiers) <= set(modules)
    own = (assets.SOURCE / "math" / "sigmoid.js").read_text(encoding="utf-8")
    assert sources["latent-plane/math/sigmoid.js"] == own  # it imports nothing, and so is the app's to the letter


@pytest.mark.parametrize("statement", ['import { a } from "./gone.js";', 'const a = await import("../gone.js");'])
def test_an_import_that_leads_nowhere_is_an_error(monkeypatch, tmp_path, statement):
    (tmp_path / "standalone.js").write_text(statement)
    monkeypatch.setattr(assets, "modules", lambda: {"standalone.js": tmp_path / "standalone.js"})
    with pytest.raises(StandaloneError, match=r"gone\.js, which is missing"):
        import_map()


def test_a_package_is_no_module(monkeypatch, tmp_path):
    (tmp_path / "standalone.js").write_text('import Plotly from "plotly.js";')
    monkeypatch.setattr(assets, "modules", lambda: {"standalone.js": tmp_path / "standalone.js"})
    with pytest.raises(StandaloneError, match=r"plotly\.js, which is missing"):
        import_map()


def test_hostile_names_stay_text(small_run):
    name = "</title><script>alert(1)</script><img src=x onerror=alert(2)>{{payload}}"
    plain, hostile = (_named(small_run, text) for text in ("plain", name))
    assert [tag for tag, _, _ in hostile.found] == [tag for tag, _, _ in plain.found]
    assert next(text for tag, _, text in hostile.found if tag == "h1").strip() == name


def _named(run, name: str) -> Elements:
    run.write_about(About(name=name))
    return Elements(standalone_page(run.snapshot(2), n_points=10))


def test_hostile_titles_end_no_script(bundled):
    chart = coordinate_chart(2)._replace(titles=("</script><script>alert(1)</script>", "<!--"))
    content = standalone_page(bundled.snapshot(60), n_points=10, chart=chart)
    assert json.loads(Elements(content).text("settings"))["chart"]["titles"] == list(chart.titles)
    assert b"<script>alert(1)" not in content


def test_an_epoch_without_encoder_has_no_drawing_pad(bundled):
    slim, whole = (Elements(standalone_page(bundled.snapshot(epoch), n_points=10)) for epoch in (9, 60))
    ids = [{attributes.get("id") for _, attributes, _ in page.found} for page in (slim, whole)]
    assert {"pad", "verdict"} == ids[1] - ids[0]
    assert any("holds no encoder" in text for tag, _, text in slim.found if tag == "footer")


def test_the_chart_is_that_of_the_page(bundled):
    page = Elements(standalone_page(bundled.snapshot(60), n_points=10, chart=coordinate_chart(2, 1, 0)))
    assert json.loads(page.text("settings"))["chart"]["titles"] == ["z₂", "z₁"]


@pytest.mark.parametrize("n_points", [0, -1, 10_001])
def test_too_few_or_too_many_images_are_refused(bundled, n_points):
    with pytest.raises(StandaloneError, match="from 1 to 10000"):
        standalone_page(bundled.snapshot(60), n_points)


def test_the_size_that_is_announced_is_about_right(bundled):
    assert estimated_size(bundled.settings) == pytest.approx(len(standalone_page(bundled.snapshot(60))), rel=0.05)
    large = PRESETS["plane"].model_copy(update={"hidden": (1024, 1024)})
    assert estimated_size(large) > estimated_size(bundled.settings) + 2 * 2 * 1024 * (784 + 1024)


def test_the_command_line_makes_it_and_writes_over_nothing(bundled, tmp_path, capsys):
    file = tmp_path / "plane.html"
    assert main(["page", "mnist-plane", "-o", str(file), "--points", "50", "--epoch", "25"]) == 0
    assert file.read_bytes() == standalone_page(bundled.snapshot(25), 50)
    assert capsys.readouterr().out == f"{file} ({file.stat().st_size / 1e6:.1f} MB)\n"
    assert main(["page", "mnist-plane", "-o", str(file)]) == 2
    assert "already exists" in capsys.readouterr().err
    assert main(["page", "mnist-plane", "-o", str(tmp_path / "other.html"), "--epoch", "7"]) == 2
    assert "has no snapshot of epoch 7" in capsys.readouterr().err
    assert main(["page", "mnist-plane", "-o", str(tmp_path / "other.html"), "--points", "10001"]) == 2
    assert "Accepted: from 1 to 10000." in capsys.readouterr().err
    assert not (tmp_path / "other.html").exists()
