"""Claims to be staff: "I am from Example support"."""

import re
from typing import Final

from detectors.text.entities.finding import Finding
from detectors.text.entities.lexicon import Hit
from detectors.text.entities.reading import Reading
from detectors.text.entities.scoring import Judged, judged

_REACH: Final = 48
"""Characters between claim and role."""
_REACH_BACK: Final = 12
"""The same where the verb stands last: 고객센터입니다."""
_MAX_UNKNOWN: Final = 2
"""Words that are no filler: a name (this is Anna from Example support)."""
_WORD: Final = re.compile(r"[^\W\d_][\w'’]*")
_STOP: Final = frozenset(",，.。!?！？\n")
_LONGEST_HEADING: Final = 60
_OFFICIAL_REST: Final = re.compile(
    r"official|官方|официальн\w*|oficial|resm[iî]\w*|الرسمي|رسمي|आधिकारिक"
    r"|chính thức|officiel(?:le)?|공식|đây"
)
_VERB_LAST: Final = re.compile(r"(?:입니다|이에요|예요|에서 연락드|です|と申します|でございます)")
_CLAIM: Final = -0.9
_RAISING: Final = {
    "contact": 0.9,
    "secret": 1.0,
    "threat": 0.7,
    "platform": 0.7,
    "pretext": 0.5,
    "send": 0.4,
}
_ORGANISATION: Final = 2.0
_VENUE: Final = 0.8
_OFFICIAL: Final = 1.3
_LINK: Final = 0.6
_LOWERING: Final = {"alarm": -2.5, "inquiry": -1.2, "never": -1.0}
_HEADING: Final = -0.5
_QUESTION: Final = -1.0
_QUESTION_MARKS: Final = frozenset("?？؟")
_MAX_CLAIMS: Final = 16
_GENERIC: Final = frozenset(
    {"support", "soporte", "suporte", "destek", "dukungan", "دعم", "الدعم", "hỗ trợ", "assistance"}
    | {"staff", "supporto", "assistenza", "サポート", "सपोर्ट", "atendimento", "cs"}
)
"""Roles that are ordinary words too (this is support at 64,000): they need a name or an origin."""
_ORIGIN: Final = re.compile(
    r"\b(?:from|with|of|at|из|от|del|de|do|da|du|dari|von|vom|dal|từ|phía)\b|من|से|official|официальн"
)
_OFFICIAL_WORDS: Final = re.compile(
    r"official|官方|официальн|oficial|resm[iî]|رسمي|आधिकारिक|chính thức|officiel|공식|offiziell"
    r"|ufficiale|公式|verified|real |legit"
)


def find(reading: Reading) -> list[Judged]:
    """Finds claims, each with the organisation it names. At most 16 a text."""
    found: list[Judged] = []
    reach = -1
    for role in reading.hits:
        if role.cue not in {"role", "staff"} or role.start < reach:
            continue
        claim = role if role.cue == "staff" else _claim_of(reading, role)
        if claim is None and _is_heading(reading, role):
            claim = Hit("heading", 0, reading.clauses.around(role.start, role.end)[1])
        if claim is None or len(found) == _MAX_CLAIMS:
            continue
        found.append(_judge(reading, claim, role))
        reach = max(role.end, claim.end)
    return found


def _claim_of(reading: Reading, role: Hit) -> Hit | None:
    start, end = reading.clauses.around(role.start, role.end)
    for hit in reading.within(role.end, min(end, role.end + _REACH_BACK)):
        if hit.cue == "claim" and _VERB_LAST.match(reading.low, hit.start):
            gap = reading.low[role.end : hit.start]
            return hit if _STOP.isdisjoint(gap) and not _WORD.search(gap) else None
    before = [
        hit
        for hit in reading.within(max(start, role.start - _REACH), role.start)
        if hit.cue == "claim" and not _VERB_LAST.match(reading.low, hit.start)
    ]
    if not before or _is_sought_after(reading, role, end):
        return None
    return before[-1] if _is_bridged(reading, before[-1], role) else None


def _is_sought_after(reading: Reading, role: Hit, end: int) -> bool:
    """Whether a verb that stands last says that the actor looks for the role: इंतजार, 기다리."""
    for hit in reading.within(role.end, min(end, role.end + 2 * _REACH_BACK)):
        if hit.cue == "seeking" and not reading.low[hit.start : hit.end].isascii():
            return _STOP.isdisjoint(reading.low[role.end : hit.start])
    return False


