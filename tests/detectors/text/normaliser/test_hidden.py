"""Hidden texts, which are read."""

import pytest

from detectors.text.normaliser.normaliser import variants
from schemas.signals import Span

CHARACTERS = [
    # look-alikes
    ("Pleаse сonfirm уour pаyment", "Please confirm your payment", "script"),
    ("Ꮲleasҽ ⅽonfirm yοur раyment", "Please confirm your payment", "script"),
    ("Пoжaлyйcтa, oтпpaвьтe дeньги", "Пожалуйста, отправьте деньги", "script"),
    ("Der Schlüssеl gehört dіr", "Der Schlüssel gehört dir", "script"),
    ("La сartera está аquí", "La cartera está aquí", "script"),
    ("Cüzdаn аdresini gönder", "Cüzdan adresini gönder", "script"),
    # invisible characters and bidirectional controls
    ("con\u200bfirm yo\u2060ur wal\u00adlet", "confirm your wallet", "invisible"),
    ("отп\u200bравь день\ufeffги", "отправь деньги", "invisible"),
    ("محف\u200bظة جد\u200dيدة", "محفظة جديدة", "invisible"),
    ("领\u200b取代\u2060币", "领取代币", "invisible"),
    ("\u202etellaw ruoy\u202c here", "your wallet here", "invisible"),
    ("wal\u200elet ad\u2066dre\u2069ss", "wallet address", "invisible"),
    # leetspeak
    ("c0nf1rm y0ur w4ll3t", "confirm your wallet", "leet"),
    ("p@ssw0rd for my ca$h", "password for my cash", "leet"),
    ("m1 d1n3r0 gr@tis", "mi dinero gratis", "leet"),
    ("к0шел3к д3ньги", "кошелек деньги", "leet"),
    ("/\\/\\oney in the |_|niverse", "money in the universe", "leet"),
    ("y0ur fr33 airdrop! g3m", "your free airdrop! gem", "leet"),
    # letters set apart
    ("c o n f i r m   y o u r   w a l l e t", "confirm your wallet", "spaced"),
    ("s e n d t h e m o n e y", "send the money", "spaced"),
    ("c.o.n.f.i.r.m y.o.u.r w.a.l.l.e.t", "confirm your wallet", "spaced"),
    ("c-o-n-f-i-r-m the w_a_l_l_e_t", "confirm the wallet", "spaced"),
    ("о т п р а в ь   д е н ь г и", "отправь деньги", "spaced"),
    ("e n v i a   d i n e r o", "envia dinero", "spaced"),
    ("加 微 信 领 取", "加微信领取", "spaced"),
    ("加*微*信", "加微信", "spaced"),
    ("텔 레 그 램", "텔레그램", "spaced"),
    ("con|firm your wa~llet", "confirm your wallet", "spaced"),
    ("w\na\nl\nl\ne\nt", "wallet", "spaced"),
    # repeated letters
    ("connnnnfirm yourrrr walletttt", "confirm your wallet", "repeats"),
    ("ddeenneerroo ggrraattiiss", "denero gratis", "repeats"),
    ("оооотправь деееееньги", "отправь деньги", "repeats"),
    # fancy letters
    ("𝓬𝓸𝓷𝓯𝓲𝓻𝓶 𝔂𝓸𝓾𝓻 𝔀𝓪𝓵𝓵𝓮𝓽", "confirm your wallet", "styled"),
    ("ⓒⓞⓝⓕⓘⓡⓜ 🅆🄰🄻🄻🄴🅃", "confirm WALLET", "styled"),
    ("🅲🅾🅽🅵🅸🆁🅼 🅦🅐🅛🅛🅔🅣", "CONFIRM WALLET", "styled"),
    ("🇼 🇦 🇱 🇱 🇪 🇹", "WALLET", "styled"),
    ("🇼🇦🇱🇱🇪🇹", "WALLET", "styled"),
    ("ｃｏｎｆｉｒｍ　ｗａｌｌｅｔ", "confirm　wallet", "styled"),
    ("ᴄᴏɴꜰɪʀᴍ ʏᴏᴜʀ ᴡᴀʟʟᴇᴛ", "confirm your wallet", "styled"),
    ("ᶜᵒⁿᶠⁱʳᵐ ʷᵃˡˡᵉᵗ", "confirm wallet", "styled"),
    ("🅱️itcoin giveaway", "Bitcoin giveaway", "styled"),
    # marks and accents
    ("c̶o̶n̶f̶i̶r̶m̶ w̶a̶l̶l̶e̶t̶", "confirm wallet", "marks"),
    ("ç̷̛ͦ".replace("ç", "c") + "ash a̴̡͊d̶̢͝d̷̡͠", "cash add", "marks"),
    ("çôńfïřm ÿôûŕ wăľłét", "confirm your wallet", "accents"),
    # case
    ("cOnFiRm YoUr WaLlEt", "confirm your wallet", "case"),
    # markup
    ("con<b></b>firm your wal<!-- x -->let", "confirm your wallet", "markup"),
    ("&#99;onfirm &#x77;allet &lt;now&gt;", "confirm wallet <now>", "markup"),
    ("&amp;#99;onfirm it", "confirm it", "markup"),
    ("con**firm your wal**let", "confirm your wallet", "spaced"),
    ("wal[le](x)t", "wallet", "markup"),
    ("%63%6f%6e%66%69%72%6d it", "confirm it", "markup"),
    ("%2563%256f%256e%2566%2569%2572%256d it", "confirm it", "markup"),
    ("\\u0063\\u006f\\u006e\\u0066\\u0069\\u0072\\u006d it", "confirm it", "markup"),
    # several at once
    ("c 0 n f 1 r m   y 0 u r   w 4 l l 3 t", "confirm your wallet", "spaced"),
    ("𝓬\u200b𝓸𝓷f\u200bіrm &#119;4ll3t", "confirm wallet", "leet"),
]


