"""The archiver on the embedded broker: nothing lost, whatever goes away meanwhile."""

import logging
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import msgspec
import pytest
from confluent_kafka import Consumer, TopicPartition
from confluent_kafka.admin import AdminClient
from confluent_kafka.cimpl import NewTopic
from prometheus_client import REGISTRY

from schemas import headers
from schemas.topics import BY_NAME, HUMAN_LABELS, VERDICTS
from streams import archiver
from streams.archive.archive import Archive
from streams.archive.intake import TOPICS, Entry, read
from streams.archive.standing import Standing
from streams.publisher import DeliveryFailed, Publisher
from streams.record import Outgoing, Record
from streams.settings import Settings
from tests import archives
from tests.services import Broker, EmbeddedKafka, require
from tests.streams.archive.memory import MemoryArchive
from tests.streams.archive.samples import human_label, verdict

N_PARTITIONS = 3
DLQ = f"{VERDICTS.name}.dlq"


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Broker]:
    require(EmbeddedKafka)
    with EmbeddedKafka(tmp_path) as running:
        admin = AdminClient({"bootstrap.servers": running.bootstrap})
        topics = [NewTopic(topic, N_PARTITIONS, 1) for topic in TOPICS]
        for future in admin.create_topics(topics).values():
            future.result(30)
        yield running


@pytest.fixture
def settings(broker: Broker) -> Settings:
    return Settings(broker=broker.bootstrap, archive_block_rows=200, archive_block_wait_s=0.2)


def produce(settings: Settings, batch: Sequence[Outgoing]) -> None:
    Publisher(settings.broker, client_id="test", timeout_s=30).publish(batch)


def verdicts(n_verdicts: int, first: int = 0) -> list[Outgoing]:
    return [
        Outgoing(
            topic=VERDICTS.name,
            key=f"item-{i}".encode(),
            value=msgspec.json.encode(verdict(f"item-{i}")),
            headers=((headers.SOURCE, f"chatroom.messages.v1/0/{i}".encode()),),
        )
        for i in range(first, first + n_verdicts)
    ]


@contextmanager
def running(
    settings: Settings, archive: Archive, standing: Standing | None = None
) -> Iterator[threading.Thread]:
    stop = threading.Event()
    failures: list[Exception] = []

    def run() -> None:
        try:
            archiver.run(settings, archive, stop=stop, standing=standing)
        except Exception as error:  # noqa: BLE001 - whatever it is, the test shows it
            failures.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    try:
        yield thread
    finally:
        stop.set()
        thread.join(60)
        assert not thread.is_alive()
    assert failures == []


def wait_for(condition: Callable[[], bool], limit_s: float = 60) -> None:
    deadline = time.monotonic() + limit_s
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.05)


def committed(settings: Settings, topic: str) -> int:
    """Gives how many records of a topic the archiver has committed."""
    consumer = Consumer({"bootstrap.servers": settings.broker, "group.id": settings.archiver_group})
    places = [TopicPartition(topic, partition) for partition in range(N_PARTITIONS)]
    offsets = [max(place.offset, 0) for place in consumer.committed(places, timeout=30)]
    consumer.close()
    return sum(offsets)


def metric(name: str, **labels: str) -> float:
    return REGISTRY.get_sample_value(name, labels) or 0.0


def test_all_topics_are_archived_and_then_committed(settings: Settings, tmp_path: Path) -> None:
    archive = archives.migrated(tmp_path / "archive")
    label = Outgoing(
        topic=HUMAN_LABELS.name, key=b"item-1", value=msgspec.json.encode(human_label("l"))
    )
    letter = Outgoing(topic="chatroom.messages.v1.dlq", key=b"\xff", value=b"\x00\xff")
    produce(settings, [*verdicts(500), label, letter])

    def count(table: str) -> object:
        return archive.select(f"SELECT count() FROM {table} FINAL")[0][0]  # noqa: S608

    before = metric("tidegate_archiver_rows_total", table="verdicts")
    with running(settings, archive):
        wait_for(lambda: [count(t) for t in ("verdicts", "labels", "dead_letters")] == [500, 1, 1])
        assert count("signals") == 1000
    assert metric("tidegate_archiver_rows_total", table="verdicts") == before + 500
    assert committed(settings, VERDICTS.name) == 500
    assert committed(settings, HUMAN_LABELS.name) == 1
    places = "SELECT uniqExact(source_offset), any(source_topic) FROM verdicts FINAL"
    assert archive.select(places) == [(500, "chatroom.messages.v1")]

    # A second run finds nothing to do, and what comes later.
    produce(settings, verdicts(10, first=500))
    with running(settings, archive):
        wait_for(lambda: count("verdicts") == 510)
    assert metric("tidegate_archiver_rows_total", table="verdicts") == before + 510
    archive.close()


