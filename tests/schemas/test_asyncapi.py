"""A structural check of the AsyncAPI 3.0 document; its rules are those of the specification."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from schemas.generate import FOLDER
from schemas.topics import TOPICS, Topic

DOCUMENT: dict[str, Any] = json.loads((FOLDER / "asyncapi.json").read_text(encoding="utf-8"))
KEY = re.compile(r"^[A-Za-z0-9._-]+$")


def resolve(reference: str) -> Any:
    file, _, pointer = reference.partition("#")
    node = json.loads((FOLDER / file).read_text(encoding="utf-8")) if file else DOCUMENT
    for step in pointer.split("/")[1:]:
        node = node[step.replace("~1", "/").replace("~0", "~")]
    return node


def references(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        if isinstance(node.get("$ref"), str):
            yield node["$ref"]
        for key, value in node.items():
            if key not in {"examples", "payload"} or "schema" in value:
                yield from references(value)
    elif isinstance(node, list):
        for value in node:
            yield from references(value)


def channel_of(topic: Topic) -> dict[str, Any]:
    (channel,) = (c for c in DOCUMENT["channels"].values() if c["address"] == topic.name)
    found: dict[str, Any] = channel
    return found


def test_required_fields() -> None:
    assert DOCUMENT["asyncapi"] == "3.0.0"
    assert {"title", "version"} <= DOCUMENT["info"].keys()
    for server in DOCUMENT["servers"].values():
        assert {"host", "protocol"} <= server.keys()
        for variable in re.findall(r"{(\w+)}", server["host"]):
            assert variable in server["variables"]
    for message in DOCUMENT["components"]["messages"].values():
        assert {"name", "headers", "payload", "examples", "contentType"} <= message.keys()
    sections = ("servers", "channels", "operations")
    keys = [key for section in sections for key in DOCUMENT[section]]
    assert all(KEY.match(key) for key in keys)


def test_every_reference_resolves() -> None:
    found = set(references(DOCUMENT))
    assert len(found) > 3 * len(TOPICS)
    for reference in found:
        assert resolve(reference)


def test_one_channel_for_each_topic() -> None:
    assert [c["address"] for c in DOCUMENT["channels"].values()] == [t.name for t in TOPICS]


@pytest.mark.parametrize("topic", TOPICS, ids=lambda topic: topic.name)
def test_channel_carries_the_registry(topic: Topic) -> None:
    kafka = channel_of(topic)["bindings"]["kafka"]
    assert kafka["topic"] == topic.name
    assert kafka["partitions"] == topic.partitions
    assert kafka["topicConfiguration"] == {
        "cleanup.policy": [topic.cleanup],
        "retention.ms": topic.retention_ms,
        "max.message.bytes": topic.max_message_bytes,
    }


@pytest.mark.parametrize("topic", TOPICS, ids=lambda topic: topic.name)
def test_message_names_its_schema_and_examples(topic: Topic) -> None:
    (reference,) = channel_of(topic)["messages"].values()
    message = resolve(reference["$ref"])
    Draft202012Validator.check_schema(message["headers"])
    assert len(message["examples"]) >= 3
    if topic.payload is None:
        schema = resolve(message["x-readable-form"]["$ref"])
    else:
        schema = resolve(message["payload"]["schema"]["$ref"])
    assert schema["title"] == topic.schema
    for example in message["examples"]:
        if topic.payload is None:
            Draft202012Validator(message["headers"]).validate(example["headers"])
        else:
            Draft202012Validator(schema).validate(example["payload"])


def test_operations_name_every_party_once() -> None:
    found = sorted(
        (
            operation["action"],
            operation["x-party"],
            resolve(operation["channel"]["$ref"])["address"],
        )
        for operation in DOCUMENT["operations"].values()
    )
    expected = sorted(
        [("send", party, topic.name) for topic in TOPICS for party in topic.producers]
        + [("receive", party, topic.name) for topic in TOPICS for party in topic.consumers]
    )
    assert found == expected


def test_operation_messages_belong_to_their_channel() -> None:
    for operation in DOCUMENT["operations"].values():
        for message in operation["messages"]:
            assert message["$ref"].startswith(f"{operation['channel']['$ref']}/messages/")


def test_payload_files_lie_beside_the_document() -> None:
    assert {r.partition("#")[0] for r in references(DOCUMENT)} - {""} <= {
        f"json/{path.name}" for path in Path(FOLDER / "json").iterdir()
    }
