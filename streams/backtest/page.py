"""The report as one HTML page that needs nothing else, and runs nothing. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby
from typing import Final

from schemas.labels import SEVERITY, Action
from streams.backtest.pieces import bars, days, folded, table, text
from streams.backtest.quality import Interval
from streams.backtest.replay import Cause
from streams.backtest.report import Flip, Report, Side, Volume
from streams.backtest.tally import Sample

_ACTIONS: Final = sorted(SEVERITY, key=lambda action: SEVERITY[action])
_STYLE: Final = """
:root{color-scheme:light dark;--ink:#1c2430;--paper:#fff;--soft:#eef1f5;--rule:#c6cdd8;
--old:#6b7788;--new:#1f5fbf;--harder:#f6d9c4;--softer:#cfe5d6;--bad:#b3261e;--good:#1b7a43}
@media(prefers-color-scheme:dark){:root{--ink:#e4e8ee;--paper:#14181e;--soft:#1f262f;--rule:#46505e;
--old:#98a4b5;--new:#7fb2ff;--harder:#5a3a22;--softer:#23452f;--bad:#ff8a80;--good:#7ddba3}}
body{font:15px/1.5 system-ui,sans-serif;color:var(--ink);background:var(--paper);margin:0 auto;
padding:1.5rem;max-width:76rem}h1,h2,h3{line-height:1.2}.wide{overflow-x:auto}
table{border-collapse:collapse;margin:.5rem 0 1.5rem;font-size:13px}
caption{text-align:left;font-weight:600;padding:.2rem 0}
th,td{border-bottom:1px solid var(--rule);padding:.2rem .55rem;text-align:right;vertical-align:top}
thead th{background:var(--soft)}tbody th{text-align:left;font-weight:normal;overflow-wrap:anywhere}
td.harder{background:var(--harder)}td.softer{background:var(--softer)}td.text{text-align:left}
td.none{opacity:.5}small{opacity:.8}.bad{color:var(--bad);font-weight:600}
.good{color:var(--good);font-weight:600}code{overflow-wrap:anywhere}
figure{margin:0 0 1rem}figcaption{font-size:13px}.charts{display:flex;flex-wrap:wrap;gap:1.5rem}
svg{max-width:100%;height:auto}svg text{font:11px system-ui,sans-serif;fill:var(--ink)}
svg .grid{stroke:var(--rule)}rect.old{fill:var(--old)}rect.new{fill:var(--new)}
polyline{fill:none;stroke-width:2}polyline.old{stroke:var(--old)}polyline.new{stroke:var(--new)}
"""


def html(report: Report) -> str:
    """Writes the page; every text in it is escaped."""
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        '<meta http-equiv="Content-Security-Policy" content="default-src \'none\';'
        " style-src 'unsafe-inline'\">"
        f"<title>Backtest of {text(report.new.version)}</title><style>{_STYLE}</style></head>"
        f"<body><main><h1>Backtest</h1>{_summary(report)}{_identity(report)}{_matrix(report)}"
        f"{_rules(report)}{_moves(report)}{_volumes(report.volumes)}{_quality(report)}"
        f"{_samples(report)}</main></body></html>\n"
    )


def _summary(report: Report) -> str:
    share = f"{report.n_flipped / report.n_verdicts:.2%}" if report.n_verdicts else "-"
    where = f" where <code>{text(report.where)}</code>" if report.where else ""
    compared = "what was recorded" if report.old is None else _side(report.old)
    made = table(
        "Policies that had decided",
        ["policy hash", "verdicts", ""],
        [[f"<code>{text(one.hash)}</code>", f"{one.n:,}", "given" if one.is_given else ""]
         for one in report.made],
    )  # fmt: skip
    notes = ""
    if report.n_without_features:
        notes += (
            f'<p class="bad">{report.n_without_features:,} verdicts are from before features were'
            " recorded: they are decided by signals alone.</p>"
        )
    if report.n_unreadable:
        notes += f'<p class="bad">{report.n_unreadable:,} verdicts could not be read.</p>'
    return (
        f"<p>{_side(report.new)} against {compared}: {report.n_verdicts:,} verdicts on"
        f" {report.n_items:,} items, decided from {text(report.start.isoformat())} to"
        f" {text(report.end.isoformat())}, on {text(', '.join(report.surfaces))}{where}.</p>"
        f"<p><b>{report.n_flipped:,} actions change ({share}): {report.n_harder:,} become harder,"
        f" {report.n_softer:,} milder.</b></p>{notes}{made}"
        f"<p><small>Made {text(report.made_at.isoformat(timespec='seconds'))};"
        f" {report.verdicts_per_s:,.0f} verdicts a second in {report.n_processes} processes of"
        f" {report.peak_bytes / 2**20:.0f} MiB at most.</small></p>"
    )


def _side(side: Side) -> str:
    return (
        f"{text(side.source)} (version {text(side.version)}, <code>{text(side.hash)}</code>,"
        f" {side.n_rules} rules, {text(side.mode)})"
    )


def _identity(report: Report) -> str:
    identity = report.identity
    if not identity.n_compared:
        return (
            "<h2>Identity</h2><p>No verdict was made by a policy given here, so nothing says"
            " whether history is decided again exactly.</p>"
        )
    is_whole = identity.n_identical == identity.n_compared
    rows = [[text(one.stage), f"{one.n:,}", f"{one.n_identical:,}"] for one in identity.stages]
    return (
        f'<h2>Identity</h2><p class="{"good" if is_whole else "bad"}">{identity.n_identical:,} of'
        f" {identity.n_compared:,} verdicts that a policy given here had made come out of it"
        " exactly as recorded.</p>"
        + table("By stage", ["stage", "verdicts", "identical"], rows)
        + (_sampled("Not identical", identity.differing) if identity.differing else "")
    )


def _matrix(report: Report) -> str:
    flips = report.flips
    whole: dict[tuple[Action, Action], int] = {}
    for one in flips.surfaces:
        whole[one.old, one.new] = whole.get((one.old, one.new), 0) + one.n
    charts = bars(
        "Verdicts by action, all surfaces",
        [
            (
                action,
                sum(n for (old, _), n in whole.items() if old == action),
                sum(n for (_, new), n in whole.items() if new == action),
            )
            for action in _ACTIONS
        ],
    )
    legend = (
        "<p>Rows are the old action, columns the new one. By language, label and rule a verdict"
        " counts under each that it has.</p>"
    )
    return (
        f"<h2>Flip matrix</h2>{legend}{charts}{_square('All surfaces', whole)}"
        + folded("By surface", _squares(flips.surfaces))
        + folded("By language", _squares(flips.languages))
        + folded("By label", _squares(flips.labels))
        + folded("By rule", _squares(flips.rules))
    )


def _squares(flips: Iterable[Flip]) -> str:
    return "".join(
        _square(name, {(one.old, one.new): one.n for one in own})
        for name, own in groupby(flips, key=lambda one: one.name)
    )


def _square(name: str, cells: Mapping[tuple[Action, Action], int]) -> str:
    head = "".join(f'<th scope="col">{text(one)}</th>' for one in ("old \\ new", *_ACTIONS))
    body = ""
    for old in _ACTIONS:
        body += f'<tr><th scope="row">{text(old)}</th>'
        for new in _ACTIONS:
            n = cells.get((old, new), 0)
            body += f'<td class="{_kind(old, new, n)}">{n:,}</td>'
        body += "</tr>"
    return (
        f'<div class="wide"><table><caption>{text(name)}</caption><thead><tr>{head}</tr></thead>'
        f"<tbody>{body}</tbody></table></div>"
    )


def _kind(old: Action, new: Action, n: int) -> str:
    if not n:
        return "none"
    change = SEVERITY[new] - SEVERITY[old]
    return "harder" if change > 0 else "softer" if change < 0 else ""


def _rules(report: Report) -> str:
    changed = [one for one in report.rules if one.n_gained or one.n_lost]
    rows = [
        [text(one.rule), f"{one.n_both:,}", f"{one.n_gained:,}", f"{one.n_lost:,}"]
        for one in report.rules
    ]
    return (
        "<h2>Rules</h2>"
        + bars(
            "Verdicts on which a rule counts",
            [(one.rule, one.n_both + one.n_lost, one.n_both + one.n_gained) for one in changed],
        )
        + table("Verdicts by rule", ["rule", "old and new", "new alone", "old alone"], rows)
    )


def _moves(report: Report) -> str:
    found = ""
    for what, moves in (("Queues", report.queues), ("What is done about actors", report.sanctions)):
        rows = [[text(one.surface), text(one.old), text(one.new), f"{one.n:,}"] for one in moves]
        if rows:
            found += table(f"{what}: verdicts that change", ["surface", "old", "new", "n"], rows)
    return f"<h2>Queues and actors</h2>{found or '<p>Nothing changes.</p>'}"


def _volumes(volumes: Sequence[Volume]) -> str:
    if not volumes:
        return ""
    charts, rows = "", []
    for queue, own in groupby(volumes, key=lambda one: one.queue):
        points = [(one.day, one.n_old, one.n_new) for one in own]
        charts += days(f"Items a day in {queue}", points)
        rows += [[text(queue), text(day), f"{old:,}", f"{new:,}"] for day, old, new in points]
    return (
        "<h2>Review queues</h2><p>Items by the verdict in force, old (grey) and new (blue), by the"
        f' day (UTC) of the verdict.</p><div class="charts">{charts}</div>'
        + folded("The figures", table("Items", ["queue", "day", "old", "new"], rows))
    )


def _quality(report: Report) -> str:
    if not report.quality:
        return "<h2>Precision and recall</h2><p>No item here has a human label.</p>"
    rows = [
        [
            text("any label" if one.label == "*" else one.label),
            text("all" if one.surface == "*" else one.surface),
            f"{one.n_items:,}",
            f"{one.n_present:,}",
            _share(one.old_precision),
            _share(one.new_precision),
            _signed(one.precision_change),
            _share(one.old_recall),
            _share(one.new_recall),
            _signed(one.recall_change),
        ]
        for one in report.quality
    ]
    heads = ["label", "surface", "items", "present", "precision old", "new", "change"]
    return (
        "<h2>Precision and recall</h2><p>On items that people labelled, which are no sample of all:"
        " most came through a queue. 95 % intervals in small print.</p>"
        + table("Estimates", [*heads, "recall old", "new", "change"], rows)
    )


def _share(value: Interval | None) -> str:
    if value is None:
        return "-"
    return f"{value.value:.3f} <small>{value.low:.3f} to {value.high:.3f}</small>"


def _signed(value: Interval | None) -> str:
    if value is None:
        return "-"
    return f"{value.value:+.3f} <small>{value.low:+.3f} to {value.high:+.3f}</small>"


def _samples(report: Report) -> str:
    found = "".join(
        folded(f"{surface}: {old} to {new}", _sampled("Verdicts", list(own)))
        for (surface, old, new), own in groupby(
            report.samples, key=lambda one: (one.surface, one.old, one.new)
        )
    )
    return f"<h2>Samples</h2>{found or '<p>No verdict changes.</p>'}"


def _sampled(caption: str, samples: Sequence[Sample]) -> str:
    rows = [
        [
            f"{text(one.item_id)} <small>revision {one.item_revision}</small>",
            f"<code>{text(one.verdict_id)}</code>",
            f"{text(one.stage)} <small>{one.revision}</small>",
            text(one.language),
            _told(one.old, one.old_queue, one.old_sanction, one.old_reasons),
            _told(one.new, one.new_queue, one.new_sanction, one.new_reasons),
        ]
        for one in samples
    ]
    return table(caption, ["item", "verdict", "stage", "language", "old", "new"], rows)


def _told(action: str, queue: str, sanction: str, reasons: Iterable[Cause]) -> str:
    more = "".join(f", {text(one)}" for one in (queue, sanction) if one)
    lines = "".join(f"<br><small>{_cause(one)}</small>" for one in reasons)
    return f"{text(action)}{more}{lines}"


def _cause(cause: Cause) -> str:
    score = "" if cause.score is None else f" {cause.score:.3f}"
    label = f" {text(cause.label)}" if cause.label else ""
    mode = f" ({text(cause.mode)})" if cause.mode not in {"", "enforce"} else ""
    return f"{text(cause.rule)}:{label}{score} {text(cause.action)}{mode}"
