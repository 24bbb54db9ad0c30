"""Events of all products become verdicts, dead letters and lines of the filtered topic."""

import json
from collections.abc import Iterator

import msgspec

from detectors.canary import CANARY_TEXT
from schemas import headers as names
from schemas.examples_of import EXAMPLES, examples_of
from schemas.topics import PRODUCT_TOPICS, VERDICTS, Topic
from streams.record import Headers, Outgoing, header
from tests.integration.account import DECODER, check, read_all, source_of
from tests.integration.fixtures import Note
from tests.integration.load import Sample, send, traffic
from tests.integration.system import System

TRACE = "1234567890abcdef1234567890abcdef"
N_EVENTS = 1_200


def own_headers(topic: Topic) -> Headers:
    return (
        (names.TRACEPARENT, f"00-{TRACE}-00f067aa0ba902b7-01".encode()),
        (names.SCHEMA, topic.schema.encode()),
        (names.VERSION, b"1"),
        ("product_header", b"\x00\xff"),
    )


def examples() -> Iterator[Sample]:
    """Gives every example event, and of each topic one broken record and one tombstone."""
    for topic in PRODUCT_TOPICS:
        given = own_headers(topic)
        for path in examples_of(EXAMPLES, topic):
            value = path.read_bytes()
            key = json.loads(value)["actor_id"].encode()
            yield Sample(Outgoing(topic=topic.name, key=key, value=value, headers=given))
        broken = Outgoing(topic=topic.name, key=b"\xff\x00", value=b"{\xff", headers=given)
        yield Sample(broken, "dead_letter")
        yield Sample(Outgoing(topic=topic.name, key=b"k", value=None, headers=given), "filtered")


def test_every_record_gets_its_answer(system: System, note: Note) -> None:
    system.archiver()
    system.workers(2)
    sent = list(send(system.broker.bootstrap, examples()))
    sent += send(system.broker.bootstrap, traffic(N_EVENTS, seed=1))

    note(check(system, sent))

    surfaces = system.select("SELECT surface, count() FROM verdicts FINAL GROUP BY surface")
    assert {str(row[0]) for row in surfaces} == {topic.surface for topic in PRODUCT_TOPICS}


def test_a_verdict_carries_key_trace_and_headers(system: System) -> None:
    system.workers(1)
    text = {"text": CANARY_TEXT}
    topic = PRODUCT_TOPICS[0]
    (path, *_) = examples_of(EXAMPLES, topic)
    value = msgspec.json.encode(json.loads(path.read_bytes()) | text)
    record = Outgoing(topic=topic.name, key=b"actor", value=value, headers=own_headers(topic))
    sent = send(system.broker.bootstrap, [Sample(record)])
    system.await_answered(sent)

    (answer,) = read_all(system.broker.bootstrap, [VERDICTS.name])

    verdict = DECODER.decode(answer.value or b"")
    assert verdict.action != "allow"
    assert [reason.label for reason in verdict.reasons] == ["spam"]
    assert verdict.trace_id == TRACE
    assert answer.key == verdict.item_id.encode()
    assert source_of(answer) == sent[0].source
    found = dict(answer.headers)
    assert (found[names.TRACEPARENT] or b"").startswith(f"00-{TRACE}-".encode())
    assert found[names.SCHEMA] == b"Verdict"
    assert found[names.VERSION] == b"1"
    assert found[names.CE_SPECVERSION] == b"1.0"
    assert found[names.CE_ID] == verdict.verdict_id.hex.encode()
    assert found[names.CE_TYPE] == b"tidegate.verdict.v1"
    assert found[names.CE_SOURCE] == b"/tidegate/worker"
    assert names.CE_TIME in found


def test_a_text_split_over_messages_is_read_as_one(system: System) -> None:
    system.workers(1, detectors="text.entities")
    topic = PRODUCT_TOPICS[0]
    samples = [
        Sample(Outgoing(topic=topic.name, key=b"actor", value=chat_message(number, text)))
        for number, text in enumerate(("gm", "send me", "your seed", "phrase", "thanks"))
    ]
    system.await_answered(send(system.broker.bootstrap, samples))

    answers = read_all(system.broker.bootstrap, [VERDICTS.name])

    verdicts = {v.item_id: v for v in (DECODER.decode(answer.value or b"") for answer in answers)}
    actions = [verdicts[f"split-{number}"].action for number in range(len(samples))]
    assert actions == ["allow", "allow", "allow", "hold", "allow"]
    (signal,) = (one for one in verdicts["split-3"].signals if one.label == "phishing")
    assert signal.part == "joined"
    assert json.loads((signal.evidence or {})["joined_items"]) == ["split-1", "split-2"]


def chat_message(number: int, text: str) -> bytes:
    return msgspec.json.encode(
        {
            "message_id": f"split-{number}",
            "room_id": "lobby",
            "actor_id": "actor",
            "created_at": f"2026-11-22T12:00:{number:02}Z",
            "text": text,
        }
    )


def test_a_dead_letter_is_the_record_and_says_why(system: System) -> None:
    system.workers(1)
    topic = PRODUCT_TOPICS[1]
    record = Outgoing(topic=topic.name, key=b"\xff", value=b"\x00{", headers=own_headers(topic))
    sent = send(system.broker.bootstrap, [Sample(record, "dead_letter")])
    system.await_answered(sent)

    (letter,) = read_all(system.broker.bootstrap, [f"{topic.name}.dlq"])

    assert (letter.key, letter.value) == (record.key, record.value)
    assert letter.headers[: len(record.headers)] == record.headers
    place = sent[0].source
    for name, expected in (
        (names.ERROR_TOPIC, topic.name),
        (names.ERROR_PARTITION, str(place.partition)),
        (names.ERROR_OFFSET, str(place.offset)),
        (names.ERROR_STAGE, "decode"),
        (names.ERROR_CLASS, "EventInvalid"),
    ):
        assert header(letter.headers, name) == expected.encode()
    assert header(letter.headers, names.ERROR_MESSAGE)
