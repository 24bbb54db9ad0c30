"""The gate file: how often attacks may succeed at most, as TOML."""

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

from msgspec import Meta, Struct

from detectors.evaluation import gate_file
from detectors.evaluation.gate_file import GateInvalid, Share
from detectors.evaluation.redteam.catalogue import ATTACKS
from detectors.evaluation.redteam.rates import Attempt
from detectors.evaluation.redteam.report import Report


class Gate(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a run must not exceed. Only attacks that keep a text readable count for `each`."""

    mean: Share
    """Highest mean success rate over readable attacks."""
    each: Share
    """Highest success rate of any readable attack."""
    attacks: dict[str, Share] = {}
    """By name, instead of `each`; for any attack."""
    min_flagged: Annotated[int, Meta(ge=1)] = 1
    """Least number of texts flagged before any attack: a gate on nothing is missed."""


def read(path: Path) -> Gate:
    """Reads a gate file. Raises GateInvalid."""
    given = gate_file.read(path, Gate)
    for name in given.attacks:
        if name not in ATTACKS:
            message = f"{path}: no attack is called {name!r}"
            raise GateInvalid(message)
    return given


def missed(gate: Gate, report: Report) -> tuple[str, ...]:
    """What the run exceeds, a line each."""
    return tuple(_missed(gate, report))


def _missed(gate: Gate, report: Report) -> Iterator[str]:
    if report.n_flagged < gate.min_flagged:
        yield f"{report.n_flagged} texts flagged before any attack, under {gate.min_flagged}"
    if report.mean is None:
        yield "mean over readable attacks: not measured"
    elif report.mean.value > gate.mean:
        yield f"mean over readable attacks: {report.mean.value:.4f}, over {gate.mean:g}"
    for one in report.attempts:
        bound = _bound(gate, one)
        if bound is not None and one.rate is not None and one.rate.value > bound:
            yield f"{one.name}: {one.rate.value:.4f}, over {bound:g}"
    yield from (
        f"{name}: not measured"
        for name in gate.attacks
        if not any(one.name == name and one.rate for one in report.attempts)
    )


def _bound(gate: Gate, attempt: Attempt) -> float | None:
    return gate.attacks.get(attempt.name, gate.each if attempt.is_readable else None)
