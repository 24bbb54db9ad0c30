"""Kafka brokers for tests: Apache Kafka 4 and the embedded broker."""

from pathlib import Path
from types import TracebackType
from typing import Protocol, Self

from streams.embedded.broker import BrokerFailed, EmbeddedBroker, find_binary
from streams.embedded.ports import free_port
from streams.health import PortTaken

from .server import DEPLOY, ScriptedServer, Server, ServerFailed, why_unavailable

KAFKA_SCRIPT = DEPLOY / "kafka-dev" / "kafka"
KAFKA_MESSAGE_MAX_BYTES = 1_048_588  # Apache Kafka's own default


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
    """The broker that `tidegate up` embeds, which can be started anew on its port; it forgets all.

    Its records live in memory and die with it.
    """

    keeps_log = False

    def __init__(self, directory: Path) -> None:
        self._port = free_port()
        self._log_file = directory / "embedded-kafka.log"
        self._running: EmbeddedBroker | None = None
        self.bootstrap = f"127.0.0.1:{self._port}"

    @staticmethod
    def available() -> str | None:
        """Gives None when the broker can be started here, else the reason to skip."""
        try:
            find_binary()
        except BrokerFailed as error:
            return str(error)
        return None

    def start(self) -> None:
        self._log_file.parent.mkdir(parents=True, exist_ok=True)
        try:
            self._running = EmbeddedBroker(self._port, self._log_file)
        except (PortTaken, BrokerFailed) as error:
            raise ServerFailed(str(error)) from error

    def stop(self) -> None:
        if self._running is not None:
            self._running.stop()
            self._running = None

    def kill(self) -> None:
        if self._running is not None:
            self._running.kill()
            self._running = None

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
