"""One line of a picture, read by whoever knows its script."""

from collections.abc import Sequence
from typing import Final

import numpy as np

from detectors.image.ocr.decoding import Reading
from detectors.image.ocr.recogniser import Recogniser
from detectors.image.ocr.scripts import Floats, Script, Scripts
from detectors.image.ocr.tesseract import Tesseract
from detectors.image.ocr.words import Word, is_plain, joined, merged, runs, words
from detectors.image.picture import Pixels

FOREIGN: Final = frozenset("ıİşŞğĞñÑçÇßæœłżąęř¿¡")
"""Letters that Vietnamese has not, of languages that look like it."""
READ: Final = 0.6
WHOLE: Final = 0.75
"""Where PP-OCRv6's words cover less of a line, there may be some that it cannot read, and where
they cover that much, and it is certain of all, none: what it cannot read it leaves out."""
_MARGIN: Final = 0.15
"""Of a line's height: what is left free beside words read again."""
_NARROW_PX: Final = 4
DOUBTED: Final = 0.8
SHORT: Final = 3
ALIKE: Final = 0.8
MAX_CHECKED: Final = 6
"""Words less sure, and not shorter, are looked at as Latin ones, so many of a line; they are Latin
if at least this share of their letters is."""
CERTAIN: Final = 0.95
LONG: Final = 4
"""Latin words so sure and of so many letters are not shown to another script's reader."""
FEW: Final = 12
"""Frames that are needed to tell a script: a line's height has as many."""


class LineReader:
    """Reads lines in every script it has models for. Safe across threads."""

    def __init__(self, recogniser: Recogniser, scripts: Scripts, tesseract: Tesseract) -> None:
        """Takes PP-OCRv6, what tells scripts apart, and what reads those it lacks."""
        self._recogniser = recogniser
        self._scripts = scripts
        self._tesseract = tesseract

    def read(self, line: Pixels) -> Reading:
        """Gives an upright line's text in the order in which it is read."""
        own, frames = self._recogniser.read(line)
        known = words(own, line.shape[1] / line.shape[0])
        script = self._script(frames, known)
        if script == "own" or not self._tesseract.has(script):
            return Reading(" ".join(own.text.split()), own.sure)
        if script == "vietnamese":
            found = self._tesseract.read(line, script)
        else:
            latin = self._again(line, known)
            found = merged(self._tesseract.read(_without(line, latin), script), latin)
            found = self._checked(line, found)
        other = joined(found, is_right_to_left=script == "arabic")
        return other if other.text else own

    def _again(self, line: Pixels, known: Sequence[Word]) -> list[Word]:
        """Reads runs of Latin words by themselves: beside other letters some of theirs are lost."""
        found: list[Word] = []
        for run in runs(known, line.shape[1] / line.shape[0]):
            found += self._part(line, run)
        return found

    def _checked(self, line: Pixels, found: Sequence[Word]) -> list[Word]:
        """Words that a script's reader doubts may be Latin: such as read well by themselves are."""
        checked: list[Word] = []
        n_left = MAX_CHECKED
        for word in found:
            is_doubted = word.sure < DOUBTED and len(word.text) >= SHORT and n_left > 0
            n_left -= is_doubted
            other = self._part(line, word) if is_doubted else []
            is_latin = is_plain(other) and sum(len(one.text) for one in other) >= ALIKE * len(
                word.text
            )
            checked += other if is_latin else [word]
        return checked

    def _part(self, line: Pixels, place: Word) -> list[Word]:
        """Reads what stands at a word's place."""
        height, width = line.shape[:2]
        left = max(0, round(place.left * width - _MARGIN * height))
        right = min(width, round(place.right * width + _MARGIN * height))
        if right - left < _NARROW_PX:
            return []
        reading, _ = self._recogniser.read(np.ascontiguousarray(line[:, left:right]))
        share = (right - left) / width
        return [
            word.within(left / width, share) for word in words(reading, (right - left) / height)
        ]

    def _script(self, frames: Floats, known: Sequence[Word]) -> Script:
        """The likeliest script; where much of the line was not read, that of what was not."""
        script = self._scripts.likeliest(frames)
        if script == "vietnamese" and any(FOREIGN & set(word.text) for word in known):
            return "own"
        read = sum(word.right - word.left for word in known)
        is_whole = read >= WHOLE and min((word.sure for word in known), default=0.0) >= CERTAIN
        if is_whole and script != "vietnamese":
            return "own"
        if script != "own" or read >= READ:
            return script
        places = (np.arange(len(frames)) + 0.5) / len(frames)
        is_free = np.full(len(frames), fill_value=True)
        for word in known:
            is_free &= (places < word.left) | (places > word.right)
        return self._scripts.likeliest(frames[is_free]) if is_free.sum() >= FEW else script


def _without(line: Pixels, latin: Sequence[Word]) -> Pixels:
    """A line with the Latin words that are certain painted over in the colour of its edge."""
    certain = [word for word in latin if word.sure >= CERTAIN and len(word.text) >= LONG]
    if not certain:
        return line
    edge = np.concatenate((line[0], line[-1]))
    painted = line.copy()
    for word in certain:
        left, right = (round(place * line.shape[1]) for place in (word.left, word.right))
        painted[:, max(0, left) : max(0, right)] = np.median(edge, axis=0)
    return painted
