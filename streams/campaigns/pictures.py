"""Pictures that are nearly the same, by their PDQ hashes. Pure."""

from collections import Counter
from typing import Final

PREFIX: Final = "picture:"
MAX_DISTANCE: Final = 31
"""Bits of 256 within which two pictures are one: Meta's recommendation for PDQ."""
_PIECE: Final = 4
"""Hexadecimal digits of a piece. 31 changed bits leave some of 16 whole, nine times in ten."""


class Pictures:
    """Gives each picture's fingerprint the name of the first that it nearly is."""

    def __init__(self) -> None:
        self._by_piece: dict[tuple[int, str], dict[str, None]] = {}
        self._n_uses: Counter[str] = Counter()

    def named(self, key: str) -> str:
        """Gives the fingerprint by which a picture's copies go; any other comes back as it is."""
        if not key.startswith(PREFIX):
            return key
        near: dict[str, None] = {}
        for piece in _pieces(key):
            near |= self._by_piece.get(piece, {})
        value = int(key.removeprefix(PREFIX), 16)
        for other in near:
            if (value ^ int(other.removeprefix(PREFIX), 16)).bit_count() <= MAX_DISTANCE:
                return other
        return key

    def keep(self, key: str) -> None:
        """Counts a use of a picture's fingerprint."""
        if not key.startswith(PREFIX):
            return
        if not self._n_uses[key]:
            for piece in _pieces(key):
                self._by_piece.setdefault(piece, {})[key] = None
        self._n_uses[key] += 1

    def forget(self, key: str) -> None:
        """Takes a use back; the last one forgets the picture."""
        if key not in self._n_uses:
            return
        self._n_uses[key] -= 1
        if self._n_uses[key]:
            return
        del self._n_uses[key]
        for piece in _pieces(key):
            held = self._by_piece[piece]
            del held[key]
            if not held:
                del self._by_piece[piece]


def _pieces(key: str) -> list[tuple[int, str]]:
    digits = key.removeprefix(PREFIX)
    return [(at, digits[at : at + _PIECE]) for at in range(0, len(digits), _PIECE)]
