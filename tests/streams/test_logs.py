import json
import logging
import sys
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest

from streams import logs
from streams.logs import JsonFormatter


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
