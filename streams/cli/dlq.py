"""Commands on dead letters: list, show, redrive."""

from typing import TYPE_CHECKING, Annotated

import typer

from streams.cli.console import (
    ERR,
    OUT,
    AsJson,
    Broker,
    Failure,
    Misuse,
    harmless,
    print_json,
    print_table,
    settings,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from schemas.records import DeadLetter
    from streams.record import Record

Source = Annotated[
    str | None, typer.Option("--topic", "-t", help="Only dead letters of this topic.")
]
ErrorName = Annotated[str | None, typer.Option("--error", "-e", help="Only this error class.")]

PREVIEW_CHARS = 2_000


def list_(
    broker: Broker = None,
    topic: Source = None,
    error: ErrorName = None,
    limit: Annotated[int, typer.Option(min=1, help="Show at most so many.")] = 50,
    *,
    json: AsJson = False,
) -> None:
    """List dead letters, oldest first: where each came from and why it could not be judged.

    The first column is what `dlq show` takes. Without a terminal: a line each, apart by tabs.
    """
    shown: list[tuple[Record, DeadLetter]] = []
    n_found = 0
    for record, letter in _letters(settings(broker).broker, topic, error):
        n_found += 1
        if len(shown) < limit:
            shown.append((record, letter))
    if json:
        for record, letter in shown:
            print_json({"dlq": record.source, "letter": letter})
        return
    print_table(
        ("dead letter", "from", "stage", "error", "message", "failed at"),
        [
            (
                _place(record),
                _place(letter),
                letter.stage,
                letter.error,
                letter.message[:120],
                letter.failed_at.isoformat(timespec="seconds"),
            )
            for record, letter in shown
        ],
    )
    ERR.print(f"{n_found} dead letters, {len(shown)} shown", highlight=False)


def show(
    place: Annotated[str, typer.Argument(help="DLQ record as listed: topic/partition/offset.")],
    broker: Broker = None,
    *,
    json: AsJson = False,
) -> None:
    """Show one dead letter whole: its error, key, headers and value."""
    for record, letter in _letters(settings(broker).broker, None, None):
        if _place(record) == place:
            if json:
                print_json(letter)
            else:
                _print(letter)
            return
    message = f"no dead letter at {place}"
    raise Failure(message)


def redrive(
    topic: Annotated[str, typer.Option("--topic", "-t", help="Topic whose letters go back.")],
    broker: Broker = None,
    error: ErrorName = None,
    *,
    dry_run: Annotated[bool, typer.Option(help="Only say what would be sent.")] = False,
) -> None:
    """Send dead letters back to their topic, once the cause is mended.

    A second run skips what was sent; after a failure some may go twice, which does no harm. With
    --error no note is kept of what was sent.
    A record that still cannot be judged becomes a new dead letter.
    """
    from streams.publisher import Publisher  # noqa: PLC0415 - keeps `--help` fast
    from streams.redrive import redrive as send_back  # noqa: PLC0415

    given = settings(broker)
    publisher = Publisher(given.broker, client_id="tidegate-redrive", timeout_s=15.0)
    outcome = send_back(
        given.broker,
        _dlq_name(topic),
        error,
        None if dry_run else publisher,
        media_deadline_s=given.media_deadline_s,
    )
    ERR.print(
        f"{outcome.n_sent} {'would be' if dry_run else 'were'} sent back to {topic}, "
        f"{outcome.n_skipped} skipped, {outcome.n_refused} cannot be (truncated)",
        highlight=False,
    )


def _letters(
    broker: str, topic: str | None, error: str | None
) -> "Iterator[tuple[Record, DeadLetter]]":
    from schemas.topics import DLQ_TOPICS  # noqa: PLC0415
    from streams.dlq import exhume  # noqa: PLC0415
    from streams.reading import open_reader, read_to_end  # noqa: PLC0415

    wanted = [_dlq_name(topic)] if topic else [entry.name for entry in DLQ_TOPICS]
    reader = open_reader(broker)
    try:
        for record in read_to_end(reader, wanted):
            letter = exhume(record)
            if error is None or letter.error == error:
                yield record, letter
    finally:
        reader.close()


def _dlq_name(topic: str) -> str:
    from schemas.topics import BY_NAME  # noqa: PLC0415

    name = topic if topic.endswith(".dlq") else f"{topic}.dlq"
    if name not in BY_NAME:
        message = f"{topic} has no dead letter queue"
        raise Misuse(message)
    return name


def _place(record: "Record | DeadLetter") -> str:
    source = record.source
    return f"{source.topic}/{source.partition}/{source.offset}"


def _print(letter: "DeadLetter") -> None:
    value = (letter.value or b"").decode(errors="backslashreplace")
    cut = f"\n... {len(value):,} characters in all" if len(value) > PREVIEW_CHARS else ""
    lines = (
        f"from    {_place(letter)}",
        f"stage   {letter.stage}",
        f"error   {letter.error}: {letter.message}",
        f"time    {letter.failed_at.isoformat()}",
        f"key     {(letter.key or b'').decode(errors='backslashreplace')}",
        *(
            f"header  {name}: {(content or b'').decode(errors='backslashreplace')}"
            for name, content in letter.headers
        ),
        f"value   {value[:PREVIEW_CHARS]}{cut}",
    )
    for line in lines:
        OUT.print(harmless(line), markup=False, highlight=False)