def test_what_cannot_be_archived_goes_to_the_dlq_and_from_there_to_the_archive(
    settings: Settings,
) -> None:
    archive = MemoryArchive(is_poison=lambda item: item in {"item-3", "item-60"})
    broken = [
        Outgoing(topic=VERDICTS.name, key=b"k", value=b"\xff{"),
        Outgoing(topic=VERDICTS.name, key=b"k", value=None),
    ]
    produce(settings, [*verdicts(100), *broken])
    with running(settings, archive):
        wait_for(lambda: len(archive.dead_letters) == 4)
        wait_for(lambda: committed(settings, VERDICTS.name) == 102)
    assert len(archive.verdicts) == 98
    letters = read_all(settings, DLQ, 4)
    assert len(letters) == 4
    assert {None, b"\xff{"} < set(letters)


def read_all(settings: Settings, topic: str, n_records: int) -> list[bytes | None]:
    consumer = Consumer({"bootstrap.servers": settings.broker, "group.id": "reading"})
    consumer.assign([TopicPartition(topic, partition, 0) for partition in range(N_PARTITIONS)])
    values: list[bytes | None] = []
    deadline = time.monotonic() + 30
    while len(values) < n_records and time.monotonic() < deadline:
        values += [message.value() for message in consumer.consume(100, 0.2)]
    consumer.close()
    return values


def test_an_archive_that_is_away_stalls_and_loses_nothing(settings: Settings) -> None:
    archive = MemoryArchive()
    produce(settings, verdicts(300))
    with running(settings, archive):
        wait_for(lambda: len(archive.verdicts) == 300)
        wait_for(lambda: committed(settings, VERDICTS.name) == 300)
        archive.is_away = True
        produce(settings, verdicts(1_000, first=300))
        wait_for(lambda: metric("tidegate_archiver_unavailable") == 1)
        time.sleep(3)
        assert len(archive.verdicts) == 300
        assert committed(settings, VERDICTS.name) == 300
        archive.is_away = False
        wait_for(lambda: len(archive.verdicts) == 1_300)
        assert metric("tidegate_archiver_unavailable") == 0
    assert committed(settings, VERDICTS.name) == 1_300


def test_stopping_while_the_archive_is_away_commits_nothing(settings: Settings) -> None:
    archive = MemoryArchive()
    archive.is_away = True
    produce(settings, verdicts(50))
    with running(settings, archive):
        wait_for(lambda: metric("tidegate_archiver_unavailable") == 1)
    assert committed(settings, VERDICTS.name) == 0
    archive.is_away = False
    with running(settings, archive):
        wait_for(lambda: len(archive.verdicts) == 50)


class MuteDlq:
    """A DLQ that takes nothing while it is told so."""

    is_away = True

    def __init__(self, *args: object, **kwargs: object) -> None:
        del args, kwargs

    def publish(self, batch: Sequence[Outgoing]) -> None:
        if self.is_away:
            message = f"{len(batch)} not delivered"
            raise DeliveryFailed(message)


