"""Pictures with text: Latin drawn here, other scripts from files (no fonts are needed)."""

from pathlib import Path

import cv2
import numpy as np
from PIL import Image

from tests.detectors.image.pictures import Pixels, photo

FOLDER = Path(__file__).parent / "lines"
SCRIPTS = {
    "arabic": "صباح الخير يا أصدقاء",
    "cyrillic": "Завтра утром кофе в парке",
    "devanagari": "आज मौसम बहुत अच्छा है",
    "vietnamese": "Chúc mọi người một ngày tốt lành",
}
"""What stands in the files."""


def line(name: str) -> Pixels:
    """A line in some script, dark on white."""
    return np.asarray(Image.open(FOLDER / f"{name}.png").convert("RGB"), np.uint8)


def note(*lines: str, width_px: int = 700, is_dark: bool = False) -> Pixels:
    """Lines of text below each other."""
    seen = np.full((80 + 60 * len(lines), width_px, 3), 20 if is_dark else 240, np.uint8)
    shade = (235, 235, 235) if is_dark else (20, 20, 20)
    for n, text in enumerate(lines):
        cv2.putText(
            seen, text, (40, 80 + 60 * n), cv2.FONT_HERSHEY_DUPLEX, 1, shade, 1, cv2.LINE_AA
        )
    return seen


def columns() -> Pixels:
    """Two columns of two lines."""
    left, right = note("Bread and tea", "at seven"), note("Soup and rice", "at noon")
    return np.hstack((left[:, :400], right[:, :400]))


def blank() -> Pixels:
    """A picture without text."""
    return cv2.GaussianBlur(photo(3, 900, 600), (0, 0), 3).astype(np.uint8)
