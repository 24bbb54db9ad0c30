from datetime import UTC, datetime

import msgspec

from schemas.events import ChatroomMessage
from streams.bench import chat

NOW = datetime(2026, 11, 22, tzinfo=UTC)


def test_events_are_short_chat_in_many_languages() -> None:
    found = list(chat.records(500, seed=1, now=NOW))
    events = [msgspec.json.decode(record.value or b"", type=ChatroomMessage) for record in found]
    languages = {(event.locale or "").partition("-")[0] for event in events}
    assert len(languages) >= 8
    assert all(
        chat.is_short(event.text, (event.locale or "").partition("-")[0]) for event in events
    )
    assert len({event.message_id for event in events}) == 500
    assert all(
        record.key == event.actor_id.encode() for record, event in zip(found, events, strict=True)
    )


def test_events_depend_on_the_seed_alone() -> None:
    first, again, other = (list(chat.records(50, seed=seed, now=NOW)) for seed in (1, 1, 2))
    assert first == again
    assert first != other


def test_length_in_words_or_characters() -> None:
    assert chat.is_short("one two three", "en")
    assert not chat.is_short("one two", "en")
    assert not chat.is_short("word " * 21, "en")
    assert chat.is_short("今天行情怎么样", "zh")
    assert not chat.is_short("今", "zh")
