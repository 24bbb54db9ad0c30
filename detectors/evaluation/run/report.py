"""A run's report: what was measured of one detector set or of two."""

from collections.abc import Callable, Sequence

import msgspec
import numpy as np
from msgspec import Struct

from detectors.evaluation.functional import suite
from detectors.evaluation.functional.suite import Case
from detectors.evaluation.measures import Estimate
from detectors.evaluation.run import behaving, cells, examples, scoring
from detectors.evaluation.run.behaving import Functional
from detectors.evaluation.run.cells import Cell, Options
from detectors.evaluation.run.examples import Example
from detectors.evaluation.run.rows import LabelledText
from detectors.evaluation.run.scoring import Detectors, Scored


class Side(Struct, frozen=True, kw_only=True):
    """One detector set."""

    name: str
    texts_per_s: float
    n_undecodable: int
    cells: tuple[Cell, ...] = ()
    unanswered: tuple[str, ...] = ()
    """Labels the rows know and no detector of the set answers for: not measured."""
    worst: tuple[Example, ...] = ()
    slowest: tuple[Example, ...] = ()
    functional: Functional | None = None


class Difference(Struct, frozen=True):
    """Average precision of the first set less that of the second, on the same rows."""

    label: str
    lang: str
    dataset: str
    average_precision: Estimate


class Report(Struct, frozen=True, kw_only=True):
    """Everything a run found; `sides` holds the set asked for, then the one it is put against."""

    n_rows: int
    datasets: dict[str, int]
    options: Options
    sides: tuple[Side, ...]
    differences: tuple[Difference, ...] = ()


def run(
    rows: Sequence[LabelledText],
    sets: Sequence[Detectors],
    options: Options,
    *,
    has_functional: bool,
    progress: Callable[[int], None],
    recorded: Scored | None = None,
) -> Report:
    """Scores the rows and the functional suite with each detector set, and measures.

    Args:
        rows: Labelled texts; may be empty where the suite is run.
        sets: One detector set, or two to compare.
        options: How figures are taken.
        has_functional: Whether the suite is run too.
        progress: Told how many more texts have been scored.
        recorded: Scores of the rows from elsewhere, to compare with.
    """
    known = suite.cases() if has_functional else ()
    texts = [*(row.text for row in rows), *(case.text for case in known)]
    langs = [*(row.lang for row in rows), *(case.lang for case in known)]
    found = [scoring.score(texts, langs, one, progress) for one in sets]
    sides = [_side(rows, known, scored, options) for scored in found]
    if recorded is not None:
        sides.append(_side(rows, (), recorded, options))
    datasets: dict[str, int] = {}
    for row in rows:
        datasets[row.dataset] = datasets.get(row.dataset, 0) + 1
    return Report(
        n_rows=len(rows),
        datasets=datasets,
        options=options,
        sides=tuple(sides),
        differences=_differences(sides[0], sides[1]) if len(sides) > 1 else (),
    )


def _side(
    rows: Sequence[LabelledText], known: Sequence[Case], scored: Scored, options: Options
) -> Side:
    ours, rest = _cut(scored, slice(0, len(rows))), _cut(scored, slice(len(rows), None))
    labels = {label for row in rows for label in row.labels}
    return Side(
        name=scored.name,
        texts_per_s=round(scored.texts_per_s, 1),
        n_undecodable=scored.n_undecodable,
        cells=tuple(cells.measure(rows, ours, options)),
        unanswered=tuple(sorted(labels - scored.answered)),
        worst=tuple(examples.worst(rows, ours)),
        slowest=tuple(examples.slowest(rows, ours)),
        functional=behaving.measure(known, suite.behaviours(), rest) if known else None,
    )


def _cut(scored: Scored, own: slice) -> Scored:
    n = len(range(*own.indices(len(scored.scores))))
    return msgspec.structs.replace(
        scored,
        scores=scored.scores[own],
        flagged=scored.flagged[own],
        slowest=tuple(one for one in scored.slowest if one.row < n and not own.start),
    )


def _differences(ours: Side, theirs: Side) -> tuple[Difference, ...]:
    others = {(one.label, one.lang, one.dataset): one for one in theirs.cells}
    found = []
    for cell in ours.cells:
        other = others.get((cell.label, cell.lang, cell.dataset))
        one, two = cell.average_precision, other.average_precision if other else None
        if other is None or one is None or two is None:
            continue
        value = one.value - two.value
        low = high = value
        if cell.resampled is not None and other.resampled is not None and len(cell.resampled):
            gaps = cell.resampled - other.resampled
            low, high = (float(end) for end in np.nanquantile(gaps, [0.025, 0.975]))
        gap = Estimate(value, min(low, value), max(high, value))
        found.append(Difference(cell.label, cell.lang, cell.dataset, gap))
    return tuple(found)


def encode(report: Report) -> bytes:
    """The report as JSON, indented; without what only comparisons need."""
    sides = tuple(
        msgspec.structs.replace(
            side,
            cells=tuple(msgspec.structs.replace(cell, resampled=None) for cell in side.cells),
        )
        for side in report.sides
    )
    plain = msgspec.to_builtins(msgspec.structs.replace(report, sides=sides))
    for side in plain["sides"]:
        for cell in side["cells"]:
            del cell["resampled"]
    return msgspec.json.format(msgspec.json.encode(plain), indent=1) + b"\n"
