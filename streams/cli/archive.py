"""Commands on the archive: query, migrate."""

from typing import Annotated

import typer
from rich.table import Table
from rich.text import Text

from streams.cli.console import OUT, AsJson, Failure, Misuse, harmless, print_json, settings


def query(
    sql: Annotated[str, typer.Argument(help="One SELECT without a FORMAT; quote it.")],
    param: Annotated[
        list[str] | None,
        typer.Option("--param", "-p", help="name=value for {name:Type} in the query; repeatable."),
    ] = None,
    *,
    json: AsJson = False,
) -> None:
    """Query the archive: of `tidegate up`, or a ClickHouse server with TIDEGATE_ARCHIVE=server.

    With --json each row is one line, an object by column.
    """
    from streams.archive.errors import QueryFailed  # noqa: PLC0415
    from streams.archive.query import query as ask  # noqa: PLC0415 - keeps `--help` fast

    try:
        found = ask(settings(), sql, _parameters(param or []))
    except QueryFailed as error:
        raise Failure(str(error)) from error
    if json:
        for row in found.rows:
            print_json(dict(zip(found.columns, row, strict=True)))
        return
    table = Table(*found.columns)
    for row in found.rows:
        table.add_row(*(Text("" if value is None else harmless(str(value))) for value in row))
    OUT.print(table)


def _parameters(pairs: list[str]) -> dict[str, str]:
    given = {}
    for pair in pairs:
        name, sign, value = pair.partition("=")
        if not sign or not name.isidentifier():
            message = f"--param wants name=value, not {pair!r}"
            raise Misuse(message)
        given[name] = value
    return given


def migrate() -> None:
    """Bring the archive's tables up to date; applied migrations are checked and left alone."""
    from streams.archive.migrations import migrate as apply  # noqa: PLC0415 - keeps `--help` fast
    from streams.archive.opening import open_archive  # noqa: PLC0415

    archive = open_archive(settings())
    try:
        applied = apply(archive)
    finally:
        archive.close()
    OUT.print(f"{len(applied)} applied: {', '.join(applied)}" if applied else "up to date")
