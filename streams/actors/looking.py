"""Looking an actor up: what workers last wrote of it, without asking any."""

from collections.abc import Mapping
from typing import Final

from aiokafka.partitioner import murmur2
from confluent_kafka import OFFSET_BEGINNING, TopicPartition

from schemas.labels import ACTIONS, Surface
from schemas.topics import ACTORS
from streams.actors.arrivals import ELSEWHERE, MASK, identity_of
from streams.actors.counting import Arrival, Seen, features
from streams.actors.memory import Actors
from streams.actors.state import State, decode
from streams.policy import Memory
from streams.reading import open_reader, partitions_of, read_from

_POSITIVE: Final = 0x7FFFFFFF


def look_up(broker: str, group: str, actor: str) -> tuple[int, State] | None:
    """Gives what a group of workers remembers of an actor, and in which partition.

    None where it remembers nothing. Reads a partition of the changelog, that in which the actor's
    records are by Java's partitioner; all others where it is not there. Raises BrokerUnavailable,
    ReadingStalled.
    """
    wanted = actor.encode()
    actors = Actors(group=group)
    reader = open_reader(broker)
    try:
        partitions = partitions_of(reader, [ACTORS.name])
        if not partitions:
            return None
        own = (murmur2(wanted) & _POSITIVE) % len(partitions)
        others = [one.partition for one in partitions if one.partition != own]
        for numbers in ([own], others):
            start = [TopicPartition(ACTORS.name, n, OFFSET_BEGINNING) for n in numbers]
            found: tuple[int, bytes | None] | None = None
            for record in read_from(reader, start):
                if actors.actor_of(record.key) == wanted:
                    found = record.source.partition, record.value
            if found is not None and found[1] is not None:
                state = decode(found[1])
                return None if state is None else (found[0], state)
    finally:
        reader.close()
    return None


def knows(state: State, surface: Surface, item: str) -> bool:
    """Whether an item is remembered: by a decision on it, or as one of the last hour."""
    identity = identity_of(surface, item)
    return (identity & MASK) in state.items or any(mark.item == identity for mark in state.marks)


def told(state: State, at_ms: int, rules: Memory) -> Mapping[str, object]:
    """Gives what a rule would be told of an actor at a time, and what that comes from."""
    nothing = Arrival(topic=ELSEWHERE, offset=0, at_ms=at_ms, identity=0, item=0, revision=1)
    seen = Seen(len(state.tags), state.n_seen)
    now = features(state, seen, nothing, None, rules)
    names = ("n_10s", "n_1m", "n_1h", "link_share_1h", "n_rooms_1h", "n_seen", "seen_days")
    return {
        **{name: getattr(now, name) for name in names},
        "violations": now.violations,
        "strikes": now.strikes,
        "first_ms": state.first_ms,
        "last_ms": state.first_ms + state.last,
        "decisions": [
            {
                "item": f"{mark.item:016x}",
                "item_revision": mark.revision or None,
                "action": ACTIONS[mark.action],
                "strike": mark.strike,
                "noted_ms": mark.noted_ms,
            }
            for mark in state.marks
        ],
        "added_up": [
            {
                "action": ACTIONS[one.action] if one.action else None,
                "violations": round(one.n, 4),
                "strike": one.strike,
                "noted_ms": one.noted_ms,
            }
            for one in state.sums
        ],
    }
