"""Commands that speak to the broker: topics, produce, tail, audit."""

import sys
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final
from uuid import uuid4

import msgspec
import typer
from rich.table import Table

from streams.cli.console import (
    ERR,
    FAILED,
    OUT,
    AsJson,
    Broker,
    Misuse,
    end,
    harmless,
    print_json,
    settings,
    write_line,
)

if TYPE_CHECKING:
    from schemas.verdicts import Verdict
    from streams.audit import Balance
    from streams.record import Outgoing

PRODUCE_BATCH: Final = 2_000


def create(
    broker: Broker = None,
    partitions: Annotated[
        int | None, typer.Option(min=1, max=1000, help="Partitions instead of the registry's.")
    ] = None,
    replication: Annotated[int, typer.Option(min=1, max=9, help="Replication factor.")] = 1,
) -> None:
    """Create the topics of the registry that the broker lacks; existing ones are left alone."""
    from confluent_kafka.admin import AdminClient  # noqa: PLC0415 - keeps `--help` fast

    from schemas.topics import ALL_TOPICS  # noqa: PLC0415
    from streams.topic_admin import create_topics  # noqa: PLC0415

    admin = AdminClient({"bootstrap.servers": settings(broker).broker, "log_level": 0})
    created = create_topics(admin, ALL_TOPICS, n_partitions=partitions, replication=replication)
    n_there = len(ALL_TOPICS) - len(created)
    OUT.print(f"{len(created)} created, {n_there} were there", highlight=False)


def list_(broker: Broker = None, *, json: AsJson = False) -> None:
    """List the topics of the registry and how they stand on the broker; exit 1 if any is absent."""
    from confluent_kafka.admin import AdminClient  # noqa: PLC0415

    from schemas.topics import ALL_TOPICS  # noqa: PLC0415
    from streams.topic_admin import list_topics  # noqa: PLC0415

    admin = AdminClient({"bootstrap.servers": settings(broker).broker, "log_level": 0})
    states = list_topics(admin, ALL_TOPICS)
    if json:
        print_json(states)
    else:
        table = Table("topic", "partitions", "schema", "key", "what")
        for topic, state in zip(ALL_TOPICS, states, strict=True):
            shown = str(state.partitions) if state.partitions else "absent"
            table.add_row(state.name, shown, topic.schema, topic.key, topic.description)
        OUT.print(table)
    if any(state.partitions == 0 for state in states):
        end(FAILED)


def produce(
    topic: Annotated[str, typer.Option("--topic", "-t", help="Topic to write to.")],
    input: Annotated[  # noqa: A002 - the option's name
        Path | None, typer.Option("--input", "-i", help="JSON lines; standard input by default.")
    ] = None,
    broker: Broker = None,
    *,
    raw: Annotated[bool, typer.Option(help="Send lines unchecked, even broken ones.")] = False,
) -> None:
    """Write JSON lines to a product topic, keyed as the registry says.

    Each line is checked against the topic's schema first; a bad line ends the command with its
    number, and nothing from that batch on is sent.
    """
    from streams.publisher import Publisher  # noqa: PLC0415

    given = settings(broker)
    publisher = Publisher(given.broker, client_id="tidegate-produce", timeout_s=15.0)
    n_sent = 0
    for batch in _batches(_events(topic, _lines(input), is_checked=not raw)):
        publisher.publish(batch)
        n_sent += len(batch)
    ERR.print(f"{n_sent} records written to {topic}", highlight=False)


def _lines(path: Path | None) -> Iterator[bytes]:
    if path is None or str(path) == "-":
        yield from sys.stdin.buffer
        return
    try:
        with path.open("rb") as file:
            yield from file
    except OSError as error:
        message = f"{path}: {error.strerror}"
        raise Misuse(message) from error


