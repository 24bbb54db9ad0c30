"""The terminal: what every command shares for speaking to people and to other programs."""

import os
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Annotated, Final, NoReturn

import msgspec
import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from streams.settings import Settings, load

OUT: Final = Console(soft_wrap=True)
ERR: Final = Console(stderr=True, soft_wrap=True)

FAILED: Final = 1
"""Exit code: the command ran and what it reports is bad, or the system did not answer."""
MISUSED: Final = 2
"""Exit code: the command line, a setting, a policy or an input file is wrong."""
INTERRUPTED: Final = 130
"""Exit code after Ctrl-C, as shells have it."""

Broker = Annotated[
    str | None,
    typer.Option("--broker", "-b", help="Kafka address host:port [env TIDEGATE_BROKER]."),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON, a document or a line each.")]


class Misuse(Exception):
    """The caller's mistake, said in one line; exit code 2."""


class Failure(Exception):
    """The command could not do its work, said in one line; exit code 1."""


def settings(broker: str | None = None) -> Settings:
    """Reads the settings of this process, with what options override. Raises SettingsInvalid."""
    given = load(os.environ)
    return msgspec.structs.replace(given, broker=broker) if broker else given


_CONTROLS: Final = {
    code: "\ufffd" for code in (*range(32), *range(127, 160)) if code not in (9, 10)
}
_DIRECTIONS: Final = dict.fromkeys((*range(8234, 8239), *range(8294, 8298)), "�")


def harmless(text: str) -> str:
    """Gives a text whose control and direction-changing characters cannot steer a terminal."""
    return text.translate(_CONTROLS | _DIRECTIONS)


def print_json(value: object) -> None:
    """Prints a value as one line of JSON."""
    write_line(msgspec.json.encode(value))


def write_line(line: bytes) -> None:
    """Writes a line of bytes to standard output, unchanged by any terminal styling."""
    sys.stdout.buffer.write(line + b"\n")
    sys.stdout.buffer.flush()


def print_table(heads: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Prints rows of which no cell is cut, harmless to the terminal.

    A terminal gets a table whose long cells go on below; anything else gets a line a row, its
    cells apart by tabs, the heads first.
    """
    shown = [[harmless(str(cell)) for cell in row] for row in rows]
    if not OUT.is_terminal:
        for row in (heads, *shown):
            line = "\t".join(" ".join(cell.split()) for cell in row)
            write_line(line.encode(errors="backslashreplace"))
        return
    table = Table()
    for head in heads:
        table.add_column(head, overflow="fold")
    for row in shown:
        table.add_row(*map(Text, row))
    OUT.print(table)


def end(code: int) -> NoReturn:
    """Leaves the command with an exit code."""
    raise typer.Exit(code)


@contextmanager
def one_line_errors() -> Iterator[None]:
    """Turns the errors that users can cause or mend into one line and an exit code.

    Ctrl-C is one too, whenever it comes: also while another error is being told.
    """
    try:
        with _known_errors_told():
            yield
    except KeyboardInterrupt:
        _say("stopped")
        sys.exit(INTERRUPTED)


@contextmanager
def _known_errors_told() -> Iterator[None]:
    try:
        yield
    except BrokenPipeError:
        # The reader of our output has gone (`| head`): nothing is wrong.
        sys.stdout = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115, PTH123
        sys.exit(0)
    except Exception as error:
        failures, misuses = _known_errors()
        if not isinstance(error, failures + misuses):
            raise
        _say(error)
        sys.exit(MISUSED if isinstance(error, misuses) else FAILED)


def _say(error: BaseException | str) -> None:
    text = " ".join(str(error).split()) or type(error).__name__
    ERR.print(f"tidegate: {text}", style="red", markup=False, highlight=False)


def _known_errors() -> tuple[tuple[type[Exception], ...], tuple[type[Exception], ...]]:
    from confluent_kafka import KafkaException  # noqa: PLC0415 - keeps `--help` fast

    from detectors.registry import UnknownDetector  # noqa: PLC0415
    from detectors.session import ModelMismatch  # noqa: PLC0415
    from streams.archive.archive import ArchiveRejected, ArchiveUnavailable  # noqa: PLC0415
    from streams.archive.migrations import MigrationInvalid  # noqa: PLC0415
    from streams.audit import GroupUnknown  # noqa: PLC0415
    from streams.bench.errors import BenchFailed  # noqa: PLC0415
    from streams.embedded.broker import BrokerFailed  # noqa: PLC0415
    from streams.embedded.supervisor import ProcessFailed  # noqa: PLC0415
    from streams.health import PortTaken  # noqa: PLC0415
    from streams.policy import PolicyInvalid  # noqa: PLC0415
    from streams.publisher import DeliveryFailed  # noqa: PLC0415
    from streams.reading import ReadingStalled  # noqa: PLC0415
    from streams.settings import SettingsInvalid  # noqa: PLC0415
    from streams.topic_admin import (  # noqa: PLC0415
        BrokerUnavailable,
        TopicsMissing,
        TopicsUneven,
    )

    failures = (
        Failure, ArchiveRejected, ArchiveUnavailable, BenchFailed, BrokerFailed, BrokerUnavailable,
        DeliveryFailed, GroupUnknown, KafkaException, ModelMismatch, PortTaken, ProcessFailed,
        ReadingStalled, TopicsMissing, TopicsUneven,
    )  # fmt: skip
    misuses = (Misuse, MigrationInvalid, PolicyInvalid, SettingsInvalid, UnknownDetector)
    return failures, misuses
