"""Checking a policy's files: everything that is wrong, each with file and line."""

from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from detectors import registry
from streams.policy import examples, reach, shape, sources
from streams.policy.document import Policy
from streams.policy.faults import PolicyFault, faults
from streams.policy.sources import Finding, Unreadable, Written

if TYPE_CHECKING:
    from streams.policy.conditions import Condition

_LISTS = ("rules", "tests")


def check(path: Path, *, known: Collection[str] = registry.NAMES) -> list[Finding]:
    """Gives all findings of a policy's file or folder, by file and line.

    Rules may name the `known` detectors. Blocks while files are read.
    """
    try:
        written = sources.read(path)
    except Unreadable as error:
        return error.findings
    return sorted(_findings(written, known), key=lambda one: (one.file, one.line, one.column))


def errors(written: Written, known: Collection[str]) -> list[Finding]:
    """Gives what keeps a policy from being used, in its order."""
    findings = [*written.strays]
    compiled: dict[str, Condition] = {}
    wrong, policy, kept = _shaped(written)
    findings += [_finding(written, fault) for fault in wrong]
    if policy is not None:
        found = faults(policy, known=known, compiled=compiled)
        findings += [_finding(written, _moved(fault, kept)) for fault in found]
    return findings


def _findings(written: Written, known: Collection[str]) -> Iterator[Finding]:
    yield from written.strays
    wrong, policy, kept = _shaped(written)
    for fault in wrong:
        yield _finding(written, fault)
    if policy is None:
        return
    compiled: dict[str, Condition] = {}
    for fault in faults(policy, known=known, compiled=compiled):
        yield _finding(written, _moved(fault, kept))
    for fault in examples.faults(policy):
        yield _finding(written, _moved(fault, kept))
    for remark in reach.remarks(policy, compiled):
        fault = _moved(PolicyFault(remark.path, remark.message), kept)
        yield _finding(written, fault, level=remark.level)


def _shaped(
    written: Written,
) -> tuple[list[PolicyFault], Policy | None, Mapping[str, list[int]]]:
    """What is wrong with the shape, and the policy of what is right, if that makes one.

    Gives too which rules and tests are in it, by their indices in the files.
    """
    wrong = list(shape.faults(written.holds, Policy))
    broken = {fault.path[:2] for fault in wrong}
    if any(path[:1] not in {("rules",), ("tests",)} or path[1:] == () for path in broken):
        return wrong, None, {}
    kept: dict[str, list[int]] = {}
    holds = dict(written.holds)
    for key in _LISTS:
        items = holds.get(key)
        if isinstance(items, list):
            kept[key] = [at for at in range(len(items)) if (key, at) not in broken]
            holds[key] = [items[at] for at in kept[key]]
    return wrong, msgspec.convert(holds, Policy), kept


def _moved(fault: PolicyFault, kept: Mapping[str, list[int]]) -> PolicyFault:
    """The fault with the index that its rule has in the files."""
    path = fault.path
    if len(path) > 1 and path[0] in kept and isinstance(path[1], int):
        path = (path[0], kept[str(path[0])][path[1]], *path[2:])
    return msgspec.structs.replace(fault, path=path)


def _finding(written: Written, fault: PolicyFault, level: str = "error") -> Finding:
    file, line, column = written.find(fault.path, line=fault.line, column=fault.column)
    return Finding(file=file, line=line, column=column, level=level, message=fault.message)
