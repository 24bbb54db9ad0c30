"""What chunks of a streamed response owe each other: a verdict that grows no softer. Pure.

A chunk is judged by itself and as the end of the text before it. What fired a rule on a chunk goes
on to all that follow, since a response that must stop at one chunk must not go on with the next.
"""

import hashlib
from collections.abc import Sequence
from typing import Final

from msgspec import structs

from schemas.content import Item
from schemas.signals import Signal
from streams.chunks import Mark, sequence_of
from streams.decide import SIGNAL_FLOOR, Judged
from streams.features import language_of
from streams.joining import PART as JOINED
from streams.policy import CompiledPolicy, reached

PART: Final = "stream"
"""The part of signals that earlier chunks of the stream left to a chunk."""
FIRST: Final = "first_chunk"
"""The evidence that names the earliest chunk that fired a rule, by its number: stop there."""
FROM: Final = "from_chunk"
"""The evidence that names the chunk that a signal was left by."""
RESPONSE: Final = "response"


def split(item: Item, *, is_amid: bool) -> tuple[Item, Item | None]:
    """Gives a chunk without its prompt and context, and these by themselves, if it has any.

    They mostly come with each chunk, and need be judged but once. A chunk that begins amid a
    sentence is judged in its window alone, so its own text is left out too.
    """
    given = tuple(part for part in item.texts if part.name != RESPONSE)
    rest = tuple(part for part in item.texts if part.name == RESPONSE)
    own = structs.replace(item, texts=() if is_amid else rest)
    if not given:
        return own, None
    return own, structs.replace(item, texts=given, media=(), context={})


def digest(context: Item) -> bytes:
    """Gives what is the same for the same prompt and context."""
    found = hashlib.sha256()
    for part in context.texts:
        for given in (part.name, part.lang or "", part.text):
            encoded = given.encode("utf-8", "surrogatepass")
            found.update(len(encoded).to_bytes(8, "big") + encoded)
    return found.digest()


def worth_keeping(judged: Judged) -> Judged:
    """Gives what a verdict would tell of a prompt and context."""
    kept = tuple(one for one in judged.signals if one.score >= SIGNAL_FLOOR)
    return structs.replace(judged, signals=kept, stages=())


def merged(context: Judged, own: Judged) -> Judged:
    """Gives what was judged of prompt and context, and of the chunk, as of one item."""
    return structs.replace(
        own,
        signals=(*context.signals, *own.signals),
        missing=tuple(dict.fromkeys((*context.missing, *own.missing))),
    )


def fired(judged: Judged, item: Item, policy: CompiledPolicy) -> tuple[Signal, ...]:
    """Gives the signals that fire a rule by themselves, the highest of each label and detector."""
    found: dict[tuple[str, str], Signal] = {}
    for one in judged.signals:
        known = found.get((one.label, one.detector))
        if (known is None or one.score > known.score) and _reaches(one, item, policy):
            found[one.label, one.detector] = one
    return tuple(found.values())


def is_end(judged: Judged, item: Item, policy: CompiledPolicy) -> bool:
    """Whether the response's own text, alone or together with what is before it, fires a rule."""
    return any(
        one.part in {RESPONSE, JOINED} and _reaches(one, item, policy) for one in judged.signals
    )


def _reaches(signal: Signal, item: Item, policy: CompiledPolicy) -> bool:
    return bool(reached(item.surface, signal, policy, language=language_of(item)))


def told(judged: Judged, own: Sequence[Signal], item: Item, marks: Sequence[Mark]) -> Judged:
    """Gives what was judged of a chunk, with what earlier chunks left to it.

    `own` are its signals that fired. These say in their evidence which chunk was the first to fire
    any. A signal of an earlier chunk is left to it, part `stream`, unless its own for the same
    label and detector is as high.
    """
    if not own and not marks:
        return judged
    first = min([sequence_of(item)] * bool(own) + [mark.sequence for mark in marks])
    evidence = {FIRST: str(first)}
    firing = {id(one) for one in own}
    signals = [
        structs.replace(one, evidence={**(one.evidence or {}), **evidence})
        if id(one) in firing
        else one
        for one in judged.signals
    ]
    return structs.replace(judged, signals=(*signals, *_left(marks, own, evidence)))


def _left(marks: Sequence[Mark], own: Sequence[Signal], evidence: dict[str, str]) -> list[Signal]:
    highest = {(one.label, one.detector): one.score for one in own}
    found: dict[tuple[str, str], Signal] = {}
    for mark in marks:
        for one in mark.signals:
            key = one.label, one.detector
            if one.score <= highest.get(key, 0.0):
                continue
            highest[key] = one.score
            found[key] = Signal(
                label=one.label,
                score=one.score,
                detector=one.detector,
                part=PART,
                evidence={**evidence, FROM: str(mark.sequence)},
            )
    return list(found.values())
