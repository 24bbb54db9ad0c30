"""`text.generation@1`: attacks on an AI, and what it must not give away, found by rules."""

import re
from collections.abc import Sequence
from typing import Final

from detectors.card import ModelCard
from detectors.detector import Answer, Partial
from detectors.text.entities.lexicon import lowered
from detectors.text.entities.scoring import Judged
from detectors.text.generation import injections, leaks
from detectors.text.generation.credentials import Credentials
from detectors.text.generation.phrases import Phrases, shipped
from schemas.content import TextPart
from schemas.labels import Label
from schemas.signals import Signal, Span

MODEL_ID: Final = "text.generation@1"
LABELS: Final[tuple[Label, ...]] = ("privacy", "prompt_attack", "unsafe_generation")
CARD: Final = ModelCard(
    id=MODEL_ID,
    summary="Injected instructions, leaked instructions, keys of services: rules, no model.",
    labels=LABELS,
    source="Turns of phrase in 12 languages (lexicon.toml); published forms of keys and tokens.",
    thresholds={"privacy": 0.68, "prompt_attack": 0.67, "unsafe_generation": 0.69},
    calibration="None: log-odds set by hand, checked on public text (generation_1.md).",
    known_failures=(
        "Scores are weights set by hand: an order, not a probability.",
        "An injected task that speaks of no AI, no instructions and no user reads like any text.",
        "Disguised instructions, but for invisible letters: text.risk reads these.",
        "A response that is itself a prompt which was asked for, with an order to keep it secret.",
        "Leaked instructions that are retold, not quoted; without a canary nothing tells them.",
    ),
)
MAX_CHARACTERS: Final = 16_000
"""Of a longer text only the first and the last half of this many are read: a Partial answer."""
_RETRIEVED: Final = re.compile(r"retrieved\[\d+\]\Z")
_RESPONSE: Final = re.compile(r"response\Z|joined\[\d+\]\Z")
"""A streamed response is read with what stands before each chunk, as `joined`."""


class Generation:
    """Reads prompts, retrieved context and responses, each by its part's name.

    Keys of services are looked for in every part. Safe across threads.
    """

    def __init__(
        self,
        *,
        card: ModelCard = CARD,
        phrases: Phrases | None = None,
        canaries: Sequence[str] = (),
    ) -> None:
        """Takes the classes of phrases, None those that ship, and an operator's canaries.

        Args:
            card: The detector's card.
            phrases: Turns of phrase by class.
            canaries: Random strings that stand in an operator's own instructions alone, so that
                a response that shows one quotes them. Evidence gives their number, not the text.
        """
        self.card = card
        self._phrases = shipped() if phrases is None else phrases
        self._credentials = Credentials()
        self._canaries = tuple(one for one in canaries if one)

    def predict(self, parts: Sequence[TextPart], /) -> list[Answer]:
        """Gives the signals of each part: the highest scores first, none for ordinary text."""
        return [self._answer(part) for part in parts]

    def _answer(self, part: TextPart) -> Answer:
        text = part.text
        if len(text) <= MAX_CHARACTERS:
            return self._signals(part, self._look(part.name, text))
        half = MAX_CHARACTERS // 2
        found = self._look(part.name, text[:half])
        signals = self._signals(part, found)
        behind = self._signals(part, self._look(part.name, text[-half:]), len(text) - half)
        return Partial(signals + behind, f"{len(text)} characters are more than are read")

    def _look(self, name: str, text: str) -> list[Judged]:
        found = self._credentials.find(text)
        low = lowered(text)
        if _RETRIEVED.match(name):
            found += injections.in_retrieved(low, self._phrases)
        elif name == "prompt":
            found += injections.in_prompt(low, self._phrases)
        elif _RESPONSE.match(name):
            found += leaks.find(low, self._phrases)
            found += leaks.canaries(text, self._canaries)
        return sorted(found, key=lambda one: (-one.score, one.finding.start, one.label))

    def _signals(
        self, part: TextPart, found: Sequence[Judged], offset: int = 0
    ) -> tuple[Signal, ...]:
        return tuple(
            Signal(
                label=one.label,
                score=one.score,
                detector=self.card.id,
                part=part.name,
                span=Span(offset + one.finding.start, offset + one.finding.end),
                evidence=one.finding.evidence,
            )
            for one in found
        )
