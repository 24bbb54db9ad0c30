"""Texts hidden in a text: base64, base32, hex, binary, decimal codes, Morse, invisible bytes."""

import base64
import binascii
import re
import unicodedata
from collections.abc import Callable, Iterator
from typing import Final

from msgspec import Struct

from detectors.text.normaliser.lexicon import frequency
from detectors.text.normaliser.mapped import Mapped

MAX_PAYLOADS: Final = 8
MAX_DEPTH: Final = 3
MAX_CHARACTERS: Final = 65_536
"""Longest encoded stretch that is read; the rest of a longer one is not."""
_BASE64: Final = re.compile(
    r"(?<![A-Za-z0-9+/=_-])(?:[A-Za-z0-9+/]{40,}\r?\n)*[A-Za-z0-9+/_-]{12,}={0,2}(?![A-Za-z0-9+/=_])"
)
_BASE32: Final = re.compile(r"(?<![A-Za-z0-9=])[A-Z2-7]{16,}={0,6}(?![A-Za-z0-9=])")
_HEX: Final = re.compile(r"(?<![A-Za-z0-9])(?:0x|\\x)?[0-9a-fA-F]{12,}(?![A-Za-z0-9])")
_HEX_PAIRS: Final = re.compile(
    r"(?<![A-Za-z0-9])(?:(?:0x|\\x)?[0-9a-fA-F]{2}[\s:,;-]{1,2}){4,}(?:0x|\\x)?[0-9a-fA-F]{2}(?![A-Za-z0-9])"
)
_BINARY: Final = re.compile(r"(?<![01])[01]{7,8}(?:[\s,]{0,2}[01]{8}){3,}(?![01])")
_DECIMAL: Final = re.compile(r"(?<![\w.])\d{2,3}(?:[\s,;-]{1,2}\d{2,3}){4,}(?![\w.])")
_MORSE: Final = re.compile(r"(?<![\w.-])[.\-]{1,6}(?:[ /|]{1,3}[.\-]{1,6}){3,}(?![\w.-])")
_MORSE_CODES: Final = (
    ".- -... -.-. -.. . ..-. --. .... .. .--- -.- .-.. -- -. --- .--. --.- .-. ... - ..- ...- "
    ".-- -..- -.-- --.. ----- .---- ..--- ...-- ....- ..... -.... --... ---.. ----."
)
_MORSE_LETTERS: Final = dict(
    zip(_MORSE_CODES.split(), "abcdefghijklmnopqrstuvwxyz0123456789", strict=True)
)
_TAGS: Final = re.compile("[\U000e0020-\U000e007e]{4,}")
_SELECTORS: Final = re.compile("[\ufe00-\ufe0f\U000e0100-\U000e01ef]{4,}")
_QUICK: Final = re.compile(
    r"[A-Za-z0-9+/_-]{12}|[\da-fA-F]{2}(?:[\s:,;-]{1,2}(?:0x|\\x)?[\da-fA-F]{2,3}){4}|[01]{8}\s?[01]{8}"
    r"|[.\-]{1,6}(?:[ /|]{1,3}[.\-]{1,6}){3}"
)
_WORD: Final = re.compile(r"[^\W\d_]+")
_MIN_CHARACTERS: Final = 4
_SURE_CHARACTERS: Final = 9


class Payload(Struct, frozen=True):
    """A text found inside another, and the encodings it was under, the outermost first."""

    content: Mapped
    encodings: tuple[str, ...]


def find(given: Mapped) -> list[Payload]:
    """The texts encoded in a text, nested ones decoded to the innermost.

    At most `MAX_PAYLOADS`, through at most `MAX_DEPTH` encodings. What does not decode to a
    plausible text is no payload.
    """
    return _find(given, ())[:MAX_PAYLOADS]


def smuggled(given: Mapped) -> list[Payload]:
    """The texts written in invisible tag characters or variation selectors."""
    text = given.text
    found: list[Payload] = []
    for one in _TAGS.finditer(text):
        shown = "".join(chr(ord(c) - 0xE0000) for c in one[0][:MAX_CHARACTERS])
        if text[one.start() - 1 : one.start()] != "\U0001f3f4" and is_plausible(shown):
            found.append(Payload(given.cut(*one.span(), shown), ("tags",)))
    for one in _SELECTORS.finditer(text):
        codes = bytes(
            ord(c) - 0xFE00 if c < "\U000e0100" else ord(c) - 0xE0100 + 16
            for c in one[0][:MAX_CHARACTERS]
        )
        selected = _read(codes)
        if selected is not None:
            found.append(Payload(given.cut(*one.span(), selected), ("selectors",)))
    return found[:MAX_PAYLOADS]


