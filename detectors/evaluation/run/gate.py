"""The gate file: what a report must reach, as TOML."""

from collections.abc import Iterator
from pathlib import Path
from typing import Final, Literal

from msgspec import Struct

from detectors.evaluation import gate_file
from detectors.evaluation.gate_file import GateInvalid, Share
from detectors.evaluation.run.behaving import Functional
from detectors.evaluation.run.cells import ALL
from detectors.evaluation.run.report import Side
from detectors.evaluation.run.rows import COLUMNS

Figure = Literal[
    "average_precision", "f1", "recall_at_fpr", "precision_at_fpr", "precision", "recall",
    "fpr", "calibration_error",
]  # fmt: skip
_FALLING: Final = {"fpr", "calibration_error"}


class Bound(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A figure of one label that must not be worse than `bound`: a least, or a most of errors."""

    figure: Figure
    label: str
    bound: Share
    lang: str = ALL
    dataset: str = ALL


class Suite(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Least pass rates of the functional suite."""

    must_flag: Share = 0.0
    must_pass: Share = 0.0
    each_language: Share = 0.0
    """Of both kinds, in every language."""


class Gate(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the first detector set of a report must reach."""

    bounds: tuple[Bound, ...] = ()
    functional: Suite | None = None


def read(path: Path) -> Gate:
    """Reads a gate file. Raises GateInvalid."""
    given = gate_file.read(path, Gate)
    if not given.bounds and given.functional is None:
        message = f"{path}: asks for nothing"
        raise GateInvalid(message)
    if given.functional == Suite():
        message = f"{path}: [functional] asks for nothing"
        raise GateInvalid(message)
    for bound in given.bounds:
        if bound.label not in COLUMNS:
            message = f"{path}: no label is called {bound.label!r}"
            raise GateInvalid(message)
    return given


def missed(gate: Gate, side: Side) -> tuple[str, ...]:
    """What the side does not reach, a line each; a figure that was not measured is missed."""
    found = [line for bound in gate.bounds if (line := _missed(bound, side))]
    if gate.functional is not None:
        found.extend(_suite_missed(gate.functional, side.functional))
    return tuple(found)


def _missed(bound: Bound, side: Side) -> str:
    name = f"{bound.figure} of {bound.label} ({bound.lang}, {bound.dataset})"
    key = bound.label, bound.lang, bound.dataset
    cell = next((one for one in side.cells if (one.label, one.lang, one.dataset) == key), None)
    measured = None if cell is None else getattr(cell, bound.figure)
    if measured is None:
        return f"{name}: not measured"
    value = measured if isinstance(measured, float) else measured.value
    if bound.figure in _FALLING:
        return f"{name}: {value:.4f}, over {bound.bound:g}" if value > bound.bound else ""
    return f"{name}: {value:.4f}, under {bound.bound:g}" if value < bound.bound else ""


def _suite_missed(wanted: Suite, found: Functional | None) -> Iterator[str]:
    if found is None:
        yield "functional suite: not run"
        return
    leasts = {"flag": wanted.must_flag, "pass": wanted.must_pass}
    for rate in found.overall:
        if rate.rate.value < leasts[rate.expect]:
            yield f"must {rate.expect}: {rate.rate.value:.4f}, under {leasts[rate.expect]:g}"
    for rate in found.by_language:
        if rate.rate.value < wanted.each_language:
            yield (
                f"must {rate.expect} in {rate.lang}: {rate.rate.value:.4f}, "
                f"under {wanted.each_language:g}"
            )
