"""Pieces of the page: texts, tables and charts as HTML. Pure.

Ids, rules and queues are other people's words: every text goes through `text`.
"""

from collections.abc import Iterable, Sequence
from html import escape
from typing import Final

_HIDDEN: Final = (0x061C, *range(0x200B, 0x2010), *range(0x202A, 0x202F), *range(0x2060, 0x206A))
_STEERING: Final = dict.fromkeys((*range(32), *range(127, 160), *_HIDDEN, 0xFEFF), "\ufffd")
"""Control characters, and those that turn the direction of writing or are not seen."""
_BAR_PX: Final = 18
_LEFT_PX: Final = 190
_WIDTH_PX: Final = 420
MAX_BARS: Final = 40


def text(value: object) -> str:
    """Gives a text as HTML, harmless whatever stands in it."""
    return escape(str(value).translate(_STEERING))


def table(caption: str, heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Gives a table of cells that are HTML already; the first of a row is its head."""
    head = "".join(f'<th scope="col">{text(one)}</th>' for one in heads)
    body = "".join(
        f'<tr><th scope="row">{row[0]}</th>{"".join(f"<td>{cell}</td>" for cell in row[1:])}</tr>'
        for row in rows
    )
    return (
        f'<div class="wide" tabindex="0" role="region" aria-label="{text(caption)}"><table>'
        f"<caption>{text(caption)}</caption><thead><tr>{head}</tr></thead>"
        f"<tbody>{body}</tbody></table></div>"
    )


def folded(summary: str, inside: str) -> str:
    """Gives what is shown when somebody asks for it."""
    return f"<details><summary>{text(summary)}</summary>{inside}</details>"


def bars(title: str, rows: Sequence[tuple[str, int, int]]) -> str:
    """Gives two bars a name, old above new; the first forty names. A table must say the same."""
    shown = rows[:MAX_BARS]
    if not shown:
        return ""
    most = max(1, *(max(old, new) for _, old, new in shown))
    height = len(shown) * (2 * _BAR_PX + 10) + 8
    drawn = ""
    for at, (name, old, new) in enumerate(shown):
        top = at * (2 * _BAR_PX + 10) + 4
        drawn += (
            f'<text x="{_LEFT_PX - 8}" y="{top + _BAR_PX + 4}" text-anchor="end">'
            f"{text(_short(name))}<title>{text(name)}</title></text>"
        )
        for row, (kind, n) in enumerate((("old", old), ("new", new))):
            width = round(_WIDTH_PX * n / most, 1)
            y = top + row * _BAR_PX
            drawn += (
                f'<rect class="{kind}" x="{_LEFT_PX}" y="{y}" width="{width}"'
                f' height="{_BAR_PX - 2}"/>'
                f'<text x="{_LEFT_PX + width + 5}" y="{y + 12}">{n:,}</text>'
            )
    return _figure(title, drawn, _LEFT_PX + _WIDTH_PX + 80, height)


def days(title: str, points: Sequence[tuple[str, int, int]]) -> str:
    """Gives two lines over days, old and new."""
    if len(points) < 2:  # noqa: PLR2004 - a line has two ends
        return ""
    most = max(1, *(max(old, new) for _, old, new in points))
    width, height, foot = 360, 110, 20
    lines = ""
    step = width / (len(points) - 1)
    for kind, values in (("old", [one[1] for one in points]), ("new", [one[2] for one in points])):
        path = " ".join(
            f"{40 + step * n:.1f},{10 + height * (1 - value / most):.1f}"
            for n, value in enumerate(values)
        )
        lines += f'<polyline class="{kind}" points="{path}"/>'
    first, last = points[0][0], points[-1][0]
    axes = (
        f'<line class="grid" x1="40" y1="{height + 10}" x2="{width + 40}" y2="{height + 10}"/>'
        f'<text x="36" y="14" text-anchor="end">{most:,}</text>'
        f'<text x="36" y="{height + 12}" text-anchor="end">0</text>'
        f'<text x="40" y="{height + foot + 6}">{text(first)}</text>'
        f'<text x="{width + 40}" y="{height + foot + 6}" text-anchor="end">{text(last)}</text>'
    )
    return _figure(title, axes + lines, width + 60, height + foot + 14)


def _figure(title: str, drawn: str, width: float, height: float) -> str:
    return (
        f"<figure><figcaption>{text(title)}</figcaption>"
        f'<svg role="img" viewBox="0 0 {width:.0f} {height:.0f}" width="{width:.0f}"'
        f' height="{height:.0f}"><title>{text(title)}: old and new; the table says the same'
        f"</title>{drawn}</svg></figure>"
    )


def _short(name: str) -> str:
    return name if len(name) <= 26 else f"{name[:25]}…"  # noqa: PLR2004 - what fits beside bars
