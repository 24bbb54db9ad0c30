"""Cashtags and trading pairs, and talk of moving a price together."""

import re
from typing import Final

from detectors.text.entities.finding import Finding
from detectors.text.entities.reading import Reading
from detectors.text.entities.scoring import Judged, judged

_CASHTAG: Final = re.compile(r"(?<![\w$])\$[A-Za-z][A-Za-z0-9]{1,9}(?!\w)")
_PAIR: Final = re.compile(r"(?<!\w)[A-Z][A-Z0-9]{1,7}[/-]?(?:USDT|USDC|USD|BTC|ETH)(?!\w)")
_SHOWN: Final = 8
_BASE: Final = -3.4
_PUMP: Final = 1.7
_MORE: Final = 0.9
_LOWERING: Final = {"alarm": -1.2, "inquiry": -0.8}


def may_hold(text: str) -> bool:
    """A quick look, right in the negative."""
    return "$" in text or "USD" in text or "/BTC" in text or "/ETH" in text


def find(reading: Reading) -> list[Judged]:
    """Gives one finding for all tickers of a text; a mention alone scores 0.03."""
    matches = [*_CASHTAG.finditer(reading.text), *_PAIR.finditer(reading.text)]
    if not matches:
        return []
    matches.sort(key=re.Match.start)
    names = dict.fromkeys(match.group().lstrip("$").upper() for match in matches)
    evidence = {"tickers": " ".join(list(names)[:_SHOWN]), "count": str(len(names))}
    finding = Finding(
        kind="ticker", start=matches[0].start(), end=matches[-1].end(), evidence=evidence
    )
    factors = {"mention": _BASE}
    n_pump = len({reading.low[hit.start : hit.end] for hit in reading.of("pump")})
    if n_pump:
        factors["pump talk"] = _PUMP + _MORE * min(n_pump - 1, 3)
        factors |= {cue: weight for cue, weight in _LOWERING.items() if cue in reading.cues}
    return [judged("market_manipulation", factors, finding)]
