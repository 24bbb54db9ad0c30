"""A ClickHouse server for tests of the native protocol."""

from pathlib import Path

from streams.embedded.ports import free_port

from .server import DEPLOY, ScriptedServer, why_unavailable

CLICKHOUSE_SCRIPT = DEPLOY / "clickhouse-dev" / "clickhouse"


class ClickHouseServer(ScriptedServer):
    """Debian's ClickHouse 18.16, run by `deploy/clickhouse-dev/clickhouse`.

    User `default`, no password. `port` speaks the native protocol, `http_port` HTTP; both stay the
    same over restarts. It knows no DateTime64, TTL or column codec.
    """

    host = "127.0.0.1"

    def __init__(self, directory: Path) -> None:
        self.port = free_port()
        self.http_port = free_port()
        options = {"--port": self.port, "--http-port": self.http_port}
        super().__init__(
            CLICKHOUSE_SCRIPT,
            directory,
            [text for option, value in options.items() for text in (option, str(value))],
        )

    @staticmethod
    def available() -> str | None:
        """Gives None when the server can be started here, else the reason to skip."""
        return why_unavailable(CLICKHOUSE_SCRIPT)
