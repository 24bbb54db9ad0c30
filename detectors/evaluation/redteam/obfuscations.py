"""Ways to hide a text from a machine while a person can still read it, by name.

Each is a pure function of a text and a random generator; `OBFUSCATIONS` names them all. None shares
a table with the normaliser, so that measuring one with the other is honest. What an
obfuscation has no form for (a Chinese sentence in rot13) comes back unchanged.
"""

import re
from collections.abc import Callable
from random import Random
from typing import Final

from detectors.evaluation.redteam import encodings, layout, letters
from detectors.evaluation.redteam.encodings import romanised

__all__ = [
    "OBFUSCATIONS", "Obfuscation", "romanised", "split_messages", "split_phrases", "two_at_once",
]  # fmt: skip

Obfuscation = Callable[[str, Random], str]
_UNSPACED: Final = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff"
"""Thai, Lao, Burmese, Khmer, Japanese, Chinese: no spaces between words."""
_UNIT: Final = re.compile(rf"[{_UNSPACED}][^\w\s]*|[^\s{_UNSPACED}]+")
"""A word; in scripts without spaces a character, with the marks and signs after it."""
_PAIRS: Final[tuple[tuple[Obfuscation, Obfuscation], ...]] = (
    (letters.leetspeak, layout.spaced),
    (letters.cyrillic_homoglyphs, letters.zero_width),
    (letters.mathematical, layout.spaced),
    (layout.stretched, letters.cyrillic_homoglyphs),
    (letters.leetspeak, encodings.html_entities),
    (letters.zero_width, encodings.base64_payload),
)


def two_at_once(text: str, rng: Random) -> str:
    """One letter-by-letter obfuscation on top of another."""
    first, second = rng.choice(_PAIRS)
    return second(first(text, rng), rng)


def split_messages(text: str, rng: Random) -> list[str]:
    """The text as consecutive messages: letters, words, or pieces of words."""
    kind = rng.randrange(3)
    if kind == 0:
        return [c for c in text if not c.isspace()]
    if kind == 1:
        return text.split()
    n = rng.randint(3, 6)
    return [text[at : at + n].strip() for at in range(0, len(text), n) if text[at : at + n].strip()]


def split_phrases(text: str, rng: Random) -> list[str]:
    """The text as two to four consecutive messages of whole words, about as long as each other."""
    starts = [found.start() for found in _UNIT.finditer(text)]
    if len(starts) < 2:  # noqa: PLR2004 - nothing to cut
        return [text]
    n = min(rng.randint(2, 4), len(starts))
    cuts = [starts[len(starts) * at // n] for at in range(n)]
    return [text[a:b].strip() for a, b in zip(cuts, (*cuts[1:], len(text)), strict=True)]


_ALL: Final = (
    letters.cyrillic_homoglyphs, letters.latin_homoglyphs, letters.mixed_homoglyphs,
    letters.zero_width, letters.bidi_override, letters.bidi_marks, letters.leetspeak,
    letters.leet_signs, layout.spaced, layout.spaced_evenly, layout.dotted, layout.punctured,
    layout.stretched, layout.doubled, letters.full_width, letters.mathematical,
    letters.enclosed, letters.regional, letters.small_capitals, letters.superscript,
    letters.upside_down, letters.zalgo, letters.struck, letters.accented,
    letters.alternating_case, layout.html_tags, encodings.html_entities, layout.markdown,
    encodings.percent_encoded, encodings.escapes, encodings.base64_payload,
    encodings.base64_twice, encodings.hex_payload, encodings.binary, encodings.decimal,
    encodings.rot13, layout.backwards, layout.words_backwards, encodings.morse,
    encodings.tags_smuggled, romanised, two_at_once,
)  # fmt: skip
OBFUSCATIONS: Final[dict[str, Obfuscation]] = {one.__name__: one for one in _ALL}
"""Every obfuscation by name."""
