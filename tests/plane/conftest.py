"""The plane's JavaScript under node."""

import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

FOLDER = Path(__file__).parent
Ask = Callable[..., Any]


@pytest.fixture
def ask(node: str, request: pytest.FixtureRequest) -> Ask:
    """Ask the `answering` script of the test's own module, named `check-….mjs` after its `test_….py`.

    Arrays may be given as numpy's. An error there is a ValueError here.
    """
    name = request.path.stem.removeprefix("test_").replace("_", "-")
    script = FOLDER / f"check-{name}.mjs"

    def ask(question: str, **arguments: Any) -> Any:
        text = json.dumps({"question": question, **arguments}, default=_plain)
        done = subprocess.run([node, script], input=text, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        reply = json.loads(done.stdout)
        if "error" in reply:
            raise ValueError(reply["error"])
        return reply["answer"]

    return ask


def _plain(array: Any) -> Any:
    assert isinstance(array, np.ndarray | np.generic), array
    return array.tolist()
