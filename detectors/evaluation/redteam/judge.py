"""What the detectors make of a text: how far each label is above or below its threshold."""

from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np
from msgspec import Struct

from detectors.detector import signals_of
from detectors.evaluation.measures import Floats
from detectors.evaluation.run.rows import ANY, COLUMNS
from detectors.evaluation.run.scoring import BATCH, Detectors, limit
from detectors.text.normaliser.messages import Message, joined
from schemas.content import TextPart

_AT: Final = {label: n for n, label in enumerate(COLUMNS)}
_NOTHING: Final = -1.0
"""Margin of a label on which no detector says anything."""


class Sent(Struct, frozen=True):
    """What one actor sends: a text, or several messages one after the other."""

    messages: tuple[str, ...]
    lang: str


class Judge(Struct, frozen=True, kw_only=True):
    """Detectors with the scores from which on a label counts as flagged."""

    detectors: Detectors
    limits: Mapping[str, float] = {}
    """By label, instead of what the detectors' cards recommend."""
    is_joining: bool = True
    """Whether each message is judged put together with those before it too, as chatrooms do."""

    def margins(self, sent: Sequence[Sent]) -> Floats:
        """The highest score less its threshold, float32 [sent, COLUMNS]; from 0 on flagged.

        Of several messages, and of several detectors, the highest counts. A text that cannot be
        read is not flagged. Equal texts are asked once. Blocks; what a detector raises passes on.
        """
        texts: dict[tuple[str, str], int] = {}
        owners: list[int] = []
        rows: list[int] = []
        for n, one in enumerate(sent):
            for text in self._readings(one.messages):
                owners.append(n)
                rows.append(texts.setdefault((text, one.lang), len(texts)))
        found = np.full((len(sent), len(COLUMNS)), _NOTHING, np.float32)
        np.maximum.at(found, owners, self._asked(list(texts))[rows])
        return found

    def _readings(self, messages: tuple[str, ...]) -> tuple[str, ...]:
        if not self.is_joining or len(messages) == 1:
            return messages
        sent = [Message(text, float(n)) for n, text in enumerate(messages)]
        together = [one.text for n in range(2, len(sent) + 1) for one in joined(sent[:n])]
        return (*messages, *together)

    def _asked(self, texts: Sequence[tuple[str, str]]) -> Floats:
        """Margins of distinct texts, in batches of similar length."""
        found = np.full((len(texts), len(COLUMNS)), _NOTHING, np.float32)
        order = sorted(range(len(texts)), key=lambda n: len(texts[n][0]))
        for start in range(0, len(order), BATCH):
            rows = order[start : start + BATCH]
            parts = [TextPart(name="text", text=texts[n][0], lang=texts[n][1]) for n in rows]
            for one in self.detectors:
                for row, answer in zip(rows, one.predict(parts), strict=True):
                    for signal in signals_of(answer):
                        if signal.label not in _AT:
                            continue
                        least = self.limits.get(signal.label, limit(one.card, signal.label))
                        at = _AT[signal.label]
                        found[row, at] = max(found[row, at], signal.score - least)
        found[:, _AT[ANY]] = found.max(axis=1)
        return found


def columns(labels: Mapping[str, int]) -> list[int]:
    """The columns of a text's own labels."""
    return [_AT[label] for label, value in labels.items() if value == 1]
