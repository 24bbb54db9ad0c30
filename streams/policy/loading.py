"""Loading a policy from its files."""

from collections.abc import Collection
from pathlib import Path
from typing import Final

import msgspec

from detectors import registry
from streams.policy import checking, sources
from streams.policy.compiled import CompiledPolicy, compile_policy
from streams.policy.document import Policy
from streams.policy.errors import PolicyInvalid, invalid

SHIPPED: Final = Path(__file__).parents[1] / "policies" / "default"
"""The policy that ships, a folder."""


def load(path: Path, *, known: Collection[str] = registry.NAMES) -> CompiledPolicy:
    """Reads and checks a policy's file or folder, whose rules may name the `known` detectors.

    Raises PolicyInvalid, which tells of the first mistake. Blocks while files are read.
    """
    try:
        written = sources.read(path)
    except sources.Unreadable as error:
        raise _told(error.findings[0]) from error
    if not written.strays:
        try:
            policy = msgspec.convert(written.holds, Policy)
            return compile_policy(policy, known=known)
        except (msgspec.ValidationError, PolicyInvalid):
            pass  # said below, with the line
    raise _told(checking.first_error(path, written, known))


def _told(found: sources.Finding) -> PolicyInvalid:
    place = f"{found.file}:{found.line}" if found.line else found.file
    return invalid(place, found.message)
