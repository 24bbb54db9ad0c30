"""Records whose headers' names are not UTF-8, where many a client gives up: no process does."""

import asyncio
from collections.abc import Sequence

import pytest
from aiokafka import AIOKafkaProducer
from aiokafka.producer import message_accumulator, producer
from aiokafka.record.default_records import _DefaultRecordBatchBuilderPy

from schemas import headers as names
from schemas.records import Source
from schemas.topics import PRODUCT_TOPICS
from streams.reading import UNREADABLE_HEADERS
from streams.record import Outgoing, header
from tests.chaos.test_records import message
from tests.integration.account import check, read_all, source_of
from tests.integration.fixtures import Note
from tests.integration.load import Kind, Sent
from tests.integration.system import System
from tests.streams.test_tolerance import BadName

CHATROOM = PRODUCT_TOPICS[0].name
GOOD = ("good", b"value")
BAD = (BadName("bad"), b"value")
N_RECORDS = 90


@pytest.fixture(autouse=True)
def names_of_any_bytes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Lets aiokafka's producer write such names: its writer in Python asks the name to encode."""
    for module in (message_accumulator, producer):
        monkeypatch.setattr(module, "DefaultRecordBatchBuilder", _DefaultRecordBatchBuilderPy)


def records() -> list[tuple[Outgoing, Kind]]:
    """Gives events, every second with such a name, every tenth broken."""
    found: list[tuple[Outgoing, Kind]] = []
    for number in range(N_RECORDS):
        headers = (GOOD, BAD, GOOD) if number % 2 else (GOOD,)
        event = message(number)
        is_broken = number % 10 >= 8
        value = b"{" if is_broken else event.value
        record = Outgoing(topic=CHATROOM, key=event.key, value=value, headers=headers)
        found.append((record, "dead_letter" if is_broken else "verdict"))
    return found


async def produce(bootstrap: str, given: Sequence[tuple[Outgoing, Kind]]) -> list[Sent]:
    """Produces to one partition, all in one batch."""
    async with AIOKafkaProducer(bootstrap_servers=bootstrap, linger_ms=500) as opened:
        pending = [
            await opened.send(
                CHATROOM, record.value, key=record.key, partition=0, headers=list(record.headers)
            )
            for record, _ in given
        ]
        offsets = [(await one).offset for one in pending]
    return [
        Sent(Source(topic=CHATROOM, partition=0, offset=offset), record, kind)
        for offset, (record, kind) in zip(offsets, given, strict=True)
    ]


def test_records_with_such_names_are_answered_and_archived(system: System, note: Note) -> None:
    system.archiver()
    system.workers(1)
    sent = asyncio.run(produce(system.broker.bootstrap, records()))

    note(check(system, sent))

    lenient = {s.source for s in sent if BAD in s.record.headers}
    letters = read_all(system.broker.bootstrap, [f"{CHATROOM}.dlq"])
    assert {source_of(letter) in lenient for letter in letters} == {True, False}
    for letter in letters:
        assert letter.value == b"{"
        expected = [GOOD, ("\ufffd\ufffd", b"value"), GOOD]
        n_own = 3 if source_of(letter) in lenient else 1
        assert list(letter.headers[:n_own]) == expected[:n_own]
        assert header(letter.headers, names.ERROR_CLASS) == b"EventInvalid"
    unreadable = {
        record.source
        for record in read_all(system.broker.bootstrap, [CHATROOM])
        if record.headers == ((UNREADABLE_HEADERS, None),)
    }
    assert unreadable == lenient
