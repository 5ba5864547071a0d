"""Several visitors of one real server at once, each with a session of its own."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO

import numpy as np
import pytest
from PIL import Image

from tests.browser import harness
from tests.visitor import PAST, Answer, Visitor
from vae import data
from vae.analysis import latent
from vae.runs.run import Run

PLACES = [(0.0, 0.0), (1.5, -0.5), (-1.25, 1.0), (0.5, 2.0), (-0.75, -1.5)]


@pytest.fixture
def server(tmp_path):
    with harness.serving(tmp_path) as address:
        yield address


def decoded(run: Run, place: tuple[float, float]) -> np.ndarray:
    """What the core draws there: (28, 28) uint8."""
    return latent.decode_images(run.snapshot(run.last_epoch()).decoder(), [place], data.IMAGE_SHAPE)[0]


async def visit_together(address: str) -> list[Answer]:
    """Everybody opens the page, then everybody clicks."""
    visitors = [Visitor(address) for _ in PLACES]
    await asyncio.gather(*(visitor.open() for visitor in visitors))
    await asyncio.gather(*(visitor.choose_tab(PAST) for visitor in visitors))
    answers = await asyncio.gather(*(v.click(place) for v, place in zip(visitors, PLACES, strict=True)))
    await asyncio.gather(*(visitor.leave() for visitor in visitors))
    return answers


def test_five_clicks_at_once_are_answered_each_with_its_own_picture(server, bundled):
    with ThreadPoolExecutor(1) as thread:  # where no other test's event loop is
        answers = thread.submit(asyncio.run, visit_together(server)).result()
    assert [answer.pin for answer in answers] == PLACES
    for place, answer in zip(PLACES, answers, strict=True):
        with Image.open(BytesIO(answer.pictures[-1])) as image:
            shown = np.asarray(image)
        assert np.array_equal(shown[::2, ::2], decoded(bundled, place))
