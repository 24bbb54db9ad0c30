"""Words as they are compared: without signs, numbers in digits, Chinese by characters."""

import re
import unicodedata
from collections.abc import Sequence
from typing import Final

from rapidfuzz.distance import Levenshtein

BY_CHARACTER: Final = frozenset({"zh"})
"""Languages written without spaces: error rates are of characters."""
_THOUSANDS: Final = re.compile(r"(?<=\d)[.,\u00a0\u202f ](?=\d{3}(?!\d))")
_MONEY: Final = re.compile(r"([$€])\s?(\d+)|(\d+)\s?([$€])")
_CURRENCIES: Final[dict[str, tuple[str, str]]] = {
    "en": ("dollars", "euros"),
    "es": ("dólares", "euros"),
    "fr": ("dollars", "euros"),
    "hi": ("डॉलर", "यूरो"),
    "pt": ("dólares", "euros"),
    "ru": ("долларов", "евро"),
    "zh": ("美元", "欧元"),
}
_NUMBERS: Final[dict[str, tuple[tuple[str, str], ...]]] = {
    "en": (
        ("two hundred", "200"), ("five thousand", "5000"), ("twelve", "12"), ("forty", "40"),
        ("nine", "9"), ("ten", "10"), ("three", "3"), ("one", "1"),
    ),
    "es": (
        ("doscientos", "200"), ("cinco mil", "5000"), ("doce", "12"), ("cuarenta", "40"),
        ("diez", "10"), ("tres", "3"), ("una", "1"), ("un", "1"),
    ),
    "fr": (
        ("deux cents", "200"), ("deux cent", "200"), ("cinq mille", "5000"), ("douze", "12"),
        ("quarante", "40"), ("dix", "10"), ("trois", "3"), ("deux", "2"), ("une", "1"), ("un", "1"),
    ),
    "hi": (),
    "pt": (
        ("duzentos", "200"), ("cinco mil", "5000"), ("doze", "12"), ("quarenta", "40"),
        ("dez", "10"), ("três", "3"), ("uma", "1"), ("um", "1"),
    ),
    "ru": (
        ("двести", "200"), ("пять тысяч", "5000"), ("двенадцать", "12"), ("сорок", "40"),
        ("десять", "10"), ("три", "3"), ("два", "2"),
    ),
    "zh": (
        ("两百", "200"), ("二百", "200"), ("五千", "5000"), ("十二", "12"), ("四十", "40"),
        ("十", "10"), ("三", "3"), ("一", "1"),
    ),
}  # fmt: skip
"""The numbers in `spoken.json`: a recogniser writes them in words or in digits as it likes."""


def words(text: str, lang: str) -> list[str]:
    """Gives what is compared of a text: its words, or its characters."""
    plain = unicodedata.normalize("NFKC", text).lower().replace("ё", "е")
    plain = _THOUSANDS.sub("", plain)
    dollars, euros = _CURRENCIES[lang]

    def spelt(found: re.Match[str]) -> str:
        sign = found[1] or found[4]
        return f"{found[2] or found[3]} {dollars if sign == '$' else euros}"

    plain = _MONEY.sub(spelt, plain)
    signless = "".join(one if _counts(one) else " " for one in plain)
    is_by_character = lang in BY_CHARACTER
    for spoken, digits in _NUMBERS[lang]:
        pattern = spoken if is_by_character else rf"\b{spoken}\b"
        signless = re.sub(pattern, digits, signless)
    return [one for one in signless if one != " "] if is_by_character else signless.split()


def _counts(character: str) -> bool:
    return unicodedata.category(character)[0] in "LNM"


def errors(reference: Sequence[str], heard: Sequence[str]) -> int:
    """Gives how many were put in, left out or taken for another."""
    return int(Levenshtein.distance(reference, heard))
