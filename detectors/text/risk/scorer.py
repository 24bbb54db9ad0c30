"""The model over readings: each text once, from the cache where it was read before."""

from collections.abc import Iterable, Sequence
from typing import Final

import numpy as np
import numpy.typing as npt
from tokenizers import Tokenizer

from detectors.session import Session
from detectors.text.risk.cache import Cache, Scored
from detectors.text.risk.windows import MAX_TOKENS, WINDOW_TOKENS, n_read, split, starts

Scores = npt.NDArray[np.float32]

_NOTHING: Final[dict[str, Scored]] = {}


class Scorer:
    """Tokenizer, session and cache of one model."""

    def __init__(self, session: Session, tokenizer: Tokenizer, cache: Cache) -> None:
        self._session = session
        self._tokenizer = tokenizer
        self._cache = cache

    def judge(self, groups: Sequence[Sequence[str]]) -> list[list[Scored]]:
        """Scores of each group's texts, in order, as many of its first as `MAX_TOKENS` allows.

        A group's first text is always scored. Answers do not depend on what else is asked, nor on
        what was asked before.
        """
        texts = dict.fromkeys(text for group in groups for text in group)
        found = self._cache.find(texts)
        ids = self._encoded(text for text in texts if text not in found)
        lengths = {text: one.n_tokens for text, one in found.items()}
        lengths.update((text, len(own)) for text, own in ids.items())
        kept = [group[: n_affordable([lengths[text] for text in group])] for group in groups]
        needed = dict.fromkeys(text for group in kept for text in group if text in ids)
        new = self._scored({text: ids[text] for text in needed}) if needed else _NOTHING
        self._cache.keep(new)
        found |= new
        return [[found[text] for text in group] for group in kept]

    def _encoded(self, texts: Iterable[str]) -> dict[str, list[int]]:
        asked = list(texts)
        encoded = self._tokenizer.encode_batch_fast(asked) if asked else ()
        return {text: one.ids for text, one in zip(asked, encoded, strict=True)}

    def _scored(self, ids: dict[str, list[int]]) -> dict[str, Scored]:
        """A text's scores are the highest of its windows'."""
        windows: list[list[int]] = []
        firsts: list[int] = []
        for own in ids.values():
            firsts.append(len(windows))
            windows += split(own)
        scores = self._session.scores(windows)
        rows: Scores = np.maximum.reduceat(scores, firsts)
        return {
            text: Scored(len(own), row.tobytes(), _best(scores[first:end]))
            for (text, own), row, first, end in zip(
                ids.items(), rows, firsts, [*firsts[1:], len(windows)], strict=True
            )
        }

    def stretches(self, text: str) -> list[tuple[int, int]]:
        """First character and last (excluded) of each window of a text, as `judge` cuts it."""
        offsets = self._tokenizer.encode(text, add_special_tokens=False).offsets
        return [
            (offsets[n][0], offsets[min(n + WINDOW_TOKENS, len(offsets)) - 1][1])
            for n in starts(len(offsets))
        ]


def _best(scores: Scores) -> bytes:
    """Which window is highest, a byte for each label; nothing of a single one."""
    return scores.argmax(axis=0).astype(np.uint8).tobytes() if len(scores) > 1 else b""


def n_affordable(lengths: Sequence[int]) -> int:
    """How many of the first texts, of so many tokens each, are within `MAX_TOKENS`, or one."""
    left = MAX_TOKENS
    for n, length in enumerate(lengths):
        left -= n_read(length)
        if left < 0 and n:
            return n
    return len(lengths)
