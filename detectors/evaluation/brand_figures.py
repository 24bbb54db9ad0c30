"""The figures of `image.brand`: what was found of copies, and of what is none."""

from collections.abc import Sequence

import numpy as np
from msgspec import Struct

from detectors.image.brand.match import Scale


class Seen(Struct, frozen=True):
    """What a trial's picture was likest to."""

    kind: str
    name: str
    brand: str | None
    """The right answer; None: none."""
    found: str
    cosine: float
    hash_found: str
    bits: int


class Recall(Struct, frozen=True):
    """Of the copies under one disguise: found as the right brand, or as a wrong one."""

    kind: str
    n: int
    found: int
    by_hash: int
    wrong: int


class Taken(Struct, frozen=True):
    """Pictures of one source that pass the threshold, and which."""

    source: str
    n: int
    n_found: int
    pairs: tuple[str, ...]


class Part(Struct, frozen=True):
    """What was found with one list of protected logos."""

    title: str
    n_protected: int
    recalls: tuple[Recall, ...]
    taken: tuple[Taken, ...]
    curve: tuple[tuple[float, float, float, float], ...]
    """Cosine; shares of copies, of unrelated pictures and of other coins at or above it."""


class Report(Struct, frozen=True):
    """Everything measured."""

    cosine: float
    """At the recommended threshold."""
    threshold: float
    max_bits: int
    parts: tuple[Part, ...]
    picture_ms: float
    model_ms: float
    load_ms: float
    n_shipped: int
    load_average: float


def part(title: str, n_protected: int, all_of: Sequence[Seen], scale: Scale, at: float) -> Part:
    """Gives the figures of one list of protected logos at a cosine."""
    copies = [one for one in all_of if one.brand is not None]
    others = [one for one in all_of if one.brand is None]
    kinds = list(dict.fromkeys(one.kind for one in copies))
    sources = list(dict.fromkeys(one.kind for one in others))
    recalls = tuple(
        _recall(kind, [one for one in copies if one.kind == kind], scale, at) for kind in kinds
    )
    taken = tuple(
        _taken(source, [one for one in others if one.kind == source], scale, at)
        for source in sources
    )
    return Part(title, n_protected, recalls, taken, _curve(copies, others))


def answer(one: Seen, scale: Scale, at: float) -> tuple[str | None, str]:
    """Gives the brand that is told at a cosine, None for none, and by what."""
    if one.cosine >= at:
        return one.found, "embedding"
    if one.bits <= scale.max_bits:
        return one.hash_found, "hash"
    return None, ""


def _recall(kind: str, copies: Sequence[Seen], scale: Scale, at: float) -> Recall:
    answers = [(one, *answer(one, scale, at)) for one in copies]
    return Recall(
        kind,
        len(copies),
        sum(brand == one.brand for one, brand, _ in answers),
        sum(one.bits <= scale.max_bits and one.hash_found == one.brand for one in copies),
        sum(brand not in {None, one.brand} for one, brand, _ in answers),
    )


def _taken(source: str, others: Sequence[Seen], scale: Scale, at: float) -> Taken:
    told = [(one, answer(one, scale, at)[0]) for one in others]
    pairs = [f"{one.name} as {brand}" for one, brand in told if brand is not None]
    return Taken(source, len(others), len(pairs), tuple(pairs))


def _curve(
    copies: Sequence[Seen], others: Sequence[Seen]
) -> tuple[tuple[float, float, float, float], ...]:
    """Shares at cosines in steps of a twentieth."""
    rows = []
    coins = [one.cosine for one in others if one.kind == "coin"]
    rest = [one.cosine for one in others if one.kind != "coin"]
    for step in range(8, 20):
        at = step / 20
        right = [one.cosine >= at and one.found == one.brand for one in copies]
        shares = [
            float(np.mean([cosine >= at for cosine in cosines])) if cosines else 0.0
            for cosines in (rest, coins)
        ]
        rows.append((at, float(np.mean(right)), *shares))
    return tuple((a, b, c, d) for a, b, c, d in rows)
