"""Checking a policy's files: what is wrong, each with file and line."""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Final

import msgspec
from msgspec import Struct

from detectors import registry
from streams.policy import examples, reach, shape, sources
from streams.policy.document import Policy, Rule, Test
from streams.policy.faults import PolicyFault, faults
from streams.policy.sources import MAX_FINDINGS, Finding, Unreadable, Written

if TYPE_CHECKING:
    from streams.policy.conditions import Condition

_ITEMS: Final[Mapping[str, type[Struct]]] = {"rules": Rule, "tests": Test}
"""What the lists are of whose items may be wrong one by one."""


def check(path: Path, *, known: Collection[str] = registry.NAMES) -> list[Finding]:
    """Gives the findings of a policy's file or folder, by file and line.

    Of errors and of warnings MAX_FINDINGS each are told, then that there are more. Rules may name
    the `known` detectors. Blocks while files are read.
    """
    try:
        written = sources.read(path)
    except Unreadable as error:
        return error.findings
    found = list(written.strays[:MAX_FINDINGS])
    n_found = Counter({"error": len(written.strays)})
    for fault, level in _faults(written, known):
        n_found[level] += 1
        if n_found["error"] > MAX_FINDINGS:
            break
        if n_found[level] <= MAX_FINDINGS:
            found.append(_finding(written, fault, level))
    found.sort(key=lambda one: (one.file, one.line, one.column))
    return [*found, *_more(str(path), n_found)]


def first_error(path: Path, written: Written, known: Collection[str]) -> Finding:
    """Gives what keeps a policy that cannot be used from it: the first fault, and no other."""
    if written.strays:
        return written.strays[0]
    for fault, level in _faults(written, known):
        if level == "error":
            return _finding(written, fault)
    return Finding(file=str(path), message="no policy")


def _more(name: str, n_found: Mapping[str, int]) -> Iterator[Finding]:
    if n_found["error"] > MAX_FINDINGS:
        yield Finding(file=name, message=f"and more errors than these {MAX_FINDINGS}")
    elif n_found["warning"] > MAX_FINDINGS:
        told = f"and {n_found['warning'] - MAX_FINDINGS} more warnings"
        yield Finding(file=name, level="warning", message=told)


def _faults(written: Written, known: Collection[str]) -> Iterator[tuple[PolicyFault, str]]:
    """What is wrong, and whether that is an error or a warning; what keeps it from use first."""
    wrong, policy, kept = _shaped(written)
    yield from ((fault, "error") for fault in wrong)
    if policy is None:
        return
    compiled: dict[str, Condition] = {}
    for fault in faults(policy, known=known, compiled=compiled):
        yield _moved(fault, kept), "error"
    for fault in examples.faults(policy):
        yield _moved(fault, kept), "error"
    for remark in reach.remarks(policy, compiled):
        yield _moved(PolicyFault(remark.path, remark.message), kept), remark.level


def _shaped(
    written: Written,
) -> tuple[list[PolicyFault], Policy | None, Mapping[str, list[int]]]:
    """What is wrong with the shape, and the policy of what is right, if that makes one.

    Gives too which rules and tests are in it, by their indices in the files.
    """
    holds = dict(written.holds)
    wrong = list(islice(_misshapen(holds), MAX_FINDINGS + 1))
    broken = {fault.path[:2] for fault in wrong}
    is_elsewhere = any(path[:1] not in {("rules",), ("tests",)} or not path[1:] for path in broken)
    if is_elsewhere or len(wrong) > MAX_FINDINGS:
        return wrong, None, {}
    kept: dict[str, list[int]] = {}
    for key in _ITEMS:
        items = holds.get(key)
        if isinstance(items, list):
            kept[key] = [at for at in range(len(items)) if (key, at) not in broken]
            holds[key] = [items[at] for at in kept[key]]
    return wrong, msgspec.convert(holds, Policy), kept


def _misshapen(holds: dict[str, object]) -> Iterator[PolicyFault]:
    """What is wrong with the shape: first of the policy, then of its rules and its tests.

    Only those that are wrong are looked at one by one, which takes longer than to convert them.
    """
    lists = {key: items for key in _ITEMS if isinstance(items := holds.get(key), list)}
    yield from shape.faults(holds | {key: [] for key in lists}, Policy)
    for key, items in lists.items():
        for at, item in enumerate(items):
            if not _fits(item, _ITEMS[key]):
                yield from shape.faults(item, _ITEMS[key], (key, at))


def _fits(item: object, kind: type[Struct]) -> bool:
    try:
        msgspec.convert(item, kind)
    except msgspec.ValidationError:
        return False
    return True


def _moved(fault: PolicyFault, kept: Mapping[str, list[int]]) -> PolicyFault:
    """The fault with the index that its rule has in the files."""
    path = fault.path
    if len(path) > 1 and path[0] in kept and isinstance(path[1], int):
        path = (path[0], kept[str(path[0])][path[1]], *path[2:])
    return msgspec.structs.replace(fault, path=path)


def _finding(written: Written, fault: PolicyFault, level: str = "error") -> Finding:
    file, line, column = written.find(fault.path, line=fault.line, column=fault.column)
    return Finding(file=file, line=line, column=column, level=level, message=fault.message)
