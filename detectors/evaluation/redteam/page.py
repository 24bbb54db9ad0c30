"""A red-team report as one HTML page that needs nothing else."""

from collections.abc import Iterable, Sequence
from html import escape
from typing import Final

from detectors.evaluation import markup
from detectors.evaluation.measures import Estimate
from detectors.evaluation.redteam.rates import ALL, Attempt
from detectors.evaluation.redteam.report import Report

_STYLE: Final = """
:root{color-scheme:light dark;--ink:#1c2430;--paper:#fff;--soft:#eef1f5;--rule:#c6cdd8;
--bar:#1f5fbf;--bad:#b3261e;--good:#1b7a43}
@media(prefers-color-scheme:dark){:root{--ink:#e4e8ee;--paper:#14181e;--soft:#1f262f;--rule:#46505e;
--bar:#7fb2ff;--bad:#ff8a80;--good:#7ddba3}}
body{font:15px/1.5 system-ui,sans-serif;color:var(--ink);background:var(--paper);margin:0 auto;
padding:1.5rem;max-width:76rem}
h1,h2{line-height:1.2}.wide{overflow-x:auto}
table{border-collapse:collapse;margin:.5rem 0 1.5rem;font-size:13px}
th,td{border-bottom:1px solid var(--rule);padding:.2rem .55rem;text-align:right;white-space:nowrap}
th{background:var(--soft)}th:first-child,td:first-child{text-align:left}
small{opacity:.72}.bad{color:var(--bad);font-weight:600}.good{color:var(--good)}
meter{width:6rem}
"""


def html(report: Report, missed: Sequence[str] | None = None) -> str:
    """Writes the page; every text in it is escaped.

    Args:
        report: What was measured.
        missed: What a gate found wanting; None where there was no gate.
    """
    title = f"Red team: {escape(report.detectors)}"
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        f"<title>{title}</title><style>{_STYLE}</style></head><body><h1>{title}</h1>"
        f"{_summary(report)}{markup.gate(missed)}<h2>Attacks</h2>{_attacks(report.attempts)}"
        f"<h2>By language</h2>{_crossed(report, is_by_label=False)}"
        f"<h2>By label</h2>{_crossed(report, is_by_label=True)}"
        f"<h2>Found before any attack</h2>{_detected(report)}"
        f"<h2>Label by language</h2>{_cells(report.attempts)}"
        f"<h2>Worst examples</h2><p>Successes on the texts that were flagged most clearly, middles "
        f"masked; margins are score less threshold.</p>{_worst(report.attempts)}</body></html>\n"
    )


def _percent(value: Estimate | None) -> str:
    if value is None:
        return "-"
    low, high = 100 * value.low, 100 * value.high
    return f"{100 * value.value:.1f} % <small>{low:.0f}-{high:.0f}</small>"


def _summary(report: Report) -> str:
    together = "by themselves and put together" if report.is_joining else "each by itself alone"
    return (
        f"<p>{report.n_flagged:,} of {report.n_texts:,} violating texts are flagged before any "
        "attack, and count. An attack succeeds on one of them if no label of the text is flagged "
        f"any more. Messages sent one after the other are judged {together}. Seed "
        f"{report.options.seed}; the search asks at most {report.options.budget} questions a text. "
        "Small print: 95 % intervals, Wilson's for shares, resampled texts for the mean.</p>"
        f"<p>Mean success rate over attacks that keep the text readable: "
        f"<b>{_percent(report.mean)}</b>. Texts that at least one of them hides: "
        f"{_percent(report.any_readable)}.</p>"
    )


def _attacks(attempts: Iterable[Attempt]) -> str:
    rows = [
        [
            f'<span title="{escape(one.summary)}">{escape(one.name)}</span>',
            escape(one.kind),
            "yes" if one.is_readable else "no",
            f'<meter value="{one.rate.value if one.rate else 0:.3f}"></meter>',
            _percent(one.rate),
            f"{one.n_success:,}",
            f"{one.n:,}",
            f"{one.n_unchanged:,}",
            f"{one.n_queries:,}",
        ]
        for one in attempts
    ]
    heads = (
        "attack",
        "kind",
        "readable",
        "",
        "success",
        "hidden",
        "attacked",
        "no form",
        "queries",
    )
    return markup.table(heads, rows)


def _crossed(report: Report, *, is_by_label: bool) -> str:
    """Success rates, attacks down, labels or languages across."""
    keys = sorted(
        {
            one.label if is_by_label else one.lang
            for attempt in report.attempts
            for one in attempt.rates
            if (one.lang if is_by_label else one.label) == ALL
        }
    )
    rows = []
    for attempt in report.attempts:
        own = {(one.label, one.lang): one for one in attempt.rates}
        cells = (own.get((key, ALL) if is_by_label else (ALL, key)) for key in keys)
        shown = (
            "-" if one is None else f"{_percent(one.rate)} <small>n {one.n}</small>"
            for one in cells
        )
        rows.append([escape(attempt.name), *shown])
    return markup.table(("attack", *keys), rows)


def _detected(report: Report) -> str:
    rows = [
        [escape(one.label), escape(one.lang), f"{one.n:,}", _percent(one.rate)]
        for one in report.detected
        if ALL in {one.label, one.lang}
    ]
    return markup.table(("label", "lang", "n", "flagged"), rows)


def _cells(attempts: Iterable[Attempt]) -> str:
    found = ""
    for attempt in attempts:
        rows = [
            [escape(one.label), escape(one.lang), f"{one.n:,}", _percent(one.rate)]
            for one in attempt.rates
            if ALL not in {one.label, one.lang}
        ]
        if rows:
            table = markup.table(("label", "lang", "n", "success"), rows)
            found += f"<details><summary>{escape(attempt.name)}</summary>{table}</details>"
    return found


def _worst(attempts: Iterable[Attempt]) -> str:
    rows = [
        [escape(attempt.name), escape(one.id), escape(one.lang), escape(", ".join(one.labels)),
         f"{one.before:+.3f}", f"{one.after:+.3f}", escape(one.redacted)]
        for attempt in attempts
        for one in attempt.worst
    ]  # fmt: skip
    return markup.table(("attack", "id", "lang", "labels", "before", "after", "sent"), rows)
