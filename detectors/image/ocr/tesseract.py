"""Reads lines in scripts that PP-OCRv6 lacks, with Tesseract's small networks."""

import threading
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

import cv2
import numpy as np
import numpy.typing as npt
import tesserocr

from detectors.image.ocr.direction import turned
from detectors.image.ocr.scripts import Script
from detectors.image.ocr.words import Word
from detectors.image.picture import Pixels

LANGUAGES: Final[dict[Script, str]] = {
    "cyrillic": "rus",
    "arabic": "ara",
    "devanagari": "hin",
    "vietnamese": "vie",
}
"""Which model reads a script."""
HEIGHT_PX: Final = 40
_FREE_PX: Final = 12
_LIGHTER: Final = 40
UNSURE: Final = 0.8
_FULL: Final = 0.7
"""Share of a line that words cover if nothing is missing."""
_LIGHTEST: Final = 0.7
_LIGHT: Final = 0.45
_FAINT: Final = 0.35
_CONTRAST: Final = 0.5
"""Parts of the way from a line's dark to its light: the lightest, what is light, what is not."""
_LINE: Final = tesserocr.PSM.SINGLE_LINE
_RAW_LINE: Final = tesserocr.PSM.RAW_LINE
"""Without the search for a line, which at times finds none in a short one."""

Grey = npt.NDArray[np.uint8]
"""uint8 [height, width]."""


class Tesseract:
    """One reader for each script whose model is there; loaded when first needed."""

    def __init__(self, models: Mapping[Script, Path]) -> None:
        """Takes the model file of each script, named as Tesseract names it."""
        self._lock = threading.Lock()
        self._models = dict(models)
        self._readers: dict[Script, tesserocr.PyTessBaseAPI] = {}

    def has(self, script: Script) -> bool:
        """Whether a script can be read."""
        return script in self._models

    def read(self, line: Pixels, script: Script) -> list[Word]:
        """Gives a line's words, from left to right as they stand.

        Where it is unsure it looks at what is light and what is dark by themselves too, as captions
        straight on a picture need, and takes what it is surest of.
        """
        grey = np.asarray(cv2.cvtColor(line, cv2.COLOR_RGB2GRAY), np.uint8)
        with self._lock:
            found = self._read(prepared(grey), script)
            sure = _sure(found)
            for other in parts(grey) if sure < UNSURE else ():
                words = self._read(prepared(other), script)
                if _sure(words) > sure:
                    found, sure = words, _sure(words)
                if sure >= UNSURE:
                    break
            return found or self._read(prepared(grey), script, _RAW_LINE)

    def _read(self, page: Grey, script: Script, mode: int = _LINE) -> list[Word]:
        height, width = page.shape
        reader = self._reader(script)
        reader.SetPageSegMode(mode)
        reader.SetImageBytes(page.tobytes(), width, height, 1, width)
        reader.Recognize()
        found = []
        for one in tesserocr.iterate_level(reader.GetIterator(), tesserocr.RIL.WORD):
            if one.Empty(tesserocr.RIL.WORD):
                continue
            left, _, right, _ = one.BoundingBox(tesserocr.RIL.WORD)
            inner = width - 2 * _FREE_PX
            found.append(
                Word(
                    turned(one.GetUTF8Text(tesserocr.RIL.WORD).strip()),
                    (left - _FREE_PX) / inner,
                    (right - _FREE_PX) / inner,
                    one.Confidence(tesserocr.RIL.WORD) / 100,
                )
            )
        return sorted((word for word in found if word.text), key=lambda word: word.left)

    def _reader(self, script: Script) -> tesserocr.PyTessBaseAPI:
        if script not in self._readers:
            self._readers[script] = tesserocr.PyTessBaseAPI(
                path=f"{self._models[script].parent}/",
                lang=self._models[script].stem,
                psm=tesserocr.PSM.SINGLE_LINE,
                oem=tesserocr.OEM.LSTM_ONLY,
            )
        return self._readers[script]


def _sure(found: list[Word]) -> float:
    """The mean over the letters, the less the less of the line has words."""
    letters = sum(len(word.text) for word in found)
    covered = sum(word.right - word.left for word in found)
    share = sum(word.sure * len(word.text) for word in found) / max(letters, 1)
    return share * min(1.0, covered / _FULL)


def prepared(grey: Grey) -> Grey:
    """Gives a line as Tesseract reads it best: dark on light, of one height, free around."""
    ground = float(np.median(np.concatenate((grey[0], grey[-1], grey[:, 0], grey[:, -1]))))
    if (grey > ground + _LIGHTER).sum() > (grey < ground - _LIGHTER).sum():
        grey = 255 - grey
    low, high = np.percentile(grey, (2, 98))
    stretched = np.clip((grey.astype(np.float32) - low) * 255 / max(1.0, high - low), 0, 255)
    across = max(8, round(grey.shape[1] * HEIGHT_PX / grey.shape[0]))
    is_smaller = grey.shape[0] > HEIGHT_PX
    scaled = cv2.resize(
        stretched.astype(np.uint8),
        (across, HEIGHT_PX),
        interpolation=cv2.INTER_AREA if is_smaller else cv2.INTER_CUBIC,
    )
    free = _FREE_PX
    return np.asarray(
        cv2.copyMakeBorder(scaled, free, free, free, free, cv2.BORDER_REPLICATE), np.uint8
    )


def parts(grey: Grey) -> Iterator[Grey]:
    """Gives a line's light parts within, all its lightest, its dark parts within: dark on white."""
    low, high = (float(one) for one in np.percentile(grey, (2, 98)))
    light = np.clip((grey.astype(np.float32) - low) / max(1.0, high - low), 0, 1)
    yield _within(light)
    yield (np.clip((1 - light) / (1 - _LIGHTEST), 0, 1) * 255).astype(np.uint8)
    yield _within(1 - light)


def _within(light: npt.NDArray[np.float32]) -> Grey:
    """What is light but for parts that touch the edge, which are the picture behind."""
    is_light = (light > _LIGHT).astype(np.uint8)
    _, numbers = cv2.connectedComponents(is_light, connectivity=8)
    edge = np.concatenate((numbers[0], numbers[-1], numbers[:, 0], numbers[:, -1]))
    behind = (np.isin(numbers, np.unique(edge)) & (is_light > 0)).astype(np.uint8)
    ink = np.clip((light - _FAINT) / _CONTRAST, 0, 1)
    ink[cv2.dilate(behind, np.ones((3, 3), np.uint8)) > 0] = 0
    return np.asarray(255 - 255 * ink, np.uint8)
