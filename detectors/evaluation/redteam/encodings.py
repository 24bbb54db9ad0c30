"""Texts that a program or a patient reader decodes."""

import base64
import codecs
import html
import unicodedata
from random import Random
from typing import Final

from detectors.evaluation.redteam.text_tools import (
    HALF,
    MOST,
    each,
)

_RUSSIAN_SOUNDS: Final = (
    "a b v g d e yo zh z i y k l m n o p r s t u f kh ts ch sh sch - y - e yu ya"
)
_RUSSIAN: Final = dict(
    zip(
        "абвгдеёжзийклмнопрстуфхцчшщъыьэюя",
        _RUSSIAN_SOUNDS.split(" "),
        strict=True,
    )
)
_ARABIC_SOUNDS: Final = (
    "a b t th j 7 5 d th r z s sh s d t z 3 gh f q k l m n h w y a a a a a 2 2 2"
)
_ARABIC: Final = dict(
    zip(
        "ابتثجحخدذرزسشصضطظعغفقكلمنهويةىأإآءئؤ",
        _ARABIC_SOUNDS.split(" "),
        strict=True,
    )
)
_HINDI_SOUNDS: Final = "k kh g gh ch chh j jh t th d dh n t th d dh n p ph b bh m y r l v sh sh s h"
_HINDI: Final = dict(
    zip(
        "कखगघचछजझटठडढणतथदधनपफबभमयरलवशषसह",
        _HINDI_SOUNDS.split(" "),
        strict=True,
    )
)
_HINDI_VOWELS: Final = dict(
    zip("अआइईउऊएऐओऔ", ("a", "aa", "i", "ee", "u", "oo", "e", "ai", "o", "au"), strict=True)
) | {"ं": "n", "ँ": "n"}
_MATRAS: Final = dict(
    zip("ािीुूेैोौ्", ["a", "i", "i", "u", "u", "e", "ai", "o", "au", ""], strict=True)
)
_MORSE_CODES: Final = (
    ".- -... -.-. -.. . ..-. --. .... .. .--- -.- .-.. -- -. --- .--. --.- .-. ... - ..- ...- "
    ".-- -..- -.-- --.."
)
_MORSE: Final = dict(zip("abcdefghijklmnopqrstuvwxyz", _MORSE_CODES.split(), strict=True))
_LAST_BMP: Final = 0xFFFF


def html_entities(text: str, rng: Random) -> str:
    """Letters as numeric character references."""
    return each(
        text,
        lambda c: (
            rng.choice((f"&#{ord(c)};", f"&#x{ord(c):x};"))
            if c.isalpha() and rng.random() < MOST
            else html.escape(c)
        ),
    )


def percent_encoded(text: str, rng: Random) -> str:
    """Letters percent-encoded."""
    return each(
        text,
        lambda c: (
            "".join(f"%{one:02X}" for one in c.encode())
            if c.isalpha() and rng.random() < MOST
            else c
        ),
    )


def escapes(text: str, rng: Random) -> str:
    """Letters as backslash escapes."""
    return each(text, lambda c: f"\\u{ord(c):04x}" if c.isalpha() and ord(c) <= _LAST_BMP else c)


def base64_payload(text: str, rng: Random) -> str:
    """The text in base64."""
    return base64.b64encode(text.encode()).decode()


def base64_twice(text: str, rng: Random) -> str:
    """The text in base64, and that in base64 again."""
    return base64.b64encode(base64.b64encode(text.encode())).decode()


def hex_payload(text: str, rng: Random) -> str:
    """The text's bytes in hexadecimal, in one or in pairs."""
    return text.encode().hex(rng.choice((" ", ":"))) if rng.random() < HALF else text.encode().hex()


def binary(text: str, rng: Random) -> str:
    """The text's bytes in binary."""
    return " ".join(f"{one:08b}" for one in text.encode())


def decimal(text: str, rng: Random) -> str:
    """The text's bytes as decimal numbers."""
    return " ".join(map(str, text.encode()))


def rot13(text: str, rng: Random) -> str:
    """The text in rot13."""
    return codecs.encode(text, "rot13") if text.isascii() else text


def morse(text: str, rng: Random) -> str:
    """The text in Morse code."""
    if not text.isascii():
        return text
    words = ("".join(c for c in word if c.isalpha()) for word in text.lower().split())
    return " / ".join(" ".join(_MORSE[c] for c in word) for word in words if word)


def tags_smuggled(text: str, rng: Random) -> str:
    """The text in invisible tag characters behind a harmless one."""
    return "Nice day! " + each(text, lambda c: chr(0xE0000 + ord(c))) if text.isascii() else text


def romanised(text: str, rng: Random) -> str:
    """Russian, Arabic or Hindi in Latin letters."""
    if any("\u0900" <= c <= "\u097f" for c in text):
        return " ".join(map(_romanised_hindi, text.split()))
    if any("ا" <= c <= "ي" for c in text):
        return each(text, lambda c: _ARABIC.get(c, "" if unicodedata.combining(c) else c))
    if not any("а" <= c <= "я" for c in text):
        return text
    return each(text.lower(), lambda c: _RUSSIAN.get(c, c).replace("-", "'" if c == "ь" else ""))


def _romanised_hindi(word: str) -> str:
    shown = ""
    for at, char in enumerate(word):
        if char in _HINDI:
            after = word[at + 1 : at + 2]
            shown += _HINDI[char] + ("a" if after in _HINDI or after in _HINDI_VOWELS else "")
        else:
            shown += _MATRAS.get(
                char, _HINDI_VOWELS.get(char, "" if unicodedata.combining(char) else char)
            )
    return shown
