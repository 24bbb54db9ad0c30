"""The command `tidegate policy backtest`."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from streams.cli.console import (
    ERR,
    INTERRUPTED,
    OUT,
    AsJson,
    Misuse,
    end,
    harmless,
    settings,
    write_line,
)

if TYPE_CHECKING:
    from streams.backtest.report import Report


def backtest(  # noqa: PLR0913, PLR0917 - the command's options
    policy: Annotated[
        Path, typer.Option("--policy", help="Policy that decides again: a file or a folder.")
    ],
    start: Annotated[
        str, typer.Option("--from", help="Verdicts decided from then on; a date or time, in UTC.")
    ],
    to: Annotated[str, typer.Option("--to", help="Verdicts decided before then.")],
    against: Annotated[
        Path | None,
        typer.Option("--against", help="Policy to compare with, instead of what was recorded."),
    ] = None,
    where: Annotated[
        str, typer.Option("--where", help="Condition in SQL on the columns of `verdicts`.")
    ] = "",
    surface: Annotated[
        list[str] | None, typer.Option("--surface", help="Only this surface; repeatable.")
    ] = None,
    hash_: Annotated[
        list[str] | None,
        typer.Option("--hash", help="Only verdicts of the policy with this hash; repeatable."),
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", help="Folder for backtest.html and backtest.json."),
    ] = None,
    processes: Annotated[
        int, typer.Option("--processes", min=0, max=64, help="0: one a core.")
    ] = 0,
    *,
    json: AsJson = False,
) -> None:
    """Decide archived verdicts again by another policy, and say what changes.

    Reads the archive of `tidegate up`, or a ClickHouse server with TIDEGATE_ARCHIVE=server, and
    writes nothing to it. Verdicts that the policy itself had made must come out as recorded: where
    one does not, the command says so and ends with 1.
    """
    try:
        report = _decided(
            (policy, against), (start, to), where, (surface or [], hash_ or []), processes
        )
    except KeyboardInterrupt:
        ERR.print("stopped; no report was written")
        end(INTERRUPTED)
    if output is not None:
        _write(report, output)
    if json:
        import msgspec  # noqa: PLC0415

        write_line(msgspec.json.encode(report))
    else:
        _tell(report, output)
    if report.identity.n_identical != report.identity.n_compared:
        end(1)


def _decided(
    policies: tuple[Path, Path | None],
    period: tuple[str, str],
    where: str,
    only: tuple[list[str], list[str]],
    processes: int,
) -> "Report":
    """Runs the backtest. Raises Misuse for all that the caller can mend."""
    from streams.archive.archive import ArchiveUnavailable  # noqa: PLC0415 - keeps `--help` fast
    from streams.archive.errors import QueryFailed  # noqa: PLC0415
    from streams.backtest.running import PeriodEmpty  # noqa: PLC0415
    from streams.backtest.selection import SelectionInvalid  # noqa: PLC0415

    try:
        return _report(policies, period, where, only, processes)
    except (SelectionInvalid, PeriodEmpty, ArchiveUnavailable) as error:
        raise Misuse(str(error)) from error
    except QueryFailed as error:
        about = f" (--where {where})" if where else ""
        message = f"the archive refuses{about}: {error}"
        raise Misuse(message) from error


def _report(
    policies: tuple[Path, Path | None],
    period: tuple[str, str],
    where: str,
    only: tuple[list[str], list[str]],
    processes: int,
) -> "Report":
    from datetime import UTC, datetime  # noqa: PLC0415

    from streams.backtest.report import report_of  # noqa: PLC0415
    from streams.backtest.running import load_policies, run  # noqa: PLC0415
    from streams.backtest.selection import select  # noqa: PLC0415

    selection = select(*period, surfaces=only[0], hashes=only[1], where=where)
    given = settings()
    loaded = load_policies(*policies, given)
    with _progress() as progress:
        counted = run(given, selection, loaded, n_processes=processes, progress=progress)
    new, old = policies
    sources = str(new), None if old is None else str(old)
    return report_of(counted, selection, loaded, sources, datetime.now(UTC))


@contextmanager
def _progress() -> Iterator[Callable[[int, int], None]]:
    """Shows how far it is, on standard error, where that is a terminal."""
    from rich.progress import (  # noqa: PLC0415
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeElapsedColumn,
        TimeRemainingColumn,
    )

    columns = (
        TextColumn("deciding again"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("left"),
        TimeRemainingColumn(),
        TextColumn("since"),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=ERR, transient=True, disable=not ERR.is_terminal) as shown:
        task = shown.add_task("", total=None)
        yield lambda done, all_: shown.update(task, completed=done, total=all_)


def _write(report: "Report", folder: Path) -> None:
    """Writes both documents, each at once. Raises Misuse."""
    import msgspec  # noqa: PLC0415

    from streams.backtest.page import html  # noqa: PLC0415

    pretty = msgspec.json.format(msgspec.json.encode(report), indent=2)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, content in (("backtest.html", html(report).encode()), ("backtest.json", pretty)):
            beside = folder / f".{name}.new"
            beside.write_bytes(content)
            beside.replace(folder / name)
    except OSError as error:
        message = f"--output {folder}: {error.strerror or error}"
        raise Misuse(message) from error


def _tell(report: "Report", output: Path | None) -> None:
    from rich.table import Table  # noqa: PLC0415

    identity = report.identity
    table = Table("surface", "old", "new", "verdicts", title=None)
    for flip in report.flips.surfaces:
        if flip.old != flip.new:
            table.add_row(flip.name, flip.old, flip.new, f"{flip.n:,}")
    lines = [
        f"{report.n_verdicts:,} verdicts on {report.n_items:,} items,"
        f" {report.verdicts_per_s:,.0f}/s",
        f"{report.n_flipped:,} actions change: {report.n_harder:,} harder,"
        f" {report.n_softer:,} milder",
        f"identical {identity.n_identical:,} of {identity.n_compared:,} made by a policy given here"
        if identity.n_compared
        else "no verdict was made by a policy given here: identity is not tested",
    ]
    if report.n_without_features:
        lines.append(f"{report.n_without_features:,} from before features were recorded")
    if report.n_unreadable:
        lines.append(f"{report.n_unreadable:,} could not be read")
    for line in lines:
        OUT.print(line, highlight=False)
    if table.row_count:
        OUT.print(table)
    for one in identity.differing:
        OUT.print(harmless(f"not identical: {one.surface} {one.item_id} {one.stage}"), markup=False)
    if output is not None:
        OUT.print(f"report: {output / 'backtest.html'}", markup=False, highlight=False)
