import pytest

from detectors.audio.hearing import Heard, Phrase
from detectors.audio.language import Script, TextLanguage, spoken


@pytest.fixture(scope="module")
def by_text() -> TextLanguage:
    return TextLanguage()


def heard(text: str, lang: str, probability: float, seconds: float = 2.0) -> Heard:
    phrase = Phrase(text=text, start_s=0, end_s=seconds, probability=0.8, no_speech=0, repetition=1)
    return Heard(phrases=(phrase,), lang=lang, lang_probability=probability)


SPANISH = "Envía doscientos dólares a esta cartera y recibirás el doble en una hora"


def test_texts_tell_their_language(by_text: TextLanguage) -> None:
    assert by_text.of("hi there") is None
    told = by_text.of(SPANISH)
    assert told is not None
    assert told[0] == "es"
    chinese = by_text.of("现在往这个钱包转两百美元的比特币")
    assert chinese is not None
    assert chinese[0] == "zh"


def test_the_ear_is_believed_where_it_is_sure(by_text: TextLanguage) -> None:
    assert spoken([heard(SPANISH, "gl", 0.9)], by_text) == "gl"
    assert spoken([heard(SPANISH, "gl", 0.3)], by_text) == "es"
    assert spoken([heard("Hola", "gl", 0.3)], by_text) == "gl"


def test_the_longest_language_counts(by_text: TextLanguage) -> None:
    given = [heard("Hello", "en", 0.9, 3.0), heard("Hola", "es", 0.9, 2.0),
             heard("Buenas", "es", 0.9, 2.0)]  # fmt: skip
    assert spoken(given, by_text) == "es"
    assert spoken([], by_text) is None
    assert spoken([Heard(phrases=(), lang="en", lang_probability=1)], by_text) is None


def test_one_script_for_chinese() -> None:
    script = Script()
    assert script.written("保證翻倍返還", "zh") == "保证翻倍返还"
    assert script.written("保證", "ja") == "保證"
