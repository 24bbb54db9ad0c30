"""Percent escapes (`john%40mail.example`, RFC 3986) resolved, every character with its place."""

import re
from collections.abc import Iterator, Sequence
from itertools import accumulate
from typing import Final

_ESCAPE: Final = re.compile(r"%(?:25)*([0-9a-fA-F]{2})")
"""Also what was escaped more than once: `%2540`."""
_RUN: Final = re.compile(r"(?:%(?:25)*[0-9a-fA-F]{2})+")
_BLANKS: Final = "\t\n\r"


def unescaped(text: str) -> tuple[str, Sequence[int]]:
    """Gives a text with its escapes resolved, and where each character (and the end) came from.

    Escapes that are no UTF-8, or control characters, stay as they are written. Linear.
    """
    if "%" not in text or _RUN.search(text) is None:
        return text, range(len(text) + 1)
    pieces: list[str] = []
    lengths: list[int] = []
    at = 0
    for run in _RUN.finditer(text):
        pieces.append(text[at : run.start()])
        lengths += [1] * (run.start() - at)
        for character, length in _resolved(run.group()):
            pieces.append(character)
            lengths.append(length)
        at = run.end()
    pieces.append(text[at:])
    lengths += [1] * (len(text) - at)
    return "".join(pieces), list(accumulate(lengths, initial=0))


def _resolved(run: str) -> Iterator[tuple[str, int]]:
    """The characters that escapes in a row stand for, each with how many it took."""
    escapes = list(_ESCAPE.finditer(run))
    octets = bytes(int(escape[1], base=16) for escape in escapes)
    at = 0
    for character in octets.decode("utf-8", "surrogateescape"):
        n_octets = 1 if "\ud800" <= character <= "\udfff" else len(character.encode())
        start, end = escapes[at].start(), escapes[at + n_octets - 1].end()
        at += n_octets
        if character.isprintable() or character in _BLANKS:
            yield character, end - start
        else:
            yield from ((one, 1) for one in run[start:end])
