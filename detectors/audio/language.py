"""Which language a transcript is in: the recogniser's word, checked by the text itself."""

from collections.abc import Sequence
from typing import Final, Protocol

from opencc import OpenCC
from py3langid.langid import MODEL_FILE, LanguageIdentifier

from detectors.audio.hearing import Heard

_SURE: Final = 0.5
"""Probability from which on the recogniser, which hears the sounds, is believed."""
_TEXT_SURE: Final = 0.9
_CHINESE: Final = frozenset({"zh", "yue"})
_MIN_LETTERS: Final = 20
"""In shorter texts py3langid guesses."""


class Language(Protocol):
    """Tells the language of a text."""

    def of(self, text: str, /) -> tuple[str, float] | None:
        """Gives primary subtag and probability; None for a text too short to tell."""


class TextLanguage:
    """py3langid: 97 languages by their letters."""

    def __init__(self) -> None:
        """Loads the model, a fifth of a second."""
        self._identifier = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)

    def of(self, text: str, /) -> tuple[str, float] | None:
        """Gives primary subtag and probability; None for a text too short to tell."""
        n_letters = sum(1 + (one > "\u2e7f") for one in text if one.isalpha())
        if n_letters < _MIN_LETTERS:
            return None
        lang, probability = self._identifier.classify(text)
        return str(lang), float(probability)


class Script:
    """OpenCC: Chinese in simplified characters."""

    def __init__(self) -> None:
        """Loads the tables, a hundredth of a second."""
        self._opencc = OpenCC("t2s")

    def written(self, text: str, lang: str) -> str:
        """Gives the text as the detectors of text know it best.

        Sounds have no script: whether a recogniser writes Chinese in traditional or simplified
        characters is its own choice, and says nothing of the speaker.
        """
        return self._opencc.convert(text) if lang in _CHINESE else text


def spoken(heard: Sequence[Heard], by_text: Language) -> str | None:
    """Gives the language of most of what was heard; None where nothing was.

    Where the recogniser is unsure of a stretch and its words are surely of another language, the
    words decide.
    """
    weights: dict[str, float] = {}
    for one in heard:
        seconds = sum(phrase.end_s - phrase.start_s for phrase in one.phrases)
        if not one.phrases:
            continue
        lang = one.lang
        if one.lang_probability < _SURE:
            told = by_text.of(" ".join(phrase.text for phrase in one.phrases))
            if told is not None and told[1] >= _TEXT_SURE:
                lang = told[0]
        weights[lang] = weights.get(lang, 0.0) + seconds
    return max(weights, key=weights.__getitem__) if weights else None
