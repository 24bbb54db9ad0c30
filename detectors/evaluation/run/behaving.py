"""The functional suite's pass rates."""

from collections import Counter
from collections.abc import Sequence
from itertools import product

import numpy as np
from msgspec import Struct

from detectors.evaluation import measures
from detectors.evaluation.functional.suite import LANGUAGES, Behaviour, Case, Expect
from detectors.evaluation.measures import Estimate
from detectors.evaluation.run.rows import COLUMNS
from detectors.evaluation.run.scoring import Scored


class Rate(Struct, frozen=True, kw_only=True):
    """The share of cases that went as the suite expects, of a behaviour or a language or both."""

    name: str
    expect: Expect
    lang: str
    n: int
    n_passed: int
    rate: Estimate


class Failure(Struct, frozen=True):
    """A case that went wrong, with the label found or expected and its score."""

    case: str
    label: str
    score: float


class Functional(Struct, frozen=True, kw_only=True):
    """How a detector set does on the suite, at its own thresholds."""

    n: int
    overall: tuple[Rate, ...]
    by_language: tuple[Rate, ...]
    by_behaviour: tuple[Rate, ...]
    by_both: tuple[Rate, ...]
    failures: tuple[Failure, ...]


def passed(case: Case, behaviour: Behaviour, flagged: Sequence[str]) -> bool:
    """Whether a case went well: a label that is accepted was flagged, or none at all."""
    if case.expect == "pass":
        return not flagged
    return not {behaviour.label, *behaviour.accepts}.isdisjoint(flagged)


def measure(cases: Sequence[Case], behaviours: Sequence[Behaviour], scored: Scored) -> Functional:
    """Gives the pass rates; `scored` holds the cases' texts in order."""
    known = {one.id: one for one in behaviours}
    went: list[tuple[Case, bool]] = []
    failures = []
    for row, case in enumerate(cases):
        flags = np.flatnonzero(scored.flagged[row, :-1])
        well = passed(case, known[case.behaviour], [COLUMNS[at] for at in flags])
        went.append((case, well))
        if not well:
            wrong = int(flags[scored.scores[row, flags].argmax()]) if len(flags) else -1
            at = wrong if case.expect == "pass" else COLUMNS.index(case.label)
            score = round(float(scored.scores[row, at]), 4)
            failures.append(Failure(case.id, COLUMNS[at], score))
    expects: tuple[Expect, ...] = ("flag", "pass")
    return Functional(
        n=len(cases),
        overall=_rates(went, [("*", one, "*") for one in expects]),
        by_language=_rates(went, [("*", one, lang) for lang in LANGUAGES for one in expects]),
        by_behaviour=_rates(went, [(one.id, one.expect, "*") for one in behaviours]),
        by_both=_rates(
            went, [(one.id, one.expect, lang) for one in behaviours for lang in LANGUAGES]
        ),
        failures=tuple(failures),
    )


def _rates(
    went: Sequence[tuple[Case, bool]], wanted: Sequence[tuple[str, Expect, str]]
) -> tuple[Rate, ...]:
    counts: Counter[tuple[str, Expect, str]] = Counter()
    hits: Counter[tuple[str, Expect, str]] = Counter()
    for case, well in went:
        for name, lang in product((case.behaviour, "*"), (case.lang, "*")):
            counts[name, case.expect, lang] += 1
            hits[name, case.expect, lang] += well
    return tuple(
        Rate(
            name=key[0],
            expect=key[1],
            lang=key[2],
            n=counts[key],
            n_passed=hits[key],
            rate=measures.wilson(hits[key], counts[key]),
        )
        for key in wanted
        if counts[key]
    )
