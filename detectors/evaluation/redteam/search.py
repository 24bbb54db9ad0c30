"""The black-box search: few questions to the detectors, the smallest change that hides a text.

Like TextBugger (Li et al., 2019) without gradients: the words whose deletion lowers the score most
are changed first, each by the perturbation that lowers it most.
"""

import re
from collections.abc import Generator
from random import Random
from typing import Final

from msgspec import Struct

from detectors.evaluation.redteam import wording
from detectors.evaluation.redteam.lexicon import synonyms
from detectors.evaluation.redteam.obfuscations import OBFUSCATIONS

Asking = Generator[list[str], list[float], "Found"]
"""Yields texts to be judged, is sent their margins in order, ends with what was found."""

_UNIT: Final = re.compile(r"[\u3040-\u30ff\u3400-\u9fff]{1,2}|[^\s\u3040-\u30ff\u3400-\u9fff]+")
_OBFUSCATIONS: Final = (
    "cyrillic_homoglyphs",
    "latin_homoglyphs",
    "mixed_homoglyphs",
    "zero_width",
    "leetspeak",
    "punctured",
    "stretched",
    "accented",
)
_SHARE_DELETED: Final = 0.5
"""Most of the budget that the ranking of words may use."""


class Found(Struct, frozen=True):
    """Where a search ended; `margin` below 0: no label of the text is flagged any more."""

    text: str
    margin: float
    n_queries: int


def search(text: str, lang: str, rng: Random, budget: int) -> Asking:
    """Looks for a text that is not flagged, with at most `budget` questions.

    Margins are the highest score less its threshold over the labels that were flagged.
    """
    units = [found.span() for found in _UNIT.finditer(text)]
    most = int(budget * _SHARE_DELETED)
    if len(units) > most:
        longest = sorted(units, key=lambda unit: (unit[0] - unit[1], unit[0]))
        units = sorted(longest[:most])
    margins = yield [text[:start] + text[end:] for start, end in units]
    n_queries = len(units)
    ranked = sorted(zip(margins, units, strict=True))
    best, best_margin = text, float("inf")
    changed: dict[tuple[int, int], str] = {}
    for _, unit in ranked:
        tries = _perturbations(text[slice(*unit)], lang, rng)[: budget - n_queries]
        if not tries:
            continue
        texts = [_applied(text, changed | {unit: one}) for one in tries]
        margins = yield texts
        n_queries += len(texts)
        margin, at = min(zip(margins, range(len(tries)), strict=True))
        if margin < best_margin:
            best, best_margin = texts[at], margin
            changed[unit] = tries[at]
        if best_margin < 0 or n_queries >= budget:
            break
    return Found(best, best_margin, n_queries)


def _perturbations(word: str, lang: str, rng: Random) -> list[str]:
    """Ways to write one word that a reader still takes for it, without repeats."""
    tries = [OBFUSCATIONS[name](word, rng) for name in _OBFUSCATIONS]
    tries += [
        change(word, lang, rng)
        for change in (wording.swapped, wording.misspelt, wording.devowelled, wording.broken)
    ]
    tries += synonyms(lang).get(word.lower(), ())
    tries.append(f"{word[0]} {word[1:]}" if len(word) > 1 else word)
    return [one for one in dict.fromkeys(tries) if one != word]


def _applied(text: str, changed: dict[tuple[int, int], str]) -> str:
    shown, at = "", 0
    for (start, end), word in sorted(changed.items()):
        shown += text[at:start] + word
        at = end
    return shown + text[at:]
