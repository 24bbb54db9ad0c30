"""Topics on a broker: create those of the registry, list them, insist on them."""

from collections.abc import Iterable, Sequence
from typing import Final

from confluent_kafka import KafkaError, KafkaException
from confluent_kafka.admin import AdminClient, NewTopic  # type: ignore[attr-defined] # re-exported
from msgspec import Struct

from schemas.topics import Topic

TIMEOUT_S: Final = 10.0
COMPACTED: Final = {"segment.bytes": str(64 << 20), "min.cleanable.dirty.ratio": "0.2"}
"""For compacted topics: Kafka compacts whole segments alone, by default of a gigabyte, and what is
not compacted is read again at each start."""


class BrokerUnavailable(RuntimeError):
    """No Kafka broker answered at the address given."""


class TopicsMissing(RuntimeError):
    """The broker lacks topics that Tidegate needs."""


class TopicsUneven(RuntimeError):
    """Topics of which an actor's records must meet have different numbers of partitions."""


class TopicState(Struct, frozen=True, kw_only=True):
    """A registry topic as it stands on the broker; `partitions` is 0 where it is absent."""

    name: str
    partitions: int


def create_topics(
    admin: AdminClient,
    topics: Sequence[Topic],
    *,
    n_partitions: int | None = None,
    replication: int = 1,
) -> list[str]:
    """Creates the topics that are absent and gives their names. Existing ones are left alone.

    `n_partitions` overrides the registry's number for topics that have more than one. Raises
    BrokerUnavailable.
    """
    wanted = {
        topic.name: NewTopic(
            topic.name,
            num_partitions=_partitions(topic, n_partitions),
            replication_factor=replication,
            config={
                "cleanup.policy": topic.cleanup,
                "retention.ms": str(topic.retention_ms),
                "max.message.bytes": str(topic.max_message_bytes),
                **(COMPACTED if topic.cleanup == "compact" else {}),
            },
        )
        for topic in topics
    }
    present = _present(admin)
    absent = [new for name, new in wanted.items() if name not in present]
    if not absent:
        return []
    created = []
    for name, future in admin.create_topics(absent, operation_timeout=TIMEOUT_S).items():
        try:
            future.result(TIMEOUT_S)
        except KafkaException as error:
            if error.args[0].code() != KafkaError.TOPIC_ALREADY_EXISTS:
                raise
        else:
            created.append(name)
    return sorted(created)


def _partitions(topic: Topic, override: int | None) -> int:
    return topic.partitions if override is None or topic.partitions == 1 else override


def list_topics(admin: AdminClient, topics: Iterable[Topic]) -> list[TopicState]:
    """Gives how the registry's topics stand on the broker. Raises BrokerUnavailable."""
    present = _present(admin)
    return [TopicState(name=topic.name, partitions=present.get(topic.name, 0)) for topic in topics]


def require_topics(admin: AdminClient, topics: Iterable[Topic]) -> None:
    """Raises TopicsMissing when the broker lacks one, BrokerUnavailable when none answers."""
    absent = [state.name for state in list_topics(admin, topics) if state.partitions == 0]
    if absent:
        message = f"the broker lacks {', '.join(absent)}: run `tidegate topics create`"
        raise TopicsMissing(message)


def require_alike(admin: AdminClient, topics: Iterable[Topic]) -> None:
    """Raises TopicsUneven unless all have as many partitions; BrokerUnavailable."""
    found = {state.name: state.partitions for state in list_topics(admin, topics)}
    if len(set(found.values())) > 1:
        told = ", ".join(f"{name} {n}" for name, n in found.items())
        message = f"an actor's records cannot meet, numbers of partitions differ: {told}"
        raise TopicsUneven(message)


def _present(admin: AdminClient) -> dict[str, int]:
    try:
        metadata = admin.list_topics(timeout=TIMEOUT_S)
    except KafkaException as error:
        message = f"no Kafka broker answers: {error.args[0].str()}"
        raise BrokerUnavailable(message) from error
    return {name: len(topic.partitions) for name, topic in metadata.topics.items()}
