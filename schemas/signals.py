"""Signals: what detectors say of a part."""

from msgspec import Struct

from schemas.bounds import Count, Score
from schemas.labels import Label


class Span(Struct, frozen=True, gc=False):
    """Characters `start` (included) to `end` (excluded) of a text part."""

    start: Count
    end: Count


class TimeRange(Struct, frozen=True, gc=False):
    """A stretch of a clip or recording, in milliseconds from its beginning."""

    start_ms: Count
    end_ms: Count


class Signal(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One label, scored by one detector on one part.

    `score` is a calibrated probability. `detector` is `name@version`, `part` the part's name.
    `evidence` holds short strings that explain the score (a matched address, a hash-bank id).
    Part `joined` is the item's text read together with others that its actor sent closely before:
    `span` is then what of it lies in the item's own text (none is all), and evidence
    `joined_items` the ids of the others as a JSON array, `joined_count` how many, if not all are
    named. Part `stream` is a signal that an earlier chunk of the same AI response left: evidence
    `first_chunk` names the earliest chunk that fired a rule, `from_chunk` the one it is from.
    On a media part `by` in evidence names the reader whose text was judged (`image.ocr@1`), `box`
    the place as left, top, width and height in the upright picture's pixels.
    """

    label: Label
    score: Score
    detector: str
    part: str
    span: Span | None = None
    time_range: TimeRange | None = None
    evidence: dict[str, str] | None = None
