"""The detector `text.risk@4`."""

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt
from msgspec.structs import replace
from tokenizers import Tokenizer

from detectors import card as cards
from detectors.detector import Answer, Partial
from detectors.session import Session, verified
from detectors.text.normaliser.mapped import Mapped
from detectors.text.risk import readings
from detectors.text.risk.cache import DEFAULT_ENTRIES, Cache, Scored
from detectors.text.risk.canonical import simplified, squeezed
from detectors.text.risk.readings import Reading, Readings
from detectors.text.risk.scorer import Scorer
from detectors.text.risk.windows import WINDOW_TOKENS, is_read_whole, shortened
from schemas.content import TextPart
from schemas.signals import Signal, Span

MODEL_ID: Final = "text.risk@4"
STEM: Final = MODEL_ID.replace(".", "_").replace("@", "_")
"""Names this version's folder of weights, and begins the names of what is measured of it."""
ROOT: Final = Path(__file__).parents[2]
THOROUGH: Final = "+thorough"
"""Ends the id of a detector that has all layers look at every text."""
DECIMALS: Final = 4
LONG_TOKENS: Final = 4 * WINDOW_TOKENS
"""In a longer text parts count fully: what the model reads of it as a whole are parts too."""
Floats = npt.NDArray[np.float32]
OnLookups = Callable[[str, int, int], None]


class TextRisk:
    """The model with its tokenizer. A text's score is the highest of its readings'.

    A sentence or a quotation counts by itself a little less than the whole text does: the card's
    `part_discounts` say how much.
    """

    def __init__(
        self,
        *,
        threads: int,
        root: Path = ROOT,
        card: cards.ModelCard | None = None,
        has_early_exit: bool = True,
        kinds: Readings = readings.DEFAULT,
        n_cached: int = DEFAULT_ENTRIES,
        on_lookups: OnLookups | None = None,
    ) -> None:
        """Loads card, tokenizer and graph.

        Args:
            threads: Batches that a model judges at the same time, each on one thread.
            root: The folder that the card's paths are relative to.
            card: The card to go by; None reads the one that ships.
            has_early_exit: False has all layers look at plainly harmless texts too.
            kinds: What counts beside the whole text.
            n_cached: Most readings whose scores are kept; 0 keeps none.
            on_lookups: Told of this detector's id and of the hits and misses in its cache, after
                each batch, on the thread that called `predict`.

        Raises:
            ModelMismatch: if a file is not the one on the card.
        """
        card = cards.read(MODEL_ID) if card is None else card
        self.session = Session(card, root, threads=threads, has_early_exit=has_early_exit)
        # Other scores need another name: a verdict's id comes from its detectors' ids.
        mark = ("" if has_early_exit else THOROUGH) + kinds.mark
        self.card = replace(card, id=card.id + mark) if mark else card
        told = None if on_lookups is None else partial(on_lookups, self.card.id)
        self.cache = Cache(n_entries=n_cached, on_lookups=told)
        self._kinds = kinds
        given = [card.part_discounts.get(label, 0.0) for label in self.card.labels]
        self._odds = np.exp(-np.array(given))
        """What the odds of a part are multiplied by, [labels]."""
        tokenizer = Tokenizer.from_file(str(verified(root, card.files["tokenizer"])))
        self._scorer = Scorer(self.session, tokenizer, self.cache)

    def predict(self, parts: Sequence[TextPart], /) -> list[Answer]:
        """Gives one signal per label and part, in the card's order.

        A signal's `span` is the stretch that scored highest, where the text as a whole scores less
        or is read in windows.
        A part without a letter or a digit scores 0 throughout. A text of which not everything
        is read, for its length, is answered with Partial.
        """
        read = {text: readings.read(text, self._kinds) for text in {part.text for part in parts}}
        own = [read[part.text] for part in parts]
        scored = self._scorer.judge([[one.text for one in found] for found, _ in own])
        rows = self._rounded(scored, [found for found, _ in own])
        answers: list[Answer] = []
        start = 0
        for part, (found, is_all), given in zip(parts, own, scored, strict=True):
            end = start + len(given)
            signals = self._signals(part, found, rows[start:end], given)
            start = end
            n_tokens = given[0].n_tokens if given else 0
            if is_all and len(given) == len(found) and is_read_whole(len(part.text), n_tokens):
                answers.append(signals)
            else:
                cause = f"{len(part.text)} characters have more to read than is read"
                answers.append(Partial(signals, cause))
        return answers

    def apart(self, texts: Sequence[str]) -> tuple[Floats, Floats]:
        """The highest scores of what counts fully, and of what is discounted before it is.

        Both float32 [texts, labels]; 0 where a text has no such reading. For calibration.
        """
        found = [readings.read(text, self._kinds)[0] for text in texts]
        scored = self._scorer.judge([[one.text for one in own] for own in found])
        best = np.zeros((2, len(texts), len(self.card.labels)), np.float32)
        for n, (own, given) in enumerate(zip(found, scored, strict=True)):
            for is_less, one in zip(_are_less(own, given), given, strict=True):
                row = np.frombuffer(one.row, np.float32)
                best[int(is_less), n] = np.maximum(best[int(is_less), n], row)
        return best[0], best[1]

    def _rounded(
        self, scored: Sequence[Sequence[Scored]], found: Sequence[Sequence[Reading]]
    ) -> list[list[float]]:
        joined = b"".join(one.row for given in scored for one in given)
        block = np.frombuffer(joined, np.float32).reshape(-1, len(self.card.labels))
        block = block.astype(np.float64)
        parts = [
            is_less
            for own, given in zip(found, scored, strict=True)
            for is_less in _are_less(own, given)
        ]
        if any(parts):
            lower = block[parts] * self._odds
            block[parts] = lower / (1 - block[parts] + lower)
        rows: list[list[float]] = np.round(block, DECIMALS).tolist()
        return rows

    def _signals(
        self,
        part: TextPart,
        found: Sequence[Reading],
        rows: list[list[float]],
        given: Sequence[Scored],
    ) -> tuple[Signal, ...]:
        scores, best = _highest(rows, len(self.card.labels))
        spans = [found[at].span if rows else None for at in best]
        if given and given[0].best and 0 in best:
            windows = self._windows(part.text, found[0].text)
            spans = [
                span if at else windows[given[0].best[label]]
                for label, (at, span) in enumerate(zip(best, spans, strict=True))
            ]
        name, detector = part.name, self.card.id
        return tuple(
            Signal(label=label, score=score, detector=detector, part=name, span=span)
            for label, score, span in zip(self.card.labels, scores, spans, strict=True)
        )

    def _windows(self, text: str, read: str) -> list[Span]:
        """Where the windows of a text's whole reading stand in the text."""
        whole = squeezed(simplified(shortened(Mapped.of(text))))
        return [Span(*whole.around(*one)) for one in self._scorer.stretches(read)]


def _are_less(found: Sequence[Reading], given: Sequence[Scored]) -> list[bool]:
    """Which of the readings that were scored are discounted."""
    if not given or given[0].n_tokens > LONG_TOKENS:
        return [False] * len(given)
    return [one.is_part for one in found[: len(given)]]


def _highest(rows: list[list[float]], n_labels: int) -> tuple[list[float], list[int]]:
    """Each label's highest score, and the number of the first reading that has it."""
    if not rows:
        return [0.0] * n_labels, [0] * n_labels
    if len(rows) == 1:
        return rows[0], [0] * n_labels
    best = [
        max(range(len(rows)), key=[row[n] for row in rows].__getitem__) for n in range(n_labels)
    ]
    return [rows[k][n] for n, k in enumerate(best)], best
