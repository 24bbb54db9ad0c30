import base64
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from jsonschema import Draft202012Validator

from schemas.content import Item
from schemas.examples_of import EXAMPLES, examples_of
from schemas.generate import FOLDER
from schemas.records import Source
from schemas.topics import BY_NAME, CONSUMED, DLQ_TOPICS, TOPICS, VERDICTS, Topic
from schemas.verdicts import Verdict
from streams.decide import identify
from streams.dlq import exhume, revive
from streams.record import Record

WITH_PAYLOAD = [topic for topic in TOPICS if topic.payload is not None]
CASES = [(topic, path) for topic in WITH_PAYLOAD for path in examples_of(EXAMPLES, topic)]
DEAD = [(topic, path) for topic in DLQ_TOPICS for path in examples_of(EXAMPLES, topic)]
VERDICT_PATHS = examples_of(EXAMPLES, VERDICTS)


def read(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))


def name(case: object) -> str:
    return case.stem if isinstance(case, Path) else getattr(case, "name", str(case))


def is_kept(example: object, encoded: object) -> bool:
    """Whether everything an example says is in its decoded and encoded form."""
    if isinstance(example, dict):
        return isinstance(encoded, dict) and all(
            key in encoded and is_kept(value, encoded[key]) for key, value in example.items()
        )
    if isinstance(example, list):
        return (
            isinstance(encoded, list)
            and len(example) == len(encoded)
            and all(is_kept(one, other) for one, other in zip(example, encoded, strict=True))
        )
    return example == encoded


@pytest.mark.parametrize("topic", TOPICS, ids=name)
def test_three_examples_for_each_topic(topic: Topic) -> None:
    assert len(examples_of(EXAMPLES, topic)) >= 3


def test_no_examples_of_unknown_topics() -> None:
    assert {path.name for path in EXAMPLES.iterdir()} == BY_NAME.keys()


@pytest.mark.parametrize(("topic", "path"), CASES, ids=name)
def test_example_validates_decodes_and_round_trips(topic: Topic, path: Path) -> None:
    assert topic.payload is not None
    schema = read(FOLDER / "json" / f"{topic.schema}.v{topic.version}.json")
    Draft202012Validator(schema, format_checker=Draft202012Validator.FORMAT_CHECKER).validate(
        read(path)
    )
    decoded = msgspec.json.decode(path.read_bytes(), type=topic.payload)
    encoded = msgspec.json.encode(decoded)
    assert msgspec.json.decode(encoded, type=topic.payload) == decoded
    assert is_kept(read(path), json.loads(encoded))


def paths_of_fields(schema: Any, document: Any, prefix: str = "") -> Iterator[str]:
    if "$ref" in schema:
        schema = document["$defs"][schema["$ref"].rpartition("/")[2]]
    for alternative in schema.get("anyOf", ()):
        yield from paths_of_fields(alternative, document, prefix)
    if isinstance(schema.get("items"), dict):
        yield from paths_of_fields(schema["items"], document, prefix)
    for field, node in schema.get("properties", {}).items():
        yield f"{prefix}.{field}"
        yield from paths_of_fields(node, document, f"{prefix}.{field}")


def paths_in(value: object, prefix: str = "") -> Iterator[str]:
    if isinstance(value, dict):
        for key, inner in value.items():
            if inner not in (None, [], {}):
                yield f"{prefix}.{key}"
                yield from paths_in(inner, f"{prefix}.{key}")
    elif isinstance(value, list):
        for inner in value:
            yield from paths_in(inner, prefix)


@pytest.mark.parametrize("topic", WITH_PAYLOAD, ids=name)
def test_every_field_appears_in_some_example(topic: Topic) -> None:
    schema = read(FOLDER / "json" / f"{topic.schema}.v{topic.version}.json")
    used = {field for path in examples_of(EXAMPLES, topic) for field in paths_in(read(path))}
    assert set(paths_of_fields(schema, schema)) - used == set()


def test_product_examples_are_in_several_languages() -> None:
    locales = {read(path).get("locale") for topic, path in CASES if topic.surface}
    assert len({str(locale)[:2] for locale in locales if locale}) >= 8


def record_of(topic: Topic, document: Any) -> Record:
    if "value_base64" in document:
        value: bytes | None = base64.b64decode(document["value_base64"], validate=True)
    else:
        value = None if document["value"] is None else document["value"].encode()
    return Record(
        source=Source(topic=topic.name, partition=0, offset=0),
        key=None if document["key"] is None else document["key"].encode(),
        value=value,
        headers=tuple((name, text.encode()) for name, text in document["headers"].items()),
    )


@pytest.mark.parametrize(("topic", "path"), DEAD, ids=name)
def test_dead_letter_example_is_a_record_that_cannot_be_read(topic: Topic, path: Path) -> None:
    record = record_of(topic, read(path))
    letter = exhume(record)
    original = BY_NAME[letter.source.topic]
    assert f"{original.name}.dlq" == topic.name
    assert letter.stage
    assert letter.error
    assert letter.message
    assert revive(record).topic in {topic.name for topic in CONSUMED}
    with pytest.raises((msgspec.DecodeError, UnicodeDecodeError)):
        msgspec.json.decode(letter.value or b"", type=original.payload)


@pytest.mark.parametrize("path", VERDICT_PATHS, ids=name)
def test_verdict_example_is_consistent(path: Path) -> None:
    verdict = msgspec.json.decode(path.read_bytes(), type=Verdict)
    scores = {(signal.label, signal.score) for signal in verdict.signals}
    for reason in verdict.reasons:
        assert (
            (reason.label, reason.score) in scores
            if reason.label
            else (verdict.missing or verdict.pending)
        )
    assert {signal.detector for signal in verdict.signals} <= set(verdict.detectors)
    assert verdict.action == "allow" or verdict.reasons
    assert re.fullmatch("[0-9a-f]{32}", verdict.trace_id)
    assert verdict.occurred_at < verdict.decided_at
    assert (verdict.status == "partial") == bool(verdict.pending)
    assert {one.detector for one in verdict.unanswered} <= set(verdict.missing)


@pytest.mark.parametrize("path", VERDICT_PATHS, ids=name)
def test_verdict_example_answers_a_product_example(path: Path) -> None:
    verdict = msgspec.json.decode(path.read_bytes(), type=Verdict)
    ids = {value for _, case in CASES for value in read(case).values() if isinstance(value, str)}
    assert {verdict.item_id, verdict.actor_id} <= ids
    assert verdict.verdict_id.version == 5
    item = Item(
        item_id=verdict.item_id,
        surface=verdict.surface,
        actor_id=verdict.actor_id,
        revision=verdict.item_revision,
        created_at=verdict.occurred_at,
        origin="human",
    )
    limited = verdict.features.limited if verdict.features else ()
    assert verdict.verdict_id == identify(
        item,
        verdict.stage,
        verdict.policy_hash,
        verdict.detectors,
        (*verdict.missing, *limited),
    )
