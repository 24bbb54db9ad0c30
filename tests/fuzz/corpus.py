"""What is mutated: the checked-in examples, as records of their topics."""

import base64
import json
from typing import Final

from detectors.canary import CANARY_TEXT
from schemas import headers as names
from schemas.examples_of import EXAMPLES, examples_of
from schemas.records import Source
from schemas.topics import (
    DLQ_TOPICS,
    HUMAN_LABELS,
    PRODUCT_TOPICS,
    TOPICS,
    VERDICTS,
    Topic,
    dlq_of,
)
from streams.dlq import CUT_HEADERS, ERROR_HEADERS
from streams.record import Record

TRACEPARENT: Final = b"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
HEADER_NAMES: Final = (
    names.SCHEMA,
    names.VERSION,
    names.TRACEPARENT,
    names.CE_TIME,
    *sorted(ERROR_HEADERS),
    *sorted(CUT_HEADERS),
)


def records_of(topic: Topic) -> list[Record]:
    """Gives the example payloads of a topic, with the headers that belong to them."""
    headers = (
        (names.SCHEMA, topic.schema.encode()),
        (names.VERSION, str(topic.version).encode()),
        (names.TRACEPARENT, TRACEPARENT),
        (names.SOURCE, b"chatroom.messages.v1/3/7"),
    )
    return [
        Record(
            source=Source(topic=topic.name, partition=3, offset=i),
            key=b"a-1",
            value=path.read_bytes(),
            headers=headers,
            timestamp_ms=1_795_348_798_000,
        )
        for i, path in enumerate(examples_of(EXAMPLES, topic))
    ]


def canary_events() -> list[Record]:
    """Gives the product examples with the canary in every text, so that rules fire."""
    changed = []
    for topic in PRODUCT_TOPICS:
        for record in records_of(topic):
            document = json.loads(record.value or b"{}")
            texts = ("text", "description", "response")
            document |= {name: CANARY_TEXT for name in texts if name in document}
            value = json.dumps(document, ensure_ascii=False).encode()
            changed.append(Record(source=record.source, key=record.key, value=value))
    return changed


def dead_letters() -> list[Record]:
    """Gives the examples of the DLQs: the record each holds, as it stands in Kafka."""
    letters = []
    for topic in DLQ_TOPICS:
        for path in examples_of(EXAMPLES, topic):
            document = json.loads(path.read_text(encoding="utf-8"))
            if "value_base64" in document:
                value: bytes | None = base64.b64decode(document["value_base64"])
            else:
                value = None if document["value"] is None else document["value"].encode()
            letters.append(
                Record(
                    source=Source(topic=topic.name, partition=0, offset=0),
                    key=None if document["key"] is None else document["key"].encode(),
                    value=value,
                    headers=tuple((k, v.encode()) for k, v in document["headers"].items()),
                )
            )
    return letters


EVENTS: Final = (*(r for topic in PRODUCT_TOPICS for r in records_of(topic)), *canary_events())
ARCHIVED: Final = (*records_of(VERDICTS), *records_of(HUMAN_LABELS), *dead_letters())
VALUES: Final = tuple(
    path.read_bytes() for topic in TOPICS for path in examples_of(EXAMPLES, topic)
)
DLQ_NAMES: Final = {topic.name: dlq_of(topic).name for topic in PRODUCT_TOPICS}
