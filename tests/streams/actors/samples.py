"""Items and records of actors, for tests."""

from datetime import UTC, datetime

from schemas.content import Item, TextPart
from schemas.records import Source
from schemas.strikes import Strike
from schemas.topics import PRODUCT_TOPICS
from streams.record import Record

BEGIN_MS = 1_790_000_000_000
NOW_MS = BEGIN_MS + 400 * 86_400_000
"""Later than all that is sent, but for what a wrong clock stamped."""
CHATROOM = PRODUCT_TOPICS[0].name


def item(
    item_id: str,
    text: str = "",
    *,
    actor: str = "u1",
    revision: int = 1,
    room: str = "lobby",
    links: str = "",
) -> Item:
    texts = [TextPart(name="text", text=text)] if text else []
    if links:
        texts.append(TextPart(name="links", text=links))
    return Item(
        item_id=item_id,
        surface="chatroom",
        actor_id=actor,
        revision=revision,
        created_at=datetime(2026, 9, 21, tzinfo=UTC),
        origin="human",
        texts=tuple(texts),
        context={"room_id": room},
    )


def record(
    offset: int, at_ms: int, *, topic: str = CHATROOM, partition: int = 0, actor: str = "u1"
) -> Record:
    return Record(
        source=Source(topic=topic, partition=partition, offset=offset),
        key=actor.encode(),
        value=b"{}",
        timestamp_ms=at_ms,
    )


def strike(weight: float = 1.0) -> Strike:
    return Strike(
        strike_id="s1", actor_id="u1", item_id="m9", surface="chatroom", item_revision=1,
        verdict_revision=2, decider="verdict", action="remove", weight=weight,
        at=moment(),
    )  # fmt: skip


def moment() -> datetime:
    return datetime.fromtimestamp(BEGIN_MS / 1000, UTC)
