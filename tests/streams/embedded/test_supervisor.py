"""Supervision of real processes: restarted when they end, given up when that goes on."""

import os
import signal
import time
from pathlib import Path

import pytest

from streams.embedded import supervisor
from streams.embedded.supervisor import (
    LIMITED,
    MAX_RESTARTS,
    LastWords,
    Process,
    ProcessFailed,
    last_words,
    restart_wait_s,
)


def _await_end(process: Process) -> str:
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        line = process.keep_alive()
        if " ended " in line:
            return line
        time.sleep(0.05)
    pytest.fail("the process did not end")


def test_a_process_that_is_killed_is_started_again(tmp_path: Path) -> None:
    # `detect` on a pipe that never closes would end at once: stdin is the null device; `up` waits.
    environment = {"TIDEGATE_BROKER": "127.0.0.1:1"}
    process = Process("tail", ["tail", "verdicts"], environment, tmp_path / "log")
    try:
        before = process.pid
        os.kill(before, signal.SIGKILL)
        assert _await_end(process).endswith("it was started again")
        assert process.pid != before
        assert process.keep_alive() == ""
    finally:
        process.stop()


def test_a_process_that_always_ends_is_given_up_and_its_log_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(supervisor, "FIRST_WAIT_S", 0.05)
    process = Process("bad", ["no-such-command"], {}, tmp_path / "bad.log")
    try:
        for _ in range(MAX_RESTARTS):
            _await_end(process)
        with pytest.raises(ProcessFailed, match=r"bad ended with code 2 .*bad\.log"):
            _await_end(process)
    finally:
        process.stop()
    assert b"No such command" in (tmp_path / "bad.log").read_bytes()


LIMIT_LINE = (
    b'{"level": "critical", "message": "worker ends", "error": "DlqLimitExceeded",'
    b' "cause": "1000 bad records in a row", "notes": ["at t/0/1, decode: x", "mend it"]}\n'
)


def test_a_worker_that_will_not_drain_a_topic_is_never_given_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(supervisor, "LIMITED_WAIT_S", 0.01)
    monkeypatch.setattr(supervisor, "MAX_WAIT_S", 0.02)
    limited = LastWords(error=LIMITED, text="too many")
    monkeypatch.setattr(supervisor, "last_words", lambda _file, _begin: limited)
    process = Process("worker-0", ["no-such-command"], {}, tmp_path / "log")
    try:
        for _ in range(MAX_RESTARTS + 1):
            assert "too many; it is started again in 0.0" in _await_end(process)
    finally:
        process.stop()


def test_the_wait_grows_and_has_an_end() -> None:
    assert [restart_wait_s(n, "") for n in (1, 2, 3, 4, 5, 99)] == [0.0, 0.5, 1.0, 2.0, 4.0, 60.0]
    assert [restart_wait_s(n, LIMITED) for n in (1, 2, 5, 99)] == [5.0, 10.0, 60.0, 60.0]


@pytest.mark.parametrize(
    ("said", "wanted"),
    [
        (b"", LastWords(text="it said nothing")),
        (b"a\ntidegate: no broker\n\n", LastWords(text="it last said: tidegate: no broker")),
        (b'{"level": "info", "message": "m"}\n', LastWords(text="it last said: m")),
        (b"[1]\n", LastWords(text="it last said: [1]")),
        (b"\xff{\n", LastWords(text="it last said: \ufffd{")),
        (
            LIMIT_LINE + b"Traceback\n",
            LastWords(
                error=LIMITED,
                text="worker ends; DlqLimitExceeded; 1000 bad records in a row;"
                " at t/0/1, decode: x; mend it",
            ),
        ),
    ],
)
def test_last_words(tmp_path: Path, said: bytes, wanted: LastWords) -> None:
    log = tmp_path / "log"
    log.write_bytes(LIMIT_LINE + said)
    assert last_words(log, len(LIMIT_LINE)) == wanted


def test_last_words_of_a_log_that_is_gone(tmp_path: Path) -> None:
    assert last_words(tmp_path / "none", 0).text == "its log cannot be read"
