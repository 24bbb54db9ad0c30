"""Letters set apart, repeated, turned round, or with marks between them."""

import re
from random import Random

from detectors.evaluation.redteam.text_tools import (
    MIN_WORD,
    WORD,
    each,
    inside,
    is_alphabetic,
    is_linear,
)


def spaced(text: str, rng: Random) -> str:
    """A space after each letter, wider ones between words."""
    return "   ".join(" ".join(word) for word in text.split()) if is_linear(text) else text


def spaced_evenly(text: str, rng: Random) -> str:
    """A space after each letter, nothing wider between words."""
    return " ".join("".join(text.split())) if is_linear(text) else text


def dotted(text: str, rng: Random) -> str:
    """A sign between the letters of words."""
    sign = rng.choice(".-_*|~")
    return " ".join(sign.join(word) for word in text.split()) if is_linear(text) else text


def punctured(text: str, rng: Random) -> str:
    """One sign inside each longer word."""

    def change(found: re.Match[str]) -> str:
        word = found[0]
        at = rng.randrange(1, len(word) - 1) if len(word) >= MIN_WORD else 0
        return word[:at] + rng.choice(".*_|~^") + word[at:] if at else word

    return WORD.sub(change, text) if is_linear(text) else text


def stretched(text: str, rng: Random) -> str:
    """One letter of each longer word many times."""

    def change(found: re.Match[str]) -> str:
        word = found[0]
        if len(word) < MIN_WORD:
            return word
        at = rng.randrange(len(word))
        return word[:at] + word[at] * rng.randint(3, 6) + word[at + 1 :]

    return WORD.sub(change, text) if is_alphabetic(text) else text


def doubled(text: str, rng: Random) -> str:
    """Every letter twice."""
    return each(text, lambda c: c * 2 if c.isalpha() else c) if is_alphabetic(text) else text


def html_tags(text: str, rng: Random) -> str:
    """Empty or emphasising HTML tags inside words."""
    return inside(
        text, rng, ("<b></b>", "<i></i>", "<!-- x -->", "<span style='color:red'></span>")
    )


def markdown(text: str, rng: Random) -> str:
    """Markdown marks inside words."""
    return inside(text, rng, ("**", "||", "~~", "__")) if is_linear(text) else text


def backwards(text: str, rng: Random) -> str:
    """The text from its end to its beginning."""
    return text[::-1] if is_alphabetic(text) else text


def words_backwards(text: str, rng: Random) -> str:
    """Each word from its end to its beginning."""
    return WORD.sub(lambda found: found[0][::-1], text) if is_alphabetic(text) else text
