"""The message that the plane gets beside its payload: from the app, and in the stand-alone file."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from vae import data, pictures
from vae.analysis.latent import Z_LIMIT, Chart

# Ten colours that colour-blind eyes can tell apart: M. A. Petroff, "Accessible Color Sequences for Data Visualization"
# (2021, arXiv:2107.02270).
PALETTE = (
    "#3f90da", "#ffa90e", "#bd1f01", "#94a4a2", "#832db6", "#a96b59", "#e76300", "#b9ac70", "#717581", "#92dadd",
)  # fmt: skip


@dataclass(frozen=True)
class ImageClass:
    """A class of images: `name` is what is written, `colour` a CSS colour."""

    name: str
    colour: str


CLASSES = tuple(ImageClass(name, PALETTE[i % len(PALETTE)]) for i, name in enumerate(data.CLASS_NAMES))


@dataclass(frozen=True)
class Sheets:
    """Pictures of a split's images, as sheets of tiles in order.

    addresses: of PNGs. columns: tiles in a row. perSheet: tiles in a sheet. shape: (height, width) of a tile.
    """

    addresses: Sequence[str]
    columns: int = pictures.SHEET_COLUMNS
    perSheet: int = pictures.SHEET_IMAGES  # noqa: N815 as in the message
    shape: tuple[int, int] = data.IMAGE_SHAPE


@dataclass(frozen=True)
class PlaneMessage:
    """What the plane gets beside the payload; `PlaneData` in `assets/plane/types.js`.

    channel: name of the channel on which panels hear from the plane.
    payload: key of the payload.
    points: key of the points; None: they are the payload's images.
    pin: the pinned place.
    answered: id of the newest choice of a pin that the server knows.
    chart: how the plane lies in the latent space; None: along the first two coordinates.
    tools: whether there are a toolbar, keys and an address; otherwise one can only look and pin.
    limit: of |u| and |v|.
    classes: of the labels, by label.
    nTrain: number of images in an epoch of training.
    """

    channel: str
    payload: str
    sheets: Sheets
    points: str | None = None
    pin: tuple[float, float] | None = None
    answered: int | None = None
    chart: Chart | None = None
    tools: bool = False
    limit: float = Z_LIMIT
    classes: tuple[ImageClass, ...] = CLASSES
    nTrain: int = data.N_TRAIN  # noqa: N815 as in the message

    def as_json(self) -> dict[str, Any]:
        """The message as a JSON object."""
        return {**asdict(self), "chart": self.chart and self.chart._asdict()}