def test_a_dlq_that_is_away_is_told_apart_and_nothing_is_written_again(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(archiver, "Publisher", MuteDlq)
    monkeypatch.setattr(MuteDlq, "is_away", True)
    caplog.set_level(logging.INFO)
    archive, standing = MemoryArchive(), Standing()
    before = metric("tidegate_archiver_buried_total", stage="decode")
    produce(settings, [*verdicts(100), Outgoing(topic=VERDICTS.name, key=b"k", value=b"{")])
    with running(settings, archive, standing):
        wait_for(lambda: metric("tidegate_archiver_dlq_unavailable") == 1)
        wait_for(lambda: len(archive.verdicts) == 100)
        n_writes = len(archive.tokens)
        time.sleep(2)  # some more tries
        assert len(archive.tokens) == n_writes
        assert metric("tidegate_archiver_unavailable") == 0
        assert standing.report() == {"archive_available": True, "dlq_available": False}
        assert metric("tidegate_archiver_buried_total", stage="decode") == before
        MuteDlq.is_away = False
        wait_for(lambda: committed(settings, VERDICTS.name) == 101)
        wait_for(lambda: metric("tidegate_archiver_dlq_unavailable") == 0)
        assert len(archive.tokens) == n_writes
    assert metric("tidegate_archiver_buried_total", stage="decode") == before + 1
    said = [entry.getMessage() for entry in caplog.records]
    assert said.count("holding: the DLQ for what cannot be archived is away") == 1
    assert said.count("the DLQ for what cannot be archived is back") == 1
    assert said.count("record cannot be archived") == 1
    assert "holding: the archive is away" not in said


def test_partitions_given_away_while_holding_are_archived_by_the_other(
    settings: Settings,
) -> None:
    held, other = MemoryArchive(), MemoryArchive()
    held.is_away = True
    produce(settings, verdicts(600))
    with running(settings, held):
        wait_for(lambda: metric("tidegate_archiver_unavailable") == 1)
        with running(settings, other):
            wait_for(lambda: len(other.verdicts) > 0)
            held.is_away = False
            wait_for(lambda: len(held.verdicts | other.verdicts) == 600)
            wait_for(lambda: committed(settings, VERDICTS.name) == 600)


def test_stopping_writes_and_commits_what_was_read(settings: Settings) -> None:
    archive = MemoryArchive()
    patient = msgspec.structs.replace(settings, archive_block_wait_s=3600.0)
    produce(settings, verdicts(250))  # a block of 200, and 50 that wait
    with running(patient, archive):
        wait_for(lambda: len(archive.verdicts) == 200)
        time.sleep(1)
    assert len(archive.verdicts) == 250
    assert committed(settings, VERDICTS.name) == 250


def test_stopping_is_heeded_between_two_records(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    archive, stop = MemoryArchive(), threading.Event()
    seen: list[object] = []

    def read_and_stop(record: Record) -> Entry:
        seen.append(record)
        if len(seen) == 5:
            stop.set()
        return read(record)

    produce(settings, verdicts(300))
    with monkeypatch.context() as patched:
        patched.setattr(archiver, "read", read_and_stop)
        archiver.run(settings, archive, stop=stop)
    assert len(seen) == len(archive.verdicts) == 5
    assert committed(settings, VERDICTS.name) == 5
    with running(settings, archive):
        wait_for(lambda: len(archive.verdicts) == 300)
    assert committed(settings, VERDICTS.name) == 300


def test_a_block_is_written_between_two_reads_however_much_is_there(settings: Settings) -> None:
    archive = MemoryArchive()
    eager = msgspec.structs.replace(settings, archive_block_rows=20_000, archive_block_wait_s=0.0)
    produce(settings, verdicts(1_000))
    with running(eager, archive):
        wait_for(lambda: len(archive.verdicts) == 1_000)
    assert len(archive.tokens) >= 1_000 / archiver.MAX_READ


@pytest.mark.parametrize(
    ("n_failures", "jitter", "wanted"),
    [(1, 0.0, 0.125), (1, 1.0, 0.25), (2, 1.0, 0.5), (7, 1.0, 10.0), (10_000, 0.5, 7.5)],
)
def test_the_wait_grows_to_a_limit(n_failures: int, jitter: float, wanted: float) -> None:
    assert archiver.delay_s(n_failures, jitter=jitter) == pytest.approx(wanted)


def test_every_consumed_topic_of_the_registry_is_archived() -> None:
    by_archiver = {name for name, topic in BY_NAME.items() if "archiver" in topic.consumers}
    assert set(TOPICS) == by_archiver
