"""Other readings of a text: what it says once obfuscations are undone."""

from collections.abc import Callable
from typing import Final

from detectors.text.normaliser import (
    ciphers,
    gate,
    invisible,
    leet,
    markup,
    payloads,
    repeats,
    romanised,
    scripts,
    spacing,
    styled,
)
from detectors.text.normaliser.mapped import Mapped, Variant
from detectors.text.normaliser.payloads import Payload

__all__ = ["STEPS", "Variant", "variants"]

_ORDINARY: Final = frozenset((gate.KNOWN, gate.NEUTRAL))
STEPS: Final[tuple[tuple[str, Callable[[Mapped], Mapped]], ...]] = (
    ("markup", markup.undo),
    ("invisible", invisible.hidden),
    ("marks", invisible.marks),
    ("styled", styled.fold),
    ("script", scripts.fold),
    ("script", scripts.native),
    ("accents", scripts.accents),
    ("case", repeats.even_case),
    ("spaced", spacing.join),
    ("leet", leet.fold),
    ("repeats", repeats.squeeze),
)
"""The character-level steps, in order."""
_MAX_ROUNDS: Final = 6
_SPELT: Final = bytes((gate.SINGLE,) * 3)
"""Three letters apart in a row."""
_MIN_NUMBERS: Final = 5
_MIN_UNKNOWN: Final = 2
_MIN_ROMANISED: Final = 2
_MAX_VARIANTS: Final = 12


def variants(text: str) -> tuple[Variant, ...]:
    """Gives the readings of a text that differ from it; none for ordinary text.

    First the text with every character-level obfuscation undone, if that changes it; then one for
    each decoded payload, for a text written backwards or in a simple cipher, and for Russian,
    Arabic or Hindi in Latin letters. Takes any string; its cost is linear in the length.
    """
    found = gate.kinds(text)
    if _ORDINARY.issuperset(found):
        return ()
    if _is_worth(found) or found.count(gate.NUMBER) >= _MIN_NUMBERS:
        return _all(text)
    n_unknown = found.count(gate.UNKNOWN)
    n_words = n_unknown + found.count(gate.KNOWN)
    n_romanised = found.count(gate.ROMANISED)
    if n_romanised >= _MIN_ROMANISED or (n_romanised and n_unknown >= _MIN_UNKNOWN):
        return _distinct(text, [], _texts(Mapped.of(text)))
    if (
        n_unknown * 4 >= n_words
        and n_unknown >= min(_MIN_UNKNOWN, n_words // 2)
        and ciphers.find(text)
    ):
        return _distinct(text, [], ciphers.read(Mapped.of(text)))
    return ()


def _is_worth(found: list[int]) -> bool:
    """Whether a character-level step may change a text with such tokens."""
    return gate.ODD in found or (gate.SINGLE in found and _SPELT in bytes(found))


def plain(given: Mapped) -> tuple[Mapped, tuple[str, ...]]:
    """The text with every character-level obfuscation undone, and the steps that did it."""
    done: dict[str, None] = {}
    for _ in range(_MAX_ROUNDS):
        before = given.text
        for name, step in STEPS:
            after = step(given)
            if after.text != given.text:
                done[name] = None
                given = after
        if given.text == before or not _is_worth(gate.kinds(given.text)):
            break
    return given, tuple(done)


def _all(text: str) -> tuple[Variant, ...]:
    whole = Mapped.of(text)
    shown, steps = plain(whole)
    encoded = payloads.find(whole) or (payloads.find(shown) if steps else [])
    hidden = payloads.smuggled(whole) + ciphers.turned(whole) + encoded
    found = [Variant(shown.text, steps, shown)] if shown.text != text else []
    return _distinct(text, found, hidden + _texts(shown))


def _texts(given: Mapped) -> list[Payload]:
    return romanised.find(given) or ciphers.read(given)


def _distinct(text: str, found: list[Variant], hidden: list[Payload]) -> tuple[Variant, ...]:
    """The variants, each text once; payloads are themselves normalised."""
    seen = {text} | {one.text for one in found}
    for payload in hidden:
        shown, steps = plain(payload.content)
        if shown.text not in seen and shown.text.strip():
            seen.add(shown.text)
            found.append(Variant(shown.text, (*payload.encodings, *steps), shown))
    return tuple(found[:_MAX_VARIANTS])
