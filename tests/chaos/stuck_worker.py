"""A worker whose detector blocks for ever on a text that says so: run as a script by tests."""

import os
import sys
import threading
from collections.abc import Sequence

from detectors.null import Null
from schemas.content import TextPart
from schemas.signals import Signal
from streams import logs
from streams.agents.worker import run
from streams.settings import load

BLOCKING_TEXT = "this text blocks the detector"
_judge = Null.predict


def _predict(self: Null, parts: Sequence[TextPart], /) -> list[tuple[Signal, ...]]:
    if any(part.text == BLOCKING_TEXT for part in parts):
        threading.Event().wait()
    return list(_judge(self, parts))


if __name__ == "__main__":
    Null.predict = _predict  # type: ignore[method-assign]
    given = load(os.environ)
    logs.configure(given.log_level)
    sys.exit(run(given))
