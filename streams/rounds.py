"""A batch of items judged, each with the run of texts that it ends.

A run that fires a rule ends there: what its actor writes next is not held for it again. Those items
of the batch that were read with more are judged again, in a further round. Chunks of a streamed
response are read in the same way; what fired on one is left to those that follow it.
"""

from collections.abc import Collection, Sequence
from typing import Final

from detectors.detector import Context, Detector
from schemas.content import Item, TextPart
from streams import carrying, joining, metrics
from streams.chunks import Chunks, Stream, stream_of
from streams.decide import Judged
from streams.detect import detect
from streams.policy import CompiledPolicy
from streams.recent import Place, Recent, Run, place_of

MAX_ROUNDS: Final = 4
"""Of one actor who fires more rules in a batch the later items are read with what was before."""


def judge_items(
    items: Sequence[Item],
    detectors: Sequence[Detector[TextPart]],
    context_detectors: Sequence[Detector[Context]],
    policy: CompiledPolicy,
    recent: Recent,
) -> list[Judged]:
    """Gives what the detectors say of each item and its run, in order. Blocks for the whole batch.

    Mostly one call of each detector; up to `MAX_ROUNDS` where runs fire rules.
    """
    found = [Judged()] * len(items)
    left: Sequence[int] = range(len(items))
    for number in range(1, MAX_ROUNDS + 1):
        batch = [items[n] for n in left]
        runs, amid = _runs(batch, recent)
        judged = _detect(batch, detectors, context_detectors, runs, amid, recent.chunks)
        again: list[int] = []
        ended: set[Place | Stream] = set()
        for at, (n, item, run, one) in enumerate(zip(left, batch, runs, judged, strict=True)):
            place = stream_of(item) or place_of(item)
            if place in ended and number < MAX_ROUNDS:
                again.append(n)
                continue
            alone = carrying.RESPONSE if at in amid else None
            told = one if run is None else joining.told(one, run, alone=alone)
            found[n], is_end = _settled(item, told, policy, recent)
            if place is not None and is_end:
                ended.add(place)
        if number == 1:
            metrics.count_joined(runs, len(recent))
        left = again
        if not left:
            break
    return found


def _runs(batch: Sequence[Item], recent: Recent) -> tuple[list[Run | None], set[int]]:
    """What each item is read with, and which of them begin amid a sentence."""
    runs = recent.runs(batch)
    amid: set[int] = set()
    for at, window in enumerate(recent.chunks.windows(batch)):
        if window is not None:
            runs[at] = Run(window.joined, window.item_ids, window.own)
            if window.is_amid:
                amid.add(at)
    return runs, amid


def _detect(
    batch: Sequence[Item],
    detectors: Sequence[Detector[TextPart]],
    context_detectors: Sequence[Detector[Context]],
    runs: Sequence[Run | None],
    amid: Collection[int],
    chunks: Chunks,
) -> list[Judged]:
    """Detects, in one call of each detector; what comes with every chunk of a stream but once."""
    own = list(batch)
    contexts: dict[int, tuple[Item, bytes]] = {}
    for n, item in enumerate(batch):
        if stream_of(item) is not None:
            own[n], context = carrying.split(item, is_amid=n in amid)
            if context is not None:
                contexts[n] = context, carrying.digest(context)
    known = {n: chunks.context(batch[n], digest) for n, (_, digest) in contexts.items()}
    unknown = {contexts[n][1]: contexts[n][0] for n, judged in known.items() if judged is None}
    judged = detect(
        [*own, *unknown.values()],
        detectors,
        context_detectors,
        [*runs, *([None] * len(unknown))],
    )
    fresh = dict(zip(unknown, map(carrying.worth_keeping, judged[len(batch) :]), strict=True))
    for n, (_, digest) in contexts.items():
        found = known[n]
        if found is None:
            found = fresh[digest]
            chunks.keep_context(batch[n], digest, found)
        judged[n] = carrying.merged(found, judged[n])
    return judged[: len(batch)]


def _settled(
    item: Item, judged: Judged, policy: CompiledPolicy, recent: Recent
) -> tuple[Judged, bool]:
    """Gives what is told of an item, and whether its run ends with it."""
    if stream_of(item) is None:
        is_end = joining.is_completed(judged, item, policy)
        if is_end:
            recent.end(item)
        return judged, is_end
    own = carrying.fired(judged, item, policy)
    is_end = carrying.is_end(judged, item, policy)
    recent.chunks.settle(item, own, is_end=is_end)
    return carrying.told(judged, own, item, recent.chunks.carried(item)), is_end
