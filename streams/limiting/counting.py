"""Counting how often rules ask for something, and summing what all processes counted. Pure."""

from collections import Counter
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Final

from msgspec import Struct, field

from schemas.bounds import Count, Id, Time
from schemas.signals import Signal
from schemas.verdicts import Reason, Stage, Verdict
from streams.policy.firing import DETECTOR

MINUTES_KEPT: Final = 15
HOURS_KEPT: Final = 48
DAYS_KEPT: Final = 2
KEPT: Final = timedelta(hours=HOURS_KEPT)
"""After so long without a count a process's counts matter no more."""
UNJUDGED: Final = frozenset({"missing", "pending"})
"""Reason codes of what was not judged: no rule's, so nothing to count."""
ITEMS: Final = ""
"""The name under which items are counted."""
SHADOW: Final = "shadow:"
"""Begins the name under which a rule in shadow is counted: its past, once it acts."""
MOST_MET: Final = 200_000
"""Actors and names of a minute that are remembered."""
_MINUTE_S: Final = 60
_HOUR_S: Final = 3_600
_DAY_S: Final = 86_400


class RuleCount(Struct, frozen=True, kw_only=True, gc=False):
    """How often a rule, or a detector by its rules, asked for something.

    Keys are unix minutes, of the last quarter of an hour, unix hours and days, of two days; as
    text. A day counts items, for quotas. Minutes and hours, for the brake, count an actor once a
    minute, so that few who post much brake no rule. `since` is the unix hour from which on the
    process has had the rule in its policy.
    """

    minutes: dict[str, Count] = field(default_factory=dict)
    hours: dict[str, Count] = field(default_factory=dict)
    days: dict[str, Count] = field(default_factory=dict)
    since: Count | None = None


class RuleCounts(Struct, frozen=True, kw_only=True):
    """What one process counted. The sum over all, also those that ended, is the count.

    `process` is an id that a process has from its start to its end. `n_items` counts the items
    judged, like a rule that always fires.
    """

    process: Id
    counted_at: Time
    rules: dict[Id, RuleCount] = field(default_factory=dict)
    n_items: RuleCount = RuleCount()


class Span(Struct):
    """Counts of one name, by unix minute, hour and day."""

    minutes: Counter[int] = field(default_factory=Counter)
    hours: Counter[int] = field(default_factory=Counter)
    days: Counter[int] = field(default_factory=Counter)
    since: int | None = None


