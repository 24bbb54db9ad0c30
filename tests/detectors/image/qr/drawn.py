"""Pictures with codes on them."""

import cv2
import numpy as np
import segno

from tests.detectors.image import pictures
from tests.detectors.image.pictures import Pixels


def code(payload: str, module_px: int = 5) -> Pixels:
    drawn = segno.make_qr(payload)
    squares = np.array([list(row) for row in drawn.matrix_iter(border=4)], np.uint8)
    light = np.repeat(np.repeat((1 - squares) * 255, module_px, 0), module_px, 1)
    return np.repeat(light[:, :, None], 3, 2).astype(np.uint8)


def on_photo(*codes: Pixels, seed: int = 1) -> Pixels:
    """The codes below each other, their left edges at 40, the first one's top at 30."""
    seen = pictures.photo(seed, 500, 40 + 300 * len(codes))
    for number, one in enumerate(codes):
        top = 30 + 300 * number
        seen[top : top + one.shape[0], 40 : 40 + one.shape[1]] = one
    return seen


def blurred(pixels: Pixels, sigma_px: float) -> Pixels:
    return np.asarray(cv2.GaussianBlur(pixels, (0, 0), sigma_px), np.uint8)
