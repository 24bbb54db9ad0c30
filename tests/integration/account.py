"""The four checks after every scenario: books, answers, order, archive."""

import json
import urllib.error
from collections import defaultdict
from collections.abc import Mapping, Sequence

import msgspec
from confluent_kafka import Consumer, KafkaError, TopicPartition
from msgspec import Struct

from schemas import headers as names
from schemas.records import Source
from schemas.topics import DLQ_TOPICS, FILTERED, VERDICTS
from schemas.verdicts import Verdict
from streams.reading import to_record
from streams.record import Record, header
from tests.integration.load import Kind, Sent
from tests.integration.processes import wait_for
from tests.integration.system import System

Judgement = tuple[object, ...]
DECODER = msgspec.json.Decoder(Verdict)
SILENCE_S = 30.0
KINDS: Mapping[str, Kind] = {
    VERDICTS.name: "verdict",
    FILTERED.name: "filtered",
    **{topic.name: "dead_letter" for topic in DLQ_TOPICS if topic.surface is not None},
}


class Figures(Struct, frozen=True, kw_only=True):
    """What the checks counted. `n_repeated` answers came again after a redelivery."""

    n_events: int
    n_verdicts: int
    n_dead_letters: int
    n_filtered: int
    n_repeated: int


def read_all(bootstrap: str, topics: Sequence[str]) -> list[Record]:
    """Gives every record of the topics, in order within a partition."""
    reader = Consumer(
        {
            "bootstrap.servers": bootstrap,
            "group.id": "test-reader",
            "enable.partition.eof": True,
            "enable.auto.commit": False,
            "fetch.wait.max.ms": 100,
        }
    )
    found = reader.list_topics(timeout=30).topics
    places = [TopicPartition(t, p, 0) for t in topics for p in found[t].partitions]
    reader.assign(places)
    records = []
    n_ended = 0
    silent_s = 0.0
    while n_ended < len(places):
        messages = reader.consume(2_000, timeout=0.2)
        silent_s = 0.0 if messages else silent_s + 0.2
        assert silent_s < SILENCE_S, "the broker went silent"
        for message in messages:
            error = message.error()
            if error is None:
                records.append(to_record(message))
            else:
                assert error.code() == KafkaError._PARTITION_EOF, error
                n_ended += 1
    reader.close()
    return records


def source_of(record: Record) -> Source:
    """Gives the place of the record that an output answers."""
    return names.parse_source(header(record.headers, names.SOURCE) or b"")


def check(system: System, sent: Sequence[Sent]) -> Figures:
    """Waits until all is answered and archived, then runs the four checks."""
    system.await_answered(sent)
    outputs = read_all(system.broker.bootstrap, list(KINDS))
    check_books(system, sent)
    verdicts = check_answers(sent, outputs)
    check_order(sent, outputs)
    check_archive(system, sent, verdicts)
    n_of = {kind: sum(s.kind == kind for s in sent) for kind in KINDS.values()}
    return Figures(
        n_events=len(sent),
        n_verdicts=n_of["verdict"],
        n_dead_letters=n_of["dead_letter"],
        n_filtered=n_of["filtered"],
        n_repeated=len(outputs) - len(sent),
    )


def check_books(system: System, sent: Sequence[Sent]) -> None:
    """`tidegate audit loss` balances, without lag, with the counts that were sent."""
    asked = system.command("audit", "loss", "--json")
    assert asked.code == 0, asked
    balance = json.loads(asked.out)
    assert balance["is_balanced"] is True
    partitions = balance["partitions"]
    assert sum(p["lag"] for p in partitions) == 0, partitions
    assert sum(p["n_unanswered"] for p in partitions) == 0
    expected = {
        "n_consumed": len(sent),
        "n_verdicts": sum(s.kind == "verdict" for s in sent),
        "n_dead_letters": sum(s.kind == "dead_letter" for s in sent),
        "n_filtered": sum(s.kind == "filtered" for s in sent),
    }
    assert {name: sum(p[name] for p in partitions) for name in expected} == expected


def check_answers(sent: Sequence[Sent], outputs: Sequence[Record]) -> dict[str, Judgement]:
    """Every record has answers of its kind alone; gives what was judged, by verdict id.

    Each item's revision has one `verdict_id` a stage, and copies of a verdict judge alike.
    """
    kinds: dict[Source, set[Kind]] = defaultdict(set)
    ids: dict[tuple[object, ...], set[str]] = defaultdict(set)
    judged: dict[str, Judgement] = {}
    for record in outputs:
        kinds[source_of(record)].add(KINDS[record.source.topic])
        if record.source.topic != VERDICTS.name:
            continue
        verdict = DECODER.decode(record.value or b"")
        verdict_id = str(verdict.verdict_id)
        ids[verdict.surface, verdict.item_id, verdict.item_revision, verdict.stage].add(verdict_id)
        ids[source_of(record), verdict.stage].add(verdict_id)
        judgement = _judgement(verdict)
        assert judged.setdefault(verdict_id, judgement) == judgement
    assert kinds == {s.source: {s.kind} for s in sent}
    assert all(len(found) == 1 for found in ids.values())
    return judged


def check_order(sent: Sequence[Sent], outputs: Sequence[Record]) -> None:
    """An actor's verdicts come in the order of its events, answers that are repeated aside.

    Told for each partition of the verdicts, in which alone an order can be seen.
    """
    actors = {s.source: s.record.key for s in sent}
    seen: set[Source] = set()
    newest: dict[tuple[object, ...], int] = {}
    for record in outputs:
        source = source_of(record)
        if record.source.topic != VERDICTS.name or source in seen:
            continue
        seen.add(source)
        line = (record.source.partition, source.topic, source.partition, actors[source])
        assert newest.get(line, -1) < source.offset, f"{source} was judged after {newest[line]}"
        newest[line] = source.offset


def _judgement(verdict: Verdict) -> Judgement:
    """Gives what must be the same in every copy of a verdict; the first three are archived."""
    return (
        verdict.surface,
        verdict.item_id,
        verdict.action,
        verdict.reasons,
        verdict.signals,
        verdict.missing,
        verdict.status,
        verdict.trace_id,
    )


def check_archive(system: System, sent: Sequence[Sent], verdicts: Mapping[str, Judgement]) -> None:
    """The archive holds each verdict and each dead letter once, and as published."""
    letters = sorted(
        [s.source.topic, s.source.partition, s.source.offset]
        for s in sent
        if s.kind == "dead_letter"
    )

    def is_complete() -> bool:
        try:
            return count(system, "verdicts") >= len(verdicts) and count(
                system, "dead_letters"
            ) >= len(letters)
        except (urllib.error.URLError, OSError):
            return False

    wait_for(is_complete, "everything is archived")
    rows = system.select(
        "SELECT toString(verdict_id), surface, item_id, action FROM verdicts FINAL"
    )
    assert sorted(rows) == sorted([key, *found[:3]] for key, found in verdicts.items())
    places = "SELECT source_topic, toInt32(source_partition), toInt32(source_offset)"
    assert sorted(system.select(f"{places} FROM dead_letters FINAL")) == letters


def count(system: System, table: str) -> int:
    """Gives the rows of a table of the archive."""
    sql = f"SELECT toUInt32(count()) FROM {table} FINAL"  # noqa: S608 - our own names
    return int(str(system.select(sql)[0][0]))
