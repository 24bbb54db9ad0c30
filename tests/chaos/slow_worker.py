"""A worker that takes a while for each batch and logs its beginning and end: a script for tests."""

import os
import sys
import time
from collections.abc import Sequence
from typing import Final

from detectors.null import Null
from schemas.content import TextPart
from schemas.signals import Signal
from streams import logs
from streams.agents.worker import run
from streams.settings import load

TAKES_S: Final = 0.25
BEGUN: Final = "slow worker: texts taken "
ENDED: Final = "slow worker: texts judged "
_judge = Null.predict


def _predict(self: Null, parts: Sequence[TextPart], /) -> list[tuple[Signal, ...]]:
    _say(f"{BEGUN}{len(parts)}")
    time.sleep(TAKES_S)
    _say(f"{ENDED}{len(parts)}")
    return list(_judge(self, parts))


def _say(line: str) -> None:
    """Writes a line at once: what a killed process has said must be there to be read."""
    os.write(sys.stderr.fileno(), f"{line}\n".encode())


def in_hand(log: str) -> int:
    """Gives how many texts the worker that wrote the log has taken and not judged."""
    n = 0
    for line in log.splitlines():
        if line.startswith(BEGUN):
            n += int(line.removeprefix(BEGUN))
        elif line.startswith(ENDED):
            n -= int(line.removeprefix(ENDED))
    return n


if __name__ == "__main__":
    Null.predict = _predict  # type: ignore[method-assign]
    given = load(os.environ)
    logs.configure(given.log_level)
    sys.exit(run(given))
