"""What the detectors of text say of the text found in media. Pure but for the detectors."""

from collections.abc import Sequence
from typing import Final

from msgspec.structs import replace

from detectors.detector import Detector
from detectors.media import Transcript, located, quoted
from detectors.text.entities.detector import MODEL_ID as READER
from detectors.text.entities.redaction import without_private
from schemas.content import TextPart
from schemas.signals import Signal
from schemas.verdicts import Unanswered
from streams.decide import Judged
from streams.detect import detect_groups

QUOTE_FLOOR: Final = 0.1
"""Signals with a lower score quote nothing: there are many, and they matter little."""
QUOTE: Final = "text"
"""Evidence that quotes the words, redacted."""


def judge_transcripts(
    groups: Sequence[Sequence[Transcript]], detectors: Sequence[Detector[TextPart]]
) -> list[Judged]:
    """Gives what the detectors say of each item's transcripts, in order, in one call of each.

    Signals are on the media part, with the place of the words in the picture or the recording as
    `located` gives it, and the words themselves as evidence `text`, with nothing private in them.
    A detector that failed is unanswered for the part.
    """
    parts = [[_part(n, one) for n, one in enumerate(group)] for group in groups]
    judged = detect_groups(parts, detectors)
    has_reader = any(detector.card.id == READER for detector in detectors)
    return [
        _told(one, group, texts, has_reader=has_reader)
        for one, group, texts in zip(judged, groups, parts, strict=True)
    ]


def _part(number: int, transcript: Transcript) -> TextPart:
    return TextPart(name=str(number), text=transcript.text, lang=transcript.lang)


def _told(
    judged: Judged,
    transcripts: Sequence[Transcript],
    parts: Sequence[TextPart],
    *,
    has_reader: bool,
) -> Judged:
    is_read = has_reader and READER not in judged.missing
    quoting = tuple(_quoting(one, transcripts[int(one.part)]) for one in judged.signals)
    cleared = without_private(quoting, parts, is_read=is_read)
    names = dict.fromkeys(one.part for one in transcripts)
    return Judged(
        signals=tuple(located(one, transcripts[int(one.part)]) for one in cleared),
        missing=judged.missing if transcripts else (),
        unanswered=tuple(
            Unanswered(detector=missing, part=name, cause="not all of the text was judged")
            for missing in judged.missing
            for name in names
        ),
        stages=judged.stages if transcripts else (),
    )


def _quoting(signal: Signal, transcript: Transcript) -> Signal:
    words = quoted(signal, transcript) if signal.score >= QUOTE_FLOOR else ""
    if not words:
        return signal
    return replace(signal, evidence={**(signal.evidence or {}), QUOTE: words})
