"""The topic registry: every Kafka topic Tidegate reads or writes, as data."""

from typing import Final, Literal

from msgspec import Struct

from schemas.campaigns import Campaign, Fingerprinted
from schemas.events import AiGeneration, ChatroomMessage, MemerushLaunch, SquarePost
from schemas.labels import Surface
from schemas.records import Filtered, HumanLabel
from schemas.strikes import Strike
from schemas.tasks import MediaTask
from schemas.verdicts import Verdict

Cleanup = Literal["delete", "compact"]

DAY_MS: Final = 86_400_000
MEBIBYTE: Final = 1 << 20
N_PARTITIONS: Final = 12
"""Partitions of each product topic: equal for all, so that an actor's events meet in one worker."""


class Topic(Struct, frozen=True, kw_only=True):
    """One topic. `key` names the payload field that is the record key.

    `payload` is None for a DLQ, whose values are whatever bytes could not be judged, and for what
    is no contract; `raw` says what these bytes are.
    """

    name: str
    payload: type[Struct] | None
    version: int
    key: str
    partitions: int
    retention_ms: int
    max_message_bytes: int
    producers: tuple[str, ...]
    consumers: tuple[str, ...]
    description: str
    surface: Surface | None = None
    cleanup: Cleanup = "delete"
    raw: str = "DeadLetter"

    @property
    def schema(self) -> str:
        """The payload schema's name, as in the `schema` header and `schemas/json/`."""
        return self.payload.__name__ if self.payload is not None else self.raw


def _product(
    name: str, payload: type[Struct], surface: Surface, producer: str, description: str
) -> Topic:
    return Topic(
        name=name,
        payload=payload,
        version=1,
        key="actor_id",
        partitions=N_PARTITIONS,
        retention_ms=7 * DAY_MS,
        max_message_bytes=MEBIBYTE,
        producers=(producer,),
        consumers=("worker",),
        description=description,
        surface=surface,
    )


PRODUCT_TOPICS: Final = (
    _product(
        "chatroom.messages.v1",
        ChatroomMessage,
        "chatroom",
        "chatrooms",
        "Messages in live chatrooms.",
    ),
    _product("square.posts.v1", SquarePost, "square", "square", "Posts on the social feed."),
    _product("memerush.launches.v1", MemerushLaunch, "memerush", "memerush", "Meme-coin launches."),
    _product(
        "ai.generations.v1",
        AiGeneration,
        "ai",
        "ai agents",
        "Prompts to AI agents and their responses.",
    ),
)

VERDICTS: Final = Topic(
    name="moderation.verdicts.v1",
    payload=Verdict,
    version=1,
    key="item_id",
    partitions=N_PARTITIONS,
    retention_ms=30 * DAY_MS,
    max_message_bytes=MEBIBYTE,
    producers=("worker", "image lane", "av lane", "campaigns"),
    consumers=("enforcement services", "archiver"),
    description="The action topic: every verdict, for enforcement services to carry out.",
)


def _lane(name: str, producers: tuple[str, ...], consumer: str, description: str) -> Topic:
    return Topic(
        name=name,
        payload=MediaTask,
        version=1,
        key="item_id",
        partitions=N_PARTITIONS,
        retention_ms=7 * DAY_MS,
        max_message_bytes=2 * MEBIBYTE,
        producers=producers,
        consumers=(consumer,),
        description=description,
    )


MEDIA_IMAGE: Final = _lane(
    "moderation.media.image.v1",
    ("worker",),
    "image lane",
    "Items with pictures, on their way to the image lane.",
)

MEDIA_AV: Final = _lane(
    "moderation.media.av.v1",
    ("worker", "image lane"),
    "av lane",
    "Items with clips or recordings, on their way to the audio and video lane.",
)

MEDIA_TOPICS: Final = (MEDIA_IMAGE, MEDIA_AV)

FILTERED: Final = Topic(
    name="moderation.filtered.v1",
    payload=Filtered,
    version=1,
    key="source",
    partitions=1,
    retention_ms=30 * DAY_MS,
    max_message_bytes=MEBIBYTE,
    producers=("worker", "image lane", "av lane"),
    consumers=("audit",),
    description="A line for each record that was by rule not judged, so that counts add up.",
)

