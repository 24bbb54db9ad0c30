"""One frame of a picture: is there text, where, which way up, what does it say."""

from collections.abc import Callable, Sequence
from itertools import takewhile
from typing import Final

import numpy as np
import onnxruntime as ort
from msgspec import Struct

from detectors.image.ocr import boxes, order
from detectors.image.ocr.boxes import Corners, Line
from detectors.image.ocr.decoding import Reading
from detectors.image.ocr.lines import LineReader
from detectors.image.picture import Pixels

GATE_PX: Final = 448
"""Longer side of the picture in which is looked whether there is text at all."""
GATE: Final = 0.5
"""How sure the detector must be of a line there, longer than it is high."""
_LONG: Final = 1.5
SIDE_PX: Final = 736
LARGE_SIDE_PX: Final = 1536
SMALL_PX: Final = 13.0
"""Lines lower than this, in the small picture, call for a larger one."""
MAX_WIDTH: Final = 600
"""All lines' widths together, in their heights: more is left unread, the smallest lines first."""
MAX_LINES: Final = 150
"""Likewise their number."""
CONFIDENCE: Final = 0.5
"""A line of which its reader is less sure is no text."""
LEAST: Final = {1: 0.9, 2: 0.85, 3: 0.7, 4: 0.65, 5: 0.6}
"""The same for lines of so many letters and digits."""
_TURN: Final = 0.75
"""Where the long lines are read with less confidence, they may stand on their heads."""
_N_TRIED: Final = 3
_LONG_LINE: Final = 3.0
_N_STRANGE: Final = 2
_SHARE_READ: Final = 0.25
"""So many lines that are surely lines and long, less than this share of all of them read."""
_STANDING: Final = 1.5
"""A box so many times as high as wide holds a line that stands upright."""


class Found(Struct, frozen=True, eq=False):
    """A line that was read: where it stands in the frame."""

    corners: Corners
    reading: Reading


class Sheet(Struct, frozen=True, eq=False):
    """Blocks of lines in reading order, each line's pieces from left to right."""

    blocks: tuple[tuple[tuple[Found, ...], ...], ...] = ()
    n_unread: int = 0
    """Lines that were seen and are past what is read of one picture."""
    n_strange: int = 0
    """Lines of which hardly any could be read: of a script that nobody here reads, most likely."""


class FrameReader:
    """Finds and reads the lines of a frame."""

    def __init__(self, detector: ort.InferenceSession, lines: LineReader) -> None:
        """Takes PP-OCRv6's detector and what reads a line."""
        self._detector = detector
        self._lines = lines

    def has_text(self, pixels: Pixels) -> bool:
        """Whether a look at the picture made small finds anything like a line."""
        height, width = pixels.shape[:2]
        seen = boxes.lines(boxes.chances(self._detector, pixels, GATE_PX), width, height)
        return any(line.score >= GATE and line.longer >= _LONG * line.shorter for line in seen)

    def read(self, pixels: Pixels, *, is_over: Callable[[], bool] = lambda: False) -> Sheet:
        """Gives the text of a frame; nothing where the gate finds none.

        Once `is_over`, no further line is read.
        """
        if not self.has_text(pixels):
            return Sheet()
        seen = self.lines(pixels)
        kept, n_unread = _affordable(seen)
        if not kept:
            return Sheet()
        read = self._read(pixels, kept, is_over)
        n_unread += len(kept) - len(read)
        found = [one for one in read if is_text(one.reading)]
        plan = order.ordered([one.corners for one in found])
        is_strange = len(read) == len(kept) and _is_strange(kept, len(found))
        return Sheet(
            tuple(tuple(tuple(found[n] for n in row) for row in block) for block in plan),
            n_unread,
            len(kept) if is_strange else 0,
        )

    def lines(self, pixels: Pixels) -> list[Line]:
        """Gives the lines of a frame, looked at more closely where they are small."""
        height, width = pixels.shape[:2]
        seen = boxes.lines(boxes.chances(self._detector, pixels, SIDE_PX), width, height)
        shrunk = max(height, width) / SIDE_PX
        is_small = shrunk > 1 and boxes.median_height(seen) < SMALL_PX * shrunk
        if is_small:
            larger = boxes.chances(self._detector, pixels, LARGE_SIDE_PX)
            seen = boxes.lines(larger, width, height)
        return seen

    def _read(
        self, pixels: Pixels, seen: Sequence[Line], is_over: Callable[[], bool]
    ) -> list[Found]:
        """Reads lines the way up in which they make sense, the longest first."""
        by_length = sorted(seen, key=lambda line: -line.longer)
        longest = by_length[:_N_TRIED]
        n_standing = sum(line.height > _STANDING * line.width for line in longest)
        first, second = (1, 3) if 2 * n_standing > len(longest) else (0, 2)

        def read(lines: Sequence[Line], quarters: int) -> list[Found]:
            in_time = takewhile(lambda _: not is_over(), lines)
            return [self._line(pixels, line, quarters) for line in in_time]

        found = read(longest, first)
        if not found or is_over() or _sure(found) >= _TURN:
            return found + read(by_length[len(found) :], first)
        others = read(longest, second)
        if _sure(others) > _sure(found):
            return others + read(by_length[len(others) :], second)
        return found + read(by_length[len(found) :], first)

    def _line(self, pixels: Pixels, line: Line, quarters: int) -> Found:
        """Reads a line in a picture that is turned so many quarters clockwise."""
        corners = np.roll(line.corners, -quarters, 0)
        is_standing = line.height > _STANDING * line.width
        if is_standing and quarters % 2 == 0:
            return Found(corners, self._lines.read(boxes.cut(pixels, np.roll(corners, -1, 0))))
        return Found(corners, self._lines.read(boxes.cut(pixels, corners)))


def _sure(found: Sequence[Found]) -> float:
    """The confidence of the longest lines; such as are no text count nothing."""
    sure = [one.reading.confidence if is_text(one.reading) else 0.0 for one in found[:_N_TRIED]]
    return float(np.mean(sure)) if sure else 0.0


def is_text(reading: Reading) -> bool:
    """Whether a reading is one of letters or digits, and its reader sure enough of it.

    The shorter it is the surer: specks and corners are read as single letters.
    """
    n_letters = sum(map(str.isalnum, reading.text))
    is_lone = n_letters == 1 and not any(one > "\u2e80" for one in reading.text)
    return n_letters > 0 and not is_lone and reading.confidence >= LEAST.get(n_letters, CONFIDENCE)


def _is_strange(seen: Sequence[Line], n_read: int) -> bool:
    """Whether there are lines, and hardly any could be read. Of 428 harmless pictures, in one."""
    sure = [one for one in seen if one.score >= GATE and one.longer >= _LONG_LINE * one.shorter]
    return len(sure) >= _N_STRANGE and n_read < len(seen) * _SHARE_READ


def _affordable(seen: Sequence[Line]) -> tuple[list[Line], int]:
    """The highest lines, as many as are read, and how many are not."""
    kept: list[Line] = []
    left = float(MAX_WIDTH)
    for line in sorted(seen, key=lambda one: -one.shorter):
        left -= line.longer / max(line.shorter, 1.0)
        if left < 0 or len(kept) == MAX_LINES:
            break
        kept.append(line)
    return kept, len(seen) - len(kept)
