"""Reading outside a consumer group: the same on the embedded broker and on Apache Kafka."""

from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import islice

import pytest
from confluent_kafka import Consumer, Producer, TopicPartition
from confluent_kafka.admin import AdminClient

from schemas.records import Source
from schemas.topics import TOPICS
from streams import reading
from streams.dlq import bury
from streams.publisher import Publisher
from streams.reading import (
    follow,
    lag_of,
    log_ends,
    open_reader,
    partitions_of,
    read_to_end,
)
from streams.record import Outgoing, Record
from streams.redrive import redrive
from streams.topic_admin import BrokerUnavailable, create_topics
from tests.services import ApacheKafka, Broker, EmbeddedKafka, require

TOPIC = "chatroom.messages.v1"
N_PARTITIONS = 3
BROKERS = [EmbeddedKafka, pytest.param(ApacheKafka, marks=pytest.mark.services)]


@pytest.fixture(scope="module", params=BROKERS, ids=["embedded", "kafka"])
def broker(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Broker]:
    kind: type[ApacheKafka] | type[EmbeddedKafka] = request.param
    require(kind)
    server = kind(tmp_path_factory.mktemp("broker"))
    server.start()
    admin = AdminClient({"bootstrap.servers": server.bootstrap})
    create_topics(admin, TOPICS, n_partitions=N_PARTITIONS)
    producer = Producer({"bootstrap.servers": server.bootstrap, "linger.ms": 200})
    for number in range(100):
        producer.produce(TOPIC, value=b"%d" % number, partition=number % 2)
    producer.flush()
    yield server
    server.kill()


def test_a_log_ends_after_its_last_record(broker: Broker) -> None:
    reader = open_reader(broker.bootstrap)
    ends = log_ends(reader, partitions_of(reader, [TOPIC]))
    reader.close()
    assert ends == {(TOPIC, 0): 50, (TOPIC, 1): 50, (TOPIC, 2): 0}


def test_everything_is_read_once_and_in_order(broker: Broker) -> None:
    reader = open_reader(broker.bootstrap)
    records = list(read_to_end(reader, [TOPIC, "moderation.filtered.v1", "no.such.topic"]))
    reader.close()
    for partition in (0, 1):
        own = [record for record in records if record.source.partition == partition]
        assert [record.source.offset for record in own] == list(range(50))
        assert [record.value for record in own] == [b"%d" % (2 * i + partition) for i in range(50)]


def test_following_from_the_end_gives_what_comes(broker: Broker) -> None:
    reader = open_reader(broker.bootstrap)
    stream = follow(reader, ["moderation.labels.v1"], from_start=False)
    assert next(stream) is None
    producer = Producer({"bootstrap.servers": broker.bootstrap})
    producer.produce("moderation.labels.v1", value=b"new", partition=0)
    producer.flush()
    found = next(record for record in islice(stream, 300) if record is not None)
    reader.close()
    assert found.value == b"new"


def test_lag_is_what_is_not_committed(broker: Broker) -> None:
    assert lag_of(broker.bootstrap, "lag-test", [TOPIC]) == 100
    consumer = Consumer({"bootstrap.servers": broker.bootstrap, "group.id": "lag-test"})
    consumer.commit(offsets=[TopicPartition(TOPIC, 0, 20)], asynchronous=False)
    consumer.close()
    assert lag_of(broker.bootstrap, "lag-test", [TOPIC]) == 80


def test_dead_letters_go_back_once(broker: Broker) -> None:
    now = datetime(2026, 11, 22, tzinfo=UTC)
    topic = "square.posts.v1"
    originals = [
        Record(
            source=Source(topic=topic, partition=0, offset=i),
            key=b"u%d" % i,
            value=b"{%d" % i,
            headers=(("version", b"1"),),
        )
        for i in range(5)
    ]
    publisher = Publisher(broker.bootstrap, client_id="test", timeout_s=15.0)
    letters = [bury(r, stage="decode", error=ValueError("no"), now=now) for r in originals]
    publisher.publish(letters)

    dry = redrive(broker.bootstrap, f"{topic}.dlq", None, None)
    first = redrive(broker.bootstrap, f"{topic}.dlq", None, publisher)
    second = redrive(broker.bootstrap, f"{topic}.dlq", None, publisher)
    assert (dry.n_sent, first.n_sent, second.n_sent, second.n_skipped) == (5, 5, 0, 5)

    reader = open_reader(broker.bootstrap)
    back = [
        Outgoing(topic=topic, key=r.key, value=r.value, headers=r.headers)
        for r in read_to_end(reader, [topic])
    ]
    reader.close()
    wanted = [Outgoing(topic=topic, key=r.key, value=r.value, headers=r.headers) for r in originals]
    assert sorted(back, key=lambda r: r.key or b"") == wanted


def test_a_broker_that_is_not_there_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "TIMEOUT_S", 1.0)
    reader = open_reader("127.0.0.1:1")
    with pytest.raises(BrokerUnavailable, match="no Kafka broker answers"):
        partitions_of(reader, [TOPIC])
    reader.close()
