"""What conditions see of an item, read once and only where a condition asks. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Final

from msgspec import Struct

from schemas.features import Features
from schemas.labels import Label, Surface
from schemas.signals import Signal
from streams.policy import conditions
from streams.policy.compiled import JOINED_FROM, Entry, Plan
from streams.policy.names import FEATURES, SCORES, SURFACE

if TYPE_CHECKING:
    from streams.policy.conjuncts import Value


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


_DOUBLES: Final = frozenset(name for name, kind in FEATURES.items() if kind == "double")


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
        condition = entry.condition
        if condition is None:
            return True
        found = conditions.value(condition.program, self._named(condition.names))
        return found if isinstance(found, bool) else None

    def of_ungated(self) -> Iterator[tuple[Entry, bool | None]]:
        """Gives the rules without gate whose conditions hold, or cannot be evaluated (None)."""
        left = [entry for entry in self._plan.ungated if self._passes(entry)]
        n_open = sum(entry.condition is not None for entry in left)
        together = self._together() if n_open >= JOINED_FROM else None
        for entry in left:
            holds: bool | None = True
            if entry.condition is not None:
                holds = self.holds(entry) if together is None else together[entry.rule.id]
            if holds is not False:
                yield entry, holds

    def _passes(self, entry: Entry) -> bool:
        """Whether all that needs no CEL holds."""
        if not entry.guards:
            return True
        values = self._values
        if values is None:
            scores = (self._highest.get(label, 0.0) for label in self._plan.labels)
            values = self._values = (*self._plan.read(self._given.features), *scores)
        return all(compare(values[at], value) for at, compare, value in entry.guards)

    def _together(self) -> dict[str, bool] | None:
        """All conditions of rules without gate at once; None where one cannot be evaluated."""
        if self._plan.joined is None:
            return None
        program, names = self._plan.joined
        found = conditions.value(program, self._named(names))
        if not isinstance(found, list):
            return None
        return {entry.rule.id: one for entry, one in zip(self._plan.ungated, found, strict=False)}

    def _named(self, names: Sequence[str]) -> dict[str, object]:
        return {name: self._fact(name) for name in names}

    def _fact(self, name: str) -> object:
        given = self._given
        if name in FEATURES:
            table, _, field = name.partition(".")
            found = getattr(getattr(given.features, table), field)
            return float(found) if name in _DOUBLES else found
        if name in SCORES:
            return self._highest.get(SCORES[name], 0.0)
        if name == SURFACE:
            return given.surface
        if name == conditions.SIGNALS:
            return conditions.messages(given.signals)
        if name == "now":
            return given.now
        return list(given.missing if name == "missing" else given.pending)
