"""Words that are broken, glued together, misspelt or written in another script."""

from pathlib import Path

import pytest

from detectors.text.normaliser import vocabulary
from detectors.text.normaliser.lexicon import frequency
from detectors.text.normaliser.normaliser import variants
from detectors.text.normaliser.spelling import corrected
from schemas.signals import Span
from tests.detectors.text.normaliser.test_laws import check_origins

DAMAGED = [
    # letters exchanged, left out, doubled
    ("please sned the moeny to my wlalet", "please send the money to my wallet", "spelling"),
    ("por favor evnía el dienro a mi ceunta", "por favor envía el dinero a mi cuenta", "spelling"),
    (
        "пожалуйста отрпавьте мне двести рулбей",
        "пожалуйста отправьте мне двести рублей",
        "spelling",
    ),
    ("lütfen bana paryaı hemen gödner", "lütfen bana parayı hemen gönder", "spelling"),
    (
        "I can't belive that my moter is hapyp",
        "I can't believe that my mother is happy",
        "spelling",
    ),
    ("the weatther is verry good", "the weather is very good", "spelling"),
    # vowels left out
    (
        "the wthr is so btfl in the mntns",
        "the weather is so beautiful in the mountains",
        "spelling",
    ),
    (
        "este es un prblma muy grnd para la ciudd",
        "este es un problema muy grande para la ciudad",
        "spelling",
    ),
    # broken
    (
        "the wea ther is beau tiful in the mount ains",
        "the weather is beautiful in the mountains",
        "broken",
    ),
    (
        "das wet ter ist heute sehr schö n im geb irge",
        "das wetter ist heute sehr schön im gebirge",
        "broken",
    ),
    # glued together
    ("TheWeatherIsBeautifulInTheMountains", "The Weather Is Beautiful In The Mountains", "glued"),
    (
        "theweatherisbeautifulinthemountainstoday",
        "the weather is beautiful in the mountains today",
        "glued",
    ),
    (
        "сегодняоченьхорошаяпогодаимыидемгулять",
        "сегодня очень хорошая погода и мы идем гулять",
        "glued",
    ),
    (
        "look:SeeTheOldHouseAtHttps://a.example/SomePath",
        "look: See The Old House At Https://a.example/SomePath",
        "glued",
    ),
    # in another script
    (
        "Send the мони to the банк for the тикет",
        "Send the many to the bank for the ticket",
        "sounds",
    ),
    (
        "сегодня очень khoroshaya погода и мы poydyom гулять",
        "сегодня очень хорошая погода и мы пойдём гулять",
        "sounds",
    ),
    (
        "segodnya khoroshaya pogoda, poydyom gulyat v park",
        "сегодня хорошая погода, пойдём гулять в парк",
        "romanised_ru",
    ),
    ("a7b an atklm m3k alywm", "احب ان اتكلم معك اليوم", "romanised_ar"),
]


@pytest.mark.parametrize(("text", "shown", "step"), DAMAGED)
def test_damaged_words_are_put_right(text: str, shown: str, step: str) -> None:
    found = [one for one in variants(text) if one.text == shown]
    assert [step in one.steps for one in found] == [True]
    check_origins(text, found[0])


def test_a_span_is_the_damaged_word() -> None:
    text = "please sned the moeny to my wlalet"
    (found,) = variants(text)
    assert found.span(16, 21) == Span(16, 21)
    (found,) = variants("the wea ther is beau tiful in the mount ains")
    assert found.span(4, 11) == Span(4, 12)
    (found,) = variants("TheWeatherIsBeautifulInTheMountains")
    assert found.text[4:11] == "Weather"
    assert found.span(4, 11) == Span(3, 10)


ORDINARY = [
    "Tom met Szczepan and Wojtek in Krosno",
    "My dog Fluffykins chased the Wibbleton cat",
    "gonna be a lil late tmrw sry",
    "New York and Los Ange les are big",
    "come in to day care, some one may be there for ever",
    "GitHub, YouTube, JavaScript and MetaMask use camel case",
    "see #ThrowbackThursday and the OpenSource fans",
    "call getUserName(), then setDefaultValue()",
    "Rechtsschutzversicherungsgesellschaften sind teuer",
    "Çekoslovakyalılaştıramadıklarımızdan mısınız?",
    "Epäjärjestelmällistyttämättömyydellänsäkään ei ole väliä",
    "De arbeidsongeschiktheidsverzekering is aangevraagd",
    "Bu cihazla işaretle, sonra donanımlar güncellensin",
    "Tropische Stürme in der Karibik",
    "Wi isch s Wätter hüt z Bärn?",
    "Hoy cenamos cachopo y unos culines",
    "Владимир Маяковский жил в Багдати, потом в Кутаиси",
    "IT-компания Yandex запустила новый сервис Market",
    "Она сказала: hello my friend и ушла",
    "The letter from моя сестра is in Russian",
    "Маған Limit of Love телешоуды көрсет",
    "Habari za asubuhi, unaendeleaje leo?",
    "Gaur eguraldi ona dago mendian",
    "Magandang umaga, kumusta ka na?",
    "قرأت كتاب Harry Potter في يومين",
    "मुझे WhatsApp पर Google Maps का link भेजो",
]


@pytest.mark.parametrize("text", ORDINARY)
def test_names_slang_and_compounds_are_left_alone(text: str) -> None:
    assert variants(text) == ()


@pytest.mark.parametrize(
    "text",
    [
        "x" * 50_000,
        "qwrtp" * 10_000,
        "theweatherisgood" * 3_000,
        "TheWeatherIsGood" * 3_000,
        "moeny wlalet " * 5_000,
        "zxqj " * 10_000,
        "wea ther " * 5_000,
        "мони the " * 5_000,
        "khoroshaya pogoda " * 3_000,
        "a7b m3k " * 5_000,
        "the " + " ".join(f"{'bcdfg' * 4}{n:x}" for n in range(3_000)),
    ],
)
def test_damaged_texts_of_any_length_are_read_to_their_bounds(text: str) -> None:
    """A cost that grew with the square of the length would keep this from ending."""
    for variant in variants(text):
        check_origins(text, variant)


def test_a_vocabulary_has_words_that_the_lexicon_knows() -> None:
    known = vocabulary.words("en")
    assert known["the"] > known["wallet"] > 0
    common = list(known)[:2_000]
    assert sum(frequency(word) > 0 for word in common) == len(common)


def test_a_language_is_told_by_its_frequent_words() -> None:
    assert vocabulary.languages(["the", "money", "to", "your"])[0] == "en"
    assert vocabulary.languages(["para", "la", "ciudad", "muy"])[0] == "es"
    assert vocabulary.languages(["и", "не", "на", "что"])[0] == "ru"
    assert vocabulary.languages(["zxqj"]) == []
    assert vocabulary.languages([]) == []


def test_another_file_is_no_vocabulary(tmp_path: Path) -> None:
    path = tmp_path / "vocabulary.bin"
    path.write_bytes(b"TGLX")
    with pytest.raises(ValueError, match="no vocabulary"):
        vocabulary.load(path)


def test_a_word_far_from_any_other_has_no_correction() -> None:
    assert corrected("wlalet", "en") == ("wallet", vocabulary.words("en")["wallet"])
    assert corrected("zxqjkv", "en") is None
