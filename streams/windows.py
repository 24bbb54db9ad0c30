"""The text around a chunk of a streamed response: what stands before it, and behind it. Pure."""

from array import array
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import Final

from msgspec import Struct

from detectors.text.normaliser.messages import Joined
from detectors.text.risk.stretches import sentences

MAX_BEFORE: Final = 300
"""Characters before a chunk that are read with it. The text model takes a text as a whole up to
some 250 characters; of secrets a recovery phrase is longest, and seldom longer than 200."""
MAX_AFTER: Final = 200
"""Characters behind a chunk that came late or was edited."""
_MAX_WORD: Final = 24
"""So far a cut is moved to the end of the word that it would split."""


class Piece(Struct, frozen=True):
    """A chunk's number, item and text; `lead` characters of its beginning are left out."""

    number: int
    item_id: str
    text: str
    lead: int = 0


class Window(Struct, frozen=True):
    """A chunk read with its neighbours: message `n` of the spans is the text of `item_ids[n]`.

    The chunk itself is number `own`. A chunk that begins amid a sentence (`is_amid`) means little
    by itself ("send us your key", after "never"): a second reading is then the chunk from the
    beginning of its sentence on, and takes the place of its own text.
    """

    joined: tuple[Joined, ...]
    item_ids: tuple[str, ...]
    own: int
    is_amid: bool


def around(before: Iterable[Piece], own: Piece, after: Iterable[Piece]) -> Window | None:
    """Gives the pieces to read together; None where the chunk stands alone.

    Args:
        before: What stands before the chunk, the nearest first.
        own: The chunk itself.
        after: What stands behind it, the nearest first; all but cut ones are read whole.
    """
    found: list[Piece] = []
    n_left = MAX_BEFORE
    for piece in before:
        cut = _end_of(piece, n_left)
        if cut.text:
            found.append(cut)
        n_left -= len(piece.text)
        if n_left <= 0 or cut.lead:
            break
    found.reverse()
    behind: list[Piece] = []
    n_left = MAX_AFTER
    for piece in after:
        n_left -= len(piece.text)
        if n_left < 0 or piece.lead:
            break
        behind.append(piece)
    if not found and not behind:
        return None
    pieces = [*found, own, *behind]
    place = len(found)
    whole = _together(pieces)
    start, is_amid = _sentence(whole.text, whole.offsets[place])
    readings = [whole]
    if is_amid and start > 0:
        first, rest = _cut(pieces, whole, start)
        readings.append(_together(rest, first))
    return Window(tuple(readings), tuple(one.item_id for one in pieces), place, is_amid)


def _sentence(text: str, at: int) -> tuple[int, bool]:
    """Where the sentence around a place begins, and whether any of it stands before the place."""
    start = next((low for low, high in sentences(text) if low <= at < high), 0)
    return start, bool(text[start:at].strip())


def _cut(pieces: Sequence[Piece], whole: Joined, start: int) -> tuple[int, list[Piece]]:
    """The pieces of a text from a place on, and the number of the first of them."""
    first = bisect_right(whole.offsets, start) - 1
    n_gone = start - whole.offsets[first]
    one = pieces[first]
    head = Piece(one.number, one.item_id, one.text[n_gone:], one.lead + min(n_gone, len(one.text)))
    return first, [head, *pieces[first + 1 :]]


def _together(pieces: Sequence[Piece], first: int = 0) -> Joined:
    """Gives the pieces as one text, with a space where numbers between them are missing."""
    text, offsets = "", array("L")
    gaps = ["" if one.number + 1 == other.number else " " for one, other in pairwise(pieces)]
    for piece, gap in zip(pieces, (*gaps, ""), strict=True):
        offsets.append(len(text))
        text += piece.text + gap
    lengths = array("L", (len(piece.text) for piece in pieces))
    return Joined(text, first, offsets, lengths, array("L", (piece.lead for piece in pieces)))


def _end_of(piece: Piece, n_most: int) -> Piece:
    """The last characters of a piece, from the beginning of a word on if there is one near."""
    cut = len(piece.text) - n_most
    if cut <= 0:
        return piece
    space = piece.text.find(" ", cut, cut + _MAX_WORD)
    if space >= 0:
        cut = space + 1
    return Piece(piece.number, piece.item_id, piece.text[cut:], piece.lead + cut)
