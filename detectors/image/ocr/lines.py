"""One line of a picture, read by whoever knows its script."""

from collections.abc import Sequence
from typing import Final

import numpy as np

from detectors.image.ocr.decoding import Reading
from detectors.image.ocr.recogniser import Recogniser
from detectors.image.ocr.scripts import Floats, Script, Scripts
from detectors.image.ocr.tesseract import Tesseract
from detectors.image.ocr.words import Word, joined, merged, words
from detectors.image.picture import Pixels

READ: Final = 0.6
"""Where PP-OCRv6's words cover less of a line, there may be some that it cannot read."""
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
        found = self._tesseract.read(line, script)
        if script != "vietnamese":
            found = merged(found, known)
        other = joined(found, is_right_to_left=script == "arabic")
        return other if other.text else own

    def _script(self, frames: Floats, known: Sequence[Word]) -> Script:
        """The likeliest script; where much of the line was not read, that of what was not."""
        script = self._scripts.likeliest(frames)
        read = sum(word.right - word.left for word in known)
        if script != "own" or read >= READ:
            return script
        places = (np.arange(len(frames)) + 0.5) / len(frames)
        is_free = np.full(len(frames), fill_value=True)
        for word in known:
            is_free &= (places < word.left) | (places > word.right)
        return self._scripts.likeliest(frames[is_free]) if is_free.sum() >= FEW else script
