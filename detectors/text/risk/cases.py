"""Capitals: a text written in them says the same in small letters."""

from typing import Final

from detectors.text.normaliser.mapped import Mapped

MIN_SHARE: Final = 0.75
"""Of the words, how many begin with a capital in a text that is written so throughout."""
MIN_LETTERS: Final = 8
_MIN_WORDS: Final = 4
"""A text with fewer words is all capitals or is left: names and headings begin with capitals."""
_TURKISH: Final = frozenset("ğşıİĞŞ")


def lowered(given: Mapped) -> Mapped | None:
    """The text in small letters, where it is in capitals or each word begins with one.

    None for any other text. Letters keep their places; a pure function, in linear time.
    """
    text = given.text
    if text.islower() or not _is_capital(text):
        return None
    is_turkish = "I" in text and not _TURKISH.isdisjoint(text)
    small = (text.replace("I", "ı") if is_turkish else text).replace("İ", "i").lower()
    if len(small) != len(text):
        small = "".join(one.lower()[0] for one in text)
    return None if small == text else given.translated(small)


def _is_capital(text: str) -> bool:
    words = [word[0] for word in text.split()]
    n_large = sum(map(str.isupper, words))
    if n_large == 0 or n_large < MIN_SHARE * (n_large + sum(map(str.islower, words))):
        return False
    n_upper, n_lower = sum(map(str.isupper, text)), sum(map(str.islower, text))
    if n_upper + n_lower < MIN_LETTERS:
        return False
    return n_upper > n_lower or n_large >= _MIN_WORDS
