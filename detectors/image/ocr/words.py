"""Two readers' answers on one line made one: each has words that the other cannot read."""

import re
from collections.abc import Sequence
from typing import Final

from msgspec import Struct

from detectors.image.ocr.decoding import Reading

SURE: Final = 0.85
LEAST: Final = 0.65
_CERTAIN: Final = 0.9
_COVERED: Final = 0.7
"""A word gives way to another reader's words if these cover so much of it."""
MAX_RUNS: Final = 4
_CLOSE: Final = 2.0
"""Words of a run are so many heights apart at most."""
_DOUBTFUL: Final = 0.6
_TOUCHED: Final = 0.2
"""A word of which its reader is in doubt gives way if they cover so much."""
_PLAIN: Final = re.compile(r"[!-~]+")
_GAP: Final = 1.2
"""Between words lie so many times the usual distance of two letters, plus this much."""


class Word(Struct, frozen=True):
    """A word, where it stands (0 the line's left end, 1 its right end), and how sure it is."""

    text: str
    left: float
    right: float
    sure: float

    def within(self, left: float, share: float) -> "Word":
        """Gives a part's word as one of the line, of which the part is a share from `left` on."""
        return Word(self.text, left + share * self.left, left + share * self.right, self.sure)

    def covers(self, other: "Word") -> float:
        """How much of the other's width lies within this one."""
        shared = min(self.right, other.right) - max(self.left, other.left)
        return max(0.0, shared) / max(other.right - other.left, 1e-6)


def words(reading: Reading, aspect: float) -> list[Word]:
    """Gives a reading's words; `aspect` is the line's width over its height."""
    found: list[list[int]] = []
    for n, letter in enumerate(reading.text):
        near = n > 0 and (reading.places[n] - reading.places[n - 1]) * aspect < _GAP
        if letter.isspace():
            continue
        if near and not reading.text[n - 1].isspace():
            found[-1].append(n)
        else:
            found.append([n])
    half = 0.25 / aspect
    return [
        Word(
            "".join(reading.text[n] for n in one),
            reading.places[one[0]] - half,
            reading.places[one[-1]] + half,
            sum(reading.sure[n] for n in one) / len(one),
        )
        for one in found
    ]


def runs(known: Sequence[Word], aspect: float) -> list[Word]:
    """Gives runs of Latin words and numbers that stand close together, at most `MAX_RUNS`."""
    found: list[Word] = []
    for word in sorted(known, key=lambda one: one.left):
        if not _PLAIN.fullmatch(word.text):
            continue
        last = found[-1] if found else None
        if last and (word.left - last.right) * aspect < _CLOSE:
            sure = min(last.sure, word.sure)
            found[-1] = Word(f"{last.text} {word.text}", last.left, word.right, sure)
        else:
            found.append(word)
    return [run for run in found if len(run.text) > 1][:MAX_RUNS]


def merged(script: Sequence[Word], own: Sequence[Word]) -> list[Word]:
    """Gives the words of a script's reader, with Latin ones and numbers as the other has them.

    The other leaves letters out that it does not know; where it is sure of what covers a word of
    the script's reader, or surer, the word is Latin, whatever that makes of it.
    """
    trusted = [word for word in own if _is_trusted(word, script)]
    kept = []
    for word in script:
        covered = sum(one.covers(word) for one in trusted)
        if covered < _COVERED and (word.sure >= _DOUBTFUL or covered < _TOUCHED):
            kept.append(word)
    fitting = [one for one in trusted if sum(word.covers(one) for word in kept) < _COVERED]
    return sorted([*kept, *fitting], key=lambda word: word.left)


def _is_trusted(word: Word, script: Sequence[Word]) -> bool:
    if len(word.text) < 2 or not _PLAIN.fullmatch(word.text):  # noqa: PLR2004
        return False
    rivals = [one.sure for one in script if word.covers(one) >= _COVERED]
    return word.sure >= (max(LEAST, sum(rivals) / len(rivals)) if rivals else SURE) or (
        word.sure >= SURE
    )


def is_plain(found: Sequence[Word]) -> bool:
    """Whether there are words, all of Latin letters, digits and a few signs, all certain."""
    text = "".join(one.text for one in found)
    is_certain = all(one.sure >= _CERTAIN for one in found)
    return (
        is_certain and bool(_PLAIN.fullmatch(text)) and 2 * sum(map(str.isalnum, text)) > len(text)
    )


def joined(line: Sequence[Word], *, is_right_to_left: bool = False) -> Reading:
    """Gives words, from left to right as they stand, in the order of the text."""
    if is_right_to_left:
        line = _from_the_right(line)
    sure = [word.sure for word in line for _ in word.text]
    return Reading(" ".join(word.text for word in line), tuple(sure))


def _from_the_right(line: Sequence[Word]) -> list[Word]:
    """Words from right to left, those in a row of the other direction from left to right."""
    found: list[Word] = []
    run: list[Word] = []
    for word in reversed(line):
        if word.text.isascii() and any(map(str.isalnum, word.text)):
            run.insert(0, word)
            continue
        found += [*run, word]
        run = []
    return [*found, *run]
