"""Reads one line of text with PP-OCRv6: letters, and what its convolutions saw."""

from typing import Final

import cv2
import numpy as np
import numpy.typing as npt

from detectors.image.ocr.decoding import Reading, read
from detectors.image.ocr.graphs import opened, with_output
from detectors.image.ocr.models import SEEN
from detectors.image.picture import Pixels

HEIGHT_PX: Final = 48
"""Lines are made so high."""
MAX_WIDTH_PX: Final = 3200
"""Longer lines are made narrower (the widest that the model was made for)."""
_MIN_WIDTH_PX: Final = 16
_LETTERS: Final = "character"
"""Where the model's file has its letters."""

Frames = npt.NDArray[np.float32]
"""float32 [quarters of the width, 384]."""


class Recogniser:
    """PP-OCRv6 small: Chinese, Japanese, and Latin letters but for Vietnamese tones."""

    def __init__(self, content: bytes, *, threads: int = 1) -> None:
        """Takes the model's file, which holds its letters too."""
        self._session = opened(with_output(content, SEEN), threads=threads)
        held = self._session.get_modelmeta().custom_metadata_map[_LETTERS]
        self._letters = (*held.split("\n"), " ")
        self._names = [self._session.get_outputs()[0].name, SEEN]

    def read(self, line: Pixels) -> tuple[Reading, Frames]:
        """Gives an upright line's letters, and what was seen along it."""
        given = scaled(line).astype(np.float32)[..., ::-1] / 127.5 - 1
        block = np.ascontiguousarray(given.transpose(2, 0, 1)[None])
        steps, seen = self._session.run(self._names, {"x": block})
        return read(steps[0], self._letters), np.asarray(seen[0].mean(1).T, np.float32)


def scaled(line: Pixels) -> Pixels:
    """Gives a line at the height that the model takes."""
    height, width = line.shape[:2]
    across = min(MAX_WIDTH_PX, max(_MIN_WIDTH_PX, round(HEIGHT_PX * width / height)))
    return np.asarray(
        cv2.resize(line, (across, HEIGHT_PX), interpolation=cv2.INTER_LINEAR), np.uint8
    )
