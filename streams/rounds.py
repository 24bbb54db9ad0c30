"""A batch of items judged, each with the run of texts that it ends.

A run that fires a rule ends there: what its actor writes next is not held for it again. Those items
of the batch that were read with more are judged again, in a further round.
"""

from collections.abc import Sequence
from typing import Final

from detectors.detector import Context, Detector
from schemas.content import Item, TextPart
from streams import joining, metrics
from streams.decide import Judged
from streams.detect import detect
from streams.policy import CompiledPolicy
from streams.recent import Place, Recent, place_of

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
        runs = recent.runs(batch)
        judged = detect(batch, detectors, context_detectors, runs)
        again: list[int] = []
        ended: set[Place] = set()
        for n, item, run, one in zip(left, batch, runs, judged, strict=True):
            place = place_of(item)
            if place in ended and number < MAX_ROUNDS:
                again.append(n)
                continue
            found[n] = one if run is None else joining.told(one, run)
            if place is not None and joining.is_completed(found[n], item.surface, policy):
                recent.end(item)
                ended.add(place)
        if number == 1:
            metrics.count_joined(runs, len(recent))
        left = again
        if not left:
            break
    return found
