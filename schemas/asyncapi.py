"""The AsyncAPI 3.0 document: the topic registry as other tools and teams read it."""

import json
from pathlib import Path
from typing import Final

from schemas import headers as names
from schemas.compat import Json
from schemas.examples_of import EXAMPLE_SUFFIX, examples_of
from schemas.topics import PRODUCT_TOPICS, TOPICS, Topic

BINDING_VERSION: Final = "0.5.0"
SCHEMA_FORMAT: Final = "application/schema+json;version=2020-12"
TIDEGATE: Final = frozenset(
    {"worker", "image lane", "av lane", "archiver", "audit", "tidegate dlq"}
)
"""Producers and consumers that are Tidegate's own processes, named by their consumer group."""

EVENT_HEADERS: Final = {
    names.SCHEMA: "Name of the payload's schema.",
    names.VERSION: "Version of the payload's schema, a decimal number.",
    names.TRACEPARENT: "W3C trace context, carried from the event to its verdicts.",
    names.CE_SPECVERSION: "CloudEvents: 1.0.",
    names.CE_ID: "CloudEvents: identity of the event within its source.",
    names.CE_SOURCE: "CloudEvents: the sender, a URI reference.",
    names.CE_TYPE: "CloudEvents: type of the event.",
    names.CE_TIME: "CloudEvents: when it happened, RFC 3339.",
}
OUTPUT_HEADERS: Final = {
    names.SOURCE: "topic/partition/offset of the record that this one answers.",
}
ERROR_HEADERS: Final = {
    names.ERROR_TOPIC: "Topic of the original record.",
    names.ERROR_PARTITION: "Partition of the original record.",
    names.ERROR_OFFSET: "Offset of the original record.",
    names.ERROR_STAGE: "Stage that failed.",
    names.ERROR_CLASS: "Name of the exception.",
    names.ERROR_MESSAGE: "What the exception said.",
    names.ERROR_TIME: "When it failed, RFC 3339.",
}
CUT_HEADERS: Final = {
    names.TRUNCATED_BYTES: "Length of the original value, which was too large: this is its start.",
    names.VALUE_SHA256: "SHA-256 of the whole original value, where it was cut.",
    names.TRUNCATED_KEY_BYTES: "Length of the original key, which was too large and is cut.",
    names.DROPPED_HEADERS: "Number of original headers, which were too large and are left out.",
}
PATTERNS: Final = {
    names.VERSION: "^[0-9]+$",
    names.TRACEPARENT: "^[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}",
    names.ERROR_PARTITION: "^[0-9]+$",
    names.ERROR_OFFSET: "^[0-9]+$",
    names.SOURCE: "^[^/]+/[0-9]+/[0-9]+$",
}


def asyncapi(examples: Path) -> Json:
    """Gives the document. `examples` holds one folder of example payloads for each topic.

    Payload schemas are referenced as `json/<Schema>.v<version>.json`, relative to `schemas/`.
    """
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Tidegate",
            "version": "1.0.0",
            "description": "Content moderation over Kafka: product events in, verdicts out. "
            "Operations are those of every party; `x-party` names who sends or receives.",
            "license": {
                "name": "Apache-2.0",
                "url": "https://www.apache.org/licenses/LICENSE-2.0",
            },
        },
        "defaultContentType": "application/json",
        "servers": _servers(),
        "channels": {_key(topic.name): _channel(topic) for topic in TOPICS},
        "operations": dict(_operations()),
        "components": {"messages": {_key(t.name): _message(t, examples) for t in TOPICS}},
    }


def _servers() -> Json:
    return {
        "embedded": {
            "host": "127.0.0.1:9092",
            "protocol": "kafka",
            "description": "The broker that `tidegate up` starts on one machine.",
        },
        "production": {
            "host": "{broker}",
            "protocol": "kafka",
            "description": "Apache Kafka, or a broker that speaks its protocol.",
            "variables": {
                "broker": {
                    "default": "kafka:9092",
                    "description": "Bootstrap address, as in the setting TIDEGATE_BROKER.",
                }
            },
        },
    }


def _key(name: str) -> str:
    """Gives an object key for a topic: AsyncAPI allows letters, digits, `.`, `-` and `_`."""
    return "".join(character if character.isalnum() else "_" for character in name)


