"""Publishing, topics and answering on the embedded broker."""

import socket
from collections.abc import Callable, Iterable, Iterator, Sequence
from uuid import uuid4

import msgspec
import pytest
from confluent_kafka.admin import AdminClient
from prometheus_client import REGISTRY

from schemas.topics import FILTERED, MEDIA_IMAGE, PRODUCT_TOPICS, TOPICS, VERDICTS, Topic
from schemas.verdicts import Verdict
from streams.answering import Judge, answer
from streams.dlq_limit import DlqLimit, DlqLimitExceeded
from streams.embedded.ports import free_port
from streams.lanes import LANES
from streams.pipeline import judge
from streams.publisher import MAX_MESSAGE_BYTES, DeliveryFailed, Publisher
from streams.reading import open_reader, read_to_end
from streams.record import Outgoing, Record
from streams.topic_admin import (
    BrokerUnavailable,
    TopicsMissing,
    TopicsUneven,
    create_topics,
    list_topics,
    require_alike,
    require_topics,
)
from tests.services import EmbeddedKafka, require

from .samples import CHATROOM, SQUARE, event, pipeline, record

DLQ = f"{CHATROOM.name}.dlq"


@pytest.fixture(scope="module")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedKafka]:
    """A broker of this module's own: the registry's topics hold what these tests write."""
    require(EmbeddedKafka)
    with EmbeddedKafka(tmp_path_factory.mktemp("publisher")) as started:
        create_topics(admin_of(started), TOPICS, n_partitions=3)
        yield started


@pytest.fixture(scope="module")
def publisher(broker: EmbeddedKafka) -> Publisher:
    return Publisher(broker.bootstrap, client_id="test", timeout_s=30)


def admin_of(broker: EmbeddedKafka) -> AdminClient:
    return AdminClient({"bootstrap.servers": broker.bootstrap})


def read_all(broker: EmbeddedKafka, *topics: str) -> list[Record]:
    reader = open_reader(broker.bootstrap)
    try:
        return list(read_to_end(reader, topics))
    finally:
        reader.close()


def fresh_topic(broker: EmbeddedKafka) -> Topic:
    topic = msgspec.structs.replace(VERDICTS, name=f"test-{uuid4().hex}", partitions=3)
    assert create_topics(admin_of(broker), [topic]) == [topic.name]
    return topic


def judging() -> Judge:
    judging = pipeline()
    return lambda records: [judge(records, judging)]


def test_published_batch_is_with_the_broker(broker: EmbeddedKafka, publisher: Publisher) -> None:
    name = fresh_topic(broker).name
    headers = (("schema", b"x"), ("schema", None), ("empty", b""))
    batch = [
        Outgoing(topic=name, key=b"k%d" % i, value=b"v%d" % i, headers=headers) for i in range(500)
    ]
    publisher.publish([*batch, Outgoing(topic=name, key=None, value=None)])
    found = read_all(broker, name)
    assert {entry.value for entry in found} == {one.value for one in batch} | {None}
    assert {entry.headers for entry in found} == {headers, ()}
    by_key = {entry.key: entry.source.partition for entry in found if entry.key}
    publisher.publish(batch)
    again = {entry.key: entry.source.partition for entry in read_all(broker, name) if entry.key}
    assert by_key == again
    assert set(by_key.values()) == {0, 1, 2}


def test_changes_are_there_before_the_batch_and_where_they_are_told_to(
    broker: EmbeddedKafka, publisher: Publisher
) -> None:
    name = fresh_topic(broker).name
    asked: list[int] = []

    def changes() -> list[Outgoing]:
        asked.append(len(read_all(broker, name)))
        return [Outgoing(topic=name, key=b"k", value=b"state", partition=n) for n in (0, 1, 2)]

    def too_large() -> list[Outgoing]:
        return [Outgoing(topic=name, key=None, value=bytes(MAX_MESSAGE_BYTES + 1))]

    batch = [Outgoing(topic=name, key=b"k", value=b"verdict")]
    publisher.publish(batch, changes)
    found = read_all(broker, name)
    assert asked == [0]
    states = sorted(one.source.partition for one in found if one.value == b"state")
    assert states == [0, 1, 2]
    with pytest.raises(DeliveryFailed):
        publisher.publish(batch, too_large)
    assert len(read_all(broker, name)) == len(found)


def test_topics_of_different_sizes_are_told(broker: EmbeddedKafka) -> None:
    admin = admin_of(broker)
    require_alike(admin, PRODUCT_TOPICS)
    with pytest.raises(TopicsUneven, match=FILTERED.name):
        require_alike(admin, [*PRODUCT_TOPICS, FILTERED])


def test_nothing_to_publish(publisher: Publisher) -> None:
    publisher.publish([])


def test_record_over_the_limit_fails_at_once(broker: EmbeddedKafka, publisher: Publisher) -> None:
    name = fresh_topic(broker).name
    large = Outgoing(topic=name, key=None, value=bytes(MAX_MESSAGE_BYTES + 1))
    with pytest.raises(DeliveryFailed, match=name):
        publisher.publish([large])
    publisher.publish([Outgoing(topic=name, key=None, value=b"small")])
    assert b"small" in {entry.value for entry in read_all(broker, name)}


def test_batch_that_the_broker_never_took_fails() -> None:
    lonely = Publisher(f"127.0.0.1:{free_port()}", client_id="test", timeout_s=1)
    with pytest.raises(DeliveryFailed, match="of 1 not delivered"):
        lonely.publish([Outgoing(topic="any", key=None, value=b"x")])


