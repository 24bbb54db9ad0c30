"""Stretched and doubled letters, alternating case, and tatweel."""

import itertools
import re
from typing import Final

from detectors.text.normaliser import characters as chars
from detectors.text.normaliser.lexicon import frequency
from detectors.text.normaliser.mapped import Edit, Mapped

_STRETCH: Final = re.compile(r"([^\W\d_])\1\1", re.IGNORECASE)
_WORD: Final = re.compile(f"(?<![\\w@/.#$])(?:[^\\W\\d_][{chars.MARKS_CLASS}]*)+(?![\\w@/])")
_TRIPLE: Final = re.compile(r"([^\W\d_])\1{2,}", re.IGNORECASE)
_RUN: Final = re.compile(r"([^\W\d_])\1+", re.IGNORECASE)
_PAIRS: Final = re.compile(r"(?:([^\W\d_])\1)+", re.IGNORECASE)
_DOUBLED: Final = re.compile(r"(?:([^\W\d_])\1){3,}", re.IGNORECASE)
_UNSTRETCHED: Final = re.compile(f"[{chars.HAN_CLASS}\u3040-\u30ff\uac00-\ud7a3\u0e00-\u0eff]")
_TATWEEL: Final = re.compile("(?<=[\u0620-\u064a])\u0640+(?=[\u0620-\u064a])")
_SWITCHES: Final = re.compile("[a-zа-яё][A-ZА-ЯЁ]")
_CASE_WORD: Final = re.compile("[a-zA-Zа-яА-ЯёЁ]{2,}")
_ORDINARY_CASE: Final = re.compile(r"^(?:[A-Z]?[a-z]+)(?:[A-Z][a-z]+)*[A-Z]?$")
_MAX_RUNS: Final = 4
_MIN_SWITCHED: Final = 4
_MIN_ALONE: Final = 6
_MIN_SWITCHES: Final = 2
_MAX_WORD: Final = 200


def squeeze(given: Mapped) -> Mapped:
    """The text with stretched words as they are spelt, where that is a word."""
    text = given.text
    if "\u0640" in text:
        given = given.edited((one.start(), one.end(), "") for one in _TATWEEL.finditer(text))
        text = given.text
    has_stretch, has_doubles = _STRETCH.search(text), _DOUBLED.search(text)
    if not has_stretch and not has_doubles:
        return given
    edits: list[Edit] = []
    doubled = (
        [one for one in _WORD.finditer(text) if _PAIRS.fullmatch(one[0])] if has_doubles else []
    )
    if len(doubled) > 1 and any(frequency(one[0][::2]) for one in doubled):
        return given.edited((one.start(), one.end(), one[0][::2]) for one in doubled)
    unknown: list[Edit] = []
    for found in _WORD.finditer(text):
        word = found[0]
        shown = None
        if len(word) <= _MAX_WORD and not _UNSTRETCHED.match(word):
            if _STRETCH.search(word):
                shown = _squeezed(word)
                if shown is None:
                    unknown.append((found.start(), found.end(), _TRIPLE.sub(r"\1", word)))
            elif _DOUBLED.fullmatch(word) and frequency(word[::2]) and not frequency(word):
                shown = word[::2]
        if shown is not None:
            edits.append((found.start(), found.end(), shown))
    return given.edited(sorted(edits + unknown) if len(edits) > 1 else edits)


def _squeezed(word: str) -> str | None:
    """The most frequent word left when each run of a letter becomes one or two of it."""
    if len(set(word.lower())) == 1:
        return None  # www, zzz, III
    runs = list(_RUN.finditer(word))[:_MAX_RUNS]
    best, top = None, 0
    for lengths in itertools.product((2, 1), repeat=len(runs)):
        shown, at = "", 0
        for run, n in zip(runs, lengths, strict=True):
            shown += word[at : run.start()] + run[0][:n]
            at = run.end()
        shown += word[at:]
        zipf = frequency(shown) if len(shown) > 1 else 0
        if zipf:  # a letter that stands twice may well belong there twice
            zipf += sum(n == len(run[0]) for run, n in zip(runs, lengths, strict=True))
        if zipf > top:
            best, top = shown, zipf
    return best


def even_case(given: Mapped) -> Mapped:
    """The text with words of alternating case in lower case."""
    text = given.text
    if not _SWITCHES.search(text):
        return given
    found = [one for one in _CASE_WORD.finditer(text) if _alternates(one[0])]
    if len(found) == 1 and len(found[0][0]) < _MIN_ALONE:
        return given  # LaTeX
    if len(found) > 1:
        found = [one for one in _CASE_WORD.finditer(text) if _mixes(one[0])]
    return given.edited((one.start(), one.end(), one[0].lower()) for one in found)


def _mixes(word: str) -> bool:
    """Whether a known word has capitals inside, which counts beside clearer ones."""
    return _SWITCHES.search(word) is not None and not _is_camel(word) and frequency(word) > 0


def _alternates(word: str) -> bool:
    if len(word) < _MIN_SWITCHED:
        return False
    n = len(_SWITCHES.findall(word))
    if n < _MIN_SWITCHES and not (n and len(word) <= 5 and word[0].islower()):  # noqa: PLR2004
        return False
    if len(word) > 6 * n or _is_camel(word):
        return False
    return frequency(word) > 0


def _is_camel(word: str) -> bool:
    """Whether the capitals begin words of three letters or more, as in names of programs."""
    return bool(_ORDINARY_CASE.match(word)) and min(map(len, re.findall("[A-Z]?[a-z]+", word))) > 2  # noqa: PLR2004


def is_stretched(word: str) -> bool:
    """Whether a word is a known one with letters repeated."""
    return len(word) <= _MAX_WORD and not _UNSTRETCHED.match(word) and _squeezed(word) is not None
