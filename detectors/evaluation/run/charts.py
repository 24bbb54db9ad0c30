"""Charts as inline SVG: precision against recall, and promised against true."""

from collections.abc import Sequence
from html import escape
from typing import Final

from detectors.evaluation.measures import Bin

_SIZE_PX: Final = 180
_MARGIN_PX: Final = 26

Points = Sequence[tuple[float, float]]


def curves(title: str, lines: Sequence[Points]) -> str:
    """Precision over recall, a line for each detector set."""
    drawn = "".join(
        f'<polyline class="line{n}" points="{_path(_stepped(points))}"/>'
        for n, points in enumerate(lines)
        if points
    )
    return _frame(f"{title}: precision over recall", "recall", drawn)


def reliability(title: str, bins: Sequence[Bin]) -> str:
    """The share of positives over the mean score, a dot for each bin; on the diagonal is right."""
    x, y = _at(0, 0), _at(1, 1)
    diagonal = f'<line class="grid" x1="{x[0]}" y1="{x[1]}" x2="{y[0]}" y2="{y[1]}"/>'
    dots = ""
    for one in bins:
        left, top = _at(one.mean_score, one.share_positive)
        dots += (
            f'<circle class="dot" cx="{left}" cy="{top}" r="3">'
            f"<title>n {one.n}, score {one.mean_score:.3f}, positive {one.share_positive:.3f}"
            "</title></circle>"
        )
    return _frame(f"{title}: share of positives over score", "score", diagonal + dots)


def _stepped(points: Points) -> Points:
    """Precision holds back to the recall before it, as average precision counts it."""
    found = [(0.0, points[0][1])]
    for recall, precision in points:
        found += [(found[-1][0], precision), (recall, precision)]
    return found


def _path(points: Points) -> str:
    return " ".join(",".join(str(part) for part in _at(*point)) for point in points)


def _at(x: float, y: float) -> tuple[float, float]:
    return round(_MARGIN_PX + x * _SIZE_PX, 1), round(8 + (1 - y) * _SIZE_PX, 1)


def _frame(title: str, below: str, inside: str) -> str:
    width, height = _SIZE_PX + _MARGIN_PX + 10, _SIZE_PX + 34
    grid = ""
    for value in (0.0, 0.5, 1.0):
        (left, top), (right, _) = _at(0, value), _at(1, value)
        grid += f'<line class="grid" x1="{left}" y1="{top}" x2="{right}" y2="{top}"/>'
        grid += f'<text x="{left - 4}" y="{top + 3}" text-anchor="end">{value:g}</text>'
        column, bottom = _at(value, 0)
        grid += f'<text x="{column}" y="{bottom + 12}" text-anchor="middle">{value:g}</text>'
    middle = _at(0.5, 0)[0]
    label = f'<text x="{middle}" y="{height - 2}" text-anchor="middle">{escape(below)}</text>'
    return (
        f'<svg role="img" viewBox="0 0 {width} {height}" width="{width}" height="{height}">'
        f"<title>{escape(title)}</title>{grid}{label}{inside}</svg>"
    )
