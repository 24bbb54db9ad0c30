"""What the demo's terminal shows, as counts: no clock, no drawing."""

from collections import Counter, deque
from math import ceil
from typing import Final

from msgspec import Struct

from schemas.labels import Action, Surface
from schemas.verdicts import Reason, Verdict

RATE_WINDOW_S: Final = 5
N_LATENCIES: Final = 10_000
"""Percentiles are over this many of the latest verdicts."""
N_NOTABLE: Final = 10
N_TOP_REASONS: Final = 2


class Seen(Struct, frozen=True, kw_only=True):
    """A verdict that arrived, `latency_ms` after its event was produced (None: not known)."""

    verdict: Verdict
    latency_ms: float | None = None


class Counts(Struct, frozen=True, kw_only=True):
    """Totals so far of what is counted elsewhere."""

    sent: int = 0
    dead_letters: int = 0
    filtered: int = 0


Update = Seen | Counts


class Tally:
    """Counts of one run. Moments are seconds of one monotonic clock, given by the caller."""

    def __init__(self, *, started_s: float) -> None:
        self.started_s = started_s
        self.first_s: float | None = None
        """Moment of the first verdict."""
        self.by_surface: Counter[Surface] = Counter()
        self.by_action: Counter[Action] = Counter()
        self.by_surface_action: Counter[tuple[Surface, Action]] = Counter()
        self.counts = Counts()
        self.notable: deque[Verdict] = deque(maxlen=N_NOTABLE)
        """Verdicts other than allow, the latest first."""
        self.n_notable = 0
        self.n_members = 0
        """Verdicts on items of a campaign in which something violates."""
        self.n_revised = 0
        """Verdicts that were revised when their items turned out to belong to one."""
        self._latencies: deque[float] = deque(maxlen=N_LATENCIES)
        self._seconds: dict[int, Counter[Surface]] = {}

    @property
    def total(self) -> int:
        """All verdicts so far."""
        return self.by_surface.total()

    def add(self, update: Update, *, now_s: float) -> None:
        """Takes one update in."""
        if isinstance(update, Counts):
            self.counts = update
            return
        verdict = update.verdict
        if self.first_s is None:
            self.first_s = now_s
        self.by_surface[verdict.surface] += 1
        self.by_action[verdict.action] += 1
        self.by_surface_action[verdict.surface, verdict.action] += 1
        self.n_members += is_coordinated(verdict)
        self.n_revised += verdict.stage == "campaign"
        if update.latency_ms is not None and verdict.stage != "campaign":
            self._latencies.append(update.latency_ms)
        if verdict.action != "allow":
            self.notable.appendleft(verdict)
            self.n_notable += 1
        second = int(now_s)
        if second not in self._seconds:
            self._seconds = {s: c for s, c in self._seconds.items() if s >= second - RATE_WINDOW_S}
        self._seconds.setdefault(second, Counter())[verdict.surface] += 1

    def rate(self, *, now_s: float, surface: Surface | None = None) -> float:
        """Gives verdicts a second over the last whole seconds (at most five) since the first."""
        if self.first_s is None:
            return 0.0
        last = int(now_s)
        first = max(int(self.first_s), last - RATE_WINDOW_S)
        seconds = range(first, last)
        if not seconds:
            return 0.0
        found = (self._seconds.get(second, Counter()) for second in seconds)
        n_seen = sum(c.total() if surface is None else c[surface] for c in found)
        return n_seen / len(seconds)

    def latency_ms(self, share: float) -> float | None:
        """Gives the latency that `share` of the latest verdicts did not exceed; None without any.

        The nearest-rank percentile: always a latency that occurred.
        """
        if not self._latencies:
            return None
        ordered = sorted(self._latencies)
        return ordered[max(0, ceil(share * len(ordered)) - 1)]

    def first_after_s(self) -> float | None:
        """Gives the seconds from the start to the first verdict."""
        return None if self.first_s is None else self.first_s - self.started_s


def is_coordinated(verdict: Verdict) -> bool:
    """Tells whether an item was judged as one of a campaign in which something violates."""
    return verdict.features is not None and verdict.features.campaign.violating_share > 0.0


def top_reasons(verdict: Verdict) -> list[str]:
    """Gives the highest reasons as `label score`, one for a label; those without one by rule."""
    ordered = sorted(verdict.reasons, key=lambda reason: -(reason.score or 0.0))
    return list(dict.fromkeys(_name(reason) for reason in ordered))[:N_TOP_REASONS]


def _name(reason: Reason) -> str:
    if reason.label is None or reason.score is None:
        return reason.rule
    return f"{reason.label} {reason.score:.2f}"
