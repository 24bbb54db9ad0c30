"""Records that are poisoned, too large or compressed; a DLQ that fills, and its redrive."""

import random
import time
from collections.abc import Iterator

import msgspec
import pytest
from confluent_kafka import KafkaException, Producer

from schemas import headers as names
from schemas.topics import PRODUCT_TOPICS
from streams.demo.broken import FAULTS, break_record
from streams.record import Outgoing, header
from streams.watchdog import POLL_S
from tests.integration.account import check, read_all, source_of
from tests.integration.fixtures import Note
from tests.integration.load import Codec, Load, Sample, Sent, send, traffic
from tests.integration.processes import wait_for
from tests.integration.system import System
from tests.services import ApacheKafka
from tests.streams.samples import AI, crowded_event

CHATROOM = PRODUCT_TOPICS[0].name
STALL_S = 3
CODECS: tuple[Codec, ...] = ("none", "gzip", "snappy", "lz4", "zstd")


def message(number: int, text: str = "hello there") -> Outgoing:
    event = {
        "message_id": f"m-{number}",
        "room_id": "r-1",
        "actor_id": f"actor-{number % 50}",
        "text": text,
        "created_at": "2026-11-22T12:00:00Z",
    }
    return Outgoing(
        topic=CHATROOM, key=f"actor-{number % 50}".encode(), value=msgspec.json.encode(event)
    )


