"""Fills the frames: the same rows every time for the same seed and word lists."""

import json
import re
import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from detectors.training.text_risk.contrast.frames import (
    LABELS,
    LANGUAGES,
    OTHER,
    SLOT,
    SLUR,
    Frame,
    Language,
    load,
)
from detectors.training.text_risk.rows import ANY, TARGETS, Row

PAIRS_PER_CELL = 40
"""Pairs of each label in each language, before the free-written ones."""
SOURCE = "contrast"

_MOST_ROUNDS = 60
_CALIBRATION_PERCENT = 12
_TEST_PERCENT = 10
_OPENER_SHARE = 0.15
_CLOSER_SHARE = 0.1
_LOWER_SHARE = 0.25
_BARE_SHARE = 0.2
_FEWEST_LETTERS, _MOST_LETTERS = 2, 14
_NOISE = re.compile(r"[\W_]+")


def read(words: Path | None = None, seed: int = 0) -> list[Row]:
    """All pairs of all languages, each violating row before its twin.

    A pair shares `id` up to its last letter (`:v` or `:t`), `group` and `split`.

    Args:
        words: Folder of word lists, `<language>.json` each a JSON list. Without it, and in a
            language it has no list for, frames with a `{slur}` slot are left out.
        seed: Chooses the fillers, not the split.

    Raises:
        ValueError: A malformed frame, or a cell with too few frames for `PAIRS_PER_CELL`.
    """
    seen: set[str] = set()
    rows: list[Row] = []
    for lang in LANGUAGES:
        slurs = word_list(words, lang)
        for frame, n, violating, twin in _pairs(load(lang), slurs, seed, seen):
            rows += _rows(frame, n, violating, twin)
    return rows


def word_list(words: Path | None, lang: str) -> tuple[str, ...]:
    """The single words of a language's list in `words` that can fill a slot, sorted."""
    path = words / f"{lang}.json" if words else None
    if path is None or not path.exists():
        return ()
    listed: list[str] = json.loads(path.read_text("utf-8"))
    return tuple(sorted({w for w in listed if w.isalpha() and _fits(w)}))


def _fits(word: str) -> bool:
    return _FEWEST_LETTERS <= len(word) <= _MOST_LETTERS


def split_of(group: str) -> str:
    """The split of every pair of a frame."""
    bucket = zlib.crc32(f"{group}#split".encode()) % 100
    if bucket < _TEST_PERCENT:
        return "test"
    return "calibration" if bucket < _TEST_PERCENT + _CALIBRATION_PERCENT else "train"


def distinct_form(text: str) -> str:
    """What of a text counts when it is asked whether another is the same: no case, no signs."""
    return _NOISE.sub("", text.casefold())


def _pairs(
    language: Language, slurs: Sequence[str], seed: int, seen: set[str]
) -> Iterator[tuple[Frame, int, str, str]]:
    usable = [frame for frame in language.frames if slurs or not frame.needs_words]
    slots = {**language.slots, SLUR: tuple(slurs)}
    for frame in usable:
        if frame.is_free and _take(seen, frame.violating, frame.twin):
            yield frame, 0, frame.violating, frame.twin
    for label in LABELS:
        frames = [frame for frame in usable if frame.label == label and not frame.is_free]
        randoms = [np.random.default_rng(_seed(frame, seed)) for frame in frames]
        n_taken = 0
        for n in range(_MOST_ROUNDS):
            for frame, random in zip(frames, randoms, strict=True):
                if n_taken == PAIRS_PER_CELL:
                    break
                violating, twin = _filled(frame, language, slots, random)
                if _take(seen, violating, twin):
                    n_taken += 1
                    yield frame, n, violating, twin
        if n_taken < PAIRS_PER_CELL:
            message = f"{language.lang}: {n_taken} pairs of {label} out of {len(frames)} frames"
            raise ValueError(message)


def _seed(frame: Frame, seed: int) -> int:
    return zlib.crc32(f"{frame.group}#{seed}".encode())


def _take(seen: set[str], violating: str, twin: str) -> bool:
    forms = {distinct_form(violating), distinct_form(twin)}
    if len(forms) < 2 or forms & seen:  # noqa: PLR2004
        return False
    seen |= forms
    return True


def _filled(
    frame: Frame,
    language: Language,
    slots: dict[str, tuple[str, ...]],
    random: np.random.Generator,
) -> tuple[str, str]:
    """Both texts of a pair with the same fillers, the same padding and the same case."""
    chosen = _fillers(random, set(SLOT.findall(frame.violating + frame.twin)), slots)
    opener = _drawn(random, language.openers, _OPENER_SHARE)
    closer = _drawn(random, language.closers, _CLOSER_SHARE)
    is_lower, is_bare = random.random() < _LOWER_SHARE, random.random() < _BARE_SHARE

    def fill(text: str) -> str:
        body = SLOT.sub(lambda found: chosen[found[1], found[2]], text)
        body = " ".join(part for part in (opener, body, closer) if part)
        body = body.rstrip(".!。！।") if is_bare else body
        return _lowered(body, language.lang) if is_lower else body

    return fill(frame.violating), fill(frame.twin)


def _fillers(
    random: np.random.Generator, used: set[tuple[str, str]], slots: dict[str, tuple[str, ...]]
) -> dict[tuple[str, str], str]:
    """A filler for each (slot, digit); forms of one word, `city` and `city_in`, stay together."""
    places: dict[tuple[str, str], int] = {}
    chosen = {}
    for name, digit in sorted(used):
        family, words = name.partition("_")[0], slots[name]
        if (family, digit) not in places:
            taken = {at for (other, _), at in places.items() if other == family}
            left = [at for at in range(len(words)) if at not in taken]
            places[family, digit] = left[int(random.integers(len(left)))]
        chosen[name, digit] = words[places[family, digit] % len(words)]
    return chosen


def _drawn(random: np.random.Generator, words: Sequence[str], share: float) -> str:
    at, is_taken = int(random.integers(len(words))), random.random() < share
    return words[at] if is_taken else ""


def _lowered(text: str, lang: str) -> str:
    return (text.replace("İ", "i").replace("I", "ı") if lang == "tr" else text).lower()


def _rows(frame: Frame, n: int, violating: str, twin: str) -> Iterator[Row]:
    clean = dict.fromkeys((*TARGETS, frame.label), 0)
    known = {frame.label: 0} if frame.kind == OTHER else clean
    for letter, text, labels in (
        ("v", violating, {frame.label: 1, ANY: 1}),
        ("t", twin, known),
    ):
        yield Row(
            id=f"{frame.group}:{n}:{letter}", text=text, lang=frame.lang, source=SOURCE,
            group=frame.group, labels=labels, split=split_of(frame.group),
        )  # fmt: skip
