import pytest

from detectors.audio.doubt import credible, unlooped
from detectors.audio.hearing import Phrase
from detectors.audio.whisper import repetition


def phrase(text: str, probability: float = 0.8, no_speech: float = 0.05) -> Phrase:
    return Phrase(
        text=text, start_s=0, end_s=2, probability=probability, no_speech=no_speech,
        repetition=repetition(text),
    )  # fmt: skip


def test_what_was_clearly_said_is_kept() -> None:
    given = phrase("Send two bitcoin to this wallet.")
    assert credible(given, 0.95) == given


def test_thanks_are_kept_where_someone_surely_speaks() -> None:
    assert credible(phrase("Thank you."), 0.95) is not None


@pytest.mark.parametrize(
    "text",
    ["Thank you.", "Thanks for watching!", "Субтитры сделал кто-то", "Продолжение следует...",
     "字幕由 Amara.org 社区提供", "谢谢大家观看", "Legendas pela comunidade Amara.org",
     "Untertitel im Auftrag des ZDF", "ご視聴ありがとうございました"],
)  # fmt: skip
def test_credits_in_doubtful_sounds_are_made_up(text: str) -> None:
    assert credible(phrase(text, probability=0.35), 0.9) is None
    assert credible(phrase(text), 0.55) is None
    assert credible(phrase(text, no_speech=0.5), 0.9) is None


@pytest.mark.parametrize(
    ("probability", "no_speech", "is_kept"),
    [(0.1, 0.0, False), (0.3, 0.7, False), (0.3, 0.1, True), (0.8, 0.7, True)],
)
def test_words_that_fit_badly(probability: float, no_speech: float, is_kept: bool) -> None:
    found = credible(phrase("buy this token", probability, no_speech), 0.9)
    assert (found is not None) is is_kept


def test_nothing() -> None:
    assert credible(phrase(""), 0.9) is None


def test_rounds_are_cut() -> None:
    found = credible(phrase("go to the moon " * 30), 0.9)
    assert found is not None
    assert found.text.split() == ["go", "to", "the", "moon"] * 3
    assert unlooped("哈" * 50) == "哈哈哈"


def test_what_is_said_thrice_stays() -> None:
    assert unlooped("no no no, not that") == "no no no, not that"
    assert unlooped("a b a b a b c") == "a b a b a b c"