def poisoned(n: int, every: int) -> Iterator[Sample]:
    """Gives traffic in which each `every`th record is broken, each way in its turn."""
    rng = random.Random(1)  # noqa: S311 - invented traffic
    for number in range(n):
        if number % every == 0:
            fault = FAULTS[number // every % len(FAULTS)]
            broken = break_record(message(number), fault, rng)
            if fault == "version":
                broken = msgspec.structs.replace(broken, headers=((names.VERSION, b"9"),))
            yield Sample(broken, "filtered" if fault == "tombstone" else "dead_letter")
        else:
            yield Sample(message(number))


def test_a_poisoned_record_in_every_batch(system: System, note: Note) -> None:
    system.archiver()
    system.workers(2, batch_max=100)
    load = Load(system.broker.bootstrap, poisoned(4_000, every=50))
    load.start()
    figures = check(system, load.finish())
    assert figures.n_dead_letters == 70
    note(figures)


def test_records_in_every_codec(system: System, note: Note) -> None:
    system.archiver()
    system.workers(2)
    sent: list[Sent] = []
    for number, codec in enumerate(CODECS):
        text = f"{codec} " * 200
        samples = [Sample(message(number * 1_000 + i, text)) for i in range(200)]
        sent += send(system.broker.bootstrap, samples, codec=codec)
    note(check(system, sent), codecs=", ".join(CODECS))


def test_the_end_of_a_transaction_is_no_lag(system: System, note: Note) -> None:
    """Its marker takes an offset that no record has, at the end of each partition here."""
    system.archiver()
    (worker,) = system.workers(1, stall_timeout_s=STALL_S)
    sent = list(send(system.broker.bootstrap, traffic(300, seed=42), per_transaction=100))
    system.await_answered(sent)

    time.sleep(STALL_S + 2 * POLL_S)
    assert worker.is_running, worker.log()
    assert worker.metric("tidegate_lag_records") == 0
    assert worker.metric("tidegate_stalled_seconds") < STALL_S

    sent += send(system.broker.bootstrap, traffic(300, seed=43), per_transaction=30)
    note(check(system, sent))
    assert worker.is_running, worker.log()


def test_records_over_the_limits(system: System, note: Note) -> None:
    system.archiver()
    system.workers(1, max_event_bytes=10_000)
    is_limited = isinstance(system.broker, ApacheKafka)
    over_ours = Sample(message(1, "a" * 20_000), "dead_letter")
    over_topic = Sample(message(2, "b" * 2_000_000), "dead_letter")
    sent = [*send(system.broker.bootstrap, [over_ours, Sample(message(3))])]
    # Compressed it passes the broker's limit, which is on what is sent.
    sent += send(system.broker.bootstrap, [over_topic], codec="zstd")
    load = Load(system.broker.bootstrap, [over_topic])
    load.start()
    if is_limited:
        assert ["MSG_SIZE_TOO_LARGE" in error for error in load.refusals()] == [True]
    else:
        sent += load.finish()

    figures = check(system, sent)

    letters = read_all(system.broker.bootstrap, [f"{CHATROOM}.dlq"])
    by_place = {source_of(letter): letter for letter in letters}
    small, *large = [by_place[s.source] for s in sent if s.kind == "dead_letter"]
    assert small.value == over_ours.record.value
    for letter in large:
        whole = over_topic.record.value or b""
        assert header(letter.headers, names.TRUNCATED_BYTES) == str(len(whole)).encode()
        assert letter.value
        assert whole.startswith(letter.value)
    note(figures)


def test_an_event_made_of_findings_stops_nothing(system: System, note: Note) -> None:
    system.archiver()
    (worker,) = system.workers(1, detectors="text.links,text.entities")
    crowded = Outgoing(topic=AI.name, key=b"a-1", value=crowded_event())
    sent = list(send(system.broker.bootstrap, [Sample(crowded), Sample(message(1))]))

    figures = check(system, sent)

    assert (figures.n_verdicts, figures.n_repeated) == (2, 0)
    assert worker.is_running, worker.log()
    note(figures)


def test_a_client_refuses_what_is_over_its_own_limit(system: System) -> None:
    producer = Producer({"bootstrap.servers": system.broker.bootstrap})
    with pytest.raises(KafkaException, match="MSG_SIZE_TOO_LARGE"):
        producer.produce(CHATROOM, value=b"x" * 2_000_000)


def test_a_topic_of_bad_records_stops_the_worker(system: System) -> None:
    (worker,) = system.workers(1, dlq_max_consecutive=200, batch_max=50)
    system.await_answered(send(system.broker.bootstrap, traffic(50, seed=41)))
    bad = [
        Sample(Outgoing(topic=CHATROOM, key=b"k", value=b"not json"), "dead_letter")
        for _ in range(3_000)
    ]
    send(system.broker.bootstrap, bad)

    assert worker.exit_code() == 1

    (line,) = [
        entry
        for text in worker.log().splitlines()
        if text.startswith("{")
        for entry in [msgspec.json.decode(text, type=dict[str, object])]
        if entry["level"] == "critical"
    ]
    assert line["error"] == "DlqLimitExceeded"
    assert line["cause"] == "200 bad records in a row"
    letters = read_all(system.broker.bootstrap, [f"{CHATROOM}.dlq"])
    assert 0 < len(letters) < 400
    asked = system.command("audit", "loss", "--json")
    assert asked.code == 0, asked
    assert sum(p["lag"] for p in msgspec.json.decode(asked.out)["partitions"]) > 2_000


def test_dead_letters_are_redriven_once_the_cause_is_mended(system: System, note: Note) -> None:
    system.archiver()
    (strict,) = system.workers(1, max_event_bytes=500)
    large = [Sample(message(i, "x" * 1_000), "dead_letter") for i in range(40)]
    sent = list(send(system.broker.bootstrap, [*large, Sample(message(99))]))
    check(system, sent)
    assert strict.terminate() == 0
    system.workers(1)

    asked = system.command("dlq", "redrive", "--topic", CHATROOM)
    assert asked.code == 0, asked
    assert asked.err.startswith("40 were sent back")

    known = {s.source for s in sent}
    back = [r for r in read_all(system.broker.bootstrap, [CHATROOM]) if r.source not in known]
    originals = {s.record.value: s.record for s in sent}
    assert len(back) == 40
    for record in back:
        original = originals[record.value]
        assert (record.key, record.headers) == (original.key, original.headers)
        sent.append(Sent(record.source, original, "verdict"))
    figures = check(system, sent)
    assert (figures.n_verdicts, figures.n_dead_letters) == (41, 40)
    again = system.command("dlq", "redrive", "--topic", CHATROOM)
    assert again.err.startswith("0 were sent back")
    wait_for(lambda: system.lag(sent) == 0, "nothing more came")
    note(figures)
