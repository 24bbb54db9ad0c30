"""Redaction of what is archived: personal data and secrets make room for their names."""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from typing import Final

from msgspec import Struct, structs

from detectors.text.entities.escapes import unescaped
from detectors.text.entities.rendering import renderings
from detectors.text.entities.trust import UNDONE
from schemas.content import TextPart
from schemas.signals import Signal

PLACEHOLDERS: Final = {
    "seed_phrase": "[seed phrase]",
    "private_key": "[private key]",
    "card": "[card]",
    "iban": "[iban]",
    "national_id": "[national id]",
    "phone": "[phone]",
    "email": "[email]",
    "private_stretch": "[private]",
    "api_key": "[api key]",
}
"""What stands in a redacted text, by the `kind` in a signal's evidence."""
WITHHELD: Final = "[withheld]"
"""What stands for evidence of a text in which nobody looked for what is private."""
_OURS: Final = frozenset({"kind", "why", UNDONE})
"""Evidence in words of ours: it quotes nothing."""
_SHARED: Final = 6
"""Letters and digits in a row that evidence may not share with what is private."""
_SHARED_DIGITS: Final = 5
"""The same of digits alone."""
_SHARED_SCRIPTS: Final = 3
"""The same beyond ASCII, where a character may be a word."""


class Private(Struct, frozen=True):
    """A private stretch of a text, and what stands for it."""

    start: int
    end: int
    placeholder: str


def stretches(signals: Iterable[Signal]) -> list[Private]:
    """Gives the private stretches of a text, in order; they may overlap.

    Takes the signals of `text.entities` and `text.generation` on this very part; others, without a
    span or a known kind, count for nothing.
    """
    found = (
        Private(signal.span.start, signal.span.end, PLACEHOLDERS[kind])
        for signal in signals
        if signal.label == "privacy" and signal.span is not None and signal.evidence
        if (kind := signal.evidence.get("kind", "")) in PLACEHOLDERS
    )
    return sorted(found, key=structs.astuple)


def redacted(text: str, signals: Iterable[Signal]) -> str:
    """Gives a text with what privacy signals span replaced by its kind."""
    return replaced(text, stretches(signals))


def replaced(text: str, private: Iterable[Private]) -> str:
    """Gives a text with stretches replaced; those that overlap by the first one's placeholder."""
    pieces: list[str] = []
    reach = 0
    for one in private:
        if one.start >= reach:
            pieces += [text[reach : one.start], one.placeholder]
        reach = max(reach, one.end)
    return "".join([*pieces, text[reach:]])


def without_private(
    signals: tuple[Signal, ...], texts: Sequence[TextPart], *, is_read: bool
) -> tuple[Signal, ...]:
    """Gives an item's signals with evidence that quotes nothing private of its texts.

    What `text.entities` found private in a part is replaced in all evidence on that part; where
    a piece of it is left (evidence is cut, undisguised, spelt otherwise, or a list), the whole
    value is. With `is_read` false `text.entities` has not read all of the item: then no quote is
    kept at all.
    """
    if all(signal.evidence is None for signal in signals):
        return signals
    if not is_read:
        return tuple(_withheld(signal) for signal in signals)
    text_of = {part.name: part.text for part in texts}
    hidden = {
        name: _hide(text_of.get(name, ""), [one for one in signals if one.part == name])
        for name in {signal.part for signal in signals if signal.label == "privacy"}
    }
    return tuple(_cleared(signal, hidden.get(signal.part)) for signal in signals)


def _withheld(signal: Signal) -> Signal:
    if signal.evidence is None:
        return signal
    kept = {name: text if name in _OURS else WITHHELD for name, text in signal.evidence.items()}
    return structs.replace(signal, evidence=kept)


class _Hidden(Struct, frozen=True):
    """What is looked for of a part's private stretches, each with its placeholder.

    `values` are they themselves, `pieces` (by their length) stretches of them in any spelling.
    """

    values: dict[str, str]
    pieces: dict[int, dict[str, str]]


def _hide(text: str, signals: Sequence[Signal]) -> _Hidden:
    found = _Hidden({}, {})
    places = {(one.start, one.end): one.placeholder for one in stretches(signals)}
    if all(one.label == "privacy" or one.evidence is None for one in signals):
        return found
    disguised = renderings(text)[0][1:] if places else []
    for (start, end), placeholder in places.items():
        others = (way.within(start, end) for way in disguised)
        for value in {text[start:end], *others} - {""}:
            found.values[value.lower()] = placeholder
            for piece in _pieces(value):
                found.pieces.setdefault(len(piece), {})[piece] = placeholder
    return found


def _pieces(value: str) -> Sequence[str]:
    name, sign, domain = unescaped(value)[0].rpartition("@")
    if sign and " " not in value:
        # A mail domain by itself is nobody's, nor is a name such as "support".
        return (_plain(name) + _plain(domain)[:2],)
    plain = _plain(value)
    size = _SHARED_DIGITS if plain.isdecimal() else _SHARED
    size = min(len(plain), size if plain.isascii() else _SHARED_SCRIPTS)
    return [plain[at : at + size] for at in range(len(plain) - size + 1)] if size else ()


def _plain(text: str) -> str:
    """Letters and digits alone, in one spelling, percent escapes resolved."""
    plain = unicodedata.normalize("NFKC", unescaped(text)[0])
    return "".join(filter(str.isalnum, plain.casefold()))


def _cleared(signal: Signal, hidden: _Hidden | None) -> Signal:
    """Privacy signals hold no more than masks of what they found."""
    if hidden is None or signal.evidence is None or signal.label == "privacy":
        return signal
    cleared = {
        name: text if name in _OURS else _clear(text, hidden)
        for name, text in signal.evidence.items()
    }
    return structs.replace(signal, evidence=cleared)


def _clear(text: str, hidden: _Hidden) -> str:
    for value, placeholder in hidden.values.items():
        if value in text.lower():
            text = re.sub(re.escape(value), placeholder, text, flags=re.IGNORECASE)
    plain = _plain(text)
    for size, pieces in hidden.pieces.items():
        for at in range(len(plain) - size + 1):
            if (piece := plain[at : at + size]) in pieces:
                return pieces[piece]
    return text
