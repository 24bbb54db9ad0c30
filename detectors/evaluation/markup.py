"""Pieces of HTML that the reports share."""

from collections.abc import Iterable, Sequence
from html import escape


def table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table of cells that are HTML already."""
    head = "".join(f"<th>{escape(one)}</th>" for one in heads)
    body = "".join(f"<tr>{''.join(f'<td>{cell}</td>' for cell in row)}</tr>" for row in rows)
    return f'<div class="wide"><table><tr>{head}</tr>{body}</table></div>'


def gate(missed: Sequence[str] | None) -> str:
    """Whether a gate is passed, and what it found wanting; nothing where there was no gate."""
    if missed is None:
        return ""
    if not missed:
        return '<p class="good">Gate: passed.</p>'
    lines = "".join(f"<li>{escape(line)}</li>" for line in missed)
    return f'<p class="bad">Gate: missed.</p><ul>{lines}</ul>'
