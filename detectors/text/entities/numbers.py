"""Numbers with check digits: payment cards, IBANs, national identity numbers."""

import re
from collections.abc import Callable
from typing import Final

from msgspec import Struct
from stdnum import iban, luhn
from stdnum.br import cpf
from stdnum.cn import ric
from stdnum.es import dni, nie
from stdnum.fr import nir
from stdnum.id import nik
from stdnum.in_ import aadhaar, pan
from stdnum.it import codicefiscale
from stdnum.kr import rrn
from stdnum.mx import curp
from stdnum.ru import inn
from stdnum.tr import tckimlik
from stdnum.us import ssn

from detectors.text.entities.finding import Finding

_CARD: Final = re.compile(r"(?<![\w.,+-])\d(?:[ -]?\d){11,18}(?![\w-])")
_GROUPED: Final = re.compile(r"\d{4}([ -])\d{4,6}\1\d{4,5}(\1\d{1,7})?")
_CARD_WORD: Final = re.compile(
    r"\bcard|\bcc\b|cvv|cvc|visa|mastercard|amex|credit|debit|maestro|карт|卡|tarjeta|cart[ãa]o|kart"
    r"|بطاقة|कार्ड|thẻ|kartu|carte|카드|カード",
    re.IGNORECASE,
)
_IBAN: Final = re.compile(
    r"(?<!\w)[A-Za-z]{2}\d{2}(?: ?[A-Za-z0-9]{4}){2,7}(?: ?[A-Za-z0-9]{1,4})?(?!\w)"
)
_REACH: Final = 60
"""Characters before a number in which a word says what it is."""
_BRANDS: Final = (
    ("amex", re.compile(r"3[47]\d{13}")),
    ("visa", re.compile(r"4\d{12}(?:\d{3}){0,2}")),
    (
        "mastercard",
        re.compile(r"(?:5[1-5]\d{2}|222[1-9]|22[3-9]\d|2[3-6]\d{2}|27[01]\d|2720)\d{12}"),
    ),
    ("discover", re.compile(r"6(?:011|4[4-9]\d|5\d{2})\d{12,15}")),
    ("diners", re.compile(r"3(?:0[0-5]|[68]\d)\d{11}")),
    ("jcb", re.compile(r"35(?:2[89]|[3-8]\d)\d{12}|(?:2131|1800)\d{11}")),
    ("mir", re.compile(r"220[0-4]\d{12,15}")),
    ("unionpay", re.compile(r"62\d{14,17}")),
    ("maestro", re.compile(r"(?:50|5[6-9]|6\d)\d{10,17}")),
)
"""Issuer ranges of ISO/IEC 7812, https://en.wikipedia.org/wiki/Payment_card_number"""


def _is_ric(number: str) -> bool:
    """python-stdnum raises KeyError where it knows the province and not the county."""
    try:
        return bool(ric.is_valid(number))
    except KeyError:
        return False


class _Identity(Struct, frozen=True):
    country: str
    pattern: re.Pattern[str]
    is_valid: Callable[[str], bool]
    word: re.Pattern[str] | None = None
    """What must stand before a number that otherwise looks like any other."""


def _word(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.IGNORECASE)


