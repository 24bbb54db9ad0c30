"""What every test server can do, and how the scripts in deploy/ are called."""

import os
import subprocess
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Protocol, Self

import pytest

DEPLOY = Path(__file__).resolve().parents[2] / "deploy"

# The scripts themselves give up after 90 s (start) and 30 s (stop).
SCRIPT_LIMIT_S = 150.0


class ServerFailed(RuntimeError):
    """A server did not start, stop or die as it was told; the message is the script's own."""


class Server(Protocol):
    """A server of one test or test session; leaving the `with` block ends it.

    `start`, `stop`, `kill` and `restart` block until done and raise `ServerFailed`.
    """

    def start(self) -> None: ...
    def stop(self) -> None: ...
    def kill(self) -> None: ...
    def restart(self) -> None: ...
    def __enter__(self) -> Self: ...
    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
        /,
    ) -> None: ...


class Startable(Protocol):
    """A class of servers that knows whether it can be started on this machine."""

    @staticmethod
    def available() -> str | None: ...


def require(kind: type[Startable]) -> None:
    """Skips the test where `kind` cannot be started; fails it under TIDEGATE_REQUIRE_SERVICES=1."""
    reason = kind.available()
    if reason is None:
        return
    if os.environ.get("TIDEGATE_REQUIRE_SERVICES") == "1":
        pytest.fail(reason)
    pytest.skip(reason)


class ScriptedServer:
    """A server run by a script in deploy/ that knows start, stop, kill and restart."""

    def __init__(self, script: Path, directory: Path, start_options: Sequence[str]) -> None:
        self._script = script
        self._directory = directory
        self._start_options = tuple(start_options)

    def start(self) -> None:
        self._call("start", *self._start_options)

    def stop(self) -> None:
        self._call("stop")

    def kill(self) -> None:
        """Ends the server with SIGKILL; what it had written to disk stays."""
        self._call("kill")

    def restart(self) -> None:
        """Stops the server if it runs and starts it on the same ports and data."""
        self._call("restart")

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
        /,
    ) -> None:
        self.kill()

    def _call(self, command: str, *options: str) -> None:
        called = call_script(self._script, command, "--dir", str(self._directory), *options)
        if called.returncode != 0:
            raise ServerFailed(called.stderr.strip())


def call_script(script: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Runs a script of deploy/ to its end; a server it leaves running holds no pipe of ours."""
    return subprocess.run(
        [str(script), *arguments],
        capture_output=True,
        text=True,
        check=False,
        timeout=SCRIPT_LIMIT_S,
    )


def why_unavailable(script: Path) -> str | None:
    """Gives None when what the script runs is on this machine, else its one line saying why not."""
    called = call_script(script, "fetch", "--offline")
    return None if called.returncode == 0 else called.stderr.strip()
