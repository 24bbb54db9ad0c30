"""In which order the lines of a picture are read."""

from collections.abc import Sequence
from typing import Final

import numpy as np
from msgspec import Struct

from detectors.image.ocr.boxes import Corners

ROW: Final = 0.5
"""Two pieces stand on one row if they share so much of the lower one's height."""
_SPACE: Final = 1.5
"""Pieces on a row are one line up to a gap of so many heights."""
_LEADING: Final = 1.3
"""Lines belong to one block up to a gap of so many heights between them."""
_ALIKE: Final = 2.0
"""Lines of one block differ in height by less than this factor."""


class Piece(Struct, frozen=True):
    """A piece of a line, upright: its place among the pieces, and where it stands."""

    number: int
    left: float
    top: float
    right: float
    bottom: float

    @property
    def height(self) -> float:
        """Its height."""
        return self.bottom - self.top


Row = list[Piece]


def ordered(corners: Sequence[Corners]) -> list[list[list[int]]]:
    """Gives blocks of rows of pieces, by number: blocks top to bottom, then left to right.

    A block is what stands in one column: lines of like height, each close below the last. The
    pieces of a row are given from left to right.
    """
    pieces = _level(corners)
    rows = _rows(pieces)
    blocks = _blocks(rows)
    return [[[piece.number for piece in row] for row in block] for block in blocks]


def _level(corners: Sequence[Corners]) -> list[Piece]:
    """Pieces as they would stand if the lines were level."""
    if not corners:
        return []
    along = np.array([one[1] - one[0] for one in corners]).sum(0)
    angle = float(np.arctan2(along[1], along[0]))
    cosine, sine = np.cos(-angle), np.sin(-angle)
    turn = np.array(((cosine, -sine), (sine, cosine)))
    found = []
    for number, one in enumerate(corners):
        level = one @ turn.T
        left, right = level[[0, 3], 0].mean(), level[[1, 2], 0].mean()
        top, bottom = level[[0, 1], 1].mean(), level[[2, 3], 1].mean()
        found.append(Piece(number, float(left), float(top), float(right), float(bottom)))
    return found


def _rows(pieces: Sequence[Piece]) -> list[Row]:
    """Pieces that stand close together on one row."""
    rows: list[Row] = []
    for piece in sorted(pieces, key=lambda one: one.left):
        best = None
        for row in rows:
            last = row[-1]
            shared = min(last.bottom, piece.bottom) - max(last.top, piece.top)
            low, high = sorted((last.height, piece.height))
            gap = piece.left - last.right
            if shared > ROW * low and high < _ALIKE * low and -high < gap < _SPACE * high:
                best = row
        if best is None:
            rows.append([piece])
        else:
            best.append(piece)
    return rows


def _whole(row: Row) -> Piece:
    return Piece(
        row[0].number,
        min(one.left for one in row),
        min(one.top for one in row),
        max(one.right for one in row),
        max(one.bottom for one in row),
    )


def _blocks(rows: Sequence[Row]) -> list[list[Row]]:
    """Rows close below each other, then the blocks from the top."""
    blocks: list[list[Row]] = []
    for row in sorted(rows, key=lambda one: _whole(one).top):
        mine = _whole(row)
        fitting = [block for block in blocks if _follows(mine, _whole(block[-1]))]
        if fitting:
            nearest = max(fitting, key=lambda block: _whole(block[-1]).bottom)
            nearest.append(row)
        else:
            blocks.append([row])
    return _side_by_side(blocks)


def _follows(mine: Piece, last: Piece) -> bool:
    low, high = sorted((mine.height, last.height))
    shared = min(mine.right, last.right) - max(mine.left, last.left)
    gap = mine.top - last.bottom
    return (
        high < _ALIKE * low
        and shared > 0.3 * min(mine.right - mine.left, last.right - last.left)
        and -0.6 * low < gap < _LEADING * low
    )


def _side_by_side(blocks: Sequence[list[Row]]) -> list[list[Row]]:
    """Blocks by where they begin: those that begin at one height from left to right."""
    found: list[list[list[Row]]] = []
    for block in sorted(blocks, key=lambda one: _whole(one[0]).top):
        mine = _whole(block[0])
        last = _whole(found[-1][0][0]) if found else None
        if last is not None and mine.top - last.top < ROW * last.height:
            found[-1].append(block)
        else:
            found.append([block])
    return [one for level in found for one in sorted(level, key=lambda one: _whole(one[0]).left)]
