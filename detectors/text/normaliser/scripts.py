"""Look-alike letters folded to the script of their word, and letters under false accents."""

import itertools
import re
import unicodedata
from collections.abc import Iterator
from typing import Final

from detectors.text.normaliser import characters as chars
from detectors.text.normaliser.lexicon import frequency
from detectors.text.normaliser.mapped import Edit, Mapped

_FOREIGN_CLASS: Final = (
    chars.CYRILLIC_CLASS + chars.GREEK_CLASS + chars.ARMENIAN_CLASS + chars.EXOTIC_CLASS
)
_ALPHABETIC: Final = chars.LATIN_CLASS + _FOREIGN_CLASS
_FOREIGN: Final = re.compile(f"[{_FOREIGN_CLASS}]")
_WORD: Final = re.compile(f"[{_ALPHABETIC}](?:[{_ALPHABETIC}0-9@$'’]*[{_ALPHABETIC}])?")
_RUNS: Final = re.compile(
    f"([{chars.LATIN_CLASS}]+)|([{chars.CYRILLIC_CLASS}]+)|([{chars.GREEK_CLASS}]+)"
    f"|([{chars.ARMENIAN_CLASS}]+)|([{chars.EXOTIC_CLASS}]+)"
)
_LATIN, _CYRILLIC, _GREEK, _EXOTIC = 0, 1, 2, 4
_ASCII_WORD: Final = re.compile(r"(?<![A-Za-z0-9.@/_])[a-zA-Z]{3,}(?![A-Za-z0-9.@/_])")
_TO: Final = {_LATIN: chars.TO_LATIN, _CYRILLIC: chars.TO_CYRILLIC, _GREEK: chars.TO_GREEK}
_MIN_LETTERS: Final = 3
_MIN_KINDS: Final = 3
_SPELT: Final = frozenset("ɣɛɔɖɓɗəɩʋʃʒɨʉɲɦɾʔɬ")
"""Phonetic letters that African and other languages write."""
_MIN_RUN: Final = 2

_ACCENTED: Final = re.compile("[\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u024f\u1e00-\u1eff]")
_ACCENTED_WORD: Final = re.compile(f"[{chars.LATIN_CLASS}]+")
_STROKED: Final = str.maketrans("øØłŁđĐħĦŧŦıƀƁƃɨʉɍɇɉðþØƒƙƥƭȼⱥ", "oOlLdDhHtTibBbiurejdpOfkptca")
_MIN_ACCENT_ZIPF: Final = 6
_MAX_KEPT: Final = 5


def fold(given: Mapped) -> Mapped:
    """The text with each word in one script.

    A word that mixes scripts takes the one to which all its other letters have a look-alike,
    the text's script first. A word all of look-alikes, such as Cyrillic a-p-e in English, is
    folded only if it is a word there and none in its own script.
    """
    text = given.text
    if not _FOREIGN.search(text):
        return given
    counts = [0] * 5
    for runs in _RUNS.findall(text):
        for at, run in enumerate(runs):
            counts[at] += len(run)
    home = _CYRILLIC if counts[_CYRILLIC] > counts[_LATIN] else _LATIN
    if counts[_GREEK] > max(counts[_LATIN], counts[_CYRILLIC]):
        home = _GREEK
    edits: list[Edit] = []
    single: list[Edit] = []
    for found in _WORD.finditer(text):
        shown = _folded(found[0], home, counts)
        if shown is not None and shown != found[0]:
            edits.append((found.start(), found.end(), shown))
        elif len(found[0]) == 1 and home == _LATIN and found[0] in chars.TO_LATIN:
            single.append((found.start(), found.end(), chars.TO_LATIN[found[0]]))
    return given.edited(sorted(edits + single) if edits else [])


def _folded(word: str, home: int, counts: list[int]) -> str | None:
    scripts = {script for script, _ in _pieces(word)}
    if len(scripts) > 1:
        return _one_script(word, home, scripts)
    (script,) = scripts
    if script == _EXOTIC:
        shown = _mapped(word, _LATIN)
        return shown if shown and (counts[_LATIN] > counts[_EXOTIC] or _is_word(shown)) else None
    if script == home or len(word) < _MIN_LETTERS or script not in (_LATIN, _CYRILLIC, _GREEK):
        return None
    if home == _LATIN and not all(one in chars.CLEAR_CYRILLIC for one in word):
        return None
    shown = _mapped(word, home)
    alone = counts[script] * 4 < counts[home]
    return shown if shown and _is_word(shown) and (alone or not frequency(word)) else None


def _one_script(word: str, home: int, scripts: set[int]) -> str | None:
    order = [home] + [one for one in (_LATIN, _CYRILLIC, _GREEK) if one != home]
    shown = {
        one: folded for one in order if one in (home, *scripts) and (folded := _mapped(word, one))
    }
    for folded in shown.values():
        if _is_word(folded):
            return folded
    if all(one in _SPELT for script, run in _pieces(word) if script != home for one in run):
        return None
    runs = [len(run) for _, run in _pieces(word)]
    if len(word) < _MIN_LETTERS or (len(runs) == 2 and min(runs) >= _MIN_RUN):  # noqa: PLR2004
        return None  # a foreign name with a native ending
    weights = {
        one: sum(len(run) for script, run in _pieces(word) if script == one) for one in shown
    }
    return shown[max(weights, key=lambda one: (weights[one], one == home))] if shown else None