def _find(given: Mapped, under: tuple[str, ...]) -> list[Payload]:
    if len(under) == MAX_DEPTH or not _QUICK.search(given.text):
        return []
    found: list[Payload] = []
    taken: list[tuple[int, int]] = []
    for name, pattern, decode in _ENCODINGS:
        for start, end, shown in _decoded(given.text, pattern, decode):
            if len(found) < MAX_PAYLOADS and all(end <= a or start >= b for a, b in taken):
                taken.append((start, end))
                inner = given.cut(start, end, shown)
                found += _find(inner, (*under, name)) or [Payload(inner, (*under, name))]
    return found


def _decoded(
    text: str, pattern: re.Pattern[str], decode: Callable[[str], str | None]
) -> Iterator[tuple[int, int, str]]:
    for one in pattern.finditer(text):
        end = min(one.end(), one.start() + MAX_CHARACTERS)
        shown = decode(text[one.start() : end])
        if shown is not None:
            yield one.start(), end, shown


def _base64(text: str) -> str | None:
    compact = "".join(text.split()).rstrip("=").translate(str.maketrans("-_", "+/"))
    if len(compact) % 4 == 1:
        compact = compact[:-1]
    try:
        return _read(base64.b64decode(compact + "=" * (-len(compact) % 4), validate=True))
    except binascii.Error:
        return None


def _base32(text: str) -> str | None:
    compact = text.rstrip("=")
    try:
        return _read(base64.b32decode(compact + "=" * (-len(compact) % 8)))
    except binascii.Error:
        return None


def _hex(text: str) -> str | None:
    digits = re.sub(r"0x|\\x|[\s:,;-]", "", text)
    return _read(bytes.fromhex(digits)) if len(digits) % 2 == 0 else None


def _binary(text: str) -> str | None:
    digits = re.sub(r"[\s,]", "", text)
    groups = text.replace(",", " ").split()
    if len(digits) % 8 and not all(len(group) in (7, 8) for group in groups):
        return None
    if len(digits) % 8 == 0:
        groups = [digits[at : at + 8] for at in range(0, len(digits), 8)]
    return _read(bytes(int(group, 2) for group in groups))


def _decimal(text: str) -> str | None:
    codes = [int(one) for one in re.findall(r"\d+", text)]
    shown = _read(bytes(codes)) if max(codes) <= 0xFF else None  # noqa: PLR2004
    return shown if shown is not None and is_plausible(shown) else None


def _morse(text: str) -> str | None:
    words = re.split(r"\s*[/|]\s*|\s{2,}", text.strip())
    letters = [[_MORSE_LETTERS.get(one, "") for one in word.split()] for word in words]
    if not all(all(word) for word in letters):
        return None
    shown = " ".join("".join(word) for word in letters)
    return shown if is_plausible(shown) else None


def _read(codes: bytes) -> str | None:
    """The text that bytes are, if they are one: random bytes are not all letters and blanks."""
    try:
        shown = codes.decode().strip("\x00")
    except UnicodeDecodeError:
        return None
    n_letters = sum(map(_is_letter, shown))
    if (
        len(shown) >= _SURE_CHARACTERS
        and n_letters * 3 >= 2 * len(shown)
        and all(map(_is_usual, shown))
    ):
        return shown
    return shown if is_plausible(shown) or _is_encoded(shown) else None


def _is_letter(char: str) -> bool:
    return char.isalpha() or (not char.isascii() and unicodedata.category(char)[0] == "M")


def _is_usual(char: str) -> bool:
    if char.isascii():
        return char.isalnum() or char in " \n.,!?'\":;/@-_()"
    return char.isalnum() or unicodedata.category(char)[0] in "MPZ"


def _is_encoded(shown: str) -> bool:
    """Whether it may be a payload within a payload."""
    return _BASE64.fullmatch(shown) is not None


def is_plausible(text: str) -> bool:
    """Whether a decoded text is one that somebody wrote."""
    if len(text) < _MIN_CHARACTERS or any(not c.isprintable() and not c.isspace() for c in text):
        return False
    n_usual = sum(map(_is_usual, text))
    n_letters = sum(map(_is_letter, text))
    if n_usual * 10 < len(text) * 9 or n_letters * 2 < len(text):
        return False
    words = _WORD.findall(text)
    n_known = sum(len(word) for word in words if len(word) > 1 and frequency(word))
    if text.isascii():
        return n_known * 2 >= n_letters
    if any("\u2e80" <= c <= "\ud7ff" or "\u0e00" <= c <= "\u0eff" for c in text):
        return True
    return n_known * 3 >= n_letters


_ENCODINGS: Final[tuple[tuple[str, re.Pattern[str], Callable[[str], str | None]], ...]] = (
    ("binary", _BINARY, _binary),
    ("hex", _HEX_PAIRS, _hex),
    ("hex", _HEX, _hex),
    ("decimal", _DECIMAL, _decimal),
    ("base32", _BASE32, _base32),
    ("base64", _BASE64, _base64),
    ("morse", _MORSE, _morse),
)
