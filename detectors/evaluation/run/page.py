"""The report as one HTML page that needs nothing else."""

from collections.abc import Iterable, Sequence
from html import escape
from typing import Final

from detectors.evaluation import markup
from detectors.evaluation.functional import suite
from detectors.evaluation.measures import Estimate
from detectors.evaluation.run import charts
from detectors.evaluation.run.behaving import Functional, Rate
from detectors.evaluation.run.cells import ALL, Cell
from detectors.evaluation.run.report import Report, Side

_STYLE: Final = """
:root{color-scheme:light dark;--ink:#1c2430;--paper:#fff;--soft:#eef1f5;--rule:#c6cdd8;
--one:#1f5fbf;--two:#b4570a;--bad:#b3261e;--good:#1b7a43}
@media(prefers-color-scheme:dark){:root{--ink:#e4e8ee;--paper:#14181e;--soft:#1f262f;--rule:#46505e;
--one:#7fb2ff;--two:#ffb068;--bad:#ff8a80;--good:#7ddba3}}
body{font:15px/1.5 system-ui,sans-serif;color:var(--ink);background:var(--paper);margin:0 auto;
padding:1.5rem;max-width:76rem}
h1,h2,h3{line-height:1.2}.wide{overflow-x:auto}
table{border-collapse:collapse;margin:.5rem 0 1.5rem;font-size:13px}
th,td{border-bottom:1px solid var(--rule);padding:.2rem .55rem;text-align:right;white-space:nowrap}
th{background:var(--soft);position:sticky;top:0}
th:first-child,td:first-child,td.text{text-align:left}
small{opacity:.72}.bad{color:var(--bad);font-weight:600}.good{color:var(--good)}
.charts{display:flex;flex-wrap:wrap;gap:1rem}figure{margin:0}figcaption{font-size:13px}
svg text{font:10px system-ui,sans-serif;fill:var(--ink)}svg .grid{stroke:var(--rule);fill:none}
svg polyline{fill:none;stroke-width:2}.line0{stroke:var(--one)}.line1{stroke:var(--two)}
svg .dot{fill:var(--one)}.key0{color:var(--one)}.key1{color:var(--two)}
"""


def html(report: Report, missed: Sequence[str] | None = None) -> str:
    """Writes the page; every text in it is escaped.

    Args:
        report: What was measured.
        missed: What a gate found wanting; None where there was no gate.
    """
    names = " against ".join(side.name for side in report.sides)
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        f"<title>{escape(names)}</title><style>{_STYLE}</style></head><body>"
        f"<h1>{escape(names)}</h1>{_summary(report)}{markup.gate(missed)}{_functional(report)}"
        f"{_overall(report)}{_differences(report)}{_charts(report)}{_details(report)}"
        f"{''.join(_examples(side) for side in report.sides)}</body></html>\n"
    )


def _figure(value: Estimate | float | None) -> str:
    if value is None:
        return "-"
    if isinstance(value, Estimate):
        return f"{value.value:.3f} <small>{value.low:.3f}-{value.high:.3f}</small>"
    return f"{value:.3f}"


def _summary(report: Report) -> str:
    sets = ", ".join(f"{escape(name)} ({n:,})" for name, n in report.datasets.items())
    sides = [
        [
            f'<span class="key{n}">{escape(side.name)}</span>',
            f"{side.texts_per_s:,.0f}" if side.texts_per_s else "-",
            str(side.n_undecodable),
            escape(", ".join(side.unanswered)) or "-",
        ]
        for n, side in enumerate(report.sides)
    ]
    return (
        f"<p>{report.n_rows:,} labelled texts. {sets}</p><p>A label that a row does not name is "
        "unknown and not counted. Small print: 95 % intervals, Wilson's for shares, bootstrap "
        f"({report.options.n_resamples} rounds) for the rest. F1, precision, recall and "
        "false-positive rate (FPR) are at the detectors' own thresholds. Texts a second: in "
        "batches, on the machine of this run.</p>"
        + markup.table(["detectors", "texts/s", "undecodable", "labels not answered"], sides)
    )


_HEADS: Final = ("label", "lang", "data set", "n", "positive", "AUPRC", "F1")


def _rows(cells: Iterable[Cell]) -> list[list[str]]:
    return [
        [
            escape(one.label),
            escape(one.lang),
            escape(one.dataset),
            f"{one.n:,}",
            f"{one.n_positive:,}",
            *map(
                _figure,
                (
                    one.average_precision,
                    one.f1,
                    one.precision,
                    one.recall,
                    one.fpr,
                    one.recall_at_fpr,
                    one.precision_at_fpr,
                    one.calibration_error,
                ),
            ),
        ]
        for one in cells
    ]