def _pieces(word: str) -> Iterator[tuple[int, str]]:
    for found in _RUNS.finditer(word):
        yield (found.lastindex or 1) - 1, found[0]


def _mapped(word: str, script: int) -> str | None:
    """The word in a script, or None if one of its letters has no look-alike there."""
    table = _TO[script]
    shown = ""
    for at, run in _pieces_or_rest(word):
        if at in (script, -1):
            shown += run
            continue
        for one in run:
            target = table.get(one) or table.get(chars.TO_LATIN.get(one, ""))
            if target is None:
                return None
            shown += target
    if not word.isupper() and word[-1:].islower() and shown[1:].isupper():
        return shown.capitalize()
    return shown


def _pieces_or_rest(word: str) -> Iterator[tuple[int, str]]:
    at = 0
    for found in _RUNS.finditer(word):
        if found.start() > at:
            yield -1, word[at : found.start()]
        yield (found.lastindex or 1) - 1, found[0]
        at = found.end()


def _is_word(shown: str) -> bool:
    return frequency(shown) > 0


def native(given: Mapped) -> Mapped:
    """ASCII words that read as Cyrillic ones in a Cyrillic text, in Cyrillic."""
    text = given.text
    if not re.search(f"[{chars.CYRILLIC_CLASS}]", text) or not _ASCII_WORD.search(text):
        return given
    n_cyrillic = len(re.findall(f"[{chars.CYRILLIC_CLASS}]", text))
    edits: list[Edit] = []
    for found in _ASCII_WORD.finditer(text):
        if not frequency(found[0]) and n_cyrillic > 2 * len(found[0]):
            shown = _mapped(found[0], _CYRILLIC)
            if shown and frequency(shown):
                edits.append((found.start(), found.end(), shown))
    return given.edited(edits)


def accents(given: Mapped) -> Mapped:
    """The text without accents on words that are words only without them.

    Acts on words that are mostly accents of several kinds; on all of them where two such words
    are a third of accents of three kinds, or three of them have four kinds: no spelling does.
    """
    text = given.text
    if not _ACCENTED.search(text):
        return given
    strong: list[Edit] = []
    weak: list[Edit] = []
    every: list[Edit] = []
    n_sound = 0
    for found in _ACCENTED_WORD.finditer(text):
        word = found[0]
        n_accents = len(_ACCENTED.findall(word))
        if not n_accents:
            continue
        bare = _bare(word)
        if len(bare) == len(word) and (frequency(bare) or not frequency(word)):
            every.append((found.start(), found.end(), _fewer(word) or bare))
        if frequency(word):
            n_sound += 1
            continue
        if len(bare) == len(word) and frequency(bare) >= _MIN_ACCENT_ZIPF:
            edit = (found.start(), found.end(), bare)
            weak.append(edit)
            if n_accents * 2 >= len(word) > _MIN_LETTERS and _n_kinds(word) > 1:
                strong.append(edit)
    if len(weak) < 2 or len(weak) <= n_sound:  # noqa: PLR2004
        return given.edited(strong)
    odd = "".join(text[start:end] for start, end, _ in weak)
    dense = len(_ACCENTED.findall(odd)) * 3 >= len(odd) and _n_kinds(odd) >= _MIN_KINDS
    evident = dense or (len(weak) >= _MIN_KINDS < _n_kinds(odd))
    return given.edited(every if evident else strong)


def _n_kinds(word: str) -> int:
    """How many different marks the letters of a word carry."""
    marks = {unicodedata.normalize("NFD", one)[1:] or one for one in _ACCENTED.findall(word)}
    return len(marks)


def _bare(word: str) -> str:
    plain = unicodedata.normalize("NFD", word)
    kept = "".join(one for one in plain if not unicodedata.combining(one))
    return kept.translate(_STROKED)


def _fewer(word: str) -> str:
    """The most frequent word that has some of an unknown word's accents; empty if there is none."""
    n_accents = len(_ACCENTED.findall(word))
    if frequency(word) or not 1 < n_accents <= _MAX_KEPT:
        return ""
    options = [(one, _bare(one)) if _ACCENTED.match(one) else (one,) for one in word]
    shown = max(map("".join, itertools.product(*options)), key=frequency)
    return shown if frequency(shown) else ""


def is_suspect(word: str) -> bool:
    """Whether an unknown word of one script may be another word in disguise."""
    if not word.isascii() and _ACCENTED.search(word):
        bare = _bare(word)
        return len(bare) == len(word) and frequency(bare) >= _MIN_ACCENT_ZIPF
    if word.isascii():
        shown = _mapped(word, _CYRILLIC)
    else:
        shown = _mapped(word, _LATIN) if _FOREIGN.match(word) else None
    return shown is not None and _is_word(shown)
