"""Leaked keys and seed phrases: privacy, or bait."""

import re
from typing import Final

from detectors.text.entities import keys, mnemonics
from detectors.text.entities.finding import Finding, without_overlaps
from detectors.text.entities.reading import Reading
from detectors.text.entities.scoring import Judged, judged

KINDS: Final = frozenset({"seed_phrase", "private_key"})
_REACH: Final = 80
_HASH: Final = re.compile(
    r"\btx|hash|transaction|txid|block|交易|哈希|хеш|хэш|sha-?256|checksum|commit"
)
_HASH_REACH: Final = 24
_CHECKED: Final = 3.2
_NAMED: Final = 0.8
_BARE: Final = 0.6
"""Without a checksum of its own, where the text says what it is."""
_EXAMPLE: Final = -3.0
_FEW_WORDS: Final = 3
"""A phrase of this few different words is one of the published examples."""
_BAIT: Final = re.compile(
    r"withdraw|transfer (?:it|them|the)|gas fee|network fee|\bfees?\b|help me|usdt|\btrx\b"
    r"|提现|提币|手续费|вывести|комисси|retirar|comisión|sacar|taxa|komisyon|çek|سحب|رسوم|निकाल|rút|phí"
    r"|tarik|biaya|frais|retirer|출금|수수료"
)


def find(reading: Reading, *, has_long: bool) -> list[Finding]:
    """Finds keys and phrases; unchecked ones only where the text names what it shows.

    `has_long` says whether the text holds a run of characters as long as a key's.
    """
    found = mnemonics.find(reading.text)
    if "secret" in reading.cues and not found:
        found = mnemonics.unchecked(reading.text)
    if has_long or "[" in reading.text:
        found += keys.find(reading.text)
    if has_long:
        found += [one for one in keys.hexadecimal(reading.text) if _is_named(reading, one)]
    return without_overlaps(found)


def _is_named(reading: Reading, finding: Finding) -> bool:
    if "secret" not in reading.near(finding.start, finding.end, _REACH):
        return False
    start = max(0, finding.start - _HASH_REACH)
    return _HASH.search(reading.low, start, finding.start) is None


def judge(reading: Reading, finding: Finding) -> list[Judged]:
    """Scores a leak as privacy, and as a scam too where it is laid out as bait.

    The bait: a phrase shown in public "by mistake", of a wallet that pays out only after the
    finder has sent fees to it.
    """
    is_checked = (
        finding.evidence.get("checksum") != "none" and finding.evidence.get("form") != "hexadecimal"
    )
    factors = {"checked": _CHECKED} if is_checked else {"unchecked": _BARE}
    if "secret" in reading.cues:
        factors["named"] = _NAMED
    if finding.kind == "seed_phrase":
        words = set(re.findall(r"[^\W\d_]+", reading.low[finding.start : finding.end]))
        factors |= {"example phrase": _EXAMPLE} if len(words) <= _FEW_WORDS else {}
    found = [judged("privacy", factors, finding)]
    if "secret" in reading.cues and _BAIT.search(reading.low):
        bait = Finding(
            kind="secret_bait", start=finding.start, end=finding.end, evidence=finding.evidence
        )
        found.append(judged("scam", {"shown with a way to pay": _BARE}, bait))
    return found
