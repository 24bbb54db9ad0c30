"""Supervision of real processes: restarted when they end, given up when that goes on."""

import os
import signal
import time
from pathlib import Path

import pytest

from streams.embedded.supervisor import MAX_RESTARTS, Process, ProcessFailed


def _await_end(process: Process) -> None:
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        if process.keep_alive():
            return
        time.sleep(0.05)
    pytest.fail("the process did not end")


def test_a_process_that_is_killed_is_started_again(tmp_path: Path) -> None:
    # `detect` on a pipe that never closes would end at once: stdin is the null device; `up` waits.
    environment = {"TIDEGATE_BROKER": "127.0.0.1:1"}
    process = Process("tail", ["tail", "verdicts"], environment, tmp_path / "log")
    try:
        before = process.pid
        os.kill(before, signal.SIGKILL)
        _await_end(process)
        assert process.pid != before
    finally:
        process.stop()


def test_a_process_that_always_ends_is_given_up_and_its_log_named(tmp_path: Path) -> None:
    process = Process("bad", ["no-such-command"], {}, tmp_path / "bad.log")
    try:
        for _ in range(MAX_RESTARTS):
            _await_end(process)
        with pytest.raises(ProcessFailed, match=r"bad ended with code 2 .*bad\.log"):
            _await_end(process)
    finally:
        process.stop()
    assert b"No such command" in (tmp_path / "bad.log").read_bytes()
