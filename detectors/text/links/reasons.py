"""What speaks against one link: list, likeness, model and tricks, as scores with evidence."""

from functools import lru_cache
from typing import Final

from msgspec import Struct

from detectors.text.links.hosts import Host
from detectors.text.links.likeness import Kind, Likeness, Watch
from detectors.text.links.link import Link, Trick
from detectors.text.links.store import Kind as ListKind
from detectors.text.links.store import Listed, Store
from detectors.text.links.url_risk import Judged, UrlModel
from schemas.labels import Label

LISTED: Final = 0.99
"""Score of a blocked name: lists are taken at their word. Set by hand."""
LISTED_DOUBTFUL: Final = 0.6
"""The same where the link may be two sentences (`that's it. live music`). Set by hand."""
TRICKS: Final[dict[Trick, float]] = {
    "user name before the host": 0.9,
    "address as a number": 0.8,
    "shown text differs": 0.75,
}
"""Tricks that speak for themselves. Set by hand: no labelled data set holds them."""
FLOOR: Final = 0.5
"""Lower scores are not given."""
_MAX_EVIDENCE: Final = 160
_KEPT: Final = 8192


class Reason(Struct, frozen=True):
    """A label's score for one link, and why."""

    label: Label
    score: float
    evidence: dict[str, str]


class Judge:
    """What links are judged by, apart from the lists. The last hosts' answers are kept."""

    def __init__(
        self,
        watch: Watch,
        model: UrlModel,
        likeness_scores: dict[Kind, float],
        shorteners: frozenset[str],
    ) -> None:
        self._watch = watch
        self._model = model
        self._likeness_scores = likeness_scores
        self._shorteners = shorteners
        self._assess = lru_cache(maxsize=_KEPT)(self._look)

    def judge(self, link: Link, store: Store) -> list[Reason]:
        """The reasons against a link, at most one a label."""
        listed = _listed(link, store)
        if listed is not None and listed.kind is ListKind.DENY:
            score = LISTED_DOUBTFUL if link.is_doubtful else LISTED
            return [Reason("phishing", score, {**_seen(link), "blocked": listed.entry})]
        if listed is not None or link.is_doubtful or link.host.registered in self._shorteners:
            return []
        if self._watch.is_own(link.host):
            return []
        return self._unlisted(link)

    def _look(self, host: Host) -> tuple[Likeness | None, Judged | None]:
        likeness = self._watch.likeness(host)
        return likeness, None if host.is_ip else self._model.judge(host, likeness)

    def _unlisted(self, link: Link) -> list[Reason]:
        likeness, judged = self._assess(link.host)
        phishing, evidence = _tricked(link)
        found: list[Reason] = []
        if likeness is not None:
            score = self._likeness_scores[likeness.kind]
            why = {"like": f"{likeness.brand} ({likeness.kind}: {likeness.part[:64]})"}
            found = [Reason("impersonation", score, {**_seen(link), **why})]
            if score > phishing:
                phishing, evidence = score, why
        if judged is not None and judged.score > phishing:
            phishing = judged.score
            evidence = {**evidence, "model": ", ".join(judged.reasons)[:_MAX_EVIDENCE]}
        found.append(Reason("phishing", phishing, {**_seen(link), **evidence}))
        return [reason for reason in found if reason.score >= FLOOR]


def _listed(link: Link, store: Store) -> Listed | None:
    """The lists' answer: for the host, else blocked names it is or resembles, or with its path."""
    if store.n_paths and link.path:
        path = link.path.split("?", 1)[0].split("#", 1)[0].rstrip("/")
        whole = f"{link.host.name}{path}"
        kind = store.kind(whole.encode("ascii", "replace"))
        if kind == ListKind.DENY:
            return Listed(ListKind.DENY, whole)
    found = store.find(link.host.name)
    if found is None and link.host.looks_like is not None:
        alike = store.find(link.host.looks_like)
        return alike if alike is not None and alike.kind is ListKind.DENY else None
    return found


def _tricked(link: Link) -> tuple[float, dict[str, str]]:
    """The score of the worst trick that speaks for itself."""
    scores = [(TRICKS[trick], trick) for trick in link.tricks if trick in TRICKS]
    if not scores:
        return 0.0, {}
    score, trick = max(scores)
    return score, {"trick": trick if link.bait is None else f"{trick}: {link.bait[:64]}"}


def _seen(link: Link) -> dict[str, str]:
    seen = {"link": link.written[:_MAX_EVIDENCE], "host": link.host.name[:_MAX_EVIDENCE]}
    if link.host.looks_like is not None:
        seen["looks_like"] = link.host.looks_like[:_MAX_EVIDENCE]
    if link.tricks:
        seen["hidden_by"] = ", ".join(link.tricks)
    return seen
