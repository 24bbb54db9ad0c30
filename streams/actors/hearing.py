"""Hearing of decisions: final verdicts of lanes, people's labels and reversals, noted of actors."""

from collections.abc import Callable, Sequence
from datetime import datetime
from functools import partial
from typing import Final

import msgspec

from schemas.records import HumanLabel
from schemas.strikes import Strike
from schemas.topics import HUMAN_LABELS, STRIKES
from streams import metrics
from streams.actors.arrivals import arrived_ms, stamped_ms
from streams.actors.deciding import strike_form, strike_of_label
from streams.actors.memory import Actors, Place
from streams.dlq import bury
from streams.policy import CompiledPolicy
from streams.publisher import Publisher
from streams.record import Outgoing, Record

_STRIKE: Final = msgspec.json.Decoder(Strike)
_LABEL: Final = msgspec.json.Decoder(HumanLabel)


def hear(
    records: Sequence[Record],
    actors: Actors,
    policy: CompiledPolicy,
    publisher: Publisher,
    clock: Callable[[], datetime],
) -> None:
    """Takes decisions, all of one topic, and returns once the broker has what follows from them.

    Decisions change what is remembered of actors; a decision without a value forgets its key, the
    actor. Labels come by item: they go on as decisions, by
    actor. A decision that cannot be read goes to its DLQ; a label that cannot is the archiver's to
    bury. Blocks. Raises DeliveryFailed.
    """
    outgoing: list[Outgoing] = []
    places: list[Place] = []
    for record in records:
        if record.value is None:
            if record.source.topic == STRIKES.name and record.key:
                places += _forgotten(record, actors)
            continue
        try:
            if record.source.topic == HUMAN_LABELS.name:
                told = strike_of_label(_LABEL.decode(record.value), policy)
                outgoing += () if told is None else (strike_form(told),)
                continue
            strike = _STRIKE.decode(record.value)
        except (ValueError, RecursionError) as error:
            metrics.STRIKES.labels("unknown", "unreadable").inc()
            if record.source.topic != HUMAN_LABELS.name:
                outgoing.append(bury(record, stage="decode", error=error, now=clock()))
            continue
        now_ms = int(clock().timestamp() * 1000)
        noted_ms = arrived_ms(stamped_ms(record, strike.at), now_ms)
        partition = record.source.partition
        is_new = actors.note(strike, partition, noted_ms, policy.policy.memory)
        metrics.STRIKES.labels(strike.decider, "noted" if is_new else "known").inc()
        places.append((partition, strike.actor_id))
    publisher.publish(outgoing, partial(actors.changes, places))


def _forgotten(record: Record, actors: Actors) -> list[Place]:
    """The place of the actor that a record without a value names, where it was known."""
    place = record.source.partition, (record.key or b"").decode(errors="replace")
    if not actors.forget(*place):
        return []
    metrics.ACTORS_FORGOTTEN.inc()
    return [place]
