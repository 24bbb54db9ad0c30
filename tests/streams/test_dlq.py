import hashlib
import re
from datetime import UTC, datetime, timedelta, timezone

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas import headers as names
from schemas.records import DeadLetter, Source
from schemas.topics import BY_NAME, CONSUMED, DLQ_TOPICS, Topic
from streams import dlq
from streams.dlq import (
    CUT_HEADERS,
    ERROR_HEADERS,
    MAX_HEADERS_BYTES,
    MAX_KEY_BYTES,
    MAX_LETTER_BYTES,
    LetterIncomplete,
    LetterMisplaced,
    bury,
    exhume,
    letter_bytes,
    revive,
)
from streams.record import Headers, Outgoing, Record, header

from .samples import CHATROOM, NOW, record

DLQ = "chatroom.messages.v1.dlq"
ERROR = ValueError("no such thing")


def dead(original: Record, error: Exception = ERROR) -> Record:
    """Gives the dead letter as it is read back from the DLQ."""
    return as_read(bury(original, stage="decode", error=error, now=NOW))


def as_read(letter: Outgoing, *, timestamp_ms: int = 0) -> Record:
    return Record(
        source=Source(topic=letter.topic, partition=1, offset=99),
        key=letter.key,
        value=letter.value,
        headers=letter.headers,
        timestamp_ms=timestamp_ms,
    )


def n_bytes(letter: Record) -> int:
    headers = sum(len(name.encode()) + len(value or b"") for name, value in letter.headers)
    return len(letter.key or b"") + len(letter.value or b"") + headers


def test_letter_keeps_the_original_and_says_what_happened() -> None:
    original = record(b"\xff\x00", key=b"\x01", headers=(("schema", b"x"), ("schema", None)))
    letter = bury(original, stage="decode", error=ERROR, now=NOW)
    assert (letter.topic, letter.key, letter.value) == (DLQ, b"\x01", b"\xff\x00")
    assert letter.headers[:2] == original.headers
    assert dict(letter.headers[2:]) == {
        "__connect.errors.topic": b"chatroom.messages.v1",
        "__connect.errors.partition": b"3",
        "__connect.errors.offset": b"7",
        "__connect.errors.stage": b"decode",
        "__connect.errors.exception.class.name": b"ValueError",
        "__connect.errors.exception.message": b"no such thing",
        "tidegate_failed_at": NOW.isoformat().encode(),
        "tidegate_source": b"chatroom.messages.v1/3/7",
    }


def test_each_consumed_topic_has_its_dlq() -> None:
    for topic in CONSUMED:
        assert bury(record(b"", topic), stage="s", error=ERROR, now=NOW).topic in BY_NAME


def test_exhumed_letter() -> None:
    original = record(b"{", key=None, headers=(("x", b"\xff"),))
    letter = exhume(dead(original))
    assert letter.source == original.source
    assert (letter.stage, letter.error, letter.message) == ("decode", "ValueError", str(ERROR))
    assert (letter.key, letter.value, letter.headers) == (None, b"{", (("x", b"\xff"),))
    assert letter.failed_at == NOW
    assert msgspec.json.decode(msgspec.json.encode(letter), type=DeadLetter) == letter


def test_id_follows_from_the_place_of_the_original() -> None:
    first = exhume(dead(record(b"{")))
    assert exhume(dead(record(b"["), TypeError("again"))).dead_letter_id == first.dead_letter_id
    assert exhume(dead(record(b"{", offset=8))).dead_letter_id != first.dead_letter_id


def test_long_and_odd_messages() -> None:
    letter = exhume(dead(record(b""), ValueError("\ud800é" * 5_000)))
    assert len(letter.message) == dlq.MAX_MESSAGE_CHARS
    assert letter.message.startswith("?é")


@pytest.mark.parametrize(
    "place",
    [
        None,
        b"",
        b"a/b",
        b"a/1/2/3",
        b"a/x/2",
        b"a/-1/2",
        b"a/1/-2",
        b"/1/2",
        b"a b/1/2",
        b"a/1_0/2",
        b"a/2147483648/2",
        b"a/1/9223372036854775808",
        b"a/1/2\n",
        "a/١/2".encode(),
        b"\xff/1/2",
        b"a/" + b"1" * 6_000 + b"/2",
    ],
)
def test_broken_place_gives_the_letters_own(place: bytes | None) -> None:
    broken = Record(
        source=Source(topic=DLQ, partition=1, offset=99),
        key=None,
        value=b"",
        headers=((names.SOURCE, place),),
    )
    assert exhume(broken).source == broken.source
    with pytest.raises(LetterMisplaced):
        revive(broken)


@pytest.mark.parametrize("place", [b"a/0/0", b"a.B-c_1/2147483647/9223372036854775807"])
def test_place_of_any_legal_topic(place: bytes) -> None:
    assert names.format_source(names.parse_source(place)) == place


@pytest.mark.parametrize("failed_at", [None, b"", b"soon", b"\xff", b"9999-99-99", b"2026-11-22"])
@pytest.mark.parametrize("timestamp_ms", [-1, 0, 1_795_348_798_000, 2**63 - 1, -(2**63)])
def test_letter_without_a_valid_time_has_that_of_its_record(
    failed_at: bytes | None, timestamp_ms: int
) -> None:
    letter = Outgoing(topic=DLQ, key=None, value=None, headers=((names.ERROR_TIME, failed_at),))
    moment = exhume(as_read(letter, timestamp_ms=timestamp_ms)).failed_at
    assert moment.tzinfo is not None
    if failed_at == b"2026-11-22":
        assert moment == datetime(2026, 11, 22, tzinfo=UTC)
    elif timestamp_ms == 1_795_348_798_000:
        assert moment == datetime.fromtimestamp(1_795_348_798, tz=UTC)


