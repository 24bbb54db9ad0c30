"""Structured logs: one JSON object a line on standard error, what repeats itself counted.

Kafka clients say the same thing twenty times a second while a broker is away. The first line of a
kind is written at once; what follows within `REPEAT_S` becomes one line with `n_repeated`.
"""

import copy
import json
import logging
import re
import sys
from collections.abc import Iterator
from contextlib import nullcontext
from datetime import UTC, datetime
from typing import Final, TextIO

REPEAT_S: Final = 30.0
MAX_KINDS: Final = 1_000
"""Kinds of lines that are kept in mind; bounds the memory."""
PASSING: Final = re.compile(r"\b\d+(\.\d+)?(?= ?m?s\b)|\b\d+(?= identical error)")
"""Numbers that differ between lines that say the same: durations, librdkafka's own counts."""

_STANDARD: Final = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}


class JsonFormatter(logging.Formatter):
    """Formats a log record as one JSON line; `extra` fields stand beside the standard ones."""

    def format(self, record: logging.LogRecord) -> str:
        """Gives the line."""
        line: dict[str, object] = {
            "time": datetime.fromtimestamp(record.created, tz=UTC).isoformat(
                timespec="milliseconds"
            ),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        line |= {key: value for key, value in vars(record).items() if key not in _STANDARD}
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return json.dumps(line, default=str, ensure_ascii=False)


class _Kind:
    """A kind of line: since when it is counted, how often it was held back, the last time how."""

    def __init__(self, since_s: float) -> None:
        self.since_s = since_s
        self.n_held = 0
        self.last: logging.LogRecord | None = None


class RepeatHandler(logging.StreamHandler[TextIO]):
    """Writes log records, and of each kind at most one and a count in `REPEAT_S`.

    Two are of a kind when logger, level, text, extra fields and exception agree but for `PASSING`;
    nothing else is held back, nor anything critical. A count is written with the next line of
    whatever kind once its time is over, and at the end.
    """

    def __init__(self, stream: TextIO) -> None:
        super().__init__(stream)
        self._kinds: dict[tuple[str, ...], _Kind] = {}

    def emit(self, record: logging.LogRecord) -> None:
        """Writes the record or counts it; first the counts whose time is over."""
        for count in self._counts(before_s=record.created - REPEAT_S):
            super().emit(count)
        if record.levelno >= logging.CRITICAL:
            super().emit(record)
            return
        try:
            name = _kind_of(record)
        except Exception:  # noqa: BLE001 - text and arguments do not agree: as `logging` has it
            self.handleError(record)
            return
        kind = self._kinds.get(name)
        if kind is None:
            self._kinds[name] = _Kind(record.created)
            super().emit(record)
            return
        kind.n_held += 1
        kind.last = record

    def close(self) -> None:
        """Writes the counts that are left."""
        with self.lock or nullcontext():
            for count in self._counts(before_s=float("inf")):
                super().emit(count)
        super().close()

    def _counts(self, before_s: float) -> Iterator[logging.LogRecord]:
        """Gives a line for each kind held back that began before then, the oldest first."""
        while self._kinds:
            name, kind = next(iter(self._kinds.items()))
            if kind.since_s > before_s and len(self._kinds) < MAX_KINDS:
                return
            del self._kinds[name]
            if kind.last is None:
                continue
            if before_s < kind.last.created:  # it goes on
                self._kinds[name] = _Kind(kind.last.created)
            count = copy.copy(kind.last)
            vars(count)["n_repeated"] = kind.n_held
            yield count


def _kind_of(record: logging.LogRecord) -> tuple[str, ...]:
    error = record.exc_info[1] if record.exc_info else None
    extra = [f"{key}={value}" for key, value in vars(record).items() if key not in _STANDARD]
    texts = (record.getMessage(), "" if error is None else f"{type(error)}{error}", *extra)
    return record.name, record.levelname, *(PASSING.sub("#", text) for text in texts)


def configure(level: str) -> None:
    """Sends all logging of this process to standard error as JSON lines."""
    stream = RepeatHandler(sys.stderr)
    stream.setFormatter(JsonFormatter())
    logging.basicConfig(level=level.upper(), handlers=[stream], force=True)
    for chatty in ("aiokafka", "faust", "mode", "streams.agents.app", "streams.agents.transport"):
        logging.getLogger(chatty).setLevel(logging.WARNING)
