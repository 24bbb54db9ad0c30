"""Copies of training rows that say the same in another way.

What a copy changes is what must not matter: case, signs, slips of the keyboard, accents left
out, a masked or doubled letter, and ordinary talk around the text. Violating and harmless rows
get the same treatment, so that none of it tells them apart.
"""

import unicodedata
from collections.abc import Callable, Sequence

import msgspec
import numpy as np

from detectors.training.text_risk.corpus import stable_hash
from detectors.training.text_risk.rows import Row

Random = np.random.Generator

_MARKS = ("!", "!!", "...", "", " 😂", " 🙏", " 🚀", " 🔥", " lol", "?!")
_CLIPPED = ".!?。！？।"
_MIN_TYPO_LETTERS = 12
_LETTERS_A_TYPO = 25
_MAX_TYPOS = 4
_MIN_MASKED = 4
_PLAIN_SCRIPTS = frozenset({"en", "es", "fr", "pt", "tr", "vi", "id", "de", "it", "pl", "ro"})
_SHORT = 90
"""Characters up to which a text may stand behind ordinary talk too: longer ones might be cut."""


def copies(rows: Sequence[Row], padding: Sequence[Row], seed: int) -> list[Row]:
    """One changed copy of each row.

    Args:
        rows: What is copied; labels, weights and split stay.
        padding: Harmless rows; a copy may get one of its own language around it.
        seed: Another seed gives other copies; the same one the same.
    """
    around: dict[str, list[str]] = {}
    for row in padding:
        if len(row.text) <= _SHORT:
            around.setdefault(row.lang, []).append(row.text)
    return [_copy(row, around.get(row.lang, []), seed) for row in rows]


def _copy(row: Row, around: Sequence[str], seed: int) -> Row:
    random = np.random.default_rng(stable_hash(f"{row.id}#copy{seed}"))
    text = row.text
    for share, change in _CHANGES:
        if random.random() < share:
            text = change(text, row.lang, random)
    if around and random.random() < _PADDED_SHARE:
        text = _padded(text, around, random)
    text = text if text.strip() else row.text
    return msgspec.structs.replace(row, id=f"{row.id}#{seed}", text=text)


def _cased(text: str, lang: str, random: Random) -> str:
    match int(random.integers(4)):
        case 0:
            return text.upper()
        case 1:
            return text.title()
        case _:
            return text.lower() if lang != "tr" else text.replace("I", "ı").lower()


def _signs(text: str, _: str, random: Random) -> str:
    return text.rstrip(_CLIPPED) + str(random.choice(_MARKS))


def _bare(text: str, _: str, __: Random) -> str:
    kept = "".join(c if c.isalnum() or c.isspace() or c in "$@#%/.:" else " " for c in text)
    return " ".join(kept.split())


def _unaccented(text: str, lang: str, _: Random) -> str:
    if lang not in _PLAIN_SCRIPTS:
        return text
    apart = unicodedata.normalize("NFD", text.replace("đ", "d").replace("ı", "i"))
    return "".join(c for c in apart if not unicodedata.combining(c))


def _typos(text: str, _: str, random: Random) -> str:
    letters = [n for n, c in enumerate(text[:-1]) if c.isalpha()]
    if len(letters) < _MIN_TYPO_LETTERS:
        return text
    chosen = list(text)
    for at in random.choice(letters, min(_MAX_TYPOS, 1 + len(letters) // _LETTERS_A_TYPO)):
        match int(random.integers(4)):
            case 0:
                chosen[at] = ""
            case 1:
                chosen[at] *= 2
            case 2:
                chosen[at], chosen[at + 1] = chosen[at + 1], chosen[at]
            case _:
                chosen[at] += " " if random.random() < _BROKEN_SHARE else ""
    return "".join(chosen)


def _masked(text: str, _: str, random: Random) -> str:
    """One letter inside a word becomes a star or a dot."""
    words = text.split(" ")
    long = [n for n, word in enumerate(words) if len(word) >= _MIN_MASKED and word.isalpha()]
    if not long:
        return text
    for n in random.choice(long, 1 + len(long) // 6):
        at = int(random.integers(1, len(words[n]) - 1))
        words[n] = words[n][:at] + str(random.choice(["*", ".", "-"])) + words[n][at + 1 :]
    return " ".join(words)


def _padded(text: str, around: Sequence[str], random: Random) -> str:
    other = around[int(random.integers(len(around)))]
    is_before = len(other) + len(text) <= _SHORT and random.random() < 0.5  # noqa: PLR2004
    joint = str(random.choice([" ", "\n", " ... ", ". "]))
    return f"{other}{joint}{text}" if is_before else f"{text}{joint}{other}"


_PADDED_SHARE = 0.3
_BROKEN_SHARE = 0.5
_CHANGES: tuple[tuple[float, Callable[[str, str, Random], str]], ...] = (
    (0.15, _unaccented),
    (0.12, _masked),
    (0.3, _typos),
    (0.15, _bare),
    (0.35, _signs),
    (0.35, _cased),
)
"""Each change, and in what share of the copies it is made."""
