"""Responses that give away their own instructions, or a string that must never be seen."""

import re
from collections.abc import Mapping, Sequence
from typing import Final

from detectors.text.entities.finding import Finding
from detectors.text.entities.scoring import Judged, judged
from detectors.text.generation.phrases import Hit, Phrases

REACH: Final = 1_000
_BASE: Final = -3.2
_WEIGHTS: Final[Mapping[str, float]] = {"preface": 2.2, "role": 2.0, "secrecy": 2.4}
_CONDUCT: Final = 0.7
_MOST_CONDUCT: Final = 3
CANARY: Final = 4.6
"""0.99: nobody but the operator's own instructions says it."""
_REFUSED_REACH: Final = 48
_REFUSALS: Final = re.compile(
    r"can't|cannot|won't|unable|not able|not allowed|don't have|sorry|lo siento|desculpe|désolé"
    r"|извин|抱歉|对不起|üzgün|xin lỗi|maaf|عذر|क्षमा|죄송"
)
_REFUSED: Final = -2.0


def find(low: str, phrases: Phrases) -> list[Judged]:
    """Gives where a response, in small letters, quotes what looks like its own instructions.

    An AI that was asked for a prompt for another one writes the like too: without words of its own
    about its instructions, or an order to keep them secret, the score stays below the policy's.
    """
    hits = phrases.hits(low, ("preface", "role", "secrecy"))
    if not hits:
        return []
    hits |= phrases.hits(low, ("conduct",))
    anchors = [hit for kind in _WEIGHTS for hit in hits.get(kind, ())]
    found = [_scored(anchor, hits, low) for anchor in anchors]
    return [max(found, key=lambda one: one.score)]


def canaries(text: str, given: Sequence[str]) -> list[Judged]:
    """Gives where a text shows strings that stand in an operator's own instructions alone."""
    found: list[Judged] = []
    for number, one in enumerate(given):
        start = text.find(one)
        if start >= 0:
            place = Finding(
                kind="canary",
                start=start,
                end=start + len(one),
                evidence={"canary": str(number)},
            )
            found.append(judged("unsafe_generation", {"canary": CANARY}, place))
    return found


def _scored(anchor: Hit, hits: Mapping[str, Sequence[Hit]], low: str) -> Judged:
    near = [
        hit
        for given in hits.values()
        for hit in given
        if hit.start <= anchor.end + REACH and anchor.start - REACH <= hit.end
    ]
    factors = {"base": _BASE}
    factors.update({hit.kind: _WEIGHTS[hit.kind] for hit in near if hit.kind in _WEIGHTS})
    n_conduct = min(_MOST_CONDUCT, sum(hit.kind == "conduct" for hit in near))
    if n_conduct:
        factors["conduct"] = round(n_conduct * _CONDUCT, 1)
    if any(_is_refused(low, hit) for hit in near if hit.kind == "preface"):
        factors["refusal"] = _REFUSED
    start, end = min(hit.start for hit in near), max(hit.end for hit in near)
    return judged(
        "unsafe_generation",
        factors,
        Finding(kind="leaked_instructions", start=start, end=end, evidence={}),
    )


def _is_refused(low: str, hit: Hit) -> bool:
    return bool(_REFUSALS.search(low, max(0, hit.start - _REFUSED_REACH), hit.end))
