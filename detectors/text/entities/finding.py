"""What is recognised in a text before it is scored."""

from collections.abc import Sequence

from msgspec import Struct


class Finding(Struct, frozen=True, kw_only=True):
    """Characters `start` to `end` of a text are of a kind; `evidence` says what was checked.

    Evidence never holds a secret: keys, phrases and personal data stand there masked.
    """

    kind: str
    start: int
    end: int
    evidence: dict[str, str]


def without_overlaps(findings: Sequence[Finding]) -> list[Finding]:
    """Gives findings in text order; of two that overlap, the earlier in the sequence stays."""
    kept: list[Finding] = []
    taken: set[int] = set()
    for one in findings:
        cells = range(one.start, one.end)
        if taken.isdisjoint(cells):
            taken.update(cells)
            kept.append(one)
    return sorted(kept, key=lambda one: one.start)
