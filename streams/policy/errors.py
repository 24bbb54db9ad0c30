"""Why a policy cannot be used."""

from typing import Final

MAX_CAUSE_CHARS: Final = 500


class PolicyInvalid(ValueError):
    """A policy cannot be used; the message says which file and why, in one line."""


def invalid(where: str, cause: str) -> PolicyInvalid:
    """Gives an error in one line, whatever a file holds: its own text may stand in the cause."""
    line = " ".join(f"{where}: {cause}".split())
    return PolicyInvalid(line if len(line) <= MAX_CAUSE_CHARS else f"{line[:MAX_CAUSE_CHARS]}...")