@pytest.mark.parametrize(("text", "shown", "step"), CHARACTERS)
def test_a_character_level_obfuscation_is_undone(text: str, shown: str, step: str) -> None:
    found = variants(text)
    assert found[0].text == shown
    assert step in found[0].steps


PAYLOADS = [
    ("look: Y29uZmlybSB5b3VyIHdhbGxldA==", "confirm your wallet", ("base64",)),
    ("0L7RgtC/0YDQsNCy0Ywg0LTQtdC90YzQs9C4", "отправь деньги", ("base64",)),
    ("WTI5dVptbHliU0I1YjNWeUlIZGhiR3hsZEE9PQ==", "confirm your wallet", ("base64", "base64")),
    ("636f6e6669726d20796f75722077616c6c6574", "confirm your wallet", ("hex",)),
    ("63 6f 6e 66 69 72 6d 20 69 74", "confirm it", ("hex",)),
    ("MNXW4ZTJOJWSA6LPOVZCA53BNRWGK5A=", "confirm your wallet", ("base32",)),
    ("01110011 01100101 01101110 01100100", "send", ("binary",)),
    ("99 111 110 102 105 114 109 32 105 116", "confirm it", ("decimal",)),
    (".-- .- .-.. .-.. . - / -. --- .--", "wallet now", ("morse",)),
    ("pbasvez lbhe jnyyrg cyrnfr", "confirm your wallet please", ("rot13",)),
    ("xlmurin blfi dzoovg kovzhv", "confirm your wallet please", ("atbash",)),
    ("esaelp tellaw ruoy mrifnoc", "confirm your wallet please", ("reversed",)),
    ("mrifnoc ruoy tellaw esaelp.", "confirm your wallet please.", ("reversed",)),
    ("атсйулажоп игьнед ьварпто", "отправь деньги пожалуйста", ("reversed",)),
    ("ʇǝllɐʍ ɹnoʎ ɯɹᴉɟuoɔ", "confirm your wallet", ("turned",)),
    ("privet, otprav dengi seychas", "привет, отправь деньги сейчас", ("romanised_ru",)),
    ("mujhe abhi paise bhejo bhai", "मुझे अभी पैसे भेजो भाई", ("romanised_hi",)),
    ("ya habibi ana 3ayez flous", "يا حبيبي انا عايز فلوس", ("romanised_ar",)),
    (
        "Nice day" + "".join(chr(0xE0000 + ord(c)) for c in "confirm your wallet"),
        "confirm your wallet",
        ("tags",),
    ),
    (
        "☺" + "".join(chr(0xE0100 + c - 16) for c in b"confirm your wallet"),
        "confirm your wallet",
        ("selectors",),
    ),
]


@pytest.mark.parametrize(("text", "shown", "steps"), PAYLOADS)
def test_a_payload_is_a_variant_of_its_own(text: str, shown: str, steps: tuple[str, ...]) -> None:
    assert (shown, steps) in [(one.text, one.steps) for one in variants(text)]


def test_a_payload_is_itself_normalised() -> None:
    found = variants("YzBuZjFybSB5MHVyIHc0bGwzdA==")  # c0nf1rm y0ur w4ll3t
    assert [(one.text, one.steps) for one in found] == [("confirm your wallet", ("base64", "leet"))]


def test_a_payload_stands_for_its_whole_encoded_form() -> None:
    (found,) = variants("look: Y29uZmlybSB5b3VyIHdhbGxldA== now")
    assert found.span(0, 7) == Span(6, 34)


def test_nested_payloads_are_read_to_a_depth_of_three() -> None:
    text = "V1RJNWRWcHRiSGxpVTBJMVlqTldlVWxJWkdoaVIzaHNaRUU5UFE9PQ=="
    assert [one.text for one in variants(text)] == ["confirm your wallet"]


def test_at_most_twelve_variants_are_given() -> None:
    payloads = "Y29uZmlybSB5b3VyIHdhbGxldA== c2VuZCB0aGUgbW9uZXkgbm93 "
    assert len(variants(payloads * 20)) <= 12


@pytest.mark.parametrize(
    ("text", "word", "origin"),
    [
        ("my w4ll3t now", "wallet", "w4ll3t"),
        ("my w a l l e t now", "wallet", "w a l l e t"),
        ("my wal\u200blet now", "wallet", "wal\u200blet"),
        ("my &#119;allet now", "wallet", "&#119;allet"),
        ("my wаllеt now", "wallet", "wаllеt"),
        ("my wallllletttt now", "wallet", "wallllletttt"),
        ("my 𝔀𝓪𝓵𝓵𝓮𝓽 now", "wallet", "𝔀𝓪𝓵𝓵𝓮𝓽"),
    ],
)
def test_a_word_maps_back_to_what_was_written(text: str, word: str, origin: str) -> None:
    (found,) = variants(text)
    at = found.text.index(word)
    span = found.span(at, at + len(word))
    assert text[span.start : span.end] == origin


@pytest.mark.parametrize(
    "text",
    [
        "c2hvcnQ=",
        "AAAAAAAAAAAAAAAAAAAAAAAA",
        "/usr/local/lib/python3/site-packages",
        "dGhpcyBpcw" * 3 + "!",
        "0123456789abcdef0123456789abcdef",
        "10101010 11110000 10000001 11111111",
        "bs58: 5HueCGU8rMjxEXxiPuD5BDku4MkFqeZyd4dZ1jvhTVqvbTLvyTJ",
    ],
)
def test_what_decodes_to_no_text_is_no_payload(text: str) -> None:
    assert [one for one in variants(text) if one.steps[0] in {"base64", "hex", "binary"}] == []
