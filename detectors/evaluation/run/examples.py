"""The worst and the slowest examples, with their middles masked."""

import re
from collections.abc import Sequence
from typing import Final

import numpy as np
from msgspec import Struct

from detectors.evaluation.run.rows import COLUMNS, LabelledText
from detectors.evaluation.run.scoring import Scored

_N_WORST: Final = 5
_MIN_WORDS: Final = 4
_MAX_WORD: Final = 16
_UNSAFE: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]+")


class Example(Struct, frozen=True, kw_only=True):
    """A row the detectors judge worst (or slowest, in `ms`), redacted."""

    id: str
    dataset: str
    lang: str
    redacted: str
    label: str = ""
    is_positive: bool = False
    score: float = 0.0
    ms: float = 0.0


def redacted(text: str) -> str:
    """The first and the last word, and how much lies between; of fewer words, two letters."""
    words = _UNSAFE.sub(" ", text).split()
    if len(words) < _MIN_WORDS:
        plain = "".join(words)
        shown = f"{plain[0]}…{plain[-1]}" if plain else ""
        return f"{shown} ({len(text)} characters)"
    return f"{_cut(words[0])} … {len(words) - 2} words … {_cut(words[-1])}"


def _cut(word: str) -> str:
    """A word of a script without spaces, or an address, may be the whole text."""
    return word if len(word) <= _MAX_WORD else f"{word[0]}…"


def worst(rows: Sequence[LabelledText], scored: Scored) -> list[Example]:
    """Per label the negatives with the highest and the positives with the lowest scores."""
    found: list[Example] = []
    for at, label in enumerate(COLUMNS):
        if label not in scored.answered:
            continue
        values = np.array([row.labels.get(label, -1) for row in rows])
        for wanted, sign in ((0, -1), (1, 1)):
            inside = np.flatnonzero(values == wanted)
            order = np.argsort(sign * scored.scores[inside, at], kind="stable")[:_N_WORST]
            found.extend(
                _example(rows[n], label=label, value=float(scored.scores[n, at]), wanted=wanted)
                for n in inside[order]
            )
    return found


def slowest(rows: Sequence[LabelledText], scored: Scored) -> list[Example]:
    """The texts that took longest by themselves."""
    return [
        Example(
            id=str(rows[one.row].id),
            dataset=rows[one.row].dataset,
            lang=rows[one.row].lang,
            redacted=redacted(rows[one.row].text),
            ms=one.ms,
        )
        for one in scored.slowest
    ]


def _example(row: LabelledText, *, label: str, value: float, wanted: int) -> Example:
    return Example(
        id=str(row.id),
        dataset=row.dataset,
        lang=row.lang,
        redacted=redacted(row.text),
        label=label,
        is_positive=bool(wanted),
        score=round(value, 4),
    )
