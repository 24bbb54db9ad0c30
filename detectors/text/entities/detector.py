"""`text.entities@2`: what stands in a text, checked and explained."""

import re
from collections.abc import Callable, Sequence
from typing import Final

from detectors.card import ModelCard
from detectors.detector import Answer, Partial
from detectors.text.entities import (
    addresses,
    diversion,
    lists,
    payments,
    personal,
    requests,
    secrets,
    staff,
    tickers,
    tokens,
    trust,
)
from detectors.text.entities.finding import Finding, without_overlaps
from detectors.text.entities.lexicon import Lexicon, lowered, shipped_terms
from detectors.text.entities.reading import Reading
from detectors.text.entities.rendering import Rendering, renderings
from detectors.text.entities.scoring import Judged
from schemas.content import TextPart
from schemas.labels import Label
from schemas.signals import Signal, Span

MODEL_ID: Final = "text.entities@2"
LABELS: Final[tuple[Label, ...]] = (
    "phishing",
    "scam",
    "market_manipulation",
    "impersonation",
    "privacy",
    "spam",
)
CARD: Final = ModelCard(
    id=MODEL_ID,
    summary="Addresses, keys, personal data and claims in a text: checked, explained, no model.",
    labels=LABELS,
    source="Rules and checksums; word lists of PyPI mnemonic, issuer and identity forms of stdnum.",
    thresholds={
        "phishing": 0.57,
        "scam": 0.5,
        "market_manipulation": 0.5,
        "impersonation": 0.6,
        "privacy": 0.6,
        "spam": 0.6,
    },
    calibration="None: log-odds set by hand, checked on harmless public rows (entities_2.md).",
    known_failures=(
        "Scores are weights set by hand and checked on public text: an order, not a probability.",
        "Requests that name no listed term of a secret (the words you wrote down) are missed.",
        "National phone numbers without a country code need a word before them that says so.",
        "Any 32 random-looking bytes in base58 are taken for a Solana address.",
        "Disguises that the normaliser does not see through; amid texts over 16,000 characters.",
    ),
)
MAX_SIGNALS: Final = 64
"""Of more, the rest are left out and the answer is Partial; spans to redact are never lost."""
_UNREAD: Final = "not all that is disguised is read"
_RULES: Final = (tickers.find, requests.find, staff.find, diversion.find, payments.find)
_LONG: Final = re.compile(r"[0-9A-Za-z_+/-]{25}")
"""What every address and key needs; one search of a microsecond on ordinary chat."""


class Entities:
    """Reads addresses, keys, personal data and claims. Holds its lists; safe across threads."""

    def __init__(
        self,
        *,
        card: ModelCard = CARD,
        listed: frozenset[str] | Callable[[], frozenset[str]] | None = None,
        names: Sequence[tuple[str, str]] | None = None,
        protected: Sequence[lists.ProtectedToken] | None = None,
    ) -> None:
        """Takes the lists of `lists`; None reads those that ship.

        Args:
            card: The detector's card.
            listed: Addresses to flag, from `lists.read_addresses`; or what gives them, asked once
                a batch (`detectors.refresh.Followed.current`).
            names: Organisations to protect, from `lists.read_names`.
            protected: Tokens to protect, from `lists.read_tokens`.

        Raises:
            UnreadableList: if a list that ships was edited and says no more what it must.
        """
        self.card = card
        self._listed = lists.read_addresses() if listed is None else listed
        names = lists.read_names() if names is None else names
        self._lexicon = Lexicon([*shipped_terms(), *names])
        self._watch = tokens.Watch(lists.read_tokens() if protected is None else protected)

    def predict(self, parts: Sequence[TextPart], /) -> list[Answer]:
        """Gives the signals of each part: the highest scores first, none for ordinary chat.

        Disguises and percent escapes are undone before; spans are places of the part as given.
        """
        listed = self._listed() if callable(self._listed) else self._listed
        return [self._answer(part, listed) for part in parts]

    def _answer(self, part: TextPart, listed: frozenset[str]) -> Answer:
        ways, is_all = renderings(part.text)
        found = trust.merged([self._found(part, way, listed) for way in ways])
        if not found:
            return () if is_all else Partial((), _UNREAD)
        found.sort(key=lambda one: (-one.score, one.finding.start, one.label))
        signals = tuple(self._signal(part, one) for one in found[:MAX_SIGNALS])
        if len(found) > MAX_SIGNALS:
            cause = f"{len(found)} findings are more than are listed"
            return Partial(signals + self._rest(part, found[MAX_SIGNALS:]), cause)
        return signals if is_all else Partial(signals, _UNREAD)

    def _found(self, part: TextPart, way: Rendering, listed: frozenset[str]) -> list[Judged]:
        found = self._look("" if way.steps else part.name, way.text, listed)
        if way.steps:
            found = [one for one in found if trust.counts(way, one, part.text)]
        return [trust.placed(way, one) for one in found]

    def _look(self, name: str, text: str, listed: frozenset[str]) -> list[Judged]:
        low = lowered(text)
        has_long = _LONG.search(text) is not None
        found = addresses.find(text) if has_long else []
        if personal.may_hold(text):
            found += personal.find(text)
        is_needed = bool(found) or tickers.may_hold(text) or diversion.may_link(low)
        reading = Reading(text, low, self._lexicon.hits(low, is_needed=is_needed))
        leaks = secrets.find(reading, has_long=has_long)
        judgements = _entities(reading, [*leaks, *found], listed) if leaks or found else []
        if is_needed or reading.hits:
            for rule in _RULES:
                judgements += rule(reading)
        if name in tokens.PARTS:
            judgements += tokens.find(name, text, self._watch)
        return judgements

    def _signal(self, part: TextPart, one: Judged) -> Signal:
        return Signal(
            label=one.label,
            score=one.score,
            detector=self.card.id,
            part=part.name,
            span=Span(one.finding.start, one.finding.end),
            evidence=one.finding.evidence,
        )

    def _rest(self, part: TextPart, rest: Sequence[Judged]) -> tuple[Signal, ...]:
        """One signal over all further private spans, so that redaction covers them."""
        private = [one for one in rest if one.label == "privacy"]
        if not private:
            return ()
        start = min(one.finding.start for one in private)
        end = max(one.finding.end for one in private)
        return (
            Signal(
                label="privacy",
                score=max(one.score for one in private),
                detector=self.card.id,
                part=part.name,
                span=Span(start, end),
                evidence={"kind": "private_stretch", "count": str(len(private))},
            ),
        )


def _entities(reading: Reading, found: Sequence[Finding], listed: frozenset[str]) -> list[Judged]:
    kept = without_overlaps(found)
    judgements = payments.judge(reading, [one for one in kept if one.kind == "address"], listed)
    for one in kept:
        judgements += secrets.judge(reading, one) if one.kind in secrets.KINDS else []
    return judgements + personal.judge(reading, [one for one in kept if one.kind in personal.KINDS])
