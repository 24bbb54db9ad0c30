"""Which of many hashes lie near one: exact, and in well under a millisecond for a million.

Multi-index hashing: a hash is 16 pieces of 16 bits. Two hashes at most 16 r + 15 bits apart have a
piece at most r bits apart, so only hashes that share such a piece are compared (Norouzi, Punjani,
Fleet, "Fast Search in Hamming Space with Multi-Index Hashing", 2012).
"""

from itertools import combinations
from typing import Final

import numpy as np
import numpy.typing as npt

N_BITS: Final = 256
_N_PIECES: Final = 16
_PIECE_BITS: Final = 16
_N_VALUES: Final = 1 << _PIECE_BITS
_MAX_RADIUS: Final = 2
_SCANNED: Final = 20_000
"""Up to so many hashes, comparing all is as fast."""
_MAX_SHARE: Final = 8
"""If more than an eighth of all are candidates, comparing all is faster."""
_CHUNK: Final = 1 << 15
Words = npt.NDArray[np.uint64]
Places = npt.NDArray[np.intp]
Distances = npt.NDArray[np.uint16]


class Index:
    """Hashes that never change. Reads may come from any thread.

    Memory: 96 bytes a hash, and 4 MB.
    """

    def __init__(self, hashes: bytes, *, threshold: int) -> None:
        """Takes the hashes, 32 bytes each, one after the other.

        Args:
            hashes: All of them.
            threshold: The greatest distance that is found, 0 to 256.
        """
        self._rows: Words = np.frombuffer(hashes, np.uint64).reshape(-1, 4)
        self._threshold = threshold
        radius = threshold // _N_PIECES
        self.is_scanned = len(self._rows) <= _SCANNED or radius > _MAX_RADIUS
        if self.is_scanned:
            return
        n_rows = len(self._rows)
        self._masks = _masks(radius)
        self._places = np.empty((_N_PIECES, n_rows), np.int32)
        self._starts = np.zeros((_N_PIECES, _N_VALUES + 1), np.int32)
        pieces = self._rows.view(np.uint16)
        for number in range(_N_PIECES):
            piece = np.ascontiguousarray(pieces[:, number])
            self._places[number] = np.argsort(piece, kind="stable")
            np.cumsum(np.bincount(piece, minlength=_N_VALUES), out=self._starts[number, 1:])

    def __len__(self) -> int:
        return len(self._rows)

    def near(self, sought: bytes) -> tuple[Places, Distances]:
        """Gives the places of all hashes within the threshold, ascending, and their distances."""
        key: Words = np.frombuffer(sought, np.uint64)
        candidates = None if self.is_scanned else self._candidates(key)
        if candidates is None:
            return self._scan(key)
        distances = _distances(self._rows[candidates], key)
        is_near = distances <= self._threshold
        places, first = np.unique(candidates[is_near], return_index=True)
        return places.astype(np.intp), distances[is_near][first]

    def _candidates(self, key: Words) -> npt.NDArray[np.int32] | None:
        """Places of hashes with a piece near the same piece of `key`; None if there are many."""
        values = key.view(np.uint16)[:, None] ^ self._masks[None, :]
        row = np.arange(_N_PIECES)[:, None]
        starts = self._starts[row, values].ravel().astype(np.intp)
        lengths = self._starts[row, values.astype(np.intp) + 1].ravel() - starts
        n_found = int(lengths.sum())
        if n_found * _MAX_SHARE > len(self._rows):
            return None
        begins = starts + np.repeat(np.arange(_N_PIECES) * len(self._rows), values.shape[1])
        shifts = begins - np.concatenate(([0], np.cumsum(lengths)[:-1]))
        return self._places.ravel()[np.repeat(shifts, lengths) + np.arange(n_found)]

    def _scan(self, key: Words) -> tuple[Places, Distances]:
        places, distances = [np.empty(0, np.intp)], [np.empty(0, np.uint16)]
        for start in range(0, len(self._rows), _CHUNK):
            found = _distances(self._rows[start : start + _CHUNK], key)
            near = np.flatnonzero(found <= self._threshold)
            places.append(near + start)
            distances.append(found[near])
        return np.concatenate(places), np.concatenate(distances)


def _distances(rows: Words, key: Words) -> Distances:
    """Bits apart; the four counts of a row, a byte each, are added within one word."""
    counts = np.bitwise_count(rows ^ key).view(np.uint32).ravel()
    pairs = (counts & 0x00FF00FF) + ((counts >> 8) & 0x00FF00FF)
    return np.asarray((pairs & 0xFFFF) + (pairs >> 16), np.uint16)


def _masks(radius: int) -> npt.NDArray[np.uint16]:
    """Every 16-bit value with at most `radius` bits set."""
    bits = [1 << bit for bit in range(_PIECE_BITS)]
    return np.array(
        [sum(chosen) for n in range(radius + 1) for chosen in combinations(bits, n)], np.uint16
    )
