"""Films of the decoder's drawings along a path of places, as animated GIFs."""

from io import BytesIO
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, get_args

import numpy as np
from PIL import Image

from vae.analysis.latent import Z_LIMIT
from vae.errors import UserError, quoted
from vae.pictures import enlarge

if TYPE_CHECKING:
    pass

Loop = Literal["off", "loop", "back"]
Place = tuple[float, float]

MAX_PLACES = 600
MIN_SECONDS = 0.02  # a frame: what browsers show faster than that, they show slowly
MAX_SECONDS = 5.0
MAX_FILM = 600.0  # seconds: a GIF's frame lasts 655 s at most, and pictures that do not change become one frame
ENLARGEMENT = 8  # screen pixels a pixel
GREY_PALETTE = bytes(grey for grey in range(256) for _ in "RGB")


class FilmError(UserError):
    """A film that cannot be made."""


class FilmOrder(NamedTuple):
    """An order of a film.

    places: of the plane, in order, one a frame.
    seconds_per_frame: in seconds, from `MIN_SECONDS` to `MAX_SECONDS`.
    loop: whether it plays once ("off"), over and over ("loop"), or over and over there and back ("back").
    """

    places: tuple[Place, ...]
    seconds_per_frame: float
    loop: Loop


def read_order(message: Any) -> FilmOrder:
    """Parse an order from a browser's message {places, seconds_per_frame, loop}.

    Raises:
        FilmError: saying what was given and what is accepted.
    """
    fields: dict[str, Any] = dict.fromkeys(FilmOrder._fields) | (message if isinstance(message, dict) else {})
    places, seconds, loop = (fields[name] for name in FilmOrder._fields)
    if not isinstance(places, list) or not 2 <= len(places) <= MAX_PLACES:
        given = f"{len(places)} places" if isinstance(places, list) else "no list of places"
        raise FilmError(f"This path has {given}. A film needs from 2 to {MAX_PLACES}: choose fewer or more frames.")
    for place in places:
        if not _is_place(place):
            raise FilmError(
                f"The path leads through {str(place)[:80]}, which is no place of the plane. "
                f"Accepted: pairs of numbers from {-Z_LIMIT:g} to {Z_LIMIT:g}; remove the pins beyond."
            )
    if not _is_number(seconds) or not MIN_SECONDS <= seconds <= MAX_SECONDS:
        raise FilmError(
            f"{quoted(seconds)} is no duration of a frame. "
            f"Accepted: from {MIN_SECONDS:g} to {MAX_SECONDS:g} seconds; choose another speed."
        )
    if loop not in get_args(Loop):
        raise FilmError(f"A film cannot repeat as {quoted(str(loop))}. Accepted: {', '.join(get_args(Loop))}.")
    order = FilmOrder(tuple((float(u), float(v)) for u, v in places), float(seconds), loop)
    length = len(_sequence(len(places), loop)) * order.seconds_per_frame
    if length > MAX_FILM:
        raise FilmError(
            f"This film would last {length:.0f} s. Accepted: at most {MAX_FILM:.0f} s; "
            "choose fewer frames or a higher speed."
        )
    return order


def gif(frames: np.ndarray, seconds_per_frame: float, loop: Loop) -> bytes:
    """An animated GIF in which every pixel is a square of `ENLARGEMENT`² pixels of exactly its grey value.

    A picture that equals the one before it only lengthens that one's time.

    frames: (N, height, width) uint8.
    seconds_per_frame: rounded to the hundredths of a second that a GIF counts.
    """
    images = [Image.fromarray(enlarge(frames[i], ENLARGEMENT)) for i in _sequence(len(frames), loop)]
    buffer = BytesIO()
    images[0].save(
        buffer,
        "GIF",
        save_all=True,
        append_images=images[1:],
        duration=10 * round(100 * seconds_per_frame),  # ms
        palette=GREY_PALETTE,  # else each frame gets a table of its own colours
        **({} if loop == "off" else {"loop": 0}),  # 0: for ever
    )
    return buffer.getvalue()


def _sequence(n: int, loop: Loop) -> list[int]:
    """Indices of the frames in one round; on the way back, neither end is shown twice."""
    return [*range(n), *(range(n - 2, 0, -1) if loop == "back" else ())]


def _is_place(place: Any) -> bool:
    return (
        isinstance(place, list)
        and len(place) == 2
        and all(_is_number(part) and abs(part) <= Z_LIMIT for part in place)  # which NaN is not
    )


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
