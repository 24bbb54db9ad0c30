import threading
import time
from collections.abc import Sequence
from uuid import uuid4

from confluent_kafka import Consumer, Producer, TopicPartition
from confluent_kafka.admin import AdminClient
from confluent_kafka.cimpl import NewTopic

from streams.reading import Partition, first_record_from, open_reader
from streams.watchdog import Progress, Watchdog
from tests.services import EmbeddedKafka

A, B = ("topic", 0), ("topic", 1)


def test_lag_without_progress_stalls_after_the_timeout() -> None:
    progress = Progress(10)
    assert progress.observe(0, {A: 5}, {A: 2}) == []
    assert progress.observe(9.9, {A: 6}, {A: 2}) == []
    assert progress.stalled_s(9.9) == 9.9
    assert progress.observe(10, {A: 6}, {A: 2}) == [A]


def test_moving_partition_never_stalls() -> None:
    progress = Progress(10)
    for now_s in range(0, 100, 9):
        assert progress.observe(now_s, {A: 1_000}, {A: now_s}) == []


def test_partition_without_lag_never_stalls() -> None:
    progress = Progress(10)
    for now_s in (0, 50, 100):
        assert progress.observe(now_s, {A: 5}, {A: 5}) == []
        assert progress.stalled_s(now_s) == 0


def test_time_counts_from_when_lag_was_first_seen() -> None:
    progress = Progress(10)
    progress.observe(0, {A: 5}, {A: 5})
    progress.observe(100, {A: 6}, {A: 5})
    assert progress.observe(105, {A: 6}, {A: 5}) == []
    assert progress.observe(110, {A: 6}, {A: 5}) == [A]


def test_partition_taken_away_is_forgotten() -> None:
    progress = Progress(10)
    progress.observe(0, {A: 5, B: 5}, {A: 0, B: 0})
    assert progress.observe(5, {B: 5}, {B: 1}) == []
    assert progress.observe(20, {A: 5, B: 5}, {A: 0, B: 5}) == []
    assert progress.observe(31, {A: 5, B: 5}, {A: 0, B: 5}) == [A]


def test_one_stalled_partition_among_others() -> None:
    progress = Progress(10)
    progress.observe(0, {A: 5, B: 5}, {A: 0, B: 0})
    assert progress.observe(10, {A: 5, B: 5}, {A: 1, B: 0}) == [B]


def test_partition_never_committed_counts_from_the_beginning() -> None:
    progress = Progress(10)
    progress.observe(0, {A: 5}, {})
    assert progress.observe(10, {A: 5}, {}) == [A]


def test_time_in_which_nothing_was_known_does_not_count() -> None:
    progress = Progress(10)
    progress.observe(0, {A: 5}, {A: 2})
    progress.forget()
    assert progress.stalled_s(100) == 0
    assert progress.observe(100, {A: 5}, {A: 2}) == []
    assert progress.observe(110, {A: 5}, {A: 2}) == [A]


class Stalls:
    """Takes note of what stalled."""

    def __init__(self) -> None:
        self.happened = threading.Event()
        self.partitions: Sequence[Partition] = ()

    def __call__(self, partitions: Sequence[Partition]) -> None:
        self.partitions = partitions
        self.happened.set()


def topic_with_records(broker: EmbeddedKafka) -> str:
    name = f"test-{uuid4().hex}"
    admin = AdminClient({"bootstrap.servers": broker.bootstrap})
    admin.create_topics([NewTopic(name, num_partitions=1)])[name].result(timeout=30)
    producer = Producer({"bootstrap.servers": broker.bootstrap})
    for number in range(20):
        producer.produce(name, value=b"%d" % number)
    assert producer.flush(30) == 0
    return name


def watch(broker: str, topic: str, group: str, stalls: Stalls) -> Watchdog:
    return Watchdog(
        broker=broker,
        group=group,
        timeout_s=1,
        assigned=lambda: [(topic, 0)],
        on_stall=stalls,
        clock=time.monotonic,
    )


def test_group_that_stands_still_on_a_real_broker(embedded_kafka: EmbeddedKafka) -> None:
    topic, stalls = topic_with_records(embedded_kafka), Stalls()
    watchdog = watch(embedded_kafka.bootstrap, topic, f"group-{topic}", stalls)
    watchdog.start()
    assert stalls.happened.wait(60)
    assert list(stalls.partitions) == [(topic, 0)]
    watchdog.join(30)
    assert not watchdog.is_alive()


def test_group_that_has_read_everything_on_a_real_broker(embedded_kafka: EmbeddedKafka) -> None:
    topic, stalls = topic_with_records(embedded_kafka), Stalls()
    group = f"group-{topic}"
    consumer = Consumer({"bootstrap.servers": embedded_kafka.bootstrap, "group.id": group})
    consumer.commit(offsets=[TopicPartition(topic, 0, 20)], asynchronous=False)
    consumer.close()
    watchdog = watch(embedded_kafka.bootstrap, topic, group, stalls)
    watchdog.start()
    assert not stalls.happened.wait(6)
    watchdog.stop()
    watchdog.join(30)
    assert not watchdog.is_alive()


def test_a_transactions_marker_is_no_lag(embedded_kafka: EmbeddedKafka) -> None:
    topic, group = f"test-{uuid4()}", f"test-{uuid4()}"
    admin = AdminClient({"bootstrap.servers": embedded_kafka.bootstrap})
    admin.create_topics([NewTopic(topic, 1, 1)])[topic].result(10)
    producer = Producer({"bootstrap.servers": embedded_kafka.bootstrap, "transactional.id": topic})
    producer.init_transactions(10)
    producer.begin_transaction()
    producer.produce(topic, b"event", partition=0)
    producer.commit_transaction(10)
    consumer = Consumer({"bootstrap.servers": embedded_kafka.bootstrap, "group.id": group})
    consumer.commit(offsets=[TopicPartition(topic, 0, 1)], asynchronous=False)
    consumer.close()

    reader = open_reader(embedded_kafka.bootstrap, group=group)
    assert first_record_from(reader, (topic, 0), 0) == 0
    assert first_record_from(reader, (topic, 0), 1) is None
    reader.close()
    stalls = Stalls()
    watchdog = watch(embedded_kafka.bootstrap, topic, group, stalls)
    watchdog.start()
    assert not stalls.happened.wait(6)
    watchdog.stop()
    watchdog.join(30)
