"""Redaction of what is archived: personal data and secrets make room for their names."""

from collections.abc import Iterable
from typing import Final

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
}
"""What stands in a redacted text, by the `kind` in a signal's evidence."""


def redacted(text: str, signals: Iterable[Signal]) -> str:
    """Gives a text with what privacy signals span replaced by its kind.

    Takes the signals of `text.entities` on this very part; others, without a span or a known
    kind, change nothing. Overlapping spans become the first one's placeholder.
    """
    spans = sorted(
        (signal.span.start, signal.span.end, PLACEHOLDERS[kind])
        for signal in signals
        if signal.label == "privacy" and signal.span is not None and signal.evidence
        if (kind := signal.evidence.get("kind", "")) in PLACEHOLDERS
    )
    pieces: list[str] = []
    reach = 0
    for start, end, placeholder in spans:
        if start >= reach:
            pieces += [text[reach:start], placeholder]
        reach = max(reach, end)
    return "".join([*pieces, text[reach:]])
