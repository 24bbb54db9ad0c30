"""Detectors and readers of pictures on a clip's frames: what they say of the clip."""

import time
from collections.abc import Sequence
from typing import Final

from msgspec.structs import replace

from detectors.asking import Findings
from detectors.detector import Detector, Partial, Undecodable, signals_of
from detectors.image.answers import Decoded
from detectors.lasting import MAX_TEXTS, Lasting
from detectors.media import Reader, Unread
from detectors.video.clip import Clip, Sample
from schemas.signals import Signal, TimeRange

SHARE: Final = 0.5
"""A signal lasts over frames that score at least this share of its highest score."""


class Frames:
    """The frames of one clip, as parts for detectors of pictures."""

    def __init__(self, clip: Clip) -> None:
        """Takes the clip."""
        self._clip = clip
        self._name = clip.name
        self._parts: list[Decoded] = [sample.picture for sample in clip.frames]

    def ask(self, detector: Detector[Decoded], found: Findings) -> None:
        """Has a detector judge every frame, and notes what that says of the clip."""
        started_s = time.perf_counter()
        answers = found.answers(detector, self._parts, name=self._name)
        for answer in answers:
            if isinstance(answer, Partial | Undecodable):
                found.miss(detector.card.id, self._name, answer.cause)
        found.signals.extend(over_frames(self._clip.frames, [signals_of(one) for one in answers]))
        found.spend(detector.card.id, time.perf_counter() - started_s)

    def read(self, reader: Reader[Decoded], found: Findings) -> None:
        """Has a reader read every frame; a text that stays on over frames is one transcript."""
        started_s = time.perf_counter()
        texts = Lasting()
        for sample, answer in zip(
            self._clip.frames, found.readings(reader, self._parts, name=self._name), strict=False
        ):
            if isinstance(answer, Unread | Undecodable):
                found.miss(reader.card.id, self._name, answer.cause)
            if isinstance(answer, Undecodable):
                continue
            for one in answer.transcripts if isinstance(answer, Unread) else answer:
                texts.add(one, sample.time_range)
        found.transcripts.extend(texts.kept)
        if texts.n_left_out:
            cause = f"{texts.n_left_out} texts of frames are past the {MAX_TEXTS} of a clip"
            found.miss(reader.card.id, self._name, cause)
        found.spend(reader.card.id, time.perf_counter() - started_s)


def over_frames(frames: Sequence[Sample], series: Sequence[Sequence[Signal]]) -> list[Signal]:
    """Gives signals on a clip from those on its frames, `series[i]` on `frames[i]`.

    Of one label and detector (and bank or brand, where evidence names one) the signal of the frame
    that scores highest, with the time range of the frames around it that score at least `SHARE` of
    it, and `at_ms` in its evidence. No answers, no signals.
    """
    ranked: dict[tuple[str, ...], dict[int, Signal]] = {}
    for number, signals in enumerate(series):
        for signal in signals:
            own = ranked.setdefault(_kind(signal), {})
            if number not in own or signal.score > own[number].score:
                own[number] = signal
    return [_lasting_signal(frames, own) for own in ranked.values()]


def _lasting_signal(frames: Sequence[Sample], own: dict[int, Signal]) -> Signal:
    peak = max(own, key=lambda number: own[number].score)
    signal = own[peak]
    high = {number for number, one in own.items() if one.score >= SHARE * signal.score}
    first = last = peak
    while first - 1 in high:
        first -= 1
    while last + 1 in high:
        last += 1
    return replace(
        signal,
        time_range=TimeRange(
            start_ms=frames[first].time_range.start_ms, end_ms=frames[last].time_range.end_ms
        ),
        evidence={**(signal.evidence or {}), "at_ms": str(frames[peak].at_ms)},
    )


def _kind(signal: Signal) -> tuple[str, ...]:
    evidence = signal.evidence or {}
    return signal.label, signal.detector, evidence.get("bank", ""), evidence.get("brand", "")
