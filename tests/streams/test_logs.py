import io
import json
import logging
import sys
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest

from streams import logs
from streams.logs import MAX_KINDS, REPEAT_S, JsonFormatter, RepeatHandler


def line(message: str, *arguments: object, **extra: object) -> dict[str, object]:
    record = logging.makeLogRecord(
        {"name": "streams.some", "levelno": 30, "levelname": "WARNING", "created": 1_795_348_798.25}
        | {"msg": message, "args": arguments}
        | extra
    )
    text = JsonFormatter().format(record)
    assert "\n" not in text
    found = json.loads(text)
    assert isinstance(found, dict)
    return found


def test_standard_fields() -> None:
    found = line("held %d of %s", 3, "them")
    assert datetime.fromisoformat(str(found.pop("time"))).timestamp() == 1_795_348_798.25
    assert found == {"level": "warning", "logger": "streams.some", "message": "held 3 of them"}


def test_extra_fields_stand_beside_them() -> None:
    found = line("x", topic="t", offset=5, path=Path("/a"), text="語\n")
    assert (found["topic"], found["offset"], found["path"]) == ("t", 5, "/a")
    assert found["text"] == "語\n"


def test_exception_is_one_field() -> None:
    try:
        message = "no such thing"
        raise ValueError(message)
    except ValueError:
        found = line("failed", exc_info=sys.exc_info())
    assert "ValueError: no such thing" in str(found["exception"])


@pytest.fixture
def _restored() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)


@pytest.mark.usefixtures("_restored")
def test_configured_logging_writes_json_lines_to_standard_error(
    capsys: pytest.CaptureFixture[str],
) -> None:
    logs.configure("info")
    logging.getLogger("streams.any").info("said", extra={"n": 1})
    logging.getLogger("streams.any").debug("not said")
    logging.getLogger("aiokafka").info("chatter")
    captured = capsys.readouterr()
    assert captured.out == ""
    assert [json.loads(text)["message"] for text in captured.err.splitlines()] == ["said"]


class Log:
    """A handler whose records come at times that the test names."""

    def __init__(self) -> None:
        self._stream = io.StringIO()
        self.handler = RepeatHandler(self._stream)
        self.handler.setFormatter(JsonFormatter())

    def say(self, at_s: float, message: str, *arguments: object, **extra: object) -> None:
        given: dict[str, object] = {"name": "a", "levelno": 30, "levelname": "WARNING"}
        given |= {"created": at_s, "msg": message, "args": arguments}
        self.handler.handle(logging.makeLogRecord(given | extra))

    @property
    def lines(self) -> list[tuple[object, object]]:
        entries = [json.loads(line) for line in self._stream.getvalue().splitlines()]
        return [(entry["message"], entry.get("n_repeated")) for entry in entries]


def test_what_repeats_itself_is_written_once_and_then_counted() -> None:
    log = Log()
    for i in range(700):
        log.say(i * 0.1, "Connect failed (after %dms in state CONNECT)", i)
    written = log.lines
    assert len(written) == 3
    assert written[0] == ("Connect failed (after 0ms in state CONNECT)", None)
    log.handler.close()
    counts = [n for _, n in log.lines[1:] if isinstance(n, int)]
    assert sum(counts) == 699
    assert len(log.lines) == 4


def test_what_differs_is_never_held_back() -> None:
    log = Log()
    log.say(0, "cannot archive", record="t/0/1")
    log.say(0, "cannot archive", record="t/0/2")
    log.say(0, "cannot archive", record="t/0/2", name="b")
    log.say(0, "cannot archive", record="t/0/2", levelname="ERROR")
    log.say(0, "partition 1 lost")
    log.say(0, "partition 2 lost")
    for text in ("x", "y"):
        log.say(0, "failed", exc_info=(ValueError, ValueError(text), None))
    assert [n for _, n in log.lines] == [None] * 8


def test_critical_lines_always_pass() -> None:
    log = Log()
    for _ in range(3):
        log.say(0, "worker ends", levelno=50)
    assert log.lines == [("worker ends", None)] * 3


def test_a_count_comes_with_the_next_line_of_another_kind() -> None:
    log = Log()
    for _ in range(4):
        log.say(1, "away")
    log.say(2, "something else")
    log.say(2 + REPEAT_S, "the archive is back")
    assert log.lines == [
        ("away", None),
        ("something else", None),
        ("away", 3),
        ("the archive is back", None),
    ]
    log.say(40 + REPEAT_S, "away")
    assert log.lines[-1] == ("away", None)
    log.handler.close()
    assert len(log.lines) == 5


def test_many_kinds_take_no_more_memory_and_lose_no_count() -> None:
    log = Log()
    n_kinds = 2 * MAX_KINDS
    for i in range(n_kinds):
        log.say(0, f"kind {i}")
        log.say(0, f"kind {i}")
    assert len(log.handler._kinds) <= MAX_KINDS
    log.handler.close()
    assert sum(n if isinstance(n, int) else 1 for _, n in log.lines) == 2 * n_kinds


def test_a_line_that_cannot_be_formatted_ends_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    log = Log()
    log.say(0, "%d of them", "many")
    log.say(0, "next")
    assert log.lines == [("next", None)]
    assert "Logging error" in capsys.readouterr().err
