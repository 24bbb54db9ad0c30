"""Scores from factors: a sum of log-odds that anyone can follow."""

import math
from collections.abc import Mapping
from typing import Final

from msgspec import Struct

from detectors.text.entities.finding import Finding
from schemas.labels import Label

_DECIMALS: Final = 3


class Judged(Struct, frozen=True):
    """A finding under a label, with its score."""

    label: Label
    score: float
    finding: Finding


def probability(log_odds: float) -> float:
    """Gives the probability of log-odds, rounded to three decimals."""
    return round(1.0 / (1.0 + math.exp(-log_odds)), _DECIMALS)


def why(factors: Mapping[str, float]) -> str:
    """Writes factors out, in their order: `link +1.6, advice -1.5`."""
    return ", ".join(f"{name} {weight:+.1f}" for name, weight in factors.items())


def judged(label: Label, factors: Mapping[str, float], finding: Finding) -> Judged:
    """Gives a finding the score of its factors, which its evidence then lists as `why`."""
    evidence = {"kind": finding.kind, **finding.evidence, "why": why(factors)}
    explained = Finding(kind=finding.kind, start=finding.start, end=finding.end, evidence=evidence)
    return Judged(label, probability(sum(factors.values())), explained)