def _figures(report: Report, cells: Iterable[Cell]) -> str:
    rate = f"{100 * report.options.fpr:g} % FPR"
    heads = (*_HEADS, "precision", "recall", "FPR", f"recall at {rate}", f"precision at {rate}")
    return markup.table((*heads, "ECE"), _rows(cells))


def _is_whole(cell: Cell) -> bool:
    return (cell.lang, cell.dataset) == (ALL, ALL)


def _overall(report: Report) -> str:
    return "".join(
        f"<h2>{escape(side.name)}: labels</h2>{_figures(report, filter(_is_whole, side.cells))}"
        for side in report.sides
        if side.cells
    )


def _details(report: Report) -> str:
    found = ""
    for side in report.sides:
        cells = [cell for cell in side.cells if not _is_whole(cell)]
        if cells:
            found += (
                f"<details><summary>{escape(side.name)}: by language and data set "
                f"({len(cells):,} lines)</summary>{_figures(report, cells)}</details>"
            )
    return found


def _differences(report: Report) -> str:
    if not report.differences:
        return ""
    rows = []
    for one in report.differences:
        gap = one.average_precision
        kind = "good" if gap.low > 0 else "bad" if gap.high < 0 else ""
        cell = f'<span class="{kind}">{gap.value:+.3f}</span>'
        span = f"{gap.low:+.3f} to {gap.high:+.3f}"
        rows.append([escape(one.label), escape(one.lang), escape(one.dataset), cell, span])
    heads = ("label", "lang", "data set", "AUPRC, first less second", "95 %")
    return f"<h2>Comparison, on the same rows</h2>{markup.table(heads, rows)}"


def _charts(report: Report) -> str:
    whole = [{cell.label: cell for cell in side.cells if _is_whole(cell)} for side in report.sides]
    found = ""
    for label, cell in whole[0].items():
        if not cell.curve:
            continue
        lines = [one[label].curve for one in whole if label in one]
        found += (
            f"<figure><figcaption>{escape(label)}</figcaption>"
            f"{charts.curves(label, lines)}{charts.reliability(label, cell.bins)}</figure>"
        )
    return f'<h2>Precision over recall; calibration</h2><div class="charts">{found}</div>' * bool(
        found
    )


def _share(rate: Rate | None) -> str:
    if rate is None:
        return "-"
    spread = f"{100 * rate.rate.low:.0f}-{100 * rate.rate.high:.0f}"
    return (
        f'<span title="{rate.n} cases">{100 * rate.rate.value:.1f} %</span> <small>{spread}</small>'
    )


def _functional(report: Report) -> str:
    return "".join(
        f"<h2>{escape(side.name)}: functional suite</h2>{_suite(side.functional)}"
        for side in report.sides
        if side.functional is not None
    )


def _suite(found: Functional) -> str:
    names = {one.id: one for one in suite.behaviours()}
    languages = list(dict.fromkeys(one.lang for one in found.by_language))
    by_language = {(one.expect, one.lang): one for one in (*found.overall, *found.by_language)}
    heads = [
        [f"must {expect}", *(_share(by_language.get((expect, lang))) for lang in (ALL, *languages))]
        for expect in ("flag", "pass")
    ]
    both = {(one.name, one.lang): one for one in (*found.by_behaviour, *found.by_both)}
    rows = [
        [
            f"{escape(names[one.name].name)} <small>must {one.expect}</small>",
            *(_share(both.get((one.name, lang))) for lang in (ALL, *languages)),
        ]
        for one in found.by_behaviour
    ]
    return (
        f"<p>{found.n:,} cases.</p>"
        + markup.table(["", "all", *languages], heads)
        + f"<details><summary>By behaviour</summary>{markup.table(['', 'all', *languages], rows)}"
        "</details>"
    )


def _examples(side: Side) -> str:
    worst = [
        [escape(one.label), "positive" if one.is_positive else "negative", f"{one.score:.3f}",
         escape(one.id), escape(one.dataset), escape(one.lang), escape(one.redacted)]
        for one in side.worst
    ]  # fmt: skip
    slow = [
        [f"{one.ms:.1f}", escape(one.id), escape(one.dataset), escape(one.lang),
         escape(one.redacted)]
        for one in side.slowest
    ]  # fmt: skip
    heads = ["label", "known", "score", "id", "data set", "lang", "text"]
    return (
        f"<details><summary>{escape(side.name)}: worst examples, middles masked</summary>"
        f"{markup.table(heads, worst)}</details>"
        f"<details><summary>{escape(side.name)}: slowest, one at a time</summary>"
        f"{markup.table(['ms', 'id', 'data set', 'lang', 'text'], slow)}</details>"
        if worst or slow
        else ""
    )
