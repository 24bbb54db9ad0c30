"""Which texts of a clip's frames are one text that stays on, and which another one."""

from collections.abc import Sequence
from typing import Final

from msgspec.structs import replace
from rapidfuzz import fuzz
from rapidfuzz.distance import Levenshtein

from detectors.media import Transcript
from schemas.signals import TimeRange

SAME_TEXT: Final = 90.0
"""Texts read off pictures may be one if they are this alike, in per cent of `fuzz.ratio`."""
MISREAD_LETTERS: Final = 4
"""A word of so many letters, and of no more than `LONGEST`, may differ in one that was misread."""
LONGEST: Final = 16
"""A longer word may be an address or a key."""
LAST_ALPHABET: Final = "\u0900"
"""From here on a letter may be a word."""
MAX_TEXTS: Final = 96
"""Texts of one reader in one clip that are judged."""


class Lasting:
    """The texts that one reader found in a clip, each once, with the time that it stays on."""

    def __init__(self) -> None:
        """Begins with none."""
        self.kept: list[Transcript] = []
        self.n_left_out = 0
        """Texts past `MAX_TEXTS`."""

    def add(self, one: Transcript, time_range: TimeRange) -> None:
        """Adds a frame's text, or lets the same one last until then."""
        one = _timed(one, time_range)
        for number, other in enumerate(self.kept):
            if is_same(other, one):
                best = max((other, one), key=lambda each: each.confidence)
                self.kept[number] = _lasting(best, other, one)
                return
        if len(self.kept) < MAX_TEXTS:
            self.kept.append(one)
        else:
            self.n_left_out += 1


def is_same(one: Transcript, other: Transcript) -> bool:
    """Whether two texts say the same, but for letters that were misread.

    What is exact, as in a code, is the same when it is equal. Else all must be equal that
    has a digit or a sign in it, short words, long ones, and words of scripts of which a letter may
    be a word: a changed address, amount or "not" is another text.
    """
    if one.text == other.text:
        return True
    if not (one.is_quotable and other.is_quotable):
        return False
    words, others = one.text.split(), other.text.split()
    return (
        len(words) == len(others)
        and all(_is_misread(*pair) for pair in zip(words, others, strict=True))
        and fuzz.ratio(one.text, other.text) >= SAME_TEXT
    )


def _is_misread(one: str, other: str) -> bool:
    """Whether two words are equal, or may be the same word of which one letter was misread."""
    if one == other:
        return True
    return (
        all(
            MISREAD_LETTERS <= len(word) <= LONGEST
            and word.isalpha()
            and max(word) < LAST_ALPHABET
            and not word.isupper()
            for word in (one, other)
        )
        and Levenshtein.distance(one, other, score_cutoff=1) <= 1
    )


def _timed(transcript: Transcript, time_range: TimeRange) -> Transcript:
    places = tuple(replace(place, time_range=time_range) for place in transcript.places)
    return replace(transcript, places=places)


def _lasting(best: Transcript, *ones: Transcript) -> Transcript:
    times = _times(ones)
    if not times:
        return best
    whole = TimeRange(
        start_ms=min(one.start_ms for one in times), end_ms=max(one.end_ms for one in times)
    )
    return _timed(best, whole)


def _times(ones: Sequence[Transcript]) -> list[TimeRange]:
    return [place.time_range for one in ones for place in one.places if place.time_range]
