"""Counts the corpus and checks what must hold of it."""

import json
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import msgspec

from detectors.training.text_risk.contrast.frames import LABELS, LANGUAGES, Language
from detectors.training.text_risk.contrast.generator import distinct_form
from detectors.training.text_risk.rows import Row

FEWEST_PAIRS = 20_000
FEWEST_FRAMES = 12
"""Frames of one label in one language that need no word list."""
FEWEST_FREE = 60
"""Free-written pairs of one label in one language."""
_UNSPACED = frozenset({"zh", "ko"})
_BRACES = re.compile(r"[{}]")
_ORDINARY = Path(__file__).parent / "ordinary.toml"


class _Ordinary(msgspec.Struct):
    words: dict[str, list[str]]


def label_of(row: Row) -> str:
    """The label of a row's pair, from its group."""
    return row.group.split(":")[2]


def counts(rows: Sequence[Row], languages: Sequence[Language]) -> dict[str, Counter[str]]:
    """Pairs by label, language and split, and frames by kind of twin."""
    violating = [row for row in rows if row.id.endswith(":v")]
    return {
        "label": Counter(label_of(row) for row in violating),
        "language": Counter(row.lang for row in violating),
        "split": Counter(row.split for row in violating),
        "frames by twin kind": Counter(f.kind for one in languages for f in one.frames),
    }


def faults(rows: Sequence[Row], languages: Sequence[Language]) -> list[str]:
    """Whatever does not hold of the rows and frames, one line each; empty when all is well."""
    return [*_repeated(rows), *_straddling(rows), *_unfilled(rows), *_thin(rows, languages)]


def _repeated(rows: Iterable[Row]) -> list[str]:
    seen = Counter(distinct_form(row.text) for row in rows)
    return [f"not distinct: {form}" for form, n in seen.items() if n > 1]


def _straddling(rows: Iterable[Row]) -> list[str]:
    splits: dict[str, set[str]] = defaultdict(set)
    for row in rows:
        splits[row.group].add(row.split)
    return [f"on both splits: {group}" for group, found in splits.items() if len(found) > 1]


def _unfilled(rows: Iterable[Row]) -> list[str]:
    return [f"leftover slot: {row.id} {row.text}" for row in rows if _BRACES.search(row.text)]


def _thin(rows: Sequence[Row], languages: Sequence[Language]) -> list[str]:
    n_pairs = len(rows) // 2
    found = [f"{n_pairs} pairs, wanted {FEWEST_PAIRS}"] if n_pairs < FEWEST_PAIRS else []
    cells = Counter(
        (frame.lang, frame.label)
        for one in languages
        for frame in one.frames
        if not frame.is_free and not frame.needs_words
    )
    free = Counter(
        (frame.lang, frame.label) for one in languages for frame in one.frames if frame.is_free
    )
    for lang in LANGUAGES:
        found += [
            f"{cells[lang, label]} frames of {label} in {lang}, wanted {FEWEST_FRAMES}"
            for label in LABELS
            if cells[lang, label] < FEWEST_FRAMES
        ]
        found += [
            f"{free[lang, label]} free-written pairs of {label} in {lang}, wanted {FEWEST_FREE}"
            for label in LABELS
            if free[lang, label] < FEWEST_FREE
        ]
    return found


def listed_words(languages: Iterable[Language], words: Path) -> list[str]:
    """Words of the lists in `words` that the frames or fillers hold, but for the ordinary ones."""
    ordinary = msgspec.toml.decode(_ORDINARY.read_bytes(), type=_Ordinary).words
    found = []
    for one in languages:
        path = words / f"{one.lang}.json"
        if not path.exists():
            continue
        listed: list[str] = json.loads(path.read_text("utf-8"))
        left, right = ("", "") if one.lang in _UNSPACED else (r"(?<!\w)", r"(?!\w)")
        any_of = "|".join(re.escape(word.casefold()) for word in listed)
        pattern = re.compile(f"{left}(?:{any_of}){right}")
        for text in _texts(one):
            bare = text.casefold()
            for word in ordinary.get(one.lang, []):
                bare = bare.replace(word, " ")
            found += [f"{one.lang}: {hit[0]!r} in {text!r}" for hit in pattern.finditer(bare)]
    return found


def _texts(language: Language) -> Iterator[str]:
    for frame in language.frames:
        yield from (frame.violating, frame.twin)
    for fillers in language.slots.values():
        yield from fillers
    yield from (*language.openers, *language.closers)
