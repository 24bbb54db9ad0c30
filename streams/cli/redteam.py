"""The command `tidegate redteam run`: attacks on the detectors."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer
from msgspec import structs
from rich.progress import BarColumn, Progress, TimeElapsedColumn
from rich.table import Table

from streams.cli import reports
from streams.cli.console import (
    ERR,
    FAILED,
    OUT,
    AsJson,
    Failure,
    Misuse,
    end,
    harmless,
    settings,
    write_line,
)

if TYPE_CHECKING:
    from detectors.evaluation.redteam.attack import Attack
    from detectors.evaluation.redteam.gate import Gate
    from detectors.evaluation.redteam.report import Report
    from detectors.evaluation.run.rows import LabelledText

HTML_NAME: Final = "redteam.html"
JSON_NAME: Final = "redteam.json"

Names = Annotated[str, typer.Option("--detectors", "-d", help="Detectors, comma-separated.")]
Inputs = Annotated[
    list[Path] | None,
    typer.Option("--input", "-i", help="Labelled JSON lines instead of the authored seeds."),
]
GateFile = Annotated[Path | None, typer.Option(help="TOML file of rates not to exceed.")]
Chosen = Annotated[str | None, typer.Option("--attacks", help="Some attacks, comma-separated.")]
PolicyFile = Annotated[
    Path | None,
    typer.Option(help="Policy whose lowest tier of a label counts as flagged, not the card's."),
]


def run(  # noqa: PLR0913 - options of the command
    detectors: Names,
    output: reports.Output,
    input: Inputs = None,  # noqa: A002 - the option's name
    gate: GateFile = None,
    attacks: Chosen = None,
    *,
    policy: PolicyFile = None,
    seed: Annotated[int, typer.Option(help="Decides every random choice.")] = 1,
    limit: Annotated[int | None, typer.Option(min=1, help="Texts to draw at most.")] = None,
    budget: Annotated[
        int, typer.Option(min=10, max=10_000, help="Most questions of the search a text.")
    ] = 100,
    join_messages: Annotated[
        bool,
        typer.Option(help="Judge consecutive messages put together too, as chatrooms do."),
    ] = True,
    json: AsJson = False,
) -> None:
    """Attack the detectors; write redteam.html and redteam.json.

    Each violating text that is flagged is attacked in every way; an attack succeeds if no label of
    the text is flagged any more. Exit code 1: a rate of the gate file is exceeded, or no text is
    flagged before; 2: a file is wrong.
    """
    from detectors.evaluation.redteam import gate as gates  # noqa: PLC0415 - keeps `--help` fast
    from detectors.evaluation.redteam import page, report  # noqa: PLC0415
    from detectors.evaluation.redteam.judge import Judge  # noqa: PLC0415

    wanted, tried = _gate(gate), _attacks(attacks)
    limits = {} if policy is None else _lowest_tiers(policy)
    rows = _rows(input or [], limit=limit, seed=seed)
    judge = Judge(detectors=reports.loaded(detectors), limits=limits, is_joining=join_messages)
    reports.make(output)
    options = report.Options(seed=seed, budget=budget)
    with _progress() as progress:
        found = report.run(rows, judge, tried, options, progress)
    missed = None if wanted is None else gates.missed(wanted, found)
    encoded = report.encode(found)
    reports.write(output / JSON_NAME, encoded)
    reports.write(output / HTML_NAME, page.html(found, missed).encode())
    if json:
        write_line(reports.compact(encoded))
    else:
        _show(found, output)
    if not found.n_flagged:
        message = f"none of {found.n_texts} texts is flagged before any attack: nothing to attack"
        raise Failure(message)
    for line in missed or ():
        ERR.print(f"missed: {harmless(line)}", style="red", markup=False, highlight=False)
    if missed:
        end(FAILED)


def _gate(path: Path | None) -> "Gate | None":
    from detectors.evaluation.gate_file import GateInvalid  # noqa: PLC0415
    from detectors.evaluation.redteam import gate as gates  # noqa: PLC0415

    try:
        return None if path is None else gates.read(path)
    except GateInvalid as error:
        raise Misuse(str(error)) from error


def _attacks(written: str | None) -> "list[Attack]":
    from detectors.evaluation.redteam.catalogue import ATTACKS  # noqa: PLC0415

    names = list(ATTACKS) if written is None else [one.strip() for one in written.split(",")]
    if "" in names:
        message = f"--attacks {written!r} leaves a name empty; there are {', '.join(ATTACKS)}"
        raise Misuse(message)
    for name in names:
        if name not in ATTACKS:
            message = f"{name} is not an attack; there are {', '.join(ATTACKS)}"
            raise Misuse(message)
    return [ATTACKS[name] for name in dict.fromkeys(names)]


def _lowest_tiers(path: Path) -> dict[str, float]:
    """Per label the lowest threshold of any of its rules, on any surface."""
    from streams.pipeline import load_policy  # noqa: PLC0415

    found: dict[str, float] = {}
    given = structs.replace(settings(), policy=path)
    for rule in load_policy(given).policy.rules:
        # A rule with a condition of its own says nothing of a text alone.
        if rule.label is not None and rule.threshold is not None and not rule.when:
            least = min((rule.threshold, *rule.thresholds.values(), *rule.languages.values()))
            found[rule.label] = min(least, found.get(rule.label, 1.0))
    return found


def _rows(paths: list[Path], *, limit: int | None, seed: int) -> "list[LabelledText]":
    from detectors.evaluation.redteam import seeds  # noqa: PLC0415
    from detectors.evaluation.run.rows import RowsInvalid  # noqa: PLC0415

    try:
        return seeds.chosen(paths, limit=limit, seed=seed)
    except RowsInvalid as error:
        raise Misuse(str(error)) from error


def _show(found: "Report", folder: Path) -> None:
    lines = (
        f"{found.detectors}: {found.n_flagged} of {found.n_texts} texts flagged before any attack",
        f"mean over readable attacks {reports.figure(found.mean)}; "
        f"hidden by any of them {reports.figure(found.any_readable)}",
    )
    table = Table("attack", "readable", "success", "n", "queries", box=None)
    for one in found.attempts:
        shown = "yes" if one.is_readable else "no"
        table.add_row(one.name, shown, reports.figure(one.rate), str(one.n), f"{one.n_queries:,}")
    OUT.print(table)
    for line in (*lines, str(folder / HTML_NAME)):
        OUT.print(line, markup=False, highlight=False)


@contextmanager
def _progress() -> Iterator[Callable[[float], None]]:
    """Shows on a terminal how much of the attacking is done."""
    if not ERR.is_terminal:
        yield lambda _share: None
        return
    with Progress(
        "attacks", BarColumn(), "{task.percentage:>3.0f} %", TimeElapsedColumn(), console=ERR
    ) as bar:
        task = bar.add_task("", total=1.0)
        yield lambda share: bar.update(task, completed=share)
