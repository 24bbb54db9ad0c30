"""A detector that knows one word, and texts for it."""

from collections.abc import Sequence
from random import Random

from detectors.card import ModelCard
from detectors.detector import Answer, Undecodable
from detectors.evaluation.run.rows import LabelledText
from schemas.content import TextPart
from schemas.signals import Signal

WORD = "moonbeam"


def rng(seed: int = 1) -> Random:
    return Random(seed)  # noqa: S311 - repeatable on purpose


class Knows:
    """Scores scam by the share of the word that it finds; 0.7 and more is flagged."""

    def __init__(self) -> None:
        self.card = ModelCard(id="text.knows@1", labels=("scam",), thresholds={"scam": 0.7})
        self.n_texts = 0

    def predict(self, parts: Sequence[TextPart], /) -> list[Answer]:
        self.n_texts += len(parts)
        return [self._answer(part) for part in parts]

    def _answer(self, part: TextPart) -> Answer:
        if "\x00" in part.text:
            return Undecodable("not a text")
        known = [n for n in range(len(WORD) + 1) if WORD[:n] in part.text.lower()]
        return (
            Signal(
                label="scam",
                score=max(known) / len(WORD),
                detector=self.card.id,
                part=part.name,
            ),
        )


def row(n: int, text: str, lang: str = "en", label: str = "scam") -> LabelledText:
    known = {label: 1}
    return LabelledText(id=n, text=text, lang=lang, labels=known)  # type: ignore[arg-type]


def rows(n: int = 8) -> list[LabelledText]:
    """Flagged ones in English and Spanish, and one that is not."""
    texts = [row(i, f"Buy {WORD} now, number {i}", "es" if i % 2 else "en") for i in range(n)]
    return [*texts, row(n, "Nothing to see here")]
