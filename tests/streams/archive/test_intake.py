"""From records to blocks: decoding, collecting, isolating what cannot be stored."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas import headers
from schemas.records import DeadLetter, HumanLabel, Source
from schemas.topics import DLQ_TOPICS, HUMAN_LABELS, VERDICTS
from streams.archive.archive import ArchivedVerdict, ArchiveUnavailable
from streams.archive.intake import (
    TOPICS,
    Collector,
    Entry,
    RecordInvalid,
    next_offsets,
    partition_of,
    read,
    rows_of,
    store,
    token_of,
)
from streams.record import Headers, Record
from tests.streams.archive.memory import MemoryArchive
from tests.streams.archive.samples import human_label, verdict

DLQ = DLQ_TOPICS[0].name


def record(
    value: bytes | None, *, topic: str = VERDICTS.name, partition: int = 0, offset: int = 0
) -> Record:
    return Record(
        source=Source(topic=topic, partition=partition, offset=offset), key=None, value=value
    )


def entry(offset: int = 0, *, partition: int = 0, item: str | None = None) -> Entry:
    value = msgspec.json.encode(verdict(item or f"item-{partition}-{offset}"))
    return read(record(value, partition=partition, offset=offset))


def collector(max_records: int = 10, max_bytes: int = 10**9) -> Collector:
    return Collector(max_records=max_records, max_bytes=max_bytes, max_wait_s=1.0)


def test_every_topic_is_read_as_what_it_holds() -> None:
    kinds = {
        VERDICTS.name: (msgspec.json.encode(verdict()), ArchivedVerdict),
        HUMAN_LABELS.name: (msgspec.json.encode(human_label()), HumanLabel),
        DLQ: (b"\xff", DeadLetter),
    }
    for topic, (value, kind) in kinds.items():
        assert isinstance(read(record(value, topic=topic)).payload, kind)
    assert set(kinds) <= set(TOPICS)


@pytest.mark.parametrize(
    ("place", "source"),
    [
        (b"square.posts.v1/3/17", Source(topic="square.posts.v1", partition=3, offset=17)),
        (b"nonsense", None),
        (b"\xff\xfe/1/2", None),
        (None, None),
    ],
)
def test_a_verdict_has_the_place_of_what_it_answers(
    place: bytes | None, source: Source | None
) -> None:
    given_headers: Headers = ((headers.SOURCE, place),)
    value = msgspec.json.encode(verdict())
    found = read(msgspec.structs.replace(record(value), headers=given_headers)).payload
    assert isinstance(found, ArchivedVerdict)
    assert found.source == source


@pytest.mark.parametrize("topic", [VERDICTS.name, HUMAN_LABELS.name])
@pytest.mark.parametrize("value", [None, b"", b"\xff", b"{}", b"[]", b"[" * 100_000, b"1e999"])
def test_what_is_no_verdict_or_label_is_named_so(topic: str, value: bytes | None) -> None:
    assert isinstance(read(record(value, topic=topic)).payload, RecordInvalid)


@given(st.sampled_from(TOPICS), st.binary(max_size=300))
def test_no_bytes_break_the_reading(topic: str, value: bytes) -> None:
    read(record(value, topic=topic))


def test_a_block_is_due_when_full_or_old() -> None:
    block = collector(max_records=2)
    assert not block.is_due(now_s=100.0)
    block.add(entry(0), now_s=100.0)
    assert not block.is_due(now_s=100.9)
    assert block.is_due(now_s=101.0)
    block.add(entry(1), now_s=100.1)
    assert (block.is_due(now_s=100.1), block.room) == (True, 0)
    block.forget(block.entries)
    assert block.room == 2
    block.add(entry(2), now_s=200.0)
    assert not block.is_due(now_s=200.5)


def test_what_was_taken_away_meanwhile_is_no_longer_held() -> None:
    block = collector()
    block.add(entry(0), now_s=0.0)
    stored = block.entries
    assert block.held(stored) == stored
    block.drop([partition_of(stored[0].record)])
    block.add(entry(7), now_s=0.0)
    assert block.held(stored) == ()
    block.forget(stored)
    assert [e.record.source.offset for e in block.entries] == [7]


def test_a_block_is_due_when_it_has_many_bytes() -> None:
    block = collector(max_bytes=1000)
    block.add(read(record(b"x" * 999)), now_s=0.0)
    assert not block.is_due(now_s=0.0)
    block.add(read(record(b"x", offset=1)), now_s=0.0)
    assert block.is_due(now_s=0.0)


def test_a_partition_taken_away_leaves_the_block() -> None:
    block = collector()
    for partition in (0, 1, 2):
        block.add(entry(5, partition=partition), now_s=0.0)
    assert block.drop([(VERDICTS.name, 0), (VERDICTS.name, 2), ("other", 1)]) == 2
    assert next_offsets(block.entries) == {(VERDICTS.name, 1): 6}


def test_what_is_committed_is_one_past_the_last() -> None:
    entries = [entry(3), entry(4), entry(9, partition=1), entry(8, partition=1)]
    assert next_offsets(entries) == {(VERDICTS.name, 0): 5, (VERDICTS.name, 1): 10}


def test_a_token_is_the_same_for_the_same_records_alone() -> None:
    block = [entry(1), entry(2)]
    assert token_of(block) == token_of([entry(1), entry(2)])
    others = ([entry(1)], [entry(1), entry(3)], [entry(1, item="other"), entry(2)])
    assert len({token_of(block), *map(token_of, others)}) == 4


@given(st.sets(st.integers(0, 40), max_size=6), st.integers(1, 41))
def test_poison_is_isolated_and_the_rest_is_stored(bad: set[int], n_entries: int) -> None:
    archive = MemoryArchive(is_poison=lambda item: int(item.rsplit("-", 1)[1]) in bad)
    entries = [entry(offset) for offset in range(n_entries)]
    poison = store(archive, entries)
    assert {one.record.source.offset for one in poison} == bad & set(range(n_entries))
    assert {one.stage for one in poison} <= {"archive"}
    assert len(archive.verdicts) == n_entries - len(poison)


def test_what_cannot_be_read_is_poison_and_written_nowhere() -> None:
    archive = MemoryArchive()
    (poison,) = store(archive, [entry(0), read(record(b"{", offset=1))])
    assert (poison.stage, poison.record.source.offset) == ("decode", 1)
    assert len(archive.verdicts) == 1
    assert len(rows_of([read(record(b"{"))])) == 0


def test_a_block_of_poison_alone_is_written_nowhere() -> None:
    archive = MemoryArchive()
    assert len(store(archive, [read(record(None))])) == 1
    assert archive.tokens == []


def test_an_archive_that_is_away_leaves_the_block_to_the_caller() -> None:
    archive = MemoryArchive()
    archive.is_away = True
    with pytest.raises(ArchiveUnavailable):
        store(archive, [entry(0)])
