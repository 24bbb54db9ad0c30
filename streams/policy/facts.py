"""What conditions see of an item, read once and only where a condition asks. Pure."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from msgspec import Struct

from schemas.features import Features
from schemas.labels import Label, Surface
from schemas.signals import Signal
from streams.policy import conditions
from streams.policy.compiled import JOINED_FROM, Entry, Plan
from streams.policy.names import SURFACE

if TYPE_CHECKING:
    from streams.policy.conditions import Condition
    from streams.policy.conjuncts import Value
    from streams.policy.names import Reading


class Given(Struct, frozen=True, kw_only=True):
    """All that a policy looks at; each field stands in the verdict. `now` is its `decided_at`."""

    surface: Surface
    now: datetime
    signals: Sequence[Signal] = ()
    missing: Sequence[str] = ()
    pending: Sequence[str] = ()
    features: Features = Features()
    item_id: str = ""
    actor_id: str = ""


class Facts:
    """The facts of one item on one surface."""

    def __init__(self, given: Given, plan: Plan, highest: Mapping[Label, float]) -> None:
        self._given = given
        self._plan = plan
        self._highest = highest
        self._values: tuple[Value, ...] | None = None

    def holds(self, entry: Entry) -> bool | None:
        """Whether a rule's condition holds; None where it cannot be evaluated."""
        if not self._passes(entry):
            return False
        return True if entry.condition is None else self._told(entry.condition)

    def of_ungated(self) -> list[tuple[Entry, bool | None]]:
        """Gives the rules without gate that hold, or cannot be evaluated (None), in order."""
        plan = self._plan
        # Where several conditions are CEL's to tell on any item, all are asked for at once.
        together = self._together() if plan.n_bare >= JOINED_FROM else None
        passed = self._passed(plan.closed if together is not None else plan.unguarded)
        holding: list[tuple[Entry, bool | None]] = []
        open_: list[tuple[Entry, Condition]] = []
        for entry in passed:
            if entry.condition is None:
                holding.append((entry, True))
            elif together is None:
                open_.append((entry, entry.condition))
        if len(open_) >= JOINED_FROM:
            together = self._together()
        if together is not None:
            holding += [
                (entry, True) for entry, one in zip(plan.open, together, strict=True) if one
            ]
        else:
            told = ((entry, self._told(condition)) for entry, condition in open_)
            holding += [(entry, one) for entry, one in told if one is not False]
        return sorted(holding, key=_order) if len(holding) > 1 else holding

    def _passed(self, unguarded: Sequence[Entry]) -> list[Entry]:
        """Of these and of the rules that begin with a guard those of which all holds but CEL."""
        passed = [entry for entry in unguarded if self._passes(entry)]
        if self._plan.firsts:
            values = self._guarded()
            firsts = self._plan.firsts
            begun = [entry for at, test, value, entry in firsts if test(values[at], value)]
            passed += [entry for entry in begun if self._passes(entry)]
        return passed

    def _told(self, condition: "Condition") -> bool | None:
        """What CEL says of a condition."""
        found = conditions.value(condition.program, self.named(condition.reading))
        return found if isinstance(found, bool) else None

    def _together(self) -> list[bool] | None:
        """All open conditions of rules without gate; None where one cannot be evaluated."""
        if self._plan.joined is None:
            return None
        program, reading = self._plan.joined
        found = conditions.value(program, self.named(reading))
        return found if isinstance(found, list) else None

    def _passes(self, entry: Entry) -> bool:
        """Whether all that needs no CEL holds."""
        if not entry.guards and not entry.formulas:
            return True
        values = self._guarded()
        return all(test(values[at], value) for at, test, value in entry.guards) and all(
            holds(values) for holds in entry.formulas
        )

    def _guarded(self) -> tuple["Value", ...]:
        """The values that guards look at."""
        if self._values is None:
            scores = (self._highest.get(label, 0.0) for label in self._plan.labels)
            self._values = (*self._plan.read(self._given.features), *scores)
        return self._values

    def named(self, reading: "Reading") -> dict[str, object]:
        """Gives what names stand for, as CEL takes it."""
        given = self._given
        found: dict[str, object] = dict(
            zip(reading.features, reading.read(given.features), strict=True)
        )
        for name, label in reading.scores:
            found[name] = self._highest.get(label, 0.0)
        for name in reading.others:
            found[name] = self._other(name)
        return found

    def _other(self, name: str) -> object:
        given = self._given
        if name == SURFACE:
            return given.surface
        if name == conditions.SIGNALS:
            return conditions.messages(given.signals)
        if name == "now":
            return given.now
        return list(given.missing if name == "missing" else given.pending)


def _order(found: tuple[Entry, bool | None]) -> int:
    return found[0].order
