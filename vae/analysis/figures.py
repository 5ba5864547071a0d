"""The usual figures of a VAE as PNG bytes: samples, reconstructions, and the scatter of encoded images.

Equal arguments give equal bytes, on the same machine with the same libraries.
"""

from collections.abc import Sequence
from io import BytesIO
from typing import TYPE_CHECKING, Literal

import numpy as np

from vae.analysis.latent import Latent, coordinate_name
from vae.data import IMAGE_SHAPE, as_bytes, as_grey_values
from vae.errors import UserError

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from torch import Tensor

    from vae.model.vae import VAE

Positions = Literal["means", "draws"]

N_SAMPLES = 16
SAMPLES_A_ROW = 4
FIRST_IMAGES = range(16)
RECONSTRUCTIONS_A_ROW = 8
ENLARGEMENT = 4
PADDING = 2  # image pixels between two tiles and around all
STRIP = 0.4  # half the height of a class's strip; the classes are 1 apart
INCHES, DOTS_PER_INCH = 7.0, 150
PALETTE = "petroff10"  # M. A. Petroff (2021): ten colours that stay apart for colour-blind eyes, those of the plane


def samples_figure(model: "VAE", seed: int = 0) -> bytes:
    """Mean images decoded from 16 draws of the prior, 4 in a row."""
    import torch

    with torch.no_grad():
        return _grid(model.sample(N_SAMPLES, torch.Generator().manual_seed(seed)), SAMPLES_A_ROW)


def reconstructions_figure(
    model: "VAE", images: "Tensor", indices: Sequence[int] = FIRST_IMAGES, a_row: int = RECONSTRUCTIONS_A_ROW
) -> bytes:
    """The chosen `images` ((N, D) uint8), `a_row` in a row, each above its reconstruction from the mean of q(z|x)."""
    import torch

    originals = as_grey_values(images[list(indices)])  # (B, D)
    with torch.no_grad():
        reconstructions = model.reconstruct(originals)
    n_columns = min(a_row, len(originals))
    missing = -len(originals) % n_columns
    pairs = torch.stack([originals, reconstructions])  # (2, B, D)
    rows = torch.nn.functional.pad(pairs, (0, 0, 0, missing)).unflatten(1, (-1, n_columns))  # (2, rows, columns, D)
    return _grid(rows.transpose(0, 1).flatten(0, 2), n_columns)


def latent_figure(latent: Latent, positions: Positions = "means", seed: int = 0) -> bytes:
    """Encoded images, coloured by label: a scatter in two dimensions, a strip for each class in one.

    positions: the means of q(z|x), or one draw from each.

    Raises:
        UserError: if there are more than two dimensions.
    """
    n_dimensions = latent.mu.shape[1]
    if n_dimensions > 2:
        raise UserError(
            f"The figure 'latent' needs a model with 1 or 2 latent dimensions; this one has {n_dimensions}. Choose "
            "'samples' or 'reconstructions', or see two dimensions at a time on the Latent space page."
        )
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    generator = np.random.default_rng(seed)
    z, labels = latent.mu, latent.labels
    if positions == "draws":
        z = z + np.exp(latent.logvar / 2) * generator.standard_normal(z.shape, np.float32)
    figure = Figure(figsize=(INCHES, INCHES), dpi=DOTS_PER_INCH, layout="constrained")
    axes = figure.add_subplot(xlabel=coordinate_name(0))
    if n_dimensions == 2:
        _scatter(axes, z, labels)
        axes.set(ylabel=coordinate_name(1))
        axes.set_aspect("equal", adjustable="datalim")
    else:
        heights = labels + generator.uniform(-STRIP, STRIP, len(z))
        _scatter(axes, np.column_stack([z, heights]), labels)
        axes.set(ylabel="label", yticks=np.unique(labels))
    axes.legend(title="label", markerscale=6, loc="center left", bbox_to_anchor=(1, 0.5), frameon=False)
    buffer = BytesIO()
    FigureCanvasAgg(figure).print_png(buffer, metadata={"Software": None})
    return buffer.getvalue()


def _scatter(axes: "Axes", places: np.ndarray, labels: np.ndarray) -> None:
    """Draw a dot at each place (N, 2) in its label's colour, in the given order, so that no class covers the others."""
    from matplotlib import color_sequences
    from matplotlib.colors import to_rgb

    colours = np.array([to_rgb(colour) for colour in color_sequences[PALETTE]])
    axes.scatter(*places.T, c=colours[labels % len(colours)], s=3, linewidths=0)
    for label in np.unique(labels):
        axes.scatter([], [], color=colours[label % len(colours)], s=3, linewidths=0, label=str(label))  # for the legend


def _grid(images: "Tensor", n_columns: int) -> bytes:
    """One grey PNG with the images (B, D) in [0, 1] as tiles in order, every pixel enlarged to 4 × 4."""
    from PIL import Image

    from vae.analysis.torchvision_cpu import torchvision

    tiles = as_bytes(images).view(-1, 1, *IMAGE_SHAPE)
    grid = torchvision().utils.make_grid(tiles, n_columns, PADDING)[0]  # of three equal channels
    height, width = grid.shape
    picture = Image.fromarray(grid.numpy())
    buffer = BytesIO()
    picture.resize((width * ENLARGEMENT, height * ENLARGEMENT), Image.Resampling.NEAREST).save(buffer, "PNG")
    return buffer.getvalue()
