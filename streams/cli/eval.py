"""The command `tidegate eval run`: detectors on labelled texts."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer
from rich.progress import BarColumn, Progress, TimeElapsedColumn
from rich.table import Table

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
    from detectors.evaluation.measures import Estimate
    from detectors.evaluation.run.cells import Cell
    from detectors.evaluation.run.gate import Gate
    from detectors.evaluation.run.report import Report
    from detectors.evaluation.run.rows import LabelledText
    from detectors.evaluation.run.scoring import Detectors

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
Output = Annotated[Path, typer.Option("--output", "-o", help="Folder of the two reports.")]
GateFile = Annotated[Path | None, typer.Option(help="TOML file of figures to reach.")]


def run(  # noqa: PLR0913 - options of the command
    detectors: Names,
    output: Output,
    input: Inputs = None,  # noqa: A002 - the option's name
    against: Against = None,
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
    sets = [_loaded(names) for names in (detectors, against) if names is not None]
    _make(output)
    n_texts = (len(rows) + (_n_cases() if functional else 0)) * len(sets)
    options = Options(fpr=fpr, n_resamples=resamples)
    with _progress(n_texts) as progress:
        found = report.run(rows, sets, options, has_functional=functional, progress=progress)
    missed = None if wanted is None else gates.missed(wanted, found.sides[0])
    encoded = report.encode(found)
    _write(output / JSON_NAME, encoded)
    _write(output / HTML_NAME, page.html(found, missed).encode())
    if json:
        write_line(report.compact(encoded))
    else:
        _show(found, output)
    for line in missed or ():
        ERR.print(f"missed: {harmless(line)}", style="red", markup=False, highlight=False)
    if missed:
        end(FAILED)


def _given(
    inputs: list[Path], gate: Path | None, *, has_functional: bool
) -> "tuple[list[LabelledText], Gate | None]":
    from detectors.evaluation.run import gate as gates  # noqa: PLC0415
    from detectors.evaluation.run import rows  # noqa: PLC0415

    if not inputs and not has_functional:
        message = "nothing to evaluate on: name --input files, --functional or both"
        raise Misuse(message)
    try:
        wanted = None if gate is None else gates.read(gate)
        return (rows.read(inputs) if inputs else []), wanted
    except (rows.RowsInvalid, gates.GateInvalid) as error:
        raise Misuse(str(error)) from error


def _loaded(names: str) -> "Detectors":
    from detectors.registry import load  # noqa: PLC0415
    from streams.pipeline import detector_names  # noqa: PLC0415

    return load(detector_names(names), threads=settings().detector_threads)


def _n_cases() -> int:
    from detectors.evaluation.functional import suite  # noqa: PLC0415

    return len(suite.cases())


def _make(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        message = f"{folder}: {error.strerror}"
        raise Misuse(message) from error


def _write(path: Path, content: bytes) -> None:
    try:
        path.write_bytes(content)
    except OSError as error:
        message = f"{path}: {error.strerror}"
        raise Failure(message) from error


def _show(found: "Report", folder: Path) -> None:
    for side in found.sides:
        OUT.print(f"{side.name}: {side.texts_per_s:,.0f} texts/s", markup=False, highlight=False)
        _show_labels(side.cells, found.options.fpr)
        if side.functional is not None:
            for rate in (*side.functional.overall, *side.functional.by_language):
                OUT.print(
                    f"must {rate.expect} {rate.lang:>3} {_figure(rate.rate)}  n {rate.n}",
                    markup=False,
                    highlight=False,
                )
    OUT.print(str(folder / HTML_NAME), markup=False, highlight=False)


def _show_labels(cells: "tuple[Cell, ...]", fpr: float) -> None:
    whole = [cell for cell in cells if (cell.lang, cell.dataset) == ("*", "*")]
    if not whole:
        return
    heads = ("label", "n", "positive", "AUPRC", "F1", f"recall at {100 * fpr:g} % FPR", "ECE")
    table = Table(*heads, box=None)
    for cell in whole:
        error = "-" if cell.calibration_error is None else f"{cell.calibration_error:.3f}"
        figures = map(_figure, (cell.average_precision, cell.f1, cell.recall_at_fpr))
        table.add_row(cell.label, str(cell.n), str(cell.n_positive), *figures, error)
    OUT.print(table)


def _figure(value: "Estimate | None") -> str:
    return "-" if value is None else f"{value.value:.3f} ({value.low:.3f}-{value.high:.3f})"


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
