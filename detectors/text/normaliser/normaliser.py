"""Other readings of a text: what it says once obfuscations are undone."""

from collections.abc import Callable, Iterable
from functools import lru_cache
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
    wording,
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
_N_CHEAP: Final = 4
"""How many of them take little time a character."""
MAX_CHARACTERS: Final = 16_000
MAX_CLEANED: Final = 131_072
_MAX_ROUNDS: Final = 6
_SPELT: Final = bytes((gate.SINGLE,) * 3)
"""Three letters apart in a row."""
_MIN_NUMBERS: Final = 5
_MIN_UNKNOWN: Final = 2
_FEW_UNKNOWN: Final = 0.15
_MAX_VARIANTS: Final = 12
_MAX_REMEMBERED: Final = 2_000
_N_REMEMBERED: Final = 4_096
"""Texts: a batch of a worker has fewer."""


def variants(text: str) -> tuple[Variant, ...]:
    """Gives the readings of a text that differ from it; none for ordinary text.

    First the text with every character-level obfuscation undone, if that changes it; then one for
    each decoded payload, for a text written backwards or in a simple cipher, for Russian, Arabic
    or Hindi in Latin letters, and for one whose words are broken, glued, misspelt or in another
    script, with these put right. Takes any string. Of a text over `MAX_CHARACTERS` only the first
    and the last half of this many are read by more than the first steps (what is invisible, styled
    letters, markup), and these read no more than `MAX_CLEANED`. What was read of the latest short
    texts is remembered: several detectors ask for the same ones.
    """
    return _remembered(text) if len(text) <= _MAX_REMEMBERED else afresh(text)


def afresh(text: str) -> tuple[Variant, ...]:
    """What `variants` gives, whether it was asked before or not."""
    if len(text) > MAX_CHARACTERS:
        return _all(text)
    found = gate.kinds(text)
    is_broken = gate.is_broken(text)
    if not is_broken and _ORDINARY.issuperset(found):
        return ()
    if _is_worth(found) or found.count(gate.NUMBER) >= _MIN_NUMBERS:
        return _all(text)
    is_worth = is_broken or gate.UNKNOWN in found or gate.ROMANISED in found
    hidden = _texts(Mapped.of(text), found) if is_worth else []
    return _distinct(text, [], hidden) if hidden else ()


_remembered = lru_cache(_N_REMEMBERED)(afresh)


def _may_be_misspelt(found: list[int]) -> bool:
    """Whether there are several unknown words, or few others."""
    n_unknown = found.count(gate.UNKNOWN) + found.count(gate.ODD)
    n_words = n_unknown + found.count(gate.KNOWN) + found.count(gate.ROMANISED)
    return n_unknown >= _MIN_UNKNOWN or n_unknown > _FEW_UNKNOWN * n_words


def _may_be_ciphered(found: list[int]) -> bool:
    """Whether enough of the words are unknown."""
    n_unknown = found.count(gate.UNKNOWN)
    n_words = n_unknown + found.count(gate.KNOWN)
    return n_unknown * 4 >= n_words and n_unknown >= min(_MIN_UNKNOWN, n_words // 2)


def _is_worth(found: list[int]) -> bool:
    """Whether a character-level step may change a text with such tokens."""
    return gate.ODD in found or (gate.SINGLE in found and _SPELT in bytes(found))


def plain(given: Mapped) -> tuple[Mapped, tuple[str, ...]]:
    """The text with every character-level obfuscation undone, and the steps that did it."""
    done: dict[str, None] = {}
    if len(given.text) > MAX_CHARACTERS:
        given = _cleaned(given, done)
    if len(given.text) <= MAX_CHARACTERS:
        return _rounds(given, done), tuple(done)
    head, middle, tail = _ends(given, MAX_CHARACTERS)
    return _rounds(head, done).joined(middle).joined(_rounds(tail, done)), tuple(done)


def _cleaned(given: Mapped, done: dict[str, None]) -> Mapped:
    """A long text after the first steps, which take little time a character."""
    if len(given.text) <= MAX_CLEANED:
        return _stepped(given, STEPS[:_N_CHEAP], done)
    head, middle, tail = _ends(given, MAX_CLEANED)
    head = _stepped(head, STEPS[:_N_CHEAP], done)
    return head.joined(middle).joined(_stepped(tail, STEPS[:_N_CHEAP], done))


def _ends(given: Mapped, n_kept: int) -> tuple[Mapped, Mapped, Mapped]:
    """A long text's beginning, middle and end; the ends are `n_kept` characters together."""
    half, n = n_kept // 2, len(given.text)
    return given.part(0, half), given.part(half, n - half), given.part(n - half, n)


def _rounds(given: Mapped, done: dict[str, None]) -> Mapped:
    for _ in range(_MAX_ROUNDS):
        before = given.text
        given = _stepped(given, STEPS, done)
        if given.text == before or not _is_worth(gate.kinds(given.text)):
            break
    return given


def _stepped(
    given: Mapped,
    steps: Iterable[tuple[str, Callable[[Mapped], Mapped]]],
    done: dict[str, None],
) -> Mapped:
    for name, step in steps:
        after = step(given)
        if after.text != given.text:
            done[name] = None
            given = after
    return given


def _all(text: str) -> tuple[Variant, ...]:
    whole = Mapped.of(text)
    shown, steps = plain(whole)
    is_new = shown.text != text and bool(shown.text.strip())
    found = [Variant(shown.text, steps, shown)] if is_new else []
    hidden: list[Payload] = []
    for raw, plainer in zip(_read(whole), _read(shown), strict=False):
        hidden += payloads.smuggled(raw) + ciphers.turned(raw)
        hidden += payloads.find(raw) or (payloads.find(plainer) if steps else [])
        arabic = romanised.find(raw) if "leet" in steps else []
        hidden += arabic or _texts(plainer, gate.kinds(plainer.text))
    return _distinct(text, found, hidden)


def _read(given: Mapped) -> list[Mapped]:
    """The text, or the two ends of a long one."""
    if len(given.text) <= MAX_CHARACTERS:
        return [given]
    head, _, tail = _ends(given, MAX_CHARACTERS)
    return [head, tail]


def _texts(given: Mapped, found: list[int]) -> list[Payload]:
    """The text in its own script, out of a cipher, or with its words put right."""
    hidden = _foreign(given, found)
    return hidden or wording.read(given, is_damaged=_may_be_misspelt(found))


def _foreign(given: Mapped, found: list[int]) -> list[Payload]:
    is_romanised = gate.ROMANISED in found or _may_be_misspelt(found)
    if is_romanised and (hidden := romanised.find(given)):
        return hidden
    return ciphers.read(given) if gate.ODD in found or _may_be_ciphered(found) else []


def _distinct(text: str, found: list[Variant], hidden: list[Payload]) -> tuple[Variant, ...]:
    """The variants, each text once; payloads are themselves normalised."""
    seen = {text} | {one.text for one in found}
    for payload in hidden:
        shown, steps = plain(payload.content)
        if shown.text not in seen and shown.text.strip():
            seen.add(shown.text)
            found.append(Variant(shown.text, (*payload.encodings, *steps), shown))
    return tuple(found[:_MAX_VARIANTS])
