"""Addresses in their context: listed ones, and where money is to be sent."""

import re
from collections.abc import Sequence
from typing import Final

from detectors.text.entities.finding import Finding
from detectors.text.entities.reading import Reading
from detectors.text.entities.scoring import Judged, judged

_REACH: Final = 240
_BASE: Final = -3.0
_LISTED: Final = 6.5
_OFFER: Final = 2.2
_SEND: Final = 1.0
_MULTIPLE: Final = 2.0
_RAISING: Final = {"threat": 0.5, "contact": 0.4, "staff": 0.8}
_LOWERING: Final = {"alarm": -1.5, "own": -0.6}
_PROMISE: Final = 1.2
_PROMISED_OFFER: Final = 1.2
_DOUBTS: Final = {"alarm": -2.8, "inquiry": -1.5, "never": -1.5}
_AGAIN: Final = re.compile(
    r"doubl|twice|\bx ?[2-9]\b|\b[2-9] ?x\b|10x|back (?:to you|instantly|immediately)|翻倍|双倍"
    r"|удво|el doble|duplic|em dobro|dobra|iki kat|ikiye|ضعف|दोगुना|gấp đôi|nhân đôi|dua kali"
    r"|gandakan|le double|두 배|2배|verdoppel|raddoppi|2倍"
)


def find(reading: Reading) -> list[Judged]:
    """Finds promises to send back more than was sent, whether or not an address is there."""
    found: list[Judged] = []
    reach = -1
    for hit in reading.of("double"):
        near = reading.near(hit.start, hit.end, _REACH)
        if hit.start < reach or not near & {"send", "give"}:
            continue
        factors = {"more comes back": _PROMISE}
        factors |= {"offer": _PROMISED_OFFER} if "offer" in near else {}
        factors |= {cue: weight for cue, weight in _DOUBTS.items() if cue in near}
        evidence = {"promise": reading.text[hit.start : hit.end]}
        finding = Finding(kind="doubling", start=hit.start, end=hit.end, evidence=evidence)
        found.append(judged("scam", factors, finding))
        reach = hit.end + _REACH
    return found


def judge(reading: Reading, findings: Sequence[Finding], listed: frozenset[str]) -> list[Judged]:
    """Scores each address as scam: a mention 0.05, a listed one at least 0.97."""
    return [_judge(reading, one, listed) for one in findings]


def _judge(reading: Reading, finding: Finding, listed: frozenset[str]) -> Judged:
    factors = {"mention": _BASE}
    if f"{finding.evidence['chain']}:{finding.evidence['address']}" in listed:
        factors["listed"] = _LISTED
    near = reading.near(finding.start, finding.end, _REACH)
    if "offer" in near:
        factors["offer"] = _OFFER
        start = max(0, finding.start - _REACH)
        if _AGAIN.search(reading.low, start, finding.end + _REACH):
            factors["more comes back"] = _MULTIPLE
    if near & {"send", "give"}:
        factors["send"] = _SEND
    factors |= {cue: weight for cue, weight in _RAISING.items() if cue in near}
    if "listed" not in factors:
        factors |= {cue: weight for cue, weight in _LOWERING.items() if cue in near}
    return judged("scam", factors, finding)
