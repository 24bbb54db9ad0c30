"""Which rules ask for review alone: over their quota, or braked. Pure."""

from datetime import datetime
from functools import lru_cache
from typing import Final, Literal

from msgspec import Struct

from streams.limiting.counting import ITEMS, Tally
from streams.policy import conditions
from streams.policy.conditions import Condition
from streams.policy.document import Brake, Policy, Rule
from streams.policy.faults import CHILD, MAX_RULES, concerns_children
from streams.policy.firing import DETECTOR

Cause = Literal["quota", "brake"]
RELEASE: Final = 2.0
"""A brake is released once the rule fires less than a so-manieth of what braked it."""


class Limit(Struct, frozen=True):
    """A rule, or a detector (`detector:text.risk`), that asks for review alone, and why."""

    name: str
    cause: Cause
    detail: str
    """For people: the count and what it was held against."""


def limits(tally: Tally, policy: Policy, now: datetime, held: frozenset[str]) -> tuple[Limit, ...]:
    """Gives what is limited now. `held` names what was braked at the last look.

    What concerns child_safety is never limited: `streams.policy` refuses such quotas and the brake
    passes it over.
    """
    found: list[Limit] = []
    for rule in policy.rules:
        if not concerns_children(rule, _asked(rule)):
            one = _over_quota(rule.id, rule.daily_quota, tally, now)
            if one is None and rule.brake:
                one = _braked(rule.id, policy.brake, tally, now, is_held=rule.id in held)
            if one is not None:
                found.append(one)
    for detector, quota in policy.detector_quotas.items():
        one = _over_quota(f"{DETECTOR}{detector}", quota, tally, now)
        if one is not None:
            found.append(one)
    return tuple(found)


def _asked(rule: Rule) -> Condition | None:
    """The rule's condition, where it may be about children; only an escape hides the word."""
    may = CHILD in rule.when or "\\" in rule.when
    return _compiled(rule.when) if may else None


@lru_cache(MAX_RULES)
def _compiled(text: str) -> Condition:
    """A condition that was checked before. Limits are looked at every second, so it is kept."""
    return conditions.compiled(text)


def _over_quota(name: str, quota: int | None, tally: Tally, now: datetime) -> Limit | None:
    if quota is None:
        return None
    n = tally.n_of_day(name, now)
    return Limit(name, "quota", f"{n} today, of {quota}") if n >= quota else None


def _braked(name: str, brake: Brake, tally: Tally, now: datetime, *, is_held: bool) -> Limit | None:
    minutes = brake.window_minutes
    n = tally.n_of_minutes(name, now, minutes)
    usual = tally.usual_of_minutes(name, now, minutes)
    # Without a past it is held against all that was judged.
    share = brake.share * tally.n_of_minutes(ITEMS, now, minutes)
    most = max(brake.least, share if usual is None else brake.factor * usual)
    if n <= (most / RELEASE if is_held else most):
        return None
    against = "no past" if usual is None else f"usually {usual:.1f}"
    return Limit(name, "brake", f"{n} in {minutes} minutes, {against}")
