"""Pictures of images: what a page shows and what a browser cuts its thumbnails from."""

from io import BytesIO

import numpy as np
from PIL import Image

SPRITE_COLUMNS = 100


def enlarge(image: np.ndarray, factor: int) -> np.ndarray:
    """(height, width) uint8 → the same with every pixel as a square of `factor` × `factor`."""
    return image.repeat(factor, axis=0).repeat(factor, axis=1)


def sprite(images: np.ndarray) -> bytes:
    """(N, height, width) uint8 → one grey PNG with the images as tiles, in order, 100 in a row."""
    n, height, width = images.shape
    rows = -(-n // SPRITE_COLUMNS)
    tiles = np.zeros((rows * SPRITE_COLUMNS, height, width), np.uint8)
    tiles[:n] = images
    sheet = tiles.reshape(rows, SPRITE_COLUMNS, height, width).swapaxes(1, 2).reshape(rows * height, -1)
    buffer = BytesIO()
    Image.fromarray(sheet).save(buffer, "PNG")
    return buffer.getvalue()
