"""Letters that look like letters: other scripts, fancy dress, marks, digits and signs."""

import unicodedata
from random import Random
from typing import Final

from detectors.evaluation.redteam.text_tools import (
    HALF,
    MOST,
    each,
    lookup,
    named,
    some,
)

_CYRILLIC: Final = dict(
    zip("aceopxyisjhABCEHIJKMOPSTXY", "асеорхуіѕјһАВСЕНІЈКМОРЅТХУ", strict=True)
)
_LATIN_FOR: Final = dict(zip("асеорхуіАВСЕНКМОРТХ", "aceopxyiABCEHKMOPTX", strict=True))
_OTHERS: Final = {
    "a": "αɑ", "c": "ϲⅽ", "d": "ԁ", "e": "еҽ", "g": "ɡց", "h": "հһ", "i": "іɩⅰ", "k": "κ",
    "l": "ӏⅼ",
    "n": "ոп", "o": "οօо", "p": "ρр", "q": "ԛ", "r": "г", "s": "ѕꜱ", "t": "τ", "u": "սυ", "v": "νѵ",
    "w": "ԝա", "x": "хⅹ", "y": "уү", "A": "ΑᎪꓮ", "B": "ΒᏴꓐ", "C": "Ⲥꓚ", "D": "Ꭰꓓ", "E": "ΕᎬꓰ",
    "G": "Ꮐꓖ", "H": "ΗᎻꓧ", "I": "ΙІ", "J": "Ꭻꓙ", "K": "ΚᏦꓗ", "L": "Ꮮꓡ", "M": "ΜᎷꓟ", "N": "Νꓠ",
    "O": "ΟꓳՕ", "P": "ΡᏢꓑ", "R": "Ꭱꓣ", "S": "Ꮪꓢ", "T": "ΤᎢꓔ", "U": "ꓴՍ", "V": "Ꮩꓦ", "W": "Ꮃꓪ",
    "X": "Χꓫ", "Y": "Υꓬ", "Z": "ΖᏃꓜ",
}  # fmt: skip
_INVISIBLE: Final = "\u200b\u200c\u200d\u2060\ufeff\u00ad\u2062\u200e"
_LEET: Final = {
    "a": "4", "e": "3", "i": "1", "o": "0", "s": "5", "t": "7", "l": "1", "b": "8", "g": "9",
    "о": "0", "з": "3", "ч": "4", "б": "6", "в": "8",
}  # fmt: skip
_SIGNS: Final = {
    "a": "@4", "e": "3€", "i": "!1", "o": "0", "s": "$5", "t": "7+", "l": "1|", "c": "(¢", "b": "8",
    "а": "@", "о": "0", "с": "$", "е": "€", "з": "3", "ч": "4", "б": "6",
}  # fmt: skip
_TURNED: Final = dict(zip("abcdefghijklmnopqrstuvwxyz", "ɐqɔpǝɟɓɥᴉɾʞlɯuodbɹsʇnʌʍxʎz", strict=True))
_ACCENTS: Final = "\u0300\u0301\u0302\u0303\u0308\u030a\u0306\u0304\u0323\u0331\u030c"
_ZALGO: Final = [chr(code) for code in (*range(0x0300, 0x0315), *range(0x0316, 0x0333))]


def cyrillic_homoglyphs(text: str, rng: Random) -> str:
    """Latin letters as Cyrillic ones of the same shape."""
    return each(text, lambda c: _CYRILLIC[c] if c in _CYRILLIC and rng.random() < MOST else c)


def latin_homoglyphs(text: str, rng: Random) -> str:
    """Cyrillic letters as Latin ones of the same shape."""
    return each(text, lambda c: _LATIN_FOR[c] if c in _LATIN_FOR and rng.random() < MOST else c)


def mixed_homoglyphs(text: str, rng: Random) -> str:
    """Latin letters as Greek, Armenian, Cherokee, Lisu and phonetic ones of the same shape."""
    return each(
        text, lambda c: rng.choice(_OTHERS[c]) if c in _OTHERS and rng.random() < HALF else c
    )


