"""The test servers themselves: they serve, die, and come back with what they should remember."""

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from clickhouse_driver import Client
from clickhouse_driver.errors import NetworkError
from confluent_kafka import Consumer, KafkaError, Producer, TopicPartition
from confluent_kafka.admin import AdminClient
from confluent_kafka.cimpl import NewTopic

from .brokers import ApacheKafka, Broker, EmbeddedKafka
from .clickhouse import ClickHouseServer
from .server import ServerFailed, require

TOPIC = "test-services"
N_PARTITIONS = 3

type_of_broker = pytest.mark.parametrize(
    "broker", [EmbeddedKafka, pytest.param(ApacheKafka, marks=pytest.mark.services)], indirect=True
)


@pytest.fixture
def broker(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Broker]:
    kind: type[ApacheKafka | EmbeddedKafka] = request.param
    require(kind)
    with kind(tmp_path / "broker") as started:
        yield started


@pytest.fixture
def clickhouse(tmp_path: Path) -> Iterator[ClickHouseServer]:
    require(ClickHouseServer)
    with ClickHouseServer(tmp_path / "clickhouse") as started:
        yield started


def create_topic(broker: Broker) -> None:
    admin = AdminClient({"bootstrap.servers": broker.bootstrap})
    created = admin.create_topics([NewTopic(TOPIC, num_partitions=N_PARTITIONS)])
    created[TOPIC].result(timeout=30)


def produce(broker: Broker, n_records: int) -> None:
    producer = Producer({"bootstrap.servers": broker.bootstrap, "enable.idempotence": True})
    for number in range(n_records):
        producer.produce(TOPIC, value=b"record %d" % number, key=b"%d" % number)
    assert producer.flush(30) == 0


def count_records(broker: Broker) -> int:
    """Reads every partition to its end: the embedded broker's answer to ListOffsets is too low."""
    consumer = Consumer(
        {"bootstrap.servers": broker.bootstrap, "group.id": "count", "enable.partition.eof": True}
    )
    consumer.assign([TopicPartition(TOPIC, number, 0) for number in range(N_PARTITIONS)])
    n_records = n_ended = 0
    try:
        while n_ended < N_PARTITIONS:
            record = consumer.poll(30)
            assert record is not None, "the broker went silent"
            error = record.error()
            if error is None:
                n_records += 1
            else:
                assert error.code() == KafkaError._PARTITION_EOF, error
                n_ended += 1
    finally:
        consumer.close()
    return n_records


@type_of_broker
def test_broker_keeps_records_over_kill_as_it_says(broker: Broker) -> None:
    create_topic(broker)
    produce(broker, 100)
    assert count_records(broker) == 100

    broker.kill()
    broker.start()

    if not broker.keeps_log:
        create_topic(broker)
    assert count_records(broker) == (100 if broker.keeps_log else 0)


@type_of_broker
def test_broker_restarts_on_the_same_port(broker: Broker) -> None:
    before = broker.bootstrap
    broker.restart()
    broker.restart()
    assert broker.bootstrap == before
    create_topic(broker)


@type_of_broker
def test_broker_refuses_a_taken_port(broker: Broker) -> None:
    broker.stop()
    host, port = broker.bootstrap.split(":")
    with (
        socket.create_server((host, int(port))),
        pytest.raises(ServerFailed, match=r"is taken|already in use"),
    ):
        broker.start()


@pytest.mark.services
def test_clickhouse_keeps_rows_over_kill(clickhouse: ClickHouseServer) -> None:
    with Client(clickhouse.host, port=clickhouse.port) as client:
        client.execute("CREATE TABLE rows (id String) ENGINE = ReplacingMergeTree ORDER BY id")
        assert client.execute("INSERT INTO rows VALUES", [("a",), ("b",), ("a",)]) == 3

    clickhouse.kill()
    with pytest.raises(NetworkError), Client(clickhouse.host, port=clickhouse.port) as client:
        client.execute("SELECT 1")
    clickhouse.start()

    with Client(clickhouse.host, port=clickhouse.port) as client:
        assert client.execute("SELECT id FROM rows FINAL ORDER BY id") == [("a",), ("b",)]
