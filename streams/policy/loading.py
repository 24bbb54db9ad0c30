"""Loading a policy from its files."""

import tomllib
from collections.abc import Collection
from pathlib import Path
from typing import Final

import msgspec

from detectors import registry
from streams.policy.compiled import CompiledPolicy, compile_policy
from streams.policy.document import Policy
from streams.policy.errors import PolicyInvalid, invalid

SHIPPED: Final = Path(__file__).parents[1] / "policies" / "default.toml"
MAX_POLICY_BYTES: Final = 1 << 20


def load(path: Path, *, known: Collection[str] = registry.NAMES) -> CompiledPolicy:
    """Reads and checks a policy file, whose rules may name the `known` detectors.

    Raises PolicyInvalid.
    """
    try:
        if path.exists() and not path.is_file():
            raise invalid(str(path), "not a file")
        if path.stat().st_size > MAX_POLICY_BYTES:
            raise invalid(str(path), f"larger than {MAX_POLICY_BYTES} bytes")
        written = tomllib.loads(path.read_text(encoding="utf-8"))
        policy = msgspec.convert(written, Policy)
    except (OSError, ValueError, RecursionError) as error:
        if isinstance(error, PolicyInvalid):
            raise
        raise invalid(str(path), _cause(error)) from error
    return compile_policy(policy, where=str(path), known=known)


def _cause(error: Exception) -> str:
    """What went wrong, without the file's name, which an OSError repeats."""
    return (isinstance(error, OSError) and error.strerror) or str(error)
