"""Enlarged pictures for a page, and the sheet from which a browser cuts single images."""

import base64
from io import BytesIO

import numpy as np
from PIL import Image

SHEET_COLUMNS = 50
SHEET_IMAGES = 2_500  # 1400 × 1400 pixels of MNIST


def enlarge(image: np.ndarray, factor: int) -> np.ndarray:
    """Repeat every pixel `factor` × `factor` times: (height, width) → (factor · height, factor · width) uint8."""
    return image.repeat(factor, axis=0).repeat(factor, axis=1)


def sheet(images: np.ndarray) -> bytes:
    """One grey PNG with the images (N, height, width) uint8 as tiles, in order, 50 in a row."""
    n, height, width = images.shape
    rows = -(-n // SHEET_COLUMNS)
    tiles = np.zeros((rows * SHEET_COLUMNS, height, width), np.uint8)
    tiles[:n] = images
    whole = tiles.reshape(rows, SHEET_COLUMNS, height, width).swapaxes(1, 2).reshape(rows * height, -1)
    return png(whole)


def png(image: np.ndarray) -> bytes:
    """A grey PNG of an image (height, width) uint8."""
    buffer = BytesIO()
    Image.fromarray(image).save(buffer, "PNG")
    return buffer.getvalue()


def data_url(image: np.ndarray) -> str:
    """A data URL of a grey PNG of an image (height, width) uint8, so that a server need not store the picture."""
    return f"data:image/png;base64,{base64.b64encode(png(image)).decode()}"
