"""Speech in pieces that a model of 30 seconds takes, and the way back to places in the file."""

from bisect import bisect_right
from collections.abc import Sequence
from itertools import pairwise
from typing import Final

import numpy as np
from msgspec import Struct

from detectors.audio.recording import RATE_HZ, Recording, Samples, Stretch
from detectors.audio.vad import Speech
from schemas.signals import TimeRange

MAX_CHUNK: Final = 28 * RATE_HZ
"""Whisper takes 30 s; some is left for the pauses that are put in."""
_PAUSE: Final = RATE_HZ // 5
"""Silence put between two stretches of speech that do not follow on each other."""


class Piece(Struct, frozen=True):
    """A stretch of speech in a chunk: from sample `at` of it, `start` to `end` of the recording."""

    at: int
    start: int
    end: int


class Chunk(Struct, frozen=True, eq=False):
    """Speech of at most 30 s, pauses cut short; samples float32 at 16 kHz."""

    samples: Samples
    pieces: tuple[Piece, ...]
    probability: float
    """That it is speech: the mean, weighted by length."""

    @property
    def n_spoken(self) -> int:
        """Samples of speech."""
        return sum(one.end - one.start for one in self.pieces)


def cut(recording: Recording, speech: Sequence[Speech]) -> list[Chunk]:
    """Packs stretches of speech, in order, into as few chunks as they fit."""
    chunks: list[list[Speech]] = []
    n_held = 0
    for one in (part for whole in speech for part in _bounded(whole)):
        n_more = one.end - one.start + _PAUSE
        if chunks and n_held + n_more <= MAX_CHUNK:
            chunks[-1].append(one)
            n_held += n_more
        else:
            chunks.append([one])
            n_held = n_more
    return [_packed(recording, chunk) for chunk in chunks]


def _bounded(speech: Speech) -> list[Speech]:
    """Cuts speech without a pause into equal parts, no longer than a chunk."""
    length = speech.end - speech.start
    n_parts = -(-length // (MAX_CHUNK - _PAUSE))
    bounds = [speech.start + length * n // n_parts for n in range(n_parts + 1)]
    return [Speech(start, end, speech.probability) for start, end in pairwise(bounds)]


def _packed(recording: Recording, speech: Sequence[Speech]) -> Chunk:
    pause = np.zeros(_PAUSE, np.float32)
    blocks: list[Samples] = []
    pieces: list[Piece] = []
    at = 0
    for one in speech:
        if pieces and one.start > pieces[-1].end:
            blocks.append(pause)
            at += _PAUSE
        pieces.append(Piece(at, one.start, one.end))
        blocks.append(recording.samples[one.start : one.end])
        at += one.end - one.start
    n_spoken = sum(one.end - one.start for one in speech)
    weighted = sum(one.probability * (one.end - one.start) for one in speech)
    return Chunk(np.concatenate(blocks), tuple(pieces), weighted / max(1, n_spoken))


def placed(recording: Recording, chunk: Chunk, start_s: float, end_s: float) -> TimeRange:
    """Gives where in the file a part of a chunk was said; at least a millisecond."""
    start_ms = _file_ms(recording, chunk, round(start_s * RATE_HZ), is_end=False)
    end_ms = _file_ms(recording, chunk, round(end_s * RATE_HZ), is_end=True)
    return TimeRange(start_ms=start_ms, end_ms=max(end_ms, start_ms + 1))


def _file_ms(recording: Recording, chunk: Chunk, at: int, *, is_end: bool) -> int:
    """A chunk's sample as a time in the file; in a pause put in, the nearest speech on its side."""
    starts = [one.at + is_end for one in chunk.pieces]
    piece = chunk.pieces[max(0, bisect_right(starts, at) - 1)]
    sample = min(max(piece.start, piece.start + at - piece.at), piece.end)
    return _ms(recording.stretches, sample, is_end=is_end)


def _ms(stretches: Sequence[Stretch], sample: int, *, is_end: bool) -> int:
    starts = [one.start + is_end for one in stretches]
    stretch = stretches[max(0, bisect_right(starts, sample) - 1)]
    return stretch.start_ms + (sample - stretch.start) * 1000 // RATE_HZ
