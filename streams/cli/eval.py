"""The command `tidegate eval run`: detectors on labelled texts."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer
from rich.progress import BarColumn, Progress, TimeElapsedColumn

from streams.cli import reports
from streams.cli.console import (
    ERR,
    FAILED,
    OUT,
    AsJson,
    Misuse,
    end,
    harmless,
    write_line,
)

if TYPE_CHECKING:
    from detectors.evaluation.run.gate import Gate
    from detectors.evaluation.run.report import Report
    from detectors.evaluation.run.rows import LabelledText
    from detectors.evaluation.run.scoring import Detectors, Scored

HTML_NAME: Final = "report.html"
JSON_NAME: Final = "report.json"

Names = Annotated[str, typer.Option("--detectors", "-d", help="Detectors, comma-separated.")]
Against = Annotated[
    str | None, typer.Option(help="A second detector set, to compare with on the same rows.")
]
Inputs = Annotated[
    list[Path] | None,
    typer.Option("--input", "-i", help="Labelled JSON lines; repeat for several files."),
]
Scores = Annotated[
    Path | None,
    typer.Option(help="Scores of another program to compare with, as `detect` writes them."),
]
GateFile = Annotated[Path | None, typer.Option(help="TOML file of figures to reach.")]


def run(  # noqa: PLR0913 - options of the command
    detectors: Names,
    output: reports.Output,
    input: Inputs = None,  # noqa: A002 - the option's name
    against: Against = None,
    against_scores: Scores = None,
    gate: GateFile = None,
    fpr: Annotated[
        float, typer.Option(min=0.0001, max=0.5, help="False-positive rate to read recall at.")
    ] = 0.01,
    resamples: Annotated[
        int, typer.Option(min=0, max=10_000, help="Bootstrap rounds of the intervals.")
    ] = 200,
    *,
    functional: Annotated[bool, typer.Option("--functional", help="Run the suite too.")] = False,
    json: AsJson = False,
) -> None:
    """Score labelled texts and write report.html and report.json.

    A line is {"id", "text", "labels": {label: 0 or 1}, "lang"?, "dataset"?}; a label that is not
    named is unknown. Exit code 1: a figure of the gate file is missed; 2: a file is wrong.
    """
    from detectors.evaluation.run import gate as gates  # noqa: PLC0415 - keeps `--help` fast
    from detectors.evaluation.run import page, report  # noqa: PLC0415
    from detectors.evaluation.run.cells import Options  # noqa: PLC0415

    rows, wanted = _given(input or [], gate, has_functional=functional)
    if against is not None and against_scores is not None:
        message = "--against and --against-scores: choose one to compare with"
        raise Misuse(message)
    sets = [reports.loaded(names) for names in (detectors, against) if names is not None]
    other = None if against_scores is None else _recorded(against_scores, rows, sets[0])
    reports.make(output)
    n_texts = (len(rows) + (_n_cases() if functional else 0)) * len(sets)
    options = Options(fpr=fpr, n_resamples=resamples)
    with _progress(n_texts) as progress:
        found = report.run(
            rows, sets, options, has_functional=functional, progress=progress, recorded=other
        )
    missed = None if wanted is None else gates.missed(wanted, found.sides[0])
    encoded = report.encode(found)
    reports.write(output / JSON_NAME, encoded)
    reports.write(output / HTML_NAME, page.html(found, missed).encode())
    if json:
        write_line(reports.compact(encoded))
    else:
        _show(found, output)
    for line in missed or ():
        ERR.print(f"missed: {harmless(line)}", style="red", markup=False, highlight=False)
    if missed:
        end(FAILED)


def _given(
    inputs: list[Path], gate: Path | None, *, has_functional: bool
) -> "tuple[list[LabelledText], Gate | None]":
    from detectors.evaluation.gate_file import GateInvalid  # noqa: PLC0415
    from detectors.evaluation.run import gate as gates  # noqa: PLC0415
    from detectors.evaluation.run import rows  # noqa: PLC0415

    if not inputs and not has_functional:
        message = "nothing to evaluate on: name --input files, --functional or both"
        raise Misuse(message)
    try:
        wanted = None if gate is None else gates.read(gate)
        return (rows.read(inputs) if inputs else []), wanted
    except (rows.RowsInvalid, GateInvalid) as error:
        raise Misuse(str(error)) from error


def _recorded(path: Path, rows: "list[LabelledText]", detectors: "Detectors") -> "Scored":
    from detectors.evaluation.run import recorded  # noqa: PLC0415

    try:
        return recorded.read(path, rows, recorded.limits_of(detectors))
    except recorded.ScoresInvalid as error:
        raise Misuse(str(error)) from error


def _n_cases() -> int:
    from detectors.evaluation.functional import suite  # noqa: PLC0415

    return len(suite.cases())


def _show(found: "Report", folder: Path) -> None:
    for side in found.sides:
        speed = f": {side.texts_per_s:,.0f} texts/s" if side.texts_per_s else ""
        _say(f"{side.name}{speed}")
        for cell in side.cells:
            if (cell.lang, cell.dataset) == ("*", "*"):
                _say(
                    f"{cell.label:<19} n {cell.n:<7} positive {cell.n_positive:<6} "
                    f"AUPRC {reports.figure(cell.average_precision)}  "
                    f"F1 {reports.figure(cell.f1)}  recall at {100 * found.options.fpr:g} % FPR "
                    f"{reports.figure(cell.recall_at_fpr)}"
                )
        if side.functional is not None:
            for rate in (*side.functional.overall, *side.functional.by_language):
                _say(f"must {rate.expect} {rate.lang:>3} {reports.figure(rate.rate)}  n {rate.n}")
    _say(str(folder / HTML_NAME))


def _say(line: str) -> None:
    OUT.print(harmless(line), markup=False, highlight=False)


@contextmanager
def _progress(n_texts: int) -> Iterator[Callable[[int], None]]:
    """Shows on a terminal how many texts have been scored."""
    if not ERR.is_terminal:
        yield lambda _n: None
        return
    with Progress(
        "{task.completed:,.0f} texts", BarColumn(), "{task.percentage:>3.0f} %",
        TimeElapsedColumn(), console=ERR,
    ) as bar:  # fmt: skip
        task = bar.add_task("", total=n_texts)
        yield lambda n: bar.update(task, advance=n)