def zero_width(text: str, rng: Random) -> str:
    """Invisible characters between letters."""
    return each(
        text, lambda c: c + rng.choice(_INVISIBLE) if c.isalpha() and rng.random() < HALF else c
    )


def bidi_override(text: str, rng: Random) -> str:
    """The text backwards inside a right-to-left override: shown forwards."""
    return f"\u202e{text[::-1]}\u202c" if text.isascii() else text


def bidi_marks(text: str, rng: Random) -> str:
    """Direction marks and isolates between the letters of Latin or Cyrillic words."""
    marks = "\u200e\u2066\u2069\u202a\u202c"
    return each(
        text,
        lambda c: (
            c + rng.choice(marks)
            if "A" <= c < "\u0530" and c.isalpha() and rng.random() < HALF
            else c
        ),
    )


def leetspeak(text: str, rng: Random) -> str:
    """Digits for letters."""
    return some(text, rng, _LEET, 0.6)


def leet_signs(text: str, rng: Random) -> str:
    """Digits and signs for letters."""
    return some(text, rng, _SIGNS, 0.5)


def full_width(text: str, rng: Random) -> str:
    """ASCII letters and digits in full width."""
    return each(text, lambda c: chr(ord(c) + 0xFEE0) if c.isascii() and c.isalnum() else c)


def mathematical(text: str, rng: Random) -> str:
    """ASCII letters in a mathematical alphabet."""
    style = rng.choice(
        ("BOLD", "SANS-SERIF BOLD", "BOLD SCRIPT", "BOLD FRAKTUR", "DOUBLE-STRUCK", "MONOSPACE")
    )
    return named(text, f"MATHEMATICAL {style}", sizes=True)


def enclosed(text: str, rng: Random) -> str:
    """ASCII letters in circles or squares."""
    if rng.random() < HALF:
        return named(text, "CIRCLED LATIN", sizes=True)
    return named(
        text, rng.choice(("SQUARED LATIN", "NEGATIVE CIRCLED LATIN", "NEGATIVE SQUARED LATIN"))
    )


def regional(text: str, rng: Random) -> str:
    """ASCII letters as regional indicators, apart or together."""
    gap = rng.choice((" ", "\u200b", ""))
    words = (
        gap.join(chr(0x1F1E6 + ord(c) - 97) if "a" <= c <= "z" else c for c in word)
        for word in text.lower().split(" ")
    )
    return "   ".join(words) if text.isascii() else text


def small_capitals(text: str, rng: Random) -> str:
    """ASCII letters as small capitals."""
    return each(text, lambda c: lookup(f"LATIN LETTER SMALL CAPITAL {c.upper()}", c))


def superscript(text: str, rng: Random) -> str:
    """ASCII letters as superscripts."""
    return each(text.lower(), lambda c: lookup(f"MODIFIER LETTER SMALL {c.upper()}", c))


def upside_down(text: str, rng: Random) -> str:
    """ASCII letters turned by half a circle."""
    return "".join(_TURNED.get(c, c) for c in reversed(text.lower())) if text.isascii() else text


def zalgo(text: str, rng: Random) -> str:
    """A pile of combining marks on each letter."""
    return each(
        text, lambda c: c + "".join(rng.choices(_ZALGO, k=rng.randint(3, 8))) if c.isalpha() else c
    )


def struck(text: str, rng: Random) -> str:
    """A combining line through or under each letter."""
    line = rng.choice("\u0336\u0335\u0332\u0338")
    return each(text, lambda c: c + line if c.isalpha() else c)


def accented(text: str, rng: Random) -> str:
    """False accents on Latin letters."""

    def change(char: str) -> str:
        if not char.isascii() or not char.isalpha() or rng.random() > MOST:
            return char
        shown = unicodedata.normalize("NFC", char + rng.choice(_ACCENTS))
        return shown if len(shown) == 1 else char

    return each(text, change)


def alternating_case(text: str, rng: Random) -> str:
    """Small and capital letters in turn."""
    first = rng.randrange(2)
    return "".join(c.upper() if (n + first) % 2 else c.lower() for n, c in enumerate(text))