def _channel(topic: Topic) -> Json:
    key = _key(topic.name)
    return {
        "address": topic.name,
        "description": topic.description,
        "messages": {topic.schema: {"$ref": f"#/components/messages/{key}"}},
        "bindings": {
            "kafka": {
                "topic": topic.name,
                "partitions": topic.partitions,
                "topicConfiguration": {
                    "cleanup.policy": [topic.cleanup],
                    "retention.ms": topic.retention_ms,
                    "max.message.bytes": topic.max_message_bytes,
                },
                "bindingVersion": BINDING_VERSION,
            }
        },
    }


def _message(topic: Topic, examples: Path) -> Json:
    is_dead = topic.payload is None
    schema_file = f"json/{topic.schema}.v{topic.version}.json"
    message: dict[str, object] = {
        "name": topic.schema,
        "title": topic.schema,
        "summary": topic.description,
        "contentType": "application/octet-stream" if is_dead else "application/json",
        "headers": _headers(topic),
        "bindings": {"kafka": {"key": _record_key(topic), "bindingVersion": BINDING_VERSION}},
    }
    if is_dead:
        message["payload"] = {"description": "The original bytes, whatever they are."}
        message["x-readable-form"] = {"$ref": schema_file}
    else:
        message["payload"] = {"schemaFormat": SCHEMA_FORMAT, "schema": {"$ref": schema_file}}
    message["examples"] = [_example(path, topic) for path in examples_of(examples, topic)]
    return message


def _record_key(topic: Topic) -> Json:
    if topic.payload is None:
        return {"description": "The key of the original record."}
    if topic.key == "source":
        return {"type": "string", "description": "topic/partition/offset of the record read."}
    return {"type": "string", "description": f"The payload's {topic.key}, in UTF-8."}


def _headers(topic: Topic) -> Json:
    described = dict(EVENT_HEADERS)
    required: list[str] = []
    if topic.payload is None:
        described |= ERROR_HEADERS | OUTPUT_HEADERS | CUT_HEADERS
        required = [*ERROR_HEADERS, *OUTPUT_HEADERS]
    elif topic not in PRODUCT_TOPICS and "worker" in topic.producers:
        described |= OUTPUT_HEADERS
        required = [names.SCHEMA, names.VERSION, *OUTPUT_HEADERS]
    properties = {name: _header(name, text, topic) for name, text in described.items()}
    return {"type": "object", "properties": properties, "required": required}


def _header(name: str, description: str, topic: Topic) -> Json:
    header: dict[str, object] = {"type": "string", "description": description}
    if name in PATTERNS:
        header["pattern"] = PATTERNS[name]
    # A dead letter keeps whatever headers it came with; those of others say what they hold.
    if topic.payload is not None and name == names.SCHEMA:
        header["const"] = topic.schema
    if topic.payload is not None and name == names.VERSION:
        header["const"] = str(topic.version)
    if topic.payload is None and name in EVENT_HEADERS:
        header.pop("pattern", None)
    return header


def _example(path: Path, topic: Topic) -> Json:
    document = json.loads(path.read_text(encoding="utf-8"))
    name = path.name.removesuffix(EXAMPLE_SUFFIX)
    if topic.payload is not None:
        return {"name": name, "payload": document}
    return {"name": name, "headers": document["headers"], "payload": _dead_payload(document)}


def _dead_payload(document: Json) -> object:
    return document["value"] if "value" in document else document["value_base64"]


def _operations() -> list[tuple[str, Json]]:
    """Gives a send operation for each producer and a receive operation for each consumer."""
    return [
        (_key(f"{party}_{action}_{topic.name}"), _operation(action, party, topic))
        for topic in TOPICS
        for action, parties in (("send", topic.producers), ("receive", topic.consumers))
        for party in parties
    ]


def _operation(action: str, party: str, topic: Topic) -> Json:
    channel = f"#/channels/{_key(topic.name)}"
    verb = "sends to" if action == "send" else "reads"
    operation: dict[str, object] = {
        "action": action,
        "channel": {"$ref": channel},
        "summary": f"{party} {verb} {topic.name}",
        "messages": [{"$ref": f"{channel}/messages/{topic.schema}"}],
        "x-party": party,
    }
    if action == "receive" and party in TIDEGATE:
        group = {"type": "string", "description": f"Consumer group of the {party}."}
        operation["bindings"] = {"kafka": {"groupId": group, "bindingVersion": BINDING_VERSION}}
    return operation
