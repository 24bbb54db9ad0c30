"""Requests for a seed phrase or private key, told from warnings, advice and questions."""

from collections.abc import Sequence
from typing import Final

from detectors.text.entities.finding import Finding
from detectors.text.entities.lexicon import Hit
from detectors.text.entities.reading import Reading
from detectors.text.entities.scoring import Judged, judged

_REACH: Final = 80
"""Characters between what is asked and the asking."""
_CHAIN: Final = 30
"""Characters over which a refusal carries to the next verb: never share, send or enter."""
_AFTER: Final = 15
_OWN: Final = 3
_COMMAS: Final = frozenset(",，、:：;；—–")
_GIVE: Final = 2.2
_ENTER: Final = -0.6
_RAISING: Final = {"pretext": 1.2, "threat": 1.2, "role": 0.4, "contact": 0.6, "offer": 0.6}
_LINK: Final = 1.6
_LOWERING: Final = {"advice": -1.5, "inquiry": -2.2, "alarm": -2.4}
_ALARM_ELSEWHERE: Final = -0.8
_OWN_SECRET: Final = -3.0
_MAX_CLAUSES: Final = 64


def find(reading: Reading) -> list[Judged]:
    """Finds requests, at most one a clause. Clauses of a refusal hold none."""
    found: list[Judged] = []
    last_end = -1
    for secret in reading.of("secret"):
        if secret.start < last_end or len(found) == _MAX_CLAUSES:
            continue
        start, end = reading.clauses.around(secret.start, secret.end)
        ask = _ask(reading, reading.within(start, end), secret)
        if ask is not None:
            found.append(_judge(reading, secret, ask, start, end))
            last_end = end
    return found


def _ask(reading: Reading, clause: Sequence[Hit], secret: Hit) -> Hit | None:
    """The verb that asks: giving before entering; None if there is none or all are refused."""
    asks = [hit for hit in clause if hit.cue in {"give", "enter"} and _gap(hit, secret) <= _REACH]
    if not asks or _is_refused_after(reading, clause, secret):
        return None
    refusals = [hit for hit in clause if hit.cue in {"never", "not"}]
    kept: list[Hit] = []
    refused_end = -_CHAIN - 1
    for ask in asks:
        is_chained = 0 <= ask.start - refused_end <= _CHAIN
        if is_chained or any(_refuses(reading, refusal, ask) for refusal in refusals):
            refused_end = ask.end
        else:
            kept.append(ask)
    if refused_end >= 0 and not any(ask.start > refused_end for ask in kept):
        return None
    return min(kept, key=lambda ask: (ask.cue != "give", _gap(ask, secret)), default=None)


def _gap(one: Hit, other: Hit) -> int:
    return max(one.start - other.end, other.start - one.end)


def _refuses(reading: Reading, refusal: Hit, ask: Hit) -> bool:
    gap = reading.low[refusal.end : ask.start]
    if refusal.end > ask.start or not _COMMAS.isdisjoint(gap):
        return False
    return refusal.cue == "never" or not gap.strip()


def _is_refused_after(reading: Reading, clause: Sequence[Hit], secret: Hit) -> bool:
    for hit in clause:
        if hit.cue == "never" and 0 <= hit.start - secret.end <= _AFTER:
            return _COMMAS.isdisjoint(reading.low[secret.end : hit.start])
    return False


def _judge(reading: Reading, secret: Hit, ask: Hit, start: int, end: int) -> Judged:
    factors = {"hand over": _GIVE} if ask.cue == "give" else {"enter": _ENTER}
    if reading.has_link:
        factors["link"] = _LINK
    factors |= {cue: weight for cue, weight in _RAISING.items() if cue in reading.cues}
    here = frozenset(hit.cue for hit in reading.within(start, end))
    factors |= {cue: weight for cue, weight in _LOWERING.items() if cue in here}
    if "alarm" in reading.cues - here:
        factors["alarm elsewhere"] = _ALARM_ELSEWHERE
    owner = reading.within(secret.start - 12, secret.start)
    if any(hit.cue == "own" and secret.start - hit.end <= _OWN for hit in owner):
        factors["own"] = _OWN_SECRET
    first, last = min(ask.start, secret.start), max(ask.end, secret.end)
    asked = reading.text[secret.start : secret.end]
    finding = Finding(kind="secret_request", start=first, end=last, evidence={"asked_for": asked})
    return judged("phishing", factors, finding)
