"""A detector whose scores the texts name, and rows for it."""

import re
from collections.abc import Sequence

from detectors.card import ModelCard
from detectors.detector import Answer, Undecodable
from detectors.evaluation.run.rows import LabelledText
from schemas.content import TextPart
from schemas.signals import Signal


class Spoken:
    """Scores scam by the number a text begins with; a text of `?` cannot be read."""

    def __init__(self, *, reverse: bool = False, limit: float = 0.6) -> None:
        name = "text.reverse@1" if reverse else "text.spoken@1"
        self.card = ModelCard(id=name, labels=("scam", "hate"), thresholds={"scam": limit})
        self._reverse = reverse

    def predict(self, parts: Sequence[TextPart], /) -> list[Answer]:
        return [self._answer(part) for part in parts]

    def _answer(self, part: TextPart) -> Answer:
        if part.text == "?":
            return Undecodable("not a text")
        found = re.match(r"[01]\.\d+", part.text)
        if found is None:
            return ()
        value = float(found[0])
        score = 1 - value if self._reverse else value
        return (Signal(label="scam", score=score, detector=self.card.id, part=part.name),)


def row(n: int, score: float, scam: int, lang: str = "en", dataset: str = "one") -> LabelledText:
    known: dict[str, int] = {"scam": scam}
    text = f"{score} words that nobody may read {n}"
    return LabelledText(id=n, text=text, lang=lang, dataset=dataset, labels=known)  # type: ignore[arg-type]


def rows(n: int = 40) -> list[LabelledText]:
    """Every second is a scam and scores above the others; half of them are Spanish."""
    return [
        row(i, (0.7 if i % 2 else 0.2) + i / 1_000, i % 2, "en" if i < n / 2 else "es", "one")
        for i in range(n)
    ]
