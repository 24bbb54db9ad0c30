"""The corpus row and its file format: one JSON line a row."""

from collections.abc import Iterable, Iterator
from pathlib import Path

import msgspec

TRAINED_LABELS = (
    "hate",
    "harassment",
    "violence",
    "sexual",
    "self_harm",
    "illegal",
    "phishing",
    "scam",
    "market_manipulation",
    "impersonation",
    "privacy",
    "spam",
    "misinformation",
    "prompt_attack",
    "unsafe_generation",
)
"""What the model answers for, in output order."""

ANY = "any"
"""Auxiliary target: the text violates something. Trained, never exported."""

TARGETS = (*TRAINED_LABELS, ANY)


class Row(msgspec.Struct, frozen=True):
    """One text with what is known about it.

    A label absent from `labels` is unknown, never 0. `weights` holds the confidence in a
    known label where it is below 1. `group` names the author, channel, template or source
    sentence that must not straddle splits.
    """

    id: str
    text: str
    lang: str
    source: str
    group: str
    labels: dict[str, int]
    weights: dict[str, float] = {}
    split: str = ""

    @property
    def is_benign(self) -> bool:
        """Whether nothing in the text is known to violate and `any` is known to be 0."""
        return self.labels.get(ANY) == 0


def write(path: Path, rows: Iterable[Row]) -> None:
    """Writes rows as JSON lines."""
    encoder = msgspec.json.Encoder()
    with path.open("wb") as out:
        for row in rows:
            out.write(encoder.encode(row) + b"\n")


def read(path: Path) -> Iterator[Row]:
    """Yields the rows of a file written by `write`."""
    decoder = msgspec.json.Decoder(Row)
    with path.open("rb") as lines:
        for line in lines:
            yield decoder.decode(line)