class Tally:
    """Counts by name: what one process counted, or the sum of several. Not for several threads."""

    def __init__(self) -> None:
        self._spans: dict[str, Span] = {}
        self._in_policy: frozenset[str] = frozenset()

    def know(self, names: Iterable[str], at: datetime) -> None:
        """Takes in which rules the policy has; those it had not have no past before then."""
        self._in_policy = frozenset(names)
        for name in self._in_policy:
            span = self._spans.setdefault(name, Span())
            if span.since is None:
                span.since = int(at.timestamp()) // _HOUR_S

    def note(self, names: Iterable[str], at: datetime, n: int = 1) -> None:
        """Counts these names at a time, `n` times each."""
        second = int(at.timestamp())
        for name in names:
            span = self._spans.setdefault(name, Span())
            span.minutes[second // _MINUTE_S] += n
            span.hours[second // _HOUR_S] += n
            span.days[second // _DAY_S] += n

    def note_again(self, names: Iterable[str], at: datetime) -> None:
        """Counts these names once more, for an actor who counted in that minute before."""
        day = int(at.timestamp()) // _DAY_S
        for name in names:
            self._spans.setdefault(name, Span()).days[day] += 1

    def add(self, counted: RuleCounts) -> None:
        """Adds what a process counted."""
        self._add(ITEMS, counted.n_items)
        for name, count in counted.rules.items():
            self._add(name, count)

    def names(self) -> list[str]:
        """Gives the names that were counted, items not among them."""
        return [name for name in self._spans if name != ITEMS]

    def n_of_day(self, name: str, now: datetime) -> int:
        """Gives the count since midnight, UTC."""
        day = int(now.timestamp()) // _DAY_S
        return self._sum(name, "days", day, day)

    def n_of_minutes(self, name: str, now: datetime, n_minutes: int) -> int:
        """Gives the count of the minute that runs and those before it, `n_minutes` in all."""
        minute = int(now.timestamp()) // _MINUTE_S
        return self._sum(name, "minutes", minute - n_minutes + 1, minute)

    def usual_of_minutes(self, name: str, now: datetime, n_minutes: int) -> float | None:
        """Gives how often it usually is counted in so many minutes: the mean of a day.

        That is of the full hours before the one that ended last, from the first in which anything
        was judged and the rule was there, 24 at most: so a burst of now does not count as usual.
        What the rule would have done in shadow counts too. None with less than an hour.
        """
        hour = int(now.timestamp()) // _HOUR_S
        items = self._spans.get(ITEMS, Span())
        since = self._spans.get(name, Span()).since
        first = max(min(items.hours, default=hour), since or 0, hour - 25)
        n_hours = hour - 1 - first
        if n_hours < 1:
            return None
        n = sum(self._sum(one, "hours", first, hour - 2) for one in (name, f"{SHADOW}{name}"))
        return n / n_hours * n_minutes / 60

    def told(self, process: str, now: datetime) -> RuleCounts:
        """Gives the counts for others, and forgets what is too old to matter."""
        self._forget(now)
        return RuleCounts(
            process=process,
            counted_at=now,
            rules={name: _told(self._spans[name]) for name in sorted(self.names())},
            n_items=_told(self._spans.get(ITEMS, Span())),
        )

    def _forget(self, now: datetime) -> None:
        second = int(now.timestamp())
        for name, span in list(self._spans.items()):
            for number in [one for one in span.minutes if one <= second // 60 - MINUTES_KEPT]:
                del span.minutes[number]
            for number in [one for one in span.hours if one <= second // _HOUR_S - HOURS_KEPT]:
                del span.hours[number]
            for number in [one for one in span.days if one <= second // _DAY_S - DAYS_KEPT]:
                del span.days[number]
            is_counted = span.minutes or span.hours or span.days
            if not is_counted and name not in self._in_policy:
                del self._spans[name]

    def _add(self, name: str, count: RuleCount) -> None:
        span = self._spans.setdefault(name, Span())
        span.minutes.update({int(number): n for number, n in count.minutes.items()})
        span.hours.update({int(number): n for number, n in count.hours.items()})
        span.days.update({int(number): n for number, n in count.days.items()})
        if count.since is not None:
            span.since = count.since if span.since is None else min(span.since, count.since)

    def _sum(self, name: str, which: str, first: int, last: int) -> int:
        span = self._spans.get(name)
        if span is None:
            return 0
        counts: Counter[int] = getattr(span, which)
        return sum(n for number, n in counts.items() if first <= number <= last)


class Firsts:
    """Tells what an actor counted for the first time in a minute. Not for several threads."""

    def __init__(self) -> None:
        self._minute = 0
        self._met: set[tuple[str, str]] = set()

    def of(self, names: set[str], actor_id: str, at: datetime) -> set[str]:
        """Gives the names that the actor has not counted for in this minute."""
        minute = int(at.timestamp()) // _MINUTE_S
        if minute != self._minute or len(self._met) > MOST_MET:
            self._minute = minute
            self._met.clear()
        first = {name for name in names if (name, actor_id) not in self._met}
        self._met.update((name, actor_id) for name in first)
        return first


def _told(span: Span) -> RuleCount:
    return RuleCount(
        minutes={str(number): span.minutes[number] for number in sorted(span.minutes)},
        hours={str(number): span.hours[number] for number in sorted(span.hours)},
        days={str(number): span.days[number] for number in sorted(span.days)},
        since=span.since,
    )


def counted_of(verdict: Verdict) -> set[str]:
    """Gives the names to count for a verdict: rules, and detectors whose signals they saw.

    Counted are rules that acted, or would have but for a limit; those in shadow by names of their
    own. A stage after the first counts what it has found itself, that of campaigns the rules that
    look at no label.
    """
    shadowed = verdict.would.reasons if verdict.would is not None else ()
    if not verdict.reasons and not shadowed:
        return set()
    own = [one for one in verdict.signals if _stage_of(one) == verdict.stage]
    found: set[str] = set()
    for reason in verdict.reasons:
        if reason.mode == "shadow" or reason.action in {None, "allow"}:
            continue
        seen = _seen(reason, own)
        is_new = verdict.stage == "fast" or (verdict.stage == "campaign" and reason.label is None)
        if seen or (is_new and reason.code not in UNJUDGED):
            found.add(reason.rule)
        found.update(f"{DETECTOR}{one.detector.partition('@')[0]}" for one in seen)
    for reason in shadowed:
        if _seen(reason, own) or verdict.stage == "fast":
            found.add(f"{SHADOW}{reason.rule}")
    return found


def _seen(reason: Reason, signals: Iterable[Signal]) -> list[Signal]:
    """Gives the signals that a reason rests on."""
    least = reason.score or 0.0
    return [one for one in signals if one.label == reason.label and one.score >= least]


def _stage_of(signal: Signal) -> Stage:
    """The stage that a signal is from, by whose words or pictures it is about."""
    reader = (signal.evidence or {}).get("by", signal.detector).partition(".")[0]
    if reader in {"video", "audio"} or signal.time_range is not None:
        return "av"
    return "image" if reader in {"image", "media"} else "fast"