def _is_bridged(reading: Reading, claim: Hit, role: Hit) -> bool:
    """Whether only names and small words stand between a claim and a role."""
    gap = reading.low[claim.end : role.start]
    inside = [hit for hit in reading.within(claim.end, role.start) if hit.end <= role.start]
    cues = {hit.cue for hit in inside}
    if cues & {"seeking", "never", "not"} or not _STOP.isdisjoint(gap):
        return False
    known = [hit for hit in inside if hit.cue in {"filler", "organisation", "role", "venue"}]
    has_organisation = "organisation" in cues or _is_followed_by_name(reading, role)
    has_venue = "venue" in cues or has_organisation
    gap_words = gap
    for hit in known:
        gap = _blanked(gap, hit.start - claim.end, hit.end - claim.end)
    n_unknown = len(_WORD.findall(gap))
    has_joint = has_venue or any(hit.cue == "filler" for hit in inside)
    written = reading.low[role.start : role.end]
    if written in _GENERIC and not has_venue and not _ORIGIN.search(gap_words):
        return False
    limit = _MAX_UNKNOWN if has_organisation else int(has_joint and _is_compound(reading, role))
    return n_unknown <= limit and (has_joint or _is_compound(reading, role) or not gap.strip())


def _is_heading(reading: Reading, role: Hit) -> bool:
    """Whether a text opens with nothing but an official role: Official help team. Your ticket."""
    start, end = reading.clauses.around(role.start, role.end)
    if start > 0 or end > _LONGEST_HEADING or end + _LONGEST_HEADING // 2 > len(reading.low):
        return False
    clause = reading.low[:end]
    if not _OFFICIAL_WORDS.search(clause) or reading.low[end : end + 1] in _QUESTION_MARKS:
        return False
    clause = _OFFICIAL_REST.sub(lambda match: " " * len(match.group()), clause)
    for hit in reading.within(0, end):
        if hit.cue in {"filler", "organisation", "role", "venue", "claim"}:
            clause = _blanked(clause, hit.start, min(hit.end, end))
    return not _WORD.search(clause)


def _is_followed_by_name(reading: Reading, role: Hit) -> bool:
    after = reading.within(role.end, role.end + 2 * _REACH_BACK)
    return any(hit.cue in {"organisation", "venue"} for hit in after)


def _blanked(text: str, start: int, end: int) -> str:
    return text[:start] + " " * (end - start) + text[end:]


def _is_compound(reading: Reading, role: Hit) -> bool:
    return " " in reading.low[role.start : role.end]


def _judge(reading: Reading, claim: Hit, role: Hit) -> Judged:
    first, last = min(claim.start, role.start), max(claim.end, role.end)
    start, end = reading.clauses.around(first, last)
    here = reading.within(start, end)
    cues = {hit.cue for hit in here}
    factors = {"claim": _CLAIM} | ({"heading": _HEADING} if claim.cue == "heading" else {})
    names = [hit for hit in here if hit.cue == "organisation" and _is_beside(hit, first, last)]
    evidence = {"claims": reading.text[first:last], "role": reading.text[role.start : role.end]}
    if names:
        factors["organisation"] = _ORGANISATION
        evidence["organisation"] = reading.text[names[0].start : names[0].end]
    elif any(hit.cue == "venue" and _is_beside(hit, first, last) for hit in here):
        factors["venue"] = _VENUE
    if role.cue == "staff" or _OFFICIAL_WORDS.search(reading.low[first:last]):
        factors["official"] = _OFFICIAL
    if reading.has_link:
        factors["link"] = _LINK
    factors |= {cue: weight for cue, weight in _RAISING.items() if cue in reading.cues}
    factors |= {cue: weight for cue, weight in _LOWERING.items() if cue in cues}
    if reading.low[end : end + 1] in _QUESTION_MARKS:
        factors["question"] = _QUESTION
    finding = Finding(kind="staff_claim", start=first, end=last, evidence=evidence)
    return judged("impersonation", factors, finding)


def _is_beside(hit: Hit, first: int, last: int) -> bool:
    return hit.start >= first - _REACH_BACK and hit.end <= last + _REACH_BACK * 2
