"""What the detectors of text say of the text found in media. Pure but for the detectors."""

from collections.abc import Sequence
from typing import Final

from msgspec.structs import replace

from detectors.detector import Detector
from detectors.media import Transcript, located, quoted
from detectors.text.entities.detector import MODEL_ID as READER
from detectors.text.entities.redaction import without_private
from schemas.content import TextPart
from schemas.labels import Surface
from schemas.signals import Signal
from schemas.verdicts import Unanswered
from streams.decide import Judged
from streams.detect import detect_groups

QUOTE_FLOOR: Final = 0.1
"""Signals with a lower score quote nothing: there are many, and they matter little."""
MAX_CHARACTERS: Final = 8_000
"""Characters judged of one text in a picture, clip or recording."""
MAX_OF_ITEM: Final = 16_000
"""Characters judged of all texts in an item's media: some two seconds of one core."""
CUT: Final = "text_too_long"
"""Cause where more text was read than is judged."""
RETRIEVED: Final = "retrieved"
"""Name of what an AI was given to read: `text.generation` goes by it."""
QUOTE: Final = "text"
"""Evidence that quotes the words, redacted."""


def judge_transcripts(
    groups: Sequence[Sequence[Transcript]],
    detectors: Sequence[Detector[TextPart]],
    surfaces: Sequence[Surface | None] = (),
) -> list[Judged]:
    """Gives what the detectors say of each item's transcripts, in order, in one call of each.

    Signals are on the media part, with the place of the words in the picture or the recording as
    `located` gives it, and the words themselves as evidence `text`, with nothing private in them.
    A detector that failed is unanswered for the part, and so is the reader of what is too long.
    `surfaces` are the items', in order: an AI reads what stands in its media as it reads retrieved
    context, so there instructions to an AI are looked for. None given: no item is an AI's.
    """
    bounded = [_bounded(group) for group in groups]
    surfaces = surfaces or [None] * len(groups)
    parts = [
        [_part(n, one, surface) for n, one in enumerate(group) if one.text]
        for (group, _), surface in zip(bounded, surfaces, strict=True)
    ]
    judged = detect_groups(parts, detectors)
    has_reader = any(detector.card.id == READER for detector in detectors)
    return [
        _told(one, group, texts, cut, has_reader=has_reader)
        for one, (group, cut), texts in zip(judged, bounded, parts, strict=True)
    ]


def _bounded(group: Sequence[Transcript]) -> tuple[list[Transcript], list[Unanswered]]:
    """The transcripts as far as they are judged, and what was cut: the shortest are kept whole."""
    left = MAX_OF_ITEM
    allowed: dict[int, int] = {}
    for n in sorted(range(len(group)), key=lambda n: len(group[n].text)):
        allowed[n] = min(len(group[n].text), MAX_CHARACTERS, left)
        left -= allowed[n]
    cut = {
        (one.reader.partition("@")[0], one.part)
        for n, one in enumerate(group)
        if allowed[n] < len(one.text)
    }
    kept = [replace(one, text=one.text[: allowed[n]]) for n, one in enumerate(group)]
    told = [
        Unanswered(detector=reader, part=part, cause=f"{CUT}: not all of the text was judged")
        for reader, part in sorted(cut)
    ]
    return kept, told


def _part(number: int, transcript: Transcript, surface: Surface | None) -> TextPart:
    name = f"{RETRIEVED}[{number}]" if surface == "ai" else str(number)
    return TextPart(name=name, text=transcript.text, lang=transcript.lang)


def _number(part: str) -> int:
    """Which transcript a part is of."""
    return int(part.removeprefix(f"{RETRIEVED}[").removesuffix("]"))


def _told(
    judged: Judged,
    transcripts: Sequence[Transcript],
    parts: Sequence[TextPart],
    cut: Sequence[Unanswered],
    *,
    has_reader: bool,
) -> Judged:
    is_read = has_reader and READER not in judged.missing
    quoting = tuple(_quoting(one, transcripts[_number(one.part)]) for one in judged.signals)
    cleared = without_private(quoting, parts, is_read=is_read)
    names = dict.fromkeys(one.part for one in transcripts)
    return Judged(
        signals=tuple(located(one, transcripts[_number(one.part)]) for one in cleared),
        missing=judged.missing if transcripts else (),
        unanswered=(
            *cut,
            *(
                Unanswered(detector=missing, part=name, cause="not all of the text was judged")
                for missing in judged.missing
                for name in names
            ),
        ),
        stages=judged.stages if transcripts else (),
    )


def _quoting(signal: Signal, transcript: Transcript) -> Signal:
    words = quoted(signal, transcript) if signal.score >= QUOTE_FLOOR else ""
    if not words:
        return signal
    return replace(signal, evidence={**(signal.evidence or {}), QUOTE: words})