def test_time_with_another_offset_is_kept() -> None:
    there = NOW.astimezone(timezone(timedelta(hours=9)))
    letter = bury(record(b""), stage="s", error=ERROR, now=there)
    assert exhume(as_read(letter)).failed_at == NOW


names_ = st.text(max_size=20).filter(lambda name: name not in ERROR_HEADERS | CUT_HEADERS)
headers_ = st.lists(st.tuples(names_, st.none() | st.binary(max_size=20)), max_size=4)


@given(
    value=st.none() | st.binary(max_size=100),
    key=st.none() | st.binary(max_size=20),
    headers=headers_,
    topic=st.sampled_from(CONSUMED),
    message=st.text(),
)
def test_revived_letter_equals_the_original(
    value: bytes | None,
    key: bytes | None,
    headers: list[tuple[str, bytes | None]],
    topic: Topic,
    message: str,
) -> None:
    original = Record(
        source=Source(topic=topic.name, partition=0, offset=5),
        key=key,
        value=value,
        headers=tuple(headers),
    )
    revived = revive(dead(original, ValueError(message)))
    assert revived == Outgoing(
        topic=original.source.topic, key=key, value=value, headers=original.headers
    )


def test_error_headers_of_an_earlier_failure_do_not_pile_up() -> None:
    once = dead(record(b"{"))
    redriven = record(once.value, headers=once.headers, offset=20)
    twice = dead(redriven)
    assert len(twice.headers) == len(once.headers)
    assert exhume(twice).source.offset == 20


def test_record_of_another_topic_in_a_dlq_is_not_revived() -> None:
    """A forged place must not make redriving write verdicts."""
    forged = bury(record(b"{}"), stage="s", error=ERROR, now=NOW).headers[:-1]
    headers = (*forged, (names.SOURCE, b"moderation.verdicts.v1/0/0"))
    with pytest.raises(LetterMisplaced, match=r"moderation\.verdicts\.v1"):
        revive(as_read(Outgoing(topic=DLQ, key=None, value=b"{}", headers=headers)))


def test_largest_record_that_its_topic_takes_is_kept_whole() -> None:
    value = bytes(CHATROOM.max_message_bytes - 1_000)
    original = record(value, headers=(("x", b"y" * 500),))
    assert revive(dead(original)).value == value


@pytest.mark.parametrize("n_value", [MAX_LETTER_BYTES, MAX_LETTER_BYTES + 1, 10 << 20])
def test_value_that_does_not_fit_is_cut(n_value: int) -> None:
    value = bytes(range(256)) * (n_value // 256) + b"e" * (n_value % 256)
    letter = dead(record(value), ValueError("x" * 5_000))
    assert letter.value is not None
    assert value.startswith(letter.value)
    assert MAX_LETTER_BYTES - 1_000 < n_bytes(letter) <= MAX_LETTER_BYTES
    headers = dict(letter.headers)
    assert headers[names.TRUNCATED_BYTES] == str(n_value).encode()
    assert headers[names.VALUE_SHA256] == hashlib.sha256(value).hexdigest().encode()
    with pytest.raises(LetterIncomplete, match=re.escape(names.TRUNCATED_BYTES)):
        revive(letter)


def test_key_and_headers_that_do_not_fit_are_cut() -> None:
    many: Headers = tuple((f"h{i}", b"v" * 100) for i in range(MAX_HEADERS_BYTES // 100))
    original = record(bytes(4 << 20), key=b"k" * (1 << 20), headers=many)
    letter = dead(original)
    assert n_bytes(letter) <= MAX_LETTER_BYTES
    assert letter.key == b"k" * MAX_KEY_BYTES
    assert header(letter.headers, names.TRUNCATED_KEY_BYTES) == b"1048576"
    assert header(letter.headers, names.DROPPED_HEADERS) == str(len(many)).encode()
    noted = {name for name, _ in exhume(letter).headers}
    assert noted == set(CUT_HEADERS)
    with pytest.raises(LetterIncomplete, match="tidegate_dropped_headers"):
        revive(letter)


@pytest.mark.parametrize("what", ["key", "headers"])
def test_each_cut_alone_makes_a_letter_incomplete(what: str) -> None:
    key = b"k" * (MAX_KEY_BYTES + 1) if what == "key" else None
    headers = (("x", b"v" * MAX_HEADERS_BYTES),) if what == "headers" else ()
    letter = dead(record(b"{", key=key, headers=headers))
    assert letter.value == b"{"
    with pytest.raises(LetterIncomplete):
        revive(letter)


def test_product_cannot_pretend_that_its_record_was_cut() -> None:
    original = record(b"{", headers=((names.TRUNCATED_BYTES, b"5"), ("x", b"y")))
    assert revive(dead(original)).headers == (("x", b"y"),)


def test_room_in_the_registry() -> None:
    assert all(topic.max_message_bytes > MAX_LETTER_BYTES for topic in DLQ_TOPICS)
    assert all(topic.max_message_bytes < letter_bytes(topic.name) for topic in CONSUMED)
