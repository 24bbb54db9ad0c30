"""Texts written backwards, upside down, in rot13 or in Atbash."""

import codecs
import re
import string
from typing import Final

from detectors.text.normaliser.lexicon import frequency
from detectors.text.normaliser.mapped import Edit, Mapped
from detectors.text.normaliser.payloads import Payload

_WORD: Final = re.compile(r"[^\W\d_]+")
_SENTENCE: Final = re.compile(r"[^\n.!?。؟]+[\n.!?。؟]*")
_ATBASH: Final = str.maketrans(
    string.ascii_letters, string.ascii_lowercase[::-1] + string.ascii_uppercase[::-1]
)
_TURNED: Final = dict(
    zip(
        "ɐqɔpǝɟƃɓɥᴉıɾʞlɯuodbɹsʇnʌʍxʎz∀ƎℲפƖ⅄˙¿¡‾",
        "abcdefgghiijklmnopqrstuvwxyzAEFGIY.?!_",
        strict=True,
    )
)
_TURNED_ONLY: Final = re.compile("[ɐǝɟƃᴉɥɾʞɯɹʇʌʍʎ]")
_MIN_TURNED: Final = 2
_MIN_WORDS: Final = 2
_MIN_LETTERS: Final = 9
_MIN_WORD: Final = 2
_MIN_ZIPF: Final = 6
_ORDINARY_SENSE: Final = 11.0
_READ_SENSE: Final = 6.0
_TURNED_SENSE: Final = 4.0
_GAIN: Final = 3.0
"""Twice Zipf frequencies; ordinary text has 9 to 13, text in no known language under 5."""
_N_TRIED: Final = 4
_MAX_READ: Final = 20_000
_MAX_SENTENCES: Final = 20


def turned(given: Mapped) -> list[Payload]:
    """The text the right way up, if it is written in turned letters."""
    if len(_TURNED_ONLY.findall(given.text)) < _MIN_TURNED:
        return []
    shown = "".join(_TURNED.get(one, one) for one in reversed(given.text))
    if _sense(_words(shown)) < _TURNED_SENSE:
        return []
    return [Payload(given.cut(0, len(given.text), shown), ("turned",))]


def find(text: str) -> list[tuple[int, int]]:
    """Start and end of the text, or of its sentences, that are words only in a cipher."""
    text = text[:_MAX_READ]
    if _cipher(text) is not None:
        return [(0, len(text))]
    sentences = [one.span() for one in _SENTENCE.finditer(text)][:_MAX_SENTENCES]
    if len(sentences) < 2:  # noqa: PLR2004
        return []
    return [(start, end) for start, end in sentences if _cipher(text[start:end]) is not None]


def read(given: Mapped) -> list[Payload]:
    """What the ciphered stretches of a text say."""
    found = (_read(given, start, end) for start, end in find(given.text))
    return [one for one in found if one is not None]


def _sense(words: list[str]) -> float:
    """How much like words they are: their mean frequency, by letters; 0 where they are too few."""
    total = sum(map(len, words))
    known = [(len(word), frequency(word)) for word in words]
    if sum(zipf > 0 for _, zipf in known) < _MIN_WORDS or total < _MIN_LETTERS:
        return 0.0
    return sum(n * zipf for n, zipf in known) / total


def _words(text: str) -> list[str]:
    return [word for word in _WORD.findall(text) if len(word) >= _MIN_WORD]


def _readings(words: list[str]) -> dict[str, list[str]]:
    """The words in each way in which a few of the longest make sense."""
    found = {"reversed": [word[::-1] for word in words]}
    if all(map(str.isascii, words)):
        found["rot13"] = codecs.encode(" ".join(words), "rot13").split()
        found["atbash"] = [word.translate(_ATBASH) for word in words]
    places = sorted(range(len(words)), key=lambda at: -len(words[at]))[:_N_TRIED]
    return {
        name: shown
        for name, shown in found.items()
        if sum(frequency(shown[at]) >= _MIN_ZIPF for at in places) * 2 >= len(places)
    }


def _cipher(text: str) -> str | None:
    """What a text is written in, if it is no ordinary one."""
    words = _words(text)
    if len(words) < _MIN_WORDS or (before := _sense(words)) >= _ORDINARY_SENSE:
        return None
    found = {name: _sense(shown) for name, shown in _readings(words).items()}
    best = max(found, key=lambda name: found[name], default=None)
    if best is None or found[best] < max(_READ_SENSE, before + _GAIN):
        return None
    return best


def _read(given: Mapped, start: int, end: int) -> Payload | None:
    text = given.text[start:end]
    best = _cipher(text)
    if best is None:
        return None
    readings = {
        "reversed": text[::-1],
        "rot13": codecs.encode(text, "rot13"),
        "atbash": text.translate(_ATBASH),
    }
    if best == "reversed" and text.rstrip()[-1:] in ".!?,":
        edits: list[Edit] = [
            (one.start(), one.end(), one[0][::-1]) for one in _WORD.finditer(given.text, start, end)
        ]
        by_word = _by_word(given, edits)
        return Payload(by_word.part(start, end), ("reversed",))
    if best == "reversed":
        return Payload(given.cut(start, end, readings[best]), (best,))
    return Payload(given.part(start, end).translated(readings[best]), (best,))


def _by_word(given: Mapped, edits: list[Edit]) -> Mapped:
    """Words turned round in place: each letter stands for the whole word."""
    text = given.text
    starts, ends = given.starts[:], given.ends[:]
    pieces: list[str] = []
    at = 0
    for start, end, shown in edits:
        pieces += (text[at:start], shown)
        first, last = given.around(start, end)
        for place in range(start, end):
            starts[place], ends[place] = first, last
        at = end
    return Mapped("".join((*pieces, text[at:])), starts, ends)