_IDENTITIES: Final = (
    _Identity("us ssn", re.compile(r"(?<![\w-])\d{3}-\d{2}-\d{4}(?![\w-])"), ssn.is_valid),
    _Identity("cn ric", re.compile(r"(?<![0-9A-Za-z])\d{17}[\dXx](?![0-9A-Za-z])"), _is_ric),
    _Identity("br cpf", re.compile(r"(?<!\w)\d{3}\.\d{3}\.\d{3}-\d{2}(?!\w)"), cpf.is_valid),
    _Identity("kr rrn", re.compile(r"(?<![\w-])\d{6}-\d{7}(?![\w-])"), rrn.is_valid),
    _Identity(
        "it codice fiscale",
        re.compile(r"(?<!\w)[A-Z]{6}\d{2}[A-Z]\d{2}[A-Z]\d{3}[A-Z](?!\w)"),
        codicefiscale.is_valid,
    ),
    _Identity("mx curp", re.compile(r"(?<!\w)[A-Z]{4}\d{6}[HM][A-Z]{5}\w\d(?!\w)"), curp.is_valid),
    _Identity(
        "es dni", re.compile(r"(?<!\w)\d{8}-?[A-Za-z](?!\w)"), dni.is_valid, _word(r"dni|nif")
    ),
    _Identity(
        "es nie", re.compile(r"(?<!\w)[XYZxyz]-?\d{7}-?[A-Za-z](?!\w)"), nie.is_valid, _word("nie")
    ),
    _Identity(
        "fr nir",
        re.compile(r"(?<!\w)[12](?: ?\d{2}){2} ?\d[\dAB](?: ?\d{3}){2} ?\d{2}(?!\w)"),
        nir.is_valid,
        _word(r"s[ée]cu|\bnir\b|insee"),
    ),
    _Identity(
        "in aadhaar",
        re.compile(r"(?<!\w)[2-9]\d{3} ?\d{4} ?\d{4}(?!\w)"),
        aadhaar.is_valid,
        _word(r"aadh?aa?r|आधार"),
    ),
    _Identity(
        "in pan", re.compile(r"(?<!\w)[A-Z]{5}\d{4}[A-Z](?!\w)"), pan.is_valid, _word(r"\bpan\b|पैन")
    ),
    _Identity(
        "ru inn",
        re.compile(r"(?<!\w)\d{12}(?!\w)"),
        inn.is_valid,
        _word(r"\bинн\b"),
    ),
    _Identity(
        "tr kimlik",
        re.compile(r"(?<!\w)[1-9]\d{10}(?!\w)"),
        tckimlik.is_valid,
        _word(r"kimlik|\btckn?\b|t\.c\."),
    ),
    _Identity(
        "id nik",
        re.compile(r"(?<!\w)[1-9]\d{15}(?!\w)"),
        nik.is_valid,
        _word(r"\bnik\b|\bktp\b"),
    ),
    _Identity(
        "vn cccd",
        re.compile(r"(?<!\w)0\d{11}(?!\w)"),
        str.isdigit,
        _word(r"cccd|cmnd|căn cước"),
    ),
)


def hidden(value: str) -> str:
    """Masks all but the last two characters, of any number of them: `...42`."""
    return f"...{value[-2:]}"


def _is_named(text: str, start: int, word: re.Pattern[str]) -> bool:
    return word.search(text, max(0, start - _REACH), start) is not None


def cards(text: str) -> list[Finding]:
    """Finds payment cards: Luhn's check digit, and a known issuer or a word that says so."""
    found: list[Finding] = []
    for match in _CARD.finditer(text):
        digits = match.group().replace(" ", "").replace("-", "")
        is_named = _is_named(text, match.start(), _CARD_WORD)
        brand = next((name for name, rule in _BRANDS if rule.fullmatch(digits)), "")
        if not (brand or is_named) or len(set(digits)) == 1 or not luhn.is_valid(digits):
            continue
        is_clear = is_named or _GROUPED.fullmatch(match.group()) is not None
        evidence = {
            "brand": brand or "unknown",
            "ends": digits[-4:],
            "certain": "yes" if is_clear else "no",
        }
        found.append(Finding(kind="card", start=match.start(), end=match.end(), evidence=evidence))
    return found


def ibans(text: str) -> list[Finding]:
    """Finds bank account numbers of ISO 13616, by country and remainder."""
    found: list[Finding] = []
    for match in _IBAN.finditer(text):
        words = match.group().split(" ")
        while words and not iban.is_valid(" ".join(words), check_country=False):
            words.pop()
        if words:
            value = " ".join(words)
            evidence = {"country": value[:2].upper(), "ends": hidden(value)}
            end = match.start() + len(value)
            found.append(Finding(kind="iban", start=match.start(), end=end, evidence=evidence))
    return found


def identities(text: str) -> list[Finding]:
    """Finds national identity numbers whose form or a word before them says what they are."""
    found: list[Finding] = []
    for rule in _IDENTITIES:
        for match in rule.pattern.finditer(text):
            is_named = rule.word is None or _is_named(text, match.start(), rule.word)
            if is_named and rule.is_valid(match.group()):
                evidence = {"form": rule.country, "ends": hidden(match.group())}
                found.append(
                    Finding(
                        kind="national_id", start=match.start(), end=match.end(), evidence=evidence
                    )
                )
    return found
