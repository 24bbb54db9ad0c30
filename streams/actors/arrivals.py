"""What of an item is counted: its place, its text by hash, its link, its room. Pure."""

from datetime import UTC, datetime
from typing import Final
from zlib import crc32

from schemas.content import Item
from schemas.labels import Surface
from schemas.topics import PRODUCT_TOPICS
from streams.actors.counting import Arrival
from streams.actors.mending import AHEAD_MS
from streams.decode import FIRST_YEAR, LAST_YEAR
from streams.fingerprints import hash64, text_print
from streams.record import Record

TOPICS: Final = {topic.name: n for n, topic in enumerate(PRODUCT_TOPICS)}
"""Numbers of the topics in written states: a topic that is added gets the next one."""
ELSEWHERE: Final = 99
"""The number of a topic that is none of ours."""
_SAID: Final = frozenset({"text", "title", "description", "name"})
MASK: Final = 0xFFFFFFFF
"""The bits of an item's identity by which its entry is known."""
EARLIEST_MS: Final = int(datetime(FIRST_YEAR, 1, 1, tzinfo=UTC).timestamp() * 1000)
LATEST_MS: Final = int(datetime(LAST_YEAR + 1, 1, 1, tzinfo=UTC).timestamp() * 1000) - 1
"""Times of records outside of these are none: seconds or microseconds, most likely."""


def stamped_ms(record: Record, told: datetime) -> int:
    """Gives a record's time, the same whenever it is read; `told` where its own is none."""
    if EARLIEST_MS <= record.timestamp_ms <= LATEST_MS:
        return record.timestamp_ms
    return min(max(int(told.timestamp() * 1000), EARLIEST_MS), LATEST_MS)


def arrived_ms(stamped: int, now_ms: int) -> int:
    """Gives when a record with that time arrived: no later than a wrong clock may be ahead."""
    return min(stamped, now_ms + AHEAD_MS)


def arrival_of(item: Item, record: Record, *, has_link: bool, now_ms: int) -> Arrival:
    """Gives what is counted of an item. It arrived at its record's time, by Kafka or its product.

    A chunk of a streamed response is the response: the first one counts.
    """
    identity = identity_of(item.surface, item.item_id)
    sequence = item.context.get("sequence") if item.surface == "ai" else None
    stamped = stamped_ms(record, item.created_at)
    exact, near = text_hashes(said(item))
    room = item.context.get("room_id") if item.surface == "chatroom" else None
    return Arrival(
        topic=TOPICS.get(record.source.topic, ELSEWHERE),
        offset=record.source.offset,
        at_ms=arrived_ms(stamped, now_ms),
        stamped_ms=stamped,
        identity=identity,
        item=identity & MASK,
        revision=item.revision,
        room=0 if room is None else crc32(str(room).encode()) or 1,
        exact=exact,
        near=near,
        has_link=has_link,
        is_chunk=bool(sequence),
    )


def identity_of(surface: Surface, item_id: str) -> int:
    """Gives 64 bits that say which item it is; those of a streamed chunk are its response's."""
    if surface == "ai":
        item_id = item_id.partition("#")[0]
    return hash64(f"{surface}\x1f{item_id}")


def said(item: Item) -> str:
    """Gives what an actor itself says in an item: the longest of its texts, an AI's prompt."""
    if item.surface == "ai":
        return next((part.text for part in item.texts if part.name == "prompt"), "")
    texts = [part.text for part in item.texts if part.name in _SAID]
    return max(texts, key=len) if texts else ""


def text_hashes(text: str) -> tuple[int, int]:
    """Gives a text's exact hash and its simhash; 0 for none.

    `streams.fingerprints` says what makes no difference. A text that is too short for it has an
    exact hash alone, in which letter case and white space make none.
    """
    if not text:
        return 0, 0
    found = text_print(text)
    if found is None:
        return hash64("".join(text.casefold().split())), 0
    return found.exact, found.near
