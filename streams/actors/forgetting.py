"""Forgetting an actor: how workers are asked to, and what remains elsewhere."""

from collections.abc import Collection
from typing import Final

from schemas.topics import ALL_TOPICS, STRIKES
from streams.record import Outgoing

DAY_MS: Final = 86_400_000


def forgetting_form(actor: str, partition: int | None = None) -> Outgoing:
    """Gives the record that has the workers forget an actor: a tombstone among its decisions.

    It is in the order of these, so what was decided before is forgotten and what comes later is
    not. `partition` where the actor is elsewhere than by its key.
    """
    return Outgoing(topic=STRIKES.name, key=actor.encode(), value=None, partition=partition)


def remaining(n_rows: Collection[str]) -> list[tuple[str, str]]:
    """Gives where else there may be something of an actor, and until when.

    `n_rows` are the archive's tables that were erased.
    """
    topics = [
        (topic.name, f"{topic.retention_ms // DAY_MS} days")
        for topic in ALL_TOPICS
        if topic.cleanup == "delete"
    ]
    states = [(topic.name, "until compacted") for topic in ALL_TOPICS if topic.cleanup == "compact"]
    tables = [
        (f"archive: {table}", "400 days")
        for table in ("verdicts", "signals", "dead_letters")
        if table not in n_rows
    ]
    return [*topics, *states, *tables, ("archive: labels", "kept; by item, without the actor")]
