"""Prompt attacks: instructions to an AI inside what it was given to read, and in the prompt itself.

Weights were set by hand so that one clear order to drop its instructions, or two lesser things
together, reach what the policy that ships asks for.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from detectors.text.entities.finding import Finding
from detectors.text.entities.scoring import Judged, judged
from detectors.text.generation.phrases import Hit, Phrases

REACH: Final = 400
"""Characters within which turns of phrase count together."""
_BASE: Final = -3.0
_RETRIEVED: Final[Mapping[str, float]] = {
    "override": 4.2,
    "markers": 2.6,
    "unseen": 2.6,
    "taken": 2.0,
    "addressed": 1.6,
    "reveal": 1.8,
    "reply": 1.2,
    "hidden": 1.5,
}
_PROMPT: Final[Mapping[str, float]] = {
    "override": 3.8,
    "markers": 1.8,
    "reveal": 3.8,
    "unseen": 0.8,
}
"""A prompt may well speak to the AI and say how to answer."""
_LESSON: Final = -1.8
_ANCHORS: Final = ("override", "markers", "unseen", "taken", "addressed", "reveal", "hidden")
"""Without any of these there is nothing to look for."""
_MARKERS: Final = re.compile(
    r"<\|(?:im_start|im_end|system|user|assistant|endoftext|start_header_id|eot_id)\|>"
    r"|\[/?inst\]|<</?sys>>|</?(?:system|instructions?|system_prompt|assistant)>"
    r"|#{2,3} ?(?:system|instruction|new instructions?|human|assistant)\b"
    r"|\[(?:system|admin|developer)[^\]]{0,24}\]"
    r"|(?:begin|end) (?:of )?(?:system )?(?:prompt|instructions)"
)
_COMMENT: Final = re.compile(
    r"<!--.{0,2000}?-->|<[a-z]{1,8} [^>]{0,200}(?:display: ?none|visibility: ?hidden"
    r"|font-size: ?[01]px|color: ?(?:white|#fff))[^>]{0,200}>",
    re.DOTALL,
)
_TAGS: Final = re.compile("[\U000e0020-\U000e007e]{8,4000}")
"""Letters that nobody sees: Unicode's tag characters."""
_TAG_BASE: Final = 0xE0000


def in_retrieved(low: str, phrases: Phrases) -> list[Judged]:
    """Gives instructions to an AI in a text, in small letters, that it was given to read."""
    shown, places = _with_tags_read(low)
    hits = phrases.hits(shown, ("override", "unseen", "taken", "addressed", "reveal"))
    hits |= _layout(shown, places)
    if not hits:
        return []
    hits |= phrases.hits(shown, ("reply", "lesson"))
    return _judged("indirect_injection", hits, _RETRIEVED, places)


def in_prompt(low: str, phrases: Phrases) -> list[Judged]:
    """Gives attacks on an AI's instructions in a prompt, in small letters."""
    shown, places = _with_tags_read(low)
    hits = phrases.hits(shown, ("override", "reveal", "unseen"))
    markers = _found("markers", _MARKERS, shown)
    if markers:
        hits["markers"] = markers
    if not hits:
        return []
    hits |= phrases.hits(shown, ("lesson",))
    return _judged("direct_injection", hits, _PROMPT, places)


def _with_tags_read(low: str) -> tuple[str, list[tuple[int, int]]]:
    """The text with tag characters in ordinary letters, and where these stand."""
    places = [match.span() for match in _TAGS.finditer(low)]
    for start, end in places:
        plain = "".join(chr(ord(one) - _TAG_BASE) for one in low[start:end]).lower()
        low = low[:start] + plain + low[end:]
    return low, places


def _layout(shown: str, places: Iterable[tuple[int, int]]) -> dict[str, list[Hit]]:
    found = {"markers": _found("markers", _MARKERS, shown)}
    found["hidden"] = _found("hidden", _COMMENT, shown)
    found["hidden"] += [Hit("hidden", start, end) for start, end in places]
    return {kind: hits for kind, hits in found.items() if hits}


def _found(kind: str, pattern: re.Pattern[str], low: str) -> list[Hit]:
    return [Hit(kind, *match.span()) for match in pattern.finditer(low)]


def _judged(
    kind: str,
    hits: Mapping[str, Sequence[Hit]],
    weights: Mapping[str, float],
    places: Sequence[tuple[int, int]],
) -> list[Judged]:
    """The place that scores highest; nothing where no anchor is."""
    best: Judged | None = None
    for anchor in (hit for name in _ANCHORS for hit in hits.get(name, ())):
        near = [
            hit
            for given in hits.values()
            for hit in given
            if hit.start <= anchor.end + REACH and anchor.start - REACH <= hit.end
        ]
        found = _scored(kind, near, weights, is_unseen=bool(places))
        if best is None or found.score > best.score:
            best = found
    return [] if best is None else [best]


def _scored(
    kind: str, near: Sequence[Hit], weights: Mapping[str, float], *, is_unseen: bool
) -> Judged:
    factors = {"base": _BASE}
    counted = [hit for hit in near if hit.kind in weights]
    for hit in counted:
        factors[hit.kind] = weights[hit.kind]
    if is_unseen and "hidden" in factors:
        factors["invisible letters"] = 2.0
    if any(hit.kind == "lesson" for hit in near):
        factors["speaks of attacks"] = _LESSON
    start, end = min(hit.start for hit in counted), max(hit.end for hit in counted)
    return judged("prompt_attack", factors, Finding(kind=kind, start=start, end=end, evidence={}))