HUMAN_LABELS: Final = Topic(
    name="moderation.labels.v1",
    payload=HumanLabel,
    version=1,
    key="item_id",
    partitions=N_PARTITIONS,
    retention_ms=30 * DAY_MS,
    max_message_bytes=MEBIBYTE,
    producers=("review", "label tools"),
    consumers=("archiver", "worker"),
    description="People's decisions: which labels hold on an item and which do not.",
)

STRIKES: Final = Topic(
    name="moderation.strikes.v1",
    payload=Strike,
    version=1,
    key="actor_id",
    partitions=N_PARTITIONS,
    retention_ms=30 * DAY_MS,
    max_message_bytes=MEBIBYTE,
    producers=("worker", "image lane", "av lane", "campaigns", "review", "tidegate actors"),
    consumers=("worker",),
    description="Final decisions, and reversals, as they weigh on actors.",
)

FINGERPRINTS: Final = Topic(
    name="moderation.fingerprints.v1",
    payload=Fingerprinted,
    version=1,
    key="item_id",
    partitions=1,
    retention_ms=DAY_MS,
    max_message_bytes=MEBIBYTE,
    producers=("worker", "image lane", "av lane"),
    consumers=("campaigns",),
    description="What items that were finally judged may meet others by; counted in one place.",
)

CAMPAIGNS: Final = Topic(
    name="moderation.campaigns.v1",
    payload=Campaign,
    version=1,
    key="campaign_id",
    partitions=1,
    retention_ms=30 * DAY_MS,
    max_message_bytes=MEBIBYTE,
    producers=("campaigns",),
    consumers=("worker", "image lane", "av lane", "archiver"),
    description="Campaigns as they stand: nearly the same, posted by several actors.",
    cleanup="compact",
)

ACTORS: Final = Topic(
    name="moderation.actors.v1",
    payload=None,
    version=1,
    key="the workers' group and the actor",
    partitions=N_PARTITIONS,
    retention_ms=30 * DAY_MS,
    max_message_bytes=MEBIBYTE,
    producers=("worker",),
    consumers=("worker",),
    description="What workers remember of actors, to be recovered from; their own.",
    cleanup="compact",
    raw="ActorState",
)

RULES: Final = Topic(
    name="moderation.rules.v1",
    payload=None,
    version=1,
    key="a process, from its start to its end",
    partitions=1,
    retention_ms=3 * DAY_MS,
    max_message_bytes=MEBIBYTE,
    producers=("worker", "image lane", "av lane", "campaigns"),
    consumers=("worker", "image lane", "av lane", "campaigns"),
    description="How often rules asked for something, as each process counts it; their own.",
    cleanup="compact",
    raw="RuleCounts",
)


def dlq_of(topic: Topic) -> Topic:
    """Gives the dead letter queue of a consumed topic.

    Room is left for the error headers, so that a record which fits its topic fits its DLQ.
    """
    return Topic(
        name=f"{topic.name}.dlq",
        payload=None,
        version=topic.version,
        key="the original key",
        partitions=topic.partitions,
        retention_ms=30 * DAY_MS,
        max_message_bytes=topic.max_message_bytes + MEBIBYTE // 4,
        producers=topic.consumers,
        consumers=("archiver", "tidegate dlq"),
        description=f"Records of {topic.name} that could not be judged, with error headers.",
        surface=topic.surface,
    )


CONSUMED: Final = (
    *PRODUCT_TOPICS,
    *MEDIA_TOPICS,
    VERDICTS,
    HUMAN_LABELS,
    STRIKES,
    FINGERPRINTS,
    CAMPAIGNS,
)
DLQ_TOPICS: Final = tuple(dlq_of(topic) for topic in CONSUMED)
TOPICS: Final = (*CONSUMED, FILTERED, *DLQ_TOPICS)
BY_NAME: Final = {topic.name: topic for topic in TOPICS}
STATE_TOPICS: Final = (ACTORS, RULES)
"""Where Tidegate's processes keep their state, for themselves: no contract with anybody."""
ALL_TOPICS: Final = (*TOPICS, *STATE_TOPICS)
"""What a broker must have."""
