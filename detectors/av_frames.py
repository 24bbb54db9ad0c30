"""Detectors and readers of pictures on a clip's frames: what they say of the clip."""

import time
from typing import Final

from msgspec.structs import replace
from rapidfuzz import fuzz

from detectors.asking import Findings
from detectors.detector import Detector, Partial, Undecodable, signals_of
from detectors.image.answers import Decoded
from detectors.media import Reader, Transcript, Unread
from detectors.video.answers import over_frames
from detectors.video.clip import Clip
from schemas.signals import TimeRange

SAME_TEXT: Final = 90.0
"""Texts of frames this alike, in per cent of `rapidfuzz.fuzz.ratio`, are one that stays on."""


class Frames:
    """The frames of one clip, as parts for detectors of pictures."""

    def __init__(self, clip: Clip) -> None:
        """Takes the clip."""
        self._clip = clip
        self._name = clip.name
        self._parts: list[Decoded] = [sample.picture for sample in clip.frames]

    def ask(self, detector: Detector[Decoded], found: Findings) -> None:
        """Has a detector judge every frame and notes what that says of the clip (`over_frames`)."""
        started_s = time.perf_counter()
        answers = found.answers(detector, self._parts, name=self._name)
        if answers:
            answer = over_frames(self._clip, answers)
            if isinstance(answer, Partial | Undecodable):
                found.miss(detector.card.id, self._name, answer.cause)
            found.signals.extend(signals_of(answer))
        found.spend(detector.card.id, time.perf_counter() - started_s)

    def read(self, reader: Reader[Decoded], found: Findings) -> None:
        """Has a reader read every frame; a text that stays on over frames is one transcript."""
        started_s = time.perf_counter()
        kept: list[Transcript] = []
        for sample, answer in zip(
            self._clip.frames, found.readings(reader, self._parts, name=self._name), strict=False
        ):
            if isinstance(answer, Unread | Undecodable):
                found.miss(reader.card.id, self._name, answer.cause)
            if isinstance(answer, Undecodable):
                continue
            for one in answer.transcripts if isinstance(answer, Unread) else answer:
                _add(kept, _timed(one, sample.time_range))
        found.transcripts.extend(kept)
        found.spend(reader.card.id, time.perf_counter() - started_s)


def _timed(transcript: Transcript, time_range: TimeRange) -> Transcript:
    places = tuple(replace(place, time_range=time_range) for place in transcript.places)
    return replace(transcript, places=places)


def _add(kept: list[Transcript], one: Transcript) -> None:
    """Adds a frame's transcript, or lets one like it last until then."""
    for number, other in enumerate(kept):
        if fuzz.ratio(other.text, one.text) >= SAME_TEXT:
            kept[number] = _lasting(max((other, one), key=lambda each: each.confidence), other, one)
            return
    kept.append(one)


def _lasting(best: Transcript, *ones: Transcript) -> Transcript:
    times = [place.time_range for one in ones for place in one.places if place.time_range]
    if not times:
        return best
    whole = TimeRange(
        start_ms=min(one.start_ms for one in times), end_ms=max(one.end_ms for one in times)
    )
    return _timed(best, whole)
