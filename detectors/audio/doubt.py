"""What a recogniser made up: words for noise and music, and words that go round in circles."""

import re
from typing import Final

from msgspec.structs import replace

from detectors.audio.hearing import Phrase
from detectors.audio.whisper import MAX_REPETITION, repetition

_MIN_PROBABILITY: Final = 0.2
"""Geometric mean of a phrase's pieces; below, the words are noise. Not below OpenAI's 0.37
(`logprob_threshold` -1): poor lines lie between, and what they say must not be lost."""
_NO_SPEECH: Final = 0.6
_LIKELY: Final = 0.5
_CREDITS: Final = re.compile(
    r"(?i)^\W*(?:"
    r"thank(?:s| you)(?: (?:so|very) much)?(?: for (?:watching|listening))?"
    r"|please (?:like and )?subscribe.*|you|bye(?:[ -]bye)?"
    r"|subtitles? by .*|amara\.org.*|.*\bamara\.org\b.*"
    r"|субтитры .*|продолжение следует.*|редактор субтитров .*|спасибо за (?:просмотр|внимание)"
    r"|subtítulos .*|gracias por ver.*|legendas? .*|obrigado por assistir"
    r"|sous-titr.*|merci d'avoir regardé.*|untertitel.*|vielen dank fürs zuschauen"
    r"|altyazı.*|izlediğiniz için teşekkür.*"
    r"|(?:请不吝)?(?:点赞|點贊).*|字幕.*|.*(?:谢谢|感谢)(?:大家)?(?:观看|收看).*"
    r"|ご視聴ありがとうございました|시청해주셔서 감사합니다"
    r")\W*$"
)
"""What Whisper says to silence, noise and music: the ends of the films that it learnt from."""
_MAX_LOOP_WORDS: Final = 12
_MAX_ROUNDS: Final = 3


def credible(phrase: Phrase, speech_probability: float) -> Phrase | None:
    """Gives a phrase without the rounds it turned in; None where it was made up.

    Args:
        phrase: As heard.
        speech_probability: That it is speech at all, by voice activity.
    """
    if not phrase.text or phrase.probability < _MIN_PROBABILITY:
        return None
    if phrase.no_speech > _NO_SPEECH and phrase.probability < _LIKELY:
        return None
    is_doubtful = speech_probability < 0.75 or phrase.no_speech > 0.3 or phrase.probability < 0.4  # noqa: PLR2004
    if is_doubtful and _CREDITS.match(phrase.text):
        return None
    if phrase.repetition > MAX_REPETITION:
        text = unlooped(phrase.text)
        return replace(phrase, text=text, repetition=repetition(text))
    return phrase


def unlooped(text: str) -> str:
    """Cuts runs of words, or of characters where no spaces are written, said over three times."""
    words = text.split(" ")
    shorter = " ".join(_unlooped(words))
    if len(words) < _MAX_ROUNDS:
        shorter = "".join(_unlooped(list(shorter)))
    return shorter


def _unlooped(pieces: list[str]) -> list[str]:
    kept: list[str] = []
    for piece in pieces:
        kept.append(piece)
        for length in range(1, _MAX_LOOP_WORDS + 1):
            span = length * (_MAX_ROUNDS + 1)
            tail = kept[-span:]
            if len(tail) == span and tail[:-length] == tail[length:]:
                del kept[-length:]
                break
    return kept
