"""Whether a text may hold a web address at all: most chat does not, and costs a microsecond."""

import re
from typing import Final

DOT_WORDS: Final = (
    "dot",
    "d0t",
    "punkt",
    "punto",
    "ponto",
    "point",
    "nokta",
    "titik",
    "tochka",
    "kropka",
    "chấm",
    "точка",
    "тчк",
    "点",
    "點",
    "ドット",
    "닷",
    "نقطة",
    "डॉट",
)
"""The word for the dot in a name, where people spell it out."""
_SIGNS: Final = ("//", ":\\", "&#", "&period", "%2e")
_ASCII_HINTS: Final = (*(word for word in DOT_WORDS if word.isascii()), *_SIGNS)
_OTHER_HINTS: Final = (*DOT_WORDS, *_SIGNS)
# Dots of other scripts, invisible characters, and letters in fancy dress.
_UNUSUAL: Final = re.compile(
    "[\u00ad\u00b7\u0300-\u036f\u0387\u06d4\u0701\u180e\u200b-\u200f\u2022\u2024\u2027\u202a-\u202e"
    "\u2060-\u2069\u2219\u22c5\u2460-\u24ff\u3002\ua4f8\ufe52\ufeff\uff0e-\uff0f\uff21-\uff5a\uff61"
    "\U0001d400-\U0001d7ff\U0001f130-\U0001f1ff]"
)


def may_hold_link(text: str) -> bool:
    """False only where no web address can be read out of the text."""
    if "." in text:
        return True
    lower = text.lower()
    if text.isascii():
        return any(map(lower.__contains__, _ASCII_HINTS))
    return any(map(lower.__contains__, _OTHER_HINTS)) or _UNUSUAL.search(text) is not None
