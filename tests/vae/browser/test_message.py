"""The plane's message: as JSON, and as the JavaScript declares it."""

import json
import re

from vae import data
from vae.analysis.latent import coordinate_chart
from vae.browser import assets
from vae.browser.message import CLASSES, PlaneMessage, Sheets

MESSAGE = PlaneMessage("decode", "a key", Sheets(["0.png"]), pin=(0.5, -1.0), chart=coordinate_chart(3))


def test_its_json_has_the_fields_that_the_javascript_declares():
    types = (assets.SOURCE / "types.js").read_text(encoding="utf-8")
    declared = types.partition("@typedef {object} PlaneData\n")[2].partition("\n *\n")[0]
    assert set(re.findall(r"@property \{.*?\} \[?(\w+)", declared)) == set(MESSAGE.as_json())


def test_it_survives_json():
    message = json.loads(json.dumps(MESSAGE.as_json()))
    assert message["chart"]["titles"] == ["z₁", "z₂"]
    assert message["pin"] == [0.5, -1.0]
    assert message["sheets"] == {"addresses": ["0.png"], "columns": 50, "perSheet": 2500, "shape": [28, 28]}


def test_classes_and_sizes_are_those_of_the_data_set():
    assert [one.name for one in CLASSES] == [str(label) for label in sorted(set(data.load("test").labels.tolist()))]
    assert len({one.colour for one in CLASSES}) == len(CLASSES)
    assert len(data.load("train")) == MESSAGE.nTrain