def test_topics_are_created_once_and_listed(broker: EmbeddedKafka) -> None:
    admin = admin_of(broker)
    assert create_topics(admin, TOPICS) == []
    partitions = {state.name: state.partitions for state in list_topics(admin, TOPICS)}
    assert partitions.keys() == {topic.name for topic in TOPICS}
    assert {partitions[topic.name] for topic in PRODUCT_TOPICS} == {3}
    assert partitions[FILTERED.name] == 1
    require_topics(admin, TOPICS)


def test_missing_topics_are_named(broker: EmbeddedKafka) -> None:
    absent = msgspec.structs.replace(VERDICTS, name=f"test-{uuid4().hex}")
    (state,) = list_topics(admin_of(broker), [absent])
    assert state.partitions == 0
    with pytest.raises(TopicsMissing, match=absent.name):
        require_topics(admin_of(broker), [*TOPICS, absent])


@pytest.mark.parametrize("ask", [create_topics, require_topics, list_topics])
def test_no_broker_is_a_clear_error(
    ask: Callable[[AdminClient, Iterable[Topic]], object], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("streams.topic_admin.TIMEOUT_S", 0.5)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        admin = AdminClient({"bootstrap.servers": f"127.0.0.1:{port}", "log_level": 0})
        with pytest.raises(BrokerUnavailable, match="no Kafka broker answers"):
            ask(admin, TOPICS)


def limit() -> DlqLimit:
    return DlqLimit(max_consecutive=3, max_ratio=1.0, window=100)


def counted(name: str, **labels: str) -> float:
    return REGISTRY.get_sample_value(name, labels) or 0.0


def test_answers_are_published_and_counted(broker: EmbeddedKafka, publisher: Publisher) -> None:
    place = {"topic": CHATROOM.name, "partition": "3"}
    before = counted("tidegate_consumed_total", **place)
    name = uuid4().hex
    records = [record(event(message_id=name)), record(b"{", key=name.encode()), record(None)]
    answer(records, judging(), publisher, limit())
    verdicts = [entry for entry in read_all(broker, VERDICTS.name) if entry.key == name.encode()]
    (verdict,) = (msgspec.json.decode(entry.value or b"", type=Verdict) for entry in verdicts)
    assert verdict.item_id == name
    assert [e.value for e in read_all(broker, DLQ) if e.key == name.encode()] == [b"{"]
    assert read_all(broker, FILTERED.name)
    assert counted("tidegate_consumed_total", **place) == before + 3
    assert counted("tidegate_unaccounted_records") == 0
    letters = {"topic": CHATROOM.name, "stage": "decode", "error": "EventInvalid"}
    assert counted("tidegate_dead_letters_total", **letters) >= 1


class Watched(Publisher):
    """Notes which topics each batch is for, and which verdicts were there before it."""

    def __init__(self, broker: EmbeddedKafka) -> None:
        super().__init__(broker.bootstrap, client_id="test", timeout_s=30)
        self._broker = broker
        self.seen: list[tuple[set[str], set[bytes | None]]] = []

    def publish(
        self, batch: Sequence[Outgoing], changes: Callable[[], Sequence[Outgoing]] | None = None
    ) -> None:
        there = {entry.key for entry in read_all(self._broker, VERDICTS.name)}
        self.seen.append(({one.topic for one in batch}, there))
        super().publish(batch, changes)


def test_tasks_are_published_once_the_verdicts_are_there(broker: EmbeddedKafka) -> None:
    watched = Watched(broker)
    served = msgspec.structs.replace(pipeline(), lanes=LANES)
    key = uuid4().hex
    media = [{"modality": "image", "uri": "https://cdn.harborex.example/a.png"}]
    posts = [
        record(event(SQUARE, post_id=key, media=media), SQUARE, key=key.encode()),
        record(event(SQUARE, post_id=f"{key} b"), SQUARE, key=b"b"),
    ]
    answer(posts, lambda records: [judge(records, served)], watched, limit())
    assert [topics for topics, _ in watched.seen] == [{VERDICTS.name}, {MEDIA_IMAGE.name}]
    assert [key.encode() in there for _, there in watched.seen] == [False, True]


def test_answers_without_tasks_are_one_batch(broker: EmbeddedKafka) -> None:
    watched = Watched(broker)
    answer([record(event(message_id=uuid4().hex))], judging(), watched, limit())
    assert [topics for topics, _ in watched.seen] == [{VERDICTS.name}]


def test_value_of_ten_megabytes_does_not_stop_the_worker(
    broker: EmbeddedKafka, publisher: Publisher
) -> None:
    key = uuid4().hex.encode()
    answer([record(bytes(10 << 20), key=key)], judging(), publisher, limit())
    (letter,) = (entry for entry in read_all(broker, DLQ) if entry.key == key)
    assert 1 << 20 < len(letter.value or b"") < MAX_MESSAGE_BYTES


def test_limit_stops_before_anything_is_published(
    broker: EmbeddedKafka, publisher: Publisher
) -> None:
    key = uuid4().hex.encode()
    bad = [record(b"{", key=key, offset=offset) for offset in range(3)]
    with pytest.raises(DlqLimitExceeded) as caught:
        answer(bad, judging(), publisher, limit())
    where, advice = caught.value.__notes__
    assert where.startswith(f"at {CHATROOM.name}/3/2, decode: ")
    assert "TIDEGATE_DLQ_MAX_CONSECUTIVE" in advice
    assert key not in {entry.key for entry in read_all(broker, DLQ)}


def test_no_records_need_no_answer(publisher: Publisher) -> None:
    answer([], judging(), publisher, limit())
