"""Requests for a seed phrase or private key, told from warnings, advice and questions."""

import re
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
_OTHER_THING: Final = -2.4
_COMPOUND: Final = -2.4
_FEW_WORDS: Final = 1
"""Words between verb and secret beyond articles and the like: "send me the link about ..."."""
_SMALL: Final = re.compile(
    r"(?:your|you|ur|the|a|an|my|his|of|me|us|with|full|complete|wallet|secret|correct|valid|own|to|in"
    r"|current|private|personal|first|tu|tus|su|sus|la|las|el|los|de|del|una|sua|suas|a|as|o|os|da|das"
    r"|votre|vos|ta|tes|les|le|des|ваш\w*|тво\w*|сво\w*|мне|нам|deine?n?|ihren?|die|den|tua|vostra"
    r"|của|bạn|tôi|chúng|anda|kamu|mu|saya|kami|अपना|अपनी|अपने|मुझे|हमें)"
)
_WORD: Final = re.compile(r"[^\W\d_]+")
_NEXT: Final = re.compile(r" ([a-z]{3,})")
_ENGLISH: Final = re.compile(r"seed|recovery|secret |private|backup|mnemonic|wallet|twelve|\d\d")
_GOES_ON: Final = frozenset(
    {
        *("and", "for", "from", "here", "now", "below", "via", "with", "before", "immediately"),
        *("asap", "please", "then", "into", "right", "first", "today", "again", "when", "because"),
        *("while", "using", "directly", "urgently", "kindly", "that", "which", "you", "the", "per"),
        *("within", "through", "after", "sir", "bro", "dear", "only", "just", "instead", "too"),
        *("also", "over", "inside", "onto", "once", "until", "since", "our", "your", "her", "his"),
        *("their", "this", "these", "will", "must", "can", "should", "may", "shall", "has", "have"),
        *("was", "were", "are", "not", "but", "nor", "yet"),
    }
)
"""English words that go on after a secret; another noun makes a compound: seed phrase backups."""
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


def _doubts(reading: Reading, secret: Hit, ask: Hit) -> dict[str, float]:
    """What speaks for another thing than the secret being asked for."""
    found: dict[str, float] = {}
    words = _WORD.findall(reading.low[ask.end : secret.start])
    if sum(_SMALL.fullmatch(word) is None for word in words) > _FEW_WORDS and ask.cue == "give":
        found["other thing"] = _OTHER_THING
    after = _NEXT.match(reading.low, secret.end)
    if after is None or not _ENGLISH.match(reading.low, secret.start):
        return found
    if after.group(1) not in _GOES_ON and not _begins(reading, after.start(1)):
        found["compound"] = _COMPOUND
    return found


def _begins(reading: Reading, place: int) -> bool:
    """Whether a term of the word list begins at a place: it goes on, and is no compound."""
    return any(hit.cue not in {"advice", "alarm"} for hit in reading.within(place, place + 1))


def _judge(reading: Reading, secret: Hit, ask: Hit, start: int, end: int) -> Judged:
    factors = {"hand over": _GIVE} if ask.cue == "give" else {"enter": _ENTER}
    if reading.has_link:
        factors["link"] = _LINK
    factors |= {cue: weight for cue, weight in _RAISING.items() if cue in reading.cues}
    here = frozenset(hit.cue for hit in reading.within(start, end))
    factors |= {cue: weight for cue, weight in _LOWERING.items() if cue in here}
    if "alarm" in reading.cues - here:
        factors["alarm elsewhere"] = _ALARM_ELSEWHERE
    factors |= _doubts(reading, secret, ask)
    owner = reading.within(secret.start - 12, secret.start)
    if any(hit.cue == "own" and secret.start - hit.end <= _OWN for hit in owner):
        factors["own"] = _OWN_SECRET
    first, last = min(ask.start, secret.start), max(ask.end, secret.end)
    asked = reading.text[secret.start : secret.end]
    finding = Finding(kind="secret_request", start=first, end=last, evidence={"asked_for": asked})
    return judged("phishing", factors, finding)
