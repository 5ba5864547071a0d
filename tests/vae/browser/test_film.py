"""Films, opened again with Pillow."""

import io
import json

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from vae.analysis import latent
from vae.browser import film
from vae.data import IMAGE_SHAPE

LINE = np.linspace((-3, -2), (3, 1), 12)
ORDER = {"id": "1", "kind": "gif", "places": LINE.tolist(), "seconds_per_frame": 0.125, "loop": "loop"}


def opened(content: bytes) -> tuple[list[np.ndarray], list[int], int | None]:
    """A GIF's frames, (height, width, 3) uint8; how long each is shown, ms; how often they repeat (0: always)."""
    image = Image.open(io.BytesIO(content))
    assert image.format == "GIF"
    frames, durations = [], []
    for i in range(image.n_frames):
        image.seek(i)
        frames.append(np.asarray(image.convert("RGB")))
        durations.append(image.info["duration"])
    return frames, durations, image.info.get("loop")


def decoded_by_torch(run, places) -> np.ndarray:
    with torch.no_grad():
        grey = torch.sigmoid(
            run.snapshot(60).model().decode(torch.tensor(np.asarray(places), dtype=torch.float32))
        ).mul(255)
    return grey.reshape(-1, *IMAGE_SHAPE).numpy()


@pytest.fixture(scope="session")
def frames(bundled) -> np.ndarray:
    return latent.decode_images(bundled.snapshot(60).decoder(), LINE.tolist(), IMAGE_SHAPE)


def test_every_frame_is_what_torch_decodes_there(bundled, frames):
    found, _, _ = opened(film.gif(frames, 0.125, "loop"))
    assert len(found) == len(LINE)
    for frame, expected in zip(found, decoded_by_torch(bundled, LINE), strict=True):
        assert frame.shape == (28 * 8, 28 * 8, 3)
        assert (frame == frame[..., :1]).all()
        squares = frame[..., 0].reshape(28, 8, 28, 8)
        assert (squares == squares[:, :1, :, :1]).all()
        assert np.abs(squares[:, 0, :, 0] - expected).max() <= 1


def test_any_grey_value_is_kept_exactly():
    noise = np.random.default_rng(0).integers(0, 256, (5, 28, 28), dtype=np.uint8)
    noise[0].flat[:256] = range(256)
    found, _, _ = opened(film.gif(noise, 0.1, "off"))
    np.testing.assert_array_equal([frame[::8, ::8, 0] for frame in found], noise)


@pytest.mark.parametrize("seconds", [0.02, 0.03125, 0.125, 5.0])
def test_frames_last_as_long_as_wanted_to_the_hundredth_of_a_second(frames, seconds):
    _, durations, _ = opened(film.gif(frames, seconds, "loop"))
    assert durations == [pytest.approx(1000 * seconds, abs=5.1)] * len(frames)


def test_a_loop_plays_for_ever_and_a_film_without_one_once(frames):
    assert opened(film.gif(frames, 0.1, "loop"))[2] == 0
    assert opened(film.gif(frames, 0.1, "off"))[2] is None


def test_there_and_back_shows_neither_end_twice(frames):
    found, _, loop = opened(film.gif(frames, 0.1, "back"))
    assert loop == 0
    there_and_back = [*range(12), *range(10, 0, -1)]
    np.testing.assert_array_equal([frame[::8, ::8, 0] for frame in found], frames[there_and_back])


def test_a_picture_that_does_not_change_is_shown_for_the_whole_time(frames):
    still = frames[[0, 0, 0, 1]]
    _, durations, _ = opened(film.gif(still, 0.2, "loop"))
    assert durations == [600, 200]
    longest = np.repeat(frames[:1], film.MAX_PLACES, axis=0)
    longest[-1] = frames[1]
    assert sum(opened(film.gif(longest, film.MAX_FILM / film.MAX_PLACES, "loop"))[1]) == 600_000


@given(
    st.lists(st.tuples(*[st.floats(-20, 20)] * 2), min_size=2, max_size=100),
    st.floats(0.02, 3.0),
    st.sampled_from(["off", "loop", "back"]),
)
def test_an_order_is_read_as_it_was_meant(places, seconds, loop):
    message = json.loads(json.dumps({"places": places, "seconds_per_frame": seconds, "loop": loop}))
    assert film.read_order(message) == (tuple(places), seconds, loop)


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"places": None}, "no list of places"),
        ({"places": [[0, 0]]}, "1 places.*from 2 to 600"),
        ({"places": [[0, 0]] * 601}, "601 places.*from 2 to 600"),
        ({"places": [[0, 0], [20.5, 0]]}, r"\[20.5, 0\].*from -20 to 20"),
        ({"places": [[0, 0], [float("nan"), 0]]}, "nan.*no place"),
        ({"places": [[0, 0], [0, float("-inf")]]}, "-inf.*no place"),
        ({"places": [[0, 0], [10**400, 0]]}, "1000.*no place"),
        ({"places": [[0, 0], []]}, "no place"),
        ({"places": [[0, 0], [1, 2, 3]]}, "no place"),
        ({"places": [[0, 0], [True, 0]]}, "no place"),
        ({"places": [[0, 0], ["1", 0]]}, "no place"),
        ({"places": [[0, 0], None]}, "no place"),
        ({"seconds_per_frame": 0.01}, "0.01 is no duration.*from 0.02 to 5 seconds"),
        ({"seconds_per_frame": 5.1}, "from 0.02 to 5"),
        ({"seconds_per_frame": float("nan")}, "nan is no duration"),
        ({"seconds_per_frame": None}, "no duration"),
        ({"loop": "for ever"}, "'for ever'.*off, loop, back"),
        ({"loop": ["off"]}, "off, loop, back"),
        ({"places": [[0, 0]] * 300, "seconds_per_frame": 2.5}, "750 s.*at most 600 s"),
        ({"places": [[0, 0]] * 301, "seconds_per_frame": 1.5, "loop": "back"}, "900 s.*at most 600 s"),
    ],
)
def test_an_order_that_cannot_be_filled_is_explained(changes, complaint):
    assert film.read_order(ORDER)
    with pytest.raises(film.FilmError, match=complaint):
        film.read_order(ORDER | changes)


@pytest.mark.parametrize("message", [None, 1, "gif", [], {}])
def test_what_is_no_order_at_all_is_explained(message):
    with pytest.raises(film.FilmError, match="from 2 to 600"):
        film.read_order(message)
