"""Words that are broken, glued together or misspelt, as they are spelt: one more reading of a text.

Acts on a text only if several of its words are unknown and most of these are put right by the
same few slips; what a single word could mean is nobody's to say.
"""

import itertools
import re
from typing import Final

from detectors.text.normaliser import broken, glued, single, sounds, spelling, vocabulary
from detectors.text.normaliser.lexicon import spelt
from detectors.text.normaliser.mapped import Mapped
from detectors.text.normaliser.payloads import Payload

_MAX_WORDS: Final = 400
_N_LANGUAGES: Final = 2
"""How many languages a text is tried in."""
_MIN_SURE: Final = 2
_MIN_ENOUGH: Final = 0.05
_FEW_WORDS: Final = 2
_MIN_RIGHT: Final = 0.6
"""Of the words of a text in a language that is known, so many are known once put right."""


def read(given: Mapped, *, is_damaged: bool) -> list[Payload]:
    """The text with its words put right: all if many may be wrong, and those that surely are."""
    whole, steps = _all(given) if is_damaged else (given, [])
    whole, further = single.mend(whole)
    steps += (one for one in further if one not in steps)
    return [Payload(whole, tuple(steps))] if steps else []


def _all(given: Mapped) -> tuple[Mapped, list[str]]:
    """The text with its words put right, if enough of them are wrong."""
    whole, steps = sounds.fold(given), list[str]()
    if whole.text != given.text:
        steps.append("sounds")
    apart = glued.split(whole)
    if apart.text != whole.text:
        whole = apart
        steps.append("glued")
    joined = _joined(whole)
    if joined is not None:
        whole = joined
        steps.append("broken")
    corrected = _corrected(whole)
    if corrected is not None:
        whole = corrected
        steps.append("spelling")
    return whole, steps


def _found(text: str) -> list[re.Match[str]]:
    return list(itertools.islice(spelling.WORD.finditer(text), _MAX_WORDS))


def _languages(found: list[re.Match[str]]) -> list[str]:
    return vocabulary.languages([spelt(one[0]) for one in found])[:_N_LANGUAGES]


def _joined(given: Mapped) -> Mapped | None:
    found = _found(given.text)
    tried = [broken.joins(given.text, found, vocabulary.words(lang)) for lang in _languages(found)]
    best = max(tried, key=lambda one: one.score, default=None)
    if best is None or not _is_enough(best.n_sure, len(found)):
        return None
    return given.edited(best.edits)


def _corrected(given: Mapped) -> Mapped | None:
    found = _found(given.text)
    tried = [spelling.corrections(found, lang) for lang in _languages(found)]
    best = max(tried, key=lambda one: one.score, default=None)
    if best is None or not _is_enough(len(best.sure), len(found)):
        return None
    n_right = best.n_known + len(best.sure) + len(best.unsure)
    if n_right < _MIN_RIGHT * len(found):
        return None
    return given.edited(sorted(best.sure + best.unsure))


def _is_enough(n_sure: int, n_words: int) -> bool:
    """Whether so many words show that the text is written so: one does in a short text."""
    if n_sure < _MIN_ENOUGH * n_words:
        return False
    return n_sure >= _MIN_SURE or (n_sure == 1 and n_words <= _FEW_WORDS)
