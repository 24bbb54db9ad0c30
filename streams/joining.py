"""Runs of texts as parts to judge, and what is told of the signals on them. Pure."""

from collections.abc import Sequence
from typing import Final

import msgspec
from msgspec import structs

from schemas.content import Item, TextPart
from schemas.signals import Signal, Span
from streams.decide import Judged
from streams.features import language_of
from streams.policy import CompiledPolicy, reached
from streams.recent import Run

PART: Final = "joined"
"""The part of signals on an item's text joined with earlier ones."""
ITEMS: Final = "joined_items"
"""The evidence that names the other items behind such a signal, as a JSON array of ids."""
COUNT: Final = "joined_count"
"""The evidence that says how many they are, where not all are named."""
MAX_NAMED: Final = 8
FLOOR: Final = 0.1
"""Lower signals on joined texts are not told: they would add half to what chats archive."""
_TOGETHER: Final = "joined["


def parts(item: Item, run: Run) -> tuple[TextPart, ...]:
    """Gives an item's run as parts to judge, in the language of its own text."""
    lang = item.texts[0].lang if item.texts else None
    return tuple(
        TextPart(name=f"{_TOGETHER}{n}]", text=one.text, lang=lang)
        for n, one in enumerate(run.joined)
    )


def parted(signals: Sequence[Signal]) -> tuple[tuple[Signal, ...], tuple[Signal, ...]]:
    """Gives the signals on an item's own parts, and those on its run."""
    together = tuple(one for one in signals if one.part.startswith(_TOGETHER))
    return tuple(one for one in signals if not one.part.startswith(_TOGETHER)), together


def told(judged: Judged, run: Run, *, alone: str | None = None) -> Judged:
    """Gives what was judged of an item with the signals on its run among its own.

    A signal is told where it spans the item's text and another's, and where its score is above
    `FLOOR` and above what its detector gives the item by itself for the label. Its part is
    `joined`, its span what of it lies in the item's text (None is all), and its evidence names the
    other items.

    Where the item's own text was not judged, `alone` names this part: signals that span nothing but
    it are then told as signals on it, and count as what the detector gives the item by itself.
    """
    if alone is not None:
        judged = structs.replace(judged, signals=(*judged.signals, *_alone(judged, run, alone)))
    highest: dict[tuple[str, str], float] = {}
    for one in judged.signals:
        key = one.label, one.detector
        highest[key] = max(one.score, highest.get(key, FLOOR))
    found = [
        signal
        for one in judged.together
        if one.score > highest.get((one.label, one.detector), FLOOR)
        for signal in _own(one, run)
    ]
    return structs.replace(judged, signals=(*judged.signals, *found), together=())


def is_completed(judged: Judged, item: Item, policy: CompiledPolicy) -> bool:
    """Whether a signal that was told of an item's run fires a rule."""
    return any(
        one.part == PART and reached(item.surface, one, policy, language=language_of(item))
        for one in judged.signals
    )


def _alone(judged: Judged, run: Run, part: str) -> list[Signal]:
    """The signals on the item's own text alone; what two readings say of a stretch but once."""
    found: dict[tuple[str, str, Span], Signal] = {}
    for one in judged.together:
        behind = _behind(one, run)
        own = behind.pop(run.own, None)
        if own is None or behind:
            continue
        key = one.label, one.detector, own
        if key not in found or one.score > found[key].score:
            found[key] = structs.replace(one, part=part, span=own)
    return list(found.values())


def _behind(signal: Signal, run: Run) -> dict[int, Span]:
    """What a signal on a run spans of each item's text."""
    joined = run.joined[int(signal.part[len(_TOGETHER) : -1])]
    return dict(joined.spans(*_stretch(signal.span, len(joined.text))))


def _own(signal: Signal, run: Run) -> list[Signal]:
    """The signal as one on the item; none where it lies in one text alone or in others only."""
    behind = _behind(signal, run)
    own = behind.pop(run.own, None)
    if own is None or not behind:
        return []
    names = _names([run.item_ids[at] for at in behind])
    return [
        structs.replace(
            signal,
            part=PART,
            span=None if signal.span is None else own,
            evidence={**(signal.evidence or {}), **names},
        )
    ]


def _stretch(span: Span | None, length: int) -> tuple[int, int]:
    """A detector's span, all where there is none; one that is no stretch of the text is empty."""
    if span is None:
        return 0, length
    end = min(span.end, length)
    return min(span.start, end), end


def _names(item_ids: Sequence[str]) -> dict[str, str]:
    """Of many items the first and the latest are named: with the actor's others they are a run."""
    if len(item_ids) <= MAX_NAMED:
        return {ITEMS: msgspec.json.encode(item_ids).decode()}
    named = [item_ids[0], *item_ids[1 - MAX_NAMED :]]
    return {ITEMS: msgspec.json.encode(named).decode(), COUNT: str(len(item_ids))}
