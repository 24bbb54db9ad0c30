"""The image lane's examiner: one picture through everything that judges or reads pictures."""

import time
from collections.abc import Sequence
from functools import partial
from typing import Final

from detectors.asking import UNJUDGED, Findings, any_judges
from detectors.detector import Detector
from detectors.image.answers import Composer, Decoded
from detectors.image.decode import decode
from detectors.image.picture import Limits, Refusal
from detectors.media import Examination, File, Reader

DECODING: Final = "image.decode"
"""Name of the stage in which the file is decoded."""


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

    def examine(self, file: File, /) -> Examination:
        """Gives what is said of a file.

        One that is no picture leaves `image.*` unanswered, and so does any where nothing that
        judges pictures is loaded.
        """
        found = Findings()
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
        judges = (one.card for one in self._of_pictures)
        if not any_judges([*judges, *(one.card for one in self._readers)]):
            found.miss("image.*", file.name, UNJUDGED)
        return found.examination()
