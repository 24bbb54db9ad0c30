"""How often one attack succeeds: over all texts, by label and by language."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from msgspec import Struct

from detectors.evaluation.measures import Estimate, wilson
from detectors.evaluation.redteam.attack import Attack, Kind
from detectors.evaluation.redteam.trial import Outcome, Target
from detectors.evaluation.run.examples import redacted
from detectors.evaluation.run.rows import LabelledText

ALL: Final = "*"
_N_WORST: Final = 3


class Detected(Struct, frozen=True):
    """Texts of a label and language, and how many of them are flagged before any attack."""

    label: str
    lang: str
    n: int
    rate: Estimate


class Rate(Struct, frozen=True):
    """How often an attack succeeds on texts of a label and language that were flagged."""

    label: str
    lang: str
    n: int
    n_success: int
    rate: Estimate


class Worst(Struct, frozen=True, kw_only=True):
    """A success on a text that was flagged clearly, redacted. Margins are score less threshold."""

    id: str
    lang: str
    labels: tuple[str, ...]
    before: float
    after: float
    redacted: str


class Attempt(Struct, frozen=True, kw_only=True):
    """One attack over all targets. `rate` is None where it has a form for none of them."""

    name: str
    kind: Kind
    summary: str
    is_readable: bool
    n: int
    n_success: int
    n_unchanged: int
    n_queries: int
    rate: Estimate | None
    rates: tuple[Rate, ...]
    worst: tuple[Worst, ...]


def detected(rows: Sequence[LabelledText], found: Sequence[Target]) -> Iterator[Detected]:
    """Of the texts of each label and language, those flagged for any label of theirs."""
    flagged = {id(target.row) for target in found}
    for label, lang in _keys((_labels(row), row.lang) for row in rows):
        inside = [id(row) in flagged for row in rows if _is_in(_labels(row), row.lang, label, lang)]
        yield Detected(label, lang, len(inside), wilson(sum(inside), len(inside)))


def _labels(row: LabelledText) -> tuple[str, ...]:
    return tuple(label for label, value in row.labels.items() if value == 1)


def _keys(given: Iterable[tuple[tuple[str, ...], str]]) -> list[tuple[str, str]]:
    """All, each language, each label, each label in each language."""
    pairs = {(label, lang) for labels, lang in given for label in labels}
    labels, langs = ({pair[at] for pair in pairs} for at in (0, 1))
    whole = [(ALL, ALL)] if pairs else []
    sides = [(ALL, lang) for lang in sorted(langs)] + [(label, ALL) for label in sorted(labels)]
    return [*whole, *sides, *sorted(pairs)]


def _is_in(labels: tuple[str, ...], own: str, label: str, lang: str) -> bool:
    return (label == ALL or label in labels) and lang in {ALL, own}


def attempt(attack: Attack, outcomes: Sequence[Outcome], found: Sequence[Target]) -> Attempt:
    """The figures of one attack."""
    n_success = sum(one.is_success for one in outcomes)
    return Attempt(
        name=attack.name,
        kind=attack.kind,
        summary=attack.summary,
        is_readable=attack.is_readable,
        n=len(outcomes),
        n_success=n_success,
        n_unchanged=len(found) - len(outcomes),
        n_queries=sum(one.n_queries for one in outcomes),
        rate=wilson(n_success, len(outcomes)) if outcomes else None,
        rates=tuple(_rates(outcomes, found)),
        worst=tuple(_worst(outcomes, found)),
    )


def _rates(outcomes: Sequence[Outcome], found: Sequence[Target]) -> Iterator[Rate]:
    """By what was flagged: a label of the text that was not does not count for it."""
    own = [(found[one.target].flagged, found[one.target].row.lang) for one in outcomes]
    for label, lang in _keys(own)[1:]:
        inside = [
            one.is_success
            for one, (labels, spoken) in zip(outcomes, own, strict=True)
            if _is_in(labels, spoken, label, lang)
        ]
        yield Rate(label, lang, len(inside), sum(inside), wilson(sum(inside), len(inside)))


def _worst(outcomes: Sequence[Outcome], found: Sequence[Target]) -> Iterator[Worst]:
    """The successes on what was flagged most clearly."""
    hits = [one for one in outcomes if one.is_success]
    hits.sort(key=lambda one: (-found[one.target].margin, one.target))
    for one in hits[:_N_WORST]:
        target = found[one.target]
        yield Worst(
            id=str(target.row.id),
            lang=target.row.lang,
            labels=target.flagged,
            before=round(target.margin, 4),
            after=round(one.margin, 4),
            redacted=redacted(" ".join(one.sent)),
        )