def _events(name: str, lines: Iterable[bytes], *, is_checked: bool) -> Iterator["Outgoing"]:
    from schemas import headers as names  # noqa: PLC0415
    from schemas.topics import BY_NAME  # noqa: PLC0415
    from streams.record import Outgoing  # noqa: PLC0415

    topic = BY_NAME.get(name)
    if topic is None or topic.payload is None:
        writable = ", ".join(n for n, t in BY_NAME.items() if t.payload is not None)
        message = f"{name} is not a topic to produce to; there are {writable}"
        raise Misuse(message)
    decoder = msgspec.json.Decoder(topic.payload)
    headers = ((names.SCHEMA, topic.schema.encode()), (names.VERSION, str(topic.version).encode()))
    for number, line in enumerate(lines, start=1):
        value = line.strip()
        if not value:
            continue
        key: str | None = None
        try:
            event = decoder.decode(value)
            key = getattr(event, topic.key, None)
        except (msgspec.MsgspecError, ValueError, RecursionError) as error:
            if is_checked:
                message = f"line {number}: {error}"
                raise Misuse(message) from error
        own = (
            *headers,
            (names.CE_SPECVERSION, b"1.0"),
            (names.CE_ID, uuid4().hex.encode()),
            (names.CE_SOURCE, b"/tidegate/produce"),
            (names.CE_TYPE, f"tidegate.{topic.schema.lower()}.v{topic.version}".encode()),
            (names.CE_TIME, datetime.now(UTC).isoformat().encode()),
        )
        yield Outgoing(topic=name, key=key.encode() if key else None, value=value, headers=own)


def _batches(records: Iterable["Outgoing"]) -> Iterator[list["Outgoing"]]:
    batch: list[Outgoing] = []
    for record in records:
        batch.append(record)
        if len(batch) == PRODUCE_BATCH:
            yield batch
            batch = []
    if batch:
        yield batch


def tail(
    broker: Broker = None,
    max_: Annotated[
        int | None, typer.Option("--max", "-n", min=1, help="Stop after so many verdicts.")
    ] = None,
    *,
    from_start: Annotated[bool, typer.Option(help="Begin with the oldest verdict.")] = False,
    only_violations: Annotated[bool, typer.Option(help="Leave out `allow`.")] = False,
    json: AsJson = False,
) -> None:
    """Follow verdicts as they are published, until Ctrl-C."""
    from schemas.topics import VERDICTS  # noqa: PLC0415
    from schemas.verdicts import Verdict  # noqa: PLC0415
    from streams.reading import follow, open_reader  # noqa: PLC0415

    decoder = msgspec.json.Decoder(Verdict)
    reader = open_reader(settings(broker).broker)
    n_shown = 0
    try:
        for record in follow(reader, [VERDICTS.name], from_start=from_start):
            if record is None or record.value is None:
                continue
            try:
                verdict = decoder.decode(record.value)
            except (msgspec.MsgspecError, ValueError):
                place = f"{record.source.partition}/{record.source.offset}"
                ERR.print(f"no verdict at {place}: passed over", highlight=False)
                continue
            if only_violations and verdict.action == "allow":
                continue
            if json:
                write_line(record.value)
            else:
                OUT.print(harmless(_line(verdict)), markup=False, highlight=False)
            n_shown += 1
            if max_ is not None and n_shown >= max_:
                return
    except KeyboardInterrupt:
        return
    finally:
        reader.close()


def _line(verdict: "Verdict") -> str:
    moment = verdict.decided_at.isoformat(timespec="milliseconds")
    reasons = ", ".join(
        reason.code if reason.score is None else f"{reason.code} {reason.score:.2f}"
        for reason in verdict.reasons
    )
    place = f"{verdict.surface:<9} {verdict.item_id} r{verdict.item_revision}.{verdict.revision}"
    return f"{moment} {verdict.action:<6} {place} {reasons}".rstrip()


def loss(broker: Broker = None, *, json: AsJson = False) -> None:
    """Check consumed = verdicts + dead letters + filtered, per topic and partition.

    For the group TIDEGATE_GROUP and the product topics TIDEGATE_TOPICS, all by default.
    Exit code 1 when a consumed record has no answer.
    """
    from streams.audit import audit_loss  # noqa: PLC0415

    balance = audit_loss(settings(broker))
    if json:
        print_json({"is_balanced": balance.is_balanced, "partitions": balance.partitions})
    else:
        OUT.print(_balance_table(balance))
        OUT.print("balanced" if balance.is_balanced else "NOT balanced", highlight=False)
    if not balance.is_balanced:
        end(FAILED)


def _balance_table(balance: "Balance") -> Table:
    table = Table(
        "topic", "partition", "consumed", "verdicts", "dead letters", "filtered", "unanswered",
        "repeated", "lag",
    )  # fmt: skip
    for entry in balance.partitions:
        if entry.n_consumed or entry.lag:
            shown = (
                entry.partition, entry.n_consumed, entry.n_verdicts, entry.n_dead_letters,
                entry.n_filtered, entry.n_unanswered, entry.n_repeated, entry.lag,
            )  # fmt: skip
            table.add_row(entry.topic, *(f"{number:,}" for number in shown))
    return table
