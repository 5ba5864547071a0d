"""Settings drawn from all that the form allows: each trained for two minibatches, and every page of it opened."""

import math
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from random import Random
from typing import Any, NamedTuple

from streamlit.testing.v1 import AppTest

from vae.config import MAX_LAYERS, MAX_WIDTH, SETTINGS, Setting, Settings, make_settings
from vae.errors import SettingsError, UserError
from vae.jobs.train import train
from vae.model.architecture import n_weights
from vae.model.cost import require_trainable
from vae.runs import catalogue
from vae.runs.run import Run

ROOT = Path(__file__).parents[1]
PAGES = ("1_Train", "2_Latent_space", "3_Decode", "4_Reconstruct", *(f"5_Theory?step={n}" for n in range(1, 8)))
WORK = 1e11  # two minibatches of it take a minute
PATIENCE = 120.0  # seconds for a page


class Trial(NamedTuple):
    """What came of some settings. refused: why they cannot be used; ended: the run's status; slowest: page, seconds."""

    settings: dict[str, Any]
    refused: str | None
    ended: str
    slowest: tuple[str, float]


def drawn(random: Random, widest: int = MAX_WIDTH, work: float = WORK) -> dict[str, Any]:
    """Values for all settings: at an end of their range, or anywhere within it on a log scale.

    widest: units of a layer. work: weights times examples and draws of a minibatch, at most.
    """
    values = {name: _value(setting, random, widest) for name, setting in SETTINGS.items() if name != "preset"}
    settings = make_settings(values)
    for name in ("n_samples", "batch_size"):
        others = n_weights(settings) * settings.batch_size * settings.n_samples / values[name]
        values[name] = max(1, min(values[name], int(work / others)))
    return values


def _value(setting: Setting, random: Random, widest: int) -> Any:
    if setting.kind == "choice":
        return random.choice(setting.choices)
    if setting.kind == "widths":
        deep = random.choice((0, 1, 1, 2, 2, 3, MAX_LAYERS))
        return "-".join(str(_between(1, widest, random)) for _ in range(deep))
    if setting.kind == "int":
        return _between(int(setting.minimum), int(setting.maximum), random)
    if random.random() < 0.3:
        return random.choice((setting.minimum, setting.maximum))
    low = max(setting.minimum, setting.maximum / 1e6)
    return math.exp(random.uniform(math.log(low), math.log(setting.maximum)))


def _between(low: int, high: int, random: Random) -> int:
    if random.random() < 0.2:
        return random.choice((low, high))
    return round(math.exp(random.uniform(math.log(max(low, 1)), math.log(high))))


def trials(n: int, seed: int) -> Iterator[Trial]:
    """Try so many settings."""
    random = Random(seed)
    for _ in range(n):
        yield attempt(drawn(random))


def attempt(values: dict[str, Any], pages: Sequence[str] = PAGES) -> Trial:
    """Train with these settings and open the pages.

    Raises:
        AssertionError: if an exception comes out of the training or a page, or a page does not answer.
    """
    try:
        settings = make_settings(values)
        require_trainable(settings)
    except SettingsError as error:
        return Trial(values, str(error), "", ("", 0.0))
    try:
        run = trained(settings)
        slowest = max((_open(page, run) for page in pages), key=lambda pair: pair[1])
    except Exception as error:
        raise AssertionError(f"{values} came to {error!r}") from error
    return Trial(values, None, run.status.state, slowest)


def trained(settings: Settings) -> Run:
    """Two minibatches; what the user is told of is no failure of the program."""
    run, seen = catalogue.create_run(settings), 0

    def interrupted() -> str | None:
        return "Tried" if seen >= 2 else None

    with suppress(UserError):
        for _ in train(run, interrupted):
            seen += 1
    return run


def _open(page: str, run: Run) -> tuple[str, float]:
    before, started = sys.modules["__main__"], time.monotonic()
    try:
        app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=PATIENCE)
        name, _, step = page.partition("?step=")
        app.query_params["run"] = run.id
        if step:
            app.query_params["step"] = step
        app.switch_page(f"pages/{name}.py").run()
        assert not app.exception, app.exception
        assert app.title
    finally:
        sys.modules["__main__"] = before  # Streamlit makes each script the module of that name
    return page, time.monotonic() - started
