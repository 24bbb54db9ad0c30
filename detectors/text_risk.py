"""`text.risk@1`: what a text in any of 25 languages may violate, label by label."""

from collections.abc import Sequence
from pathlib import Path
from typing import Final

import numpy as np
from msgspec.structs import replace
from tokenizers import Tokenizer

from detectors import card as cards
from detectors.detector import Answer, Partial
from detectors.session import Session, verified
from schemas.content import TextPart
from schemas.signals import Signal

MODEL_ID: Final = "text.risk@1"
ROOT: Final = Path(__file__).parent
THOROUGH: Final = "+thorough"
"""Ends the id of a detector that has all layers look at every text."""
BOS_ID: Final = 0
EOS_ID: Final = 2
MAX_CHARACTERS: Final = 16_000
"""Of a longer text only the first and the last half of this many are read: a Partial answer."""
WINDOW_TOKENS: Final = 62
"""Content tokens judged at once, near the length trained on; longer texts get windows."""
OVERLAP_TOKENS: Final = 12
MAX_WINDOWS: Final = 48
"""A text of more windows (about 2,400 tokens) is sampled: this many, evenly spread from its first
to its last. Bounds the time a text takes, to about half a second; such an answer is Partial."""
DECIMALS: Final = 4


class TextRisk:
    """The model with its tokenizer. A text's score is the highest of its windows'."""

    def __init__(
        self,
        *,
        threads: int,
        root: Path = ROOT,
        card: cards.ModelCard | None = None,
        has_early_exit: bool = True,
    ) -> None:
        """Loads card, tokenizer and graph.

        Args:
            threads: ONNX Runtime threads within one operator.
            root: The folder that the card's paths are relative to.
            card: The card to go by; None reads the one that ships.
            has_early_exit: False has all layers look at plainly harmless texts too.

        Raises:
            ModelMismatch: if a file is not the one on the card.
        """
        card = cards.read(MODEL_ID) if card is None else card
        self._session = Session(card, root, threads=threads, has_early_exit=has_early_exit)
        # Other scores need another name: a verdict's id comes from its detectors' ids.
        self.card = card if has_early_exit else replace(card, id=card.id + THOROUGH)
        path = verified(root, self.card.files["tokenizer"])
        self._tokenizer = Tokenizer.from_file(str(path))

    def predict(self, parts: Sequence[TextPart], /) -> list[Answer]:
        """Gives one signal per label and part, in the card's order.

        A part of white space alone scores 0 throughout. Of a text over `MAX_CHARACTERS` or
        `MAX_WINDOWS` only so much is read, and its answer is Partial.
        """
        encoded = self._tokenizer.encode_batch_fast([shortened(part.text) for part in parts])
        windows: list[list[int]] = []
        owners: list[int] = []
        for n, one in enumerate(encoded):
            found = split(one.ids) if parts[n].text.strip() else []
            windows.extend(found)
            owners.extend([n] * len(found))
        scores = np.zeros((len(parts), len(self.card.labels)), np.float32)
        np.maximum.at(scores, owners, self._session.scores(windows))
        rounded = np.round(scores.astype(np.float64), DECIMALS).tolist()
        return [
            self._answer(part, row, n_tokens=len(one.ids))
            for part, row, one in zip(parts, rounded, encoded, strict=True)
        ]

    def _answer(self, part: TextPart, scores: list[float], *, n_tokens: int) -> Answer:
        signals = self._signals(part, scores)
        if is_read_whole(len(part.text), n_tokens):
            return signals
        return Partial(signals, f"{len(part.text)} characters are more than are read")

    def _signals(self, part: TextPart, scores: list[float]) -> tuple[Signal, ...]:
        return tuple(
            Signal(label=label, score=score, detector=self.card.id, part=part.name)
            for label, score in zip(self.card.labels, scores, strict=True)
        )


def is_read_whole(n_characters: int, n_tokens: int) -> bool:
    """Whether windows cover the whole of a text."""
    step = WINDOW_TOKENS - OVERLAP_TOKENS
    return n_characters <= MAX_CHARACTERS and n_tokens <= MAX_WINDOWS * step + OVERLAP_TOKENS


def shortened(text: str) -> str:
    """The text itself, or the two ends of one longer than `MAX_CHARACTERS`."""
    if len(text) <= MAX_CHARACTERS:
        return text
    half = MAX_CHARACTERS // 2
    return f"{text[:half]} {text[-half:]}"


def split(ids: Sequence[int]) -> list[list[int]]:
    """Windows of a text's ids, each between begin and end marks."""
    if len(ids) <= WINDOW_TOKENS:
        return [[BOS_ID, *ids, EOS_ID]]
    step = WINDOW_TOKENS - OVERLAP_TOKENS
    starts = list(range(0, len(ids) - OVERLAP_TOKENS, step))
    if len(starts) > MAX_WINDOWS:
        starts = [
            starts[round(n * (len(starts) - 1) / (MAX_WINDOWS - 1))] for n in range(MAX_WINDOWS)
        ]
    return [[BOS_ID, *ids[start : start + WINDOW_TOKENS], EOS_ID] for start in starts]
