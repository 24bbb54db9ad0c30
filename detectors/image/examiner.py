"""The image lane's examiner: one picture through everything that judges or reads pictures."""

import time
from collections.abc import Sequence
from functools import partial
from typing import Final

from detectors.asking import UNJUDGED, Findings, any_judges
from detectors.detector import Detector
from detectors.image.answers import Composer, Decoded
from detectors.image.decode import decode
from detectors.image.hash.pdq import MIN_QUALITY, hashed
from detectors.image.picture import Limits, Picture, Refusal
from detectors.media import Examination, File, Reader, Tell

DECODING: Final = "image.decode"
"""Name of the stage in which the file is decoded."""
PRINTING: Final = "image.print"
"""Name of the stage in which it is hashed, for its copies to be known; never of child_safety."""


class ImageExaminer:
    """Decodes a file; asks detectors of it, of its pixels, readers, composers, in this order."""

    def __init__(
        self,
        of_files: Sequence[Detector[File]],
        of_pictures: Sequence[Detector[Decoded]],
        readers: Sequence[Reader[Decoded]],
        composers: Sequence[Composer] = (),
        *,
        limits: Limits | None = None,
    ) -> None:
        """Takes what is asked, and what a file may cost (None: the usual)."""
        self._of_files = tuple(of_files)
        self._of_pictures = tuple(of_pictures)
        self._readers = tuple(readers)
        self._composers = tuple(composers)
        self._limits = limits or Limits()

    @property
    def detectors(self) -> tuple[str, ...]:
        """The ids of what is asked, in order."""
        return (
            *(one.card.id for one in self._of_files),
            *(one.card.id for one in self._of_pictures),
            *(one.card.id for one in self._readers),
            *(one.card.id for one in self._composers),
        )

    def examine(self, file: File, /, tell: Tell | None = None) -> Examination:
        """Gives what is said of a file.

        One that is no picture leaves `image.*` unanswered, and so does any where nothing that
        judges pictures is loaded.
        """
        found = Findings(tell=tell)
        for detector in self._of_files:
            found.ask(detector, file, name=file.name)
        started_s = time.perf_counter()
        picture = decode(file.content, name=file.name, limits=self._limits)
        found.spend(DECODING, time.perf_counter() - started_s)
        if isinstance(picture, Refusal):
            found.miss("image.*", file.name, f"{picture.reason}: {picture.detail}")
            return found.examination()
        for one in self._of_pictures:
            found.ask(one, picture, name=file.name)
        for reader in self._readers:
            found.read(reader, picture, name=file.name)
        for composer in self._composers:
            said = tuple(found.signals)
            found.compose(
                file.name,
                composer.card,
                partial(composer.compose, picture, tuple(found.transcripts), said),
            )
        started_s = time.perf_counter()
        if all(one.label != "child_safety" for one in found.signals):
            found.pictures = _printed(picture)
        found.spend(PRINTING, time.perf_counter() - started_s)
        judges = (one.card for one in self._of_pictures)
        if not any_judges([*judges, *(one.card for one in self._readers)]):
            found.miss("image.*", file.name, UNJUDGED)
        return found.examination()


def _printed(picture: Picture) -> tuple[str, ...]:
    """Gives the PDQ hash of a picture's first frame, where there is enough to see."""
    found = hashed(picture.frames[0].pixels, n_turns=1)
    return (found.own.hex(),) if found.quality >= MIN_QUALITY else ()
