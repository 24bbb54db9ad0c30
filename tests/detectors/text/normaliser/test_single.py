"""Single damaged words in texts that are otherwise as people write them."""

import pytest

from detectors.text.normaliser.normaliser import variants
from schemas.signals import Span
from tests.detectors.text.normaliser.test_laws import check_origins

DAMAGED = [
    # broken by a space
    ("Y ou are a nice person", "You are a nice person", "broken"),
    ("she is a good fri end of mine", "she is a good friend of mine", "broken"),
    ("send m e the new pictures", "send me the new pictures", "broken"),
    ("please s end me the letter", "please send me the letter", "broken"),
    ("necesito el din ero hoy mismo", "necesito el dinero hoy mismo", "broken"),
    ("voce é um a migo muito bom", "voce é um amigo muito bom", "broken"),
    ("tu es un garç on formidable", "tu es un garçon formidable", "broken"),
    ("er hat sein G eld in der Tasche", "er hat sein Geld in der Tasche", "broken"),
    ("jestem dziś bardzo szczęśl iwy", "jestem dziś bardzo szczęśliwy", "broken"),
    ("я тебя люб лю и буду ждать", "я тебя люблю и буду ждать", "broken"),
    # broken by a sign, or with a sign for a letter
    ("I hope you never wa.ke up late", "I hope you never wake up late", "masked"),
    ("we found your hou-se today", "we found your house today", "masked"),
    ("give me your w*llet now", "give me your wallet now", "masked"),
    ("the n_ighbour is at home", "the neighbour is at home", "masked"),
    ("where is my w🔥llet now", "where is my wallet now", "masked"),
    ("necesito el d*nero hoy mismo", "necesito el dinero hoy mismo", "masked"),
    ("где мои д*ньги сегодня", "где мои деньги сегодня", "masked"),
    # one slip, or all vowels left out
    ("meet me at the offce at noon", "meet me at the office at noon", "spelling"),
    ("we wnated to go to the beach", "we wanted to go to the beach", "spelling"),
    ("Tomorow we go to the beach", "Tomorrow we go to the beach", "spelling"),
    ("el próximo vienres vamos a la playa", "el próximo viernes vamos a la playa", "spelling"),
    ("сегодня очень хоршая погода", "сегодня очень хорошая погода", "spelling"),
    ("The quick brwn fox", "The quick brown fox", "spelling"),
    # a digit at an end
    ("throw it 0u7 of the house", "throw it out of the house", "leet"),
    ("we can 8uy it before noon", "we can buy it before noon", "leet"),
    # scripts whose first letters or marks stand apart
    ("तुम ब ेवकूफ़ हो", "तुम बेवकूफ़ हो", "broken"),
    ("أ دخل ك لمة المرور", "أدخل كلمة المرور", "broken"),
    ("I know where you live and I w ill come", "I know where you live and I will come", "broken"),
    ("mày là đ ồ chơi của tôi", "mày là đồ chơi của tôi", "broken"),
    # false accents
    ("this is not what you shoùld do", "this is not what you should do", "accented"),
    ("he keeps to the guiḍelinĕŝ", "he keeps to the guidelines", "accented"),
    ("et puìs je vais à la maison", "et puis je vais à la maison", "accented"),
    # several at once
    ("Y ou left your w*llet in the offce", "You left your wallet in the office", "masked"),
    ("she was nkaed o n camera", "she was naked on camera", "spelling"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "shown", "step"), DAMAGED)
def test_one_damaged_word_is_put_right(text: str, shown: str, step: str) -> None:
    (found,) = variants(text)
    assert found.text == shown
    assert step in found.steps
    check_origins(text, found)


def test_a_stretched_word_that_nobody_knows_is_squeezed() -> None:
    (found,) = variants("the house of the Blorpiiiiinger is old")
    assert found.text == "the house of the Blorpinger is old"


def test_a_span_is_the_damaged_word() -> None:
    (found,) = variants("Y ou left your w*llet in the offce")
    assert found.span(0, 3) == Span(0, 4)
    assert found.span(14, 20) == Span(15, 21)
    assert found.span(28, 34) == Span(29, 34)


@pytest.mark.parametrize(
    "text",
    [
        "I have a cat, and a dog",
        "y o también, e hijos u otros",
        "я и он, а с ней к морю о том",
        "a i o, z domu w lesie",
        "options a b c and d e f",
        "J Smith met John F Kennedy and O Henry",
        "vitamin C is good, plan B is better, T shirts too",
        "CALL DA FONE PUTTIN ME DOWN",
        "r u ok, c u there, y do u ask",
        "it s time, i m here, don t ask, that s all, he s end of story",
        "at 5 p m or 10 a m, 3 k and 7 s",
        "$BRK.B and $SHOP.TO are up, BTC.D is down",
        "for ever and ever, some one said, day care is dear",
        "a stable coin of the share holders",
        "well-known re-entry, co-owner, e-mail, x-ray and T-shirt",
        "see node.js and readme.md, ok.so what",
        "my friend Jhon and her son Micheal are here",
        "gonna, wanna, kinda, sorta, dunno, lemme",
        "a café, a naïve fiancée and her résumé",
        "Beyoncé and Zoë met Núñez in Málaga",
        "mañana comeré piña con mi abuelita",
        "hmmmmm, aaaaaah, yesssss, brrrrr",
        "x * y = z, 2*3, a_b, foo_bar, snake_case",
        "l amour d un jour, c est la vie",
    ],
)
def test_what_people_write_is_left_alone(text: str) -> None:
    assert not {"broken", "masked", "accented", "spelling"} & {
        step for one in variants(text) for step in one.steps
    }


@pytest.mark.parametrize(
    "text",
    [
        "the fri end " * 5_000,
        "the " + "m e " * 5_000,
        "the w*llet " * 5_000,
        "the offce " * 5_000,
        "the shoùld " * 5_000,
        "the a" + "*" * 20_000,
        "the " + "a*" * 10_000,
        "the " + "aé" * 10_000,
        "the fooooobar" * 2_000,
        "the " + "aaaa" * 4_000,
        "the " + "aaaab" * 3_000,
    ],
)
def test_long_texts_are_read_to_their_bounds(text: str) -> None:
    """A cost that grew with the square of the length would keep this from ending."""
    for one in variants(text):
        check_origins(text, one)
