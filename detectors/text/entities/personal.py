"""Personal data: phone numbers, mail addresses, and the numbers of `numbers`."""

import re
from collections.abc import Sequence
from typing import Final

import phonenumbers

from detectors.text.entities import numbers
from detectors.text.entities.finding import Finding, without_overlaps
from detectors.text.entities.reading import Reading
from detectors.text.entities.scoring import Judged, judged

KINDS: Final = frozenset({"card", "iban", "national_id", "phone", "email"})
_ENOUGH: Final = re.compile(
    r"[0-9@](?:(?<=@)[A-Za-z0-9-]+\.|(?<=\d)(?:[ ().-]{0,2}\d){6}|(?<=[A-Za-z][A-Za-z]\d)\d)"
)
"""What every kind needs: a search of a microsecond on ordinary chat."""
_EMAIL: Final = re.compile(
    r"(?<![\w.%+-])[A-Za-z0-9][A-Za-z0-9._%+-]{0,63}@(?:[A-Za-z0-9-]{1,63}\.){1,4}[A-Za-z]{2,24}(?![\w-])"
)
_PHONE: Final = re.compile(
    r"(?<![\w.$€£#/:+-])(?<!\d,)(?:\+|\()?\d[\d().\- ]{5,22}\d(?:x\d{1,5})?(?![\w%$€£]|[.,:/-]\d)"
)
_NORTH_AMERICAN: Final = re.compile(
    r"(?:(?:\+?|00)1[ .-])?\(?[2-9]\d{2}\)?[ .-]?\d{3}[.-]\d{4}(?:x\d{1,5})?"
)
_PHONE_WORD_AFTER: Final = re.compile(
    r"\W{0,2}(?:office|fax|mobile|cell|home|work|desk|direct)\b", re.IGNORECASE
)
_PHONE_WORD: Final = re.compile(
    r"phone|\bcell|mobile|\bcall(?: me| him| her| us)?\b|\bphoned?\b|\btel\b|tel[.:]|\btext me"
    r"|whats ?app|number is|number:|my number|contact|sms|dial|fax|desk|reach|viber|zalo|\bwa\b"
    r"|电话|手机|電話|手機|телефон|позвон|звон|номер|тел\.|tel[ée]fono|llam|móvil|celular|telefone"
    r"|ligue|answering at|messages to|registered"
    r"|telefon|ara[yı]|numara|هاتف|رقم|اتصل|جوال|फोन|फ़ोन|नंबर|मोबाइल|कॉल|điện thoại|sđt|số|gọi"
    r"|telepon|nomor|hubungi|t[ée]l[ée]phone|appel|전화|번호|연락|電話|番号",
    re.IGNORECASE,
)
_REACH: Final = 40
_FEWEST_DIGITS: Final = 7
_MOST_DIGITS: Final = 15
_DATE: Final = re.compile(
    r"(?:19|20)\d{2}[.\- ]\d{1,2}[.\- ]\d{1,2}.*|\d{1,2}[.\-]\d{1,2}[.\-](?:19|20)?\d{2}"
)
_PUBLIC_MAIL: Final = re.compile(
    r"(?:support|info|contact|help|sales|press|security|admin|office|hello|team|service|noreply"
    r"|no-reply|abuse|privacy|legal|jobs|careers|billing|marketing)@"
)
_EXPOSING_REACH: Final = 120
_BASE: Final = {"card": 0.2, "iban": 0.5, "national_id": 1.0, "phone": -1.2, "email": -1.6}
_EXPOSING: Final = 2.4
_SEVERAL: Final = 0.7
_CERTAIN_CARD: Final = 1.4
_PUBLIC: Final = -1.5


def _emails(text: str) -> list[Finding]:
    if "@" not in text:
        return []
    return [
        Finding(
            kind="email",
            start=match.start(),
            end=match.end(),
            evidence={
                "domain": match.group().rpartition("@")[2].lower(),
                "public": "yes" if _PUBLIC_MAIL.match(match.group().lower()) else "no",
            },
        )
        for match in _EMAIL.finditer(text)
    ]


def _phone(text: str, match: re.Match[str]) -> Finding | None:
    written = match.group()
    digits = sum(c.isdigit() for c in written)
    if not _FEWEST_DIGITS <= digits <= _MOST_DIGITS or _DATE.fullmatch(written):
        return None
    region = ""
    if written.startswith("+"):
        try:
            number = phonenumbers.parse(written)
        except phonenumbers.NumberParseException:
            return None
        if not phonenumbers.is_possible_number(number):
            return None
        region = phonenumbers.region_code_for_number(number) or ""
    elif not (_NORTH_AMERICAN.fullmatch(written) or _is_announced(text, *match.span())):
        return None
    evidence = {"ends": numbers.hidden(written)} | ({"region": region} if region else {})
    return Finding(kind="phone", start=match.start(), end=match.end(), evidence=evidence)


def may_hold(text: str) -> bool:
    """A quick look, right in the negative."""
    return _ENOUGH.search(text) is not None


def _is_announced(text: str, start: int, end: int) -> bool:
    before = _PHONE_WORD.search(text, max(0, start - _REACH), start)
    return before is not None or _PHONE_WORD_AFTER.match(text, end) is not None


def find(text: str) -> list[Finding]:
    """Finds personal data; of two readings of the same digits the stricter one stays.

    A phone number is one with a country code that exists, in North American form, or after a
    word that announces one.
    """
    strict = numbers.ibans(text) + numbers.cards(text) + numbers.identities(text) + _emails(text)
    phones = [found for match in _PHONE.finditer(text) if (found := _phone(text, match))]
    return without_overlaps(strict + phones)


def judge(reading: Reading, findings: Sequence[Finding]) -> list[Judged]:
    """Scores personal data as privacy: higher where another's is given away, or much at once."""
    kinds = {one.kind for one in findings}
    return [_judge(reading, one, n_kinds=len(kinds)) for one in findings]


def _judge(reading: Reading, finding: Finding, *, n_kinds: int) -> Judged:
    factors = {finding.kind: _BASE[finding.kind]}
    if "exposing" in reading.near(finding.start, finding.end, _EXPOSING_REACH):
        factors["exposing"] = _EXPOSING
    if n_kinds > 1:
        factors["several kinds"] = _SEVERAL
    if finding.evidence.get("certain") == "yes":
        factors["clear form"] = _CERTAIN_CARD
    if finding.evidence.get("public") == "yes":
        factors["public mailbox"] = _PUBLIC
    return judged("privacy", factors, finding)
