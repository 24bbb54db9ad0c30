"""Settings: read once from `TIDEGATE_*` environment variables, then passed on as a value."""

from collections.abc import Mapping
from pathlib import Path

import msgspec

PREFIX = "TIDEGATE_"


class SettingsInvalid(ValueError):
    """An environment variable cannot be read as its setting."""


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that may differ between two deployments. Field `x` is read from `TIDEGATE_X`."""

    broker: str = "127.0.0.1:9092"
    """Kafka bootstrap addresses, comma-separated `host:port`."""
    group: str = "tidegate-worker"
    """Consumer group of the workers."""
    archiver_group: str = "tidegate-archiver"
    policy: Path | None = None
    """Policy file; None is the one that ships."""
    detectors: str = "text.canary,text.risk"
    """Detectors that judge, comma-separated."""
    detector_threads: int = 1
    """ONNX Runtime threads within one operator."""
    batch_max: int = 512
    """Most events in a micro-batch."""
    batch_wait_s: float = 0.01
    """How long a part-full micro-batch waits: added latency at low rates."""
    max_event_bytes: int = 256 * 1024
    """A larger product event goes to the DLQ."""
    dlq_max_consecutive: int = 1_000
    """This many bad records in a row stop the worker."""
    dlq_max_ratio: float = 0.5
    """A share of bad records above this over the last `dlq_window` records stops the worker."""
    dlq_window: int = 5_000
    stall_timeout_s: float = 60.0
    """Lag without progress on assigned partitions for this long ends the worker."""
    session_timeout_s: float = 10.0
    rebalance_timeout_s: float = 10.0
    drain_timeout_s: float = 30.0
    """Longest wait for the broker's acknowledgements of a batch."""
    state_dir: Path = Path("var/worker")
    """Directory for the worker's local state; nothing in it is needed after a restart."""
    metrics_host: str = "127.0.0.1"
    metrics_port: int = 9108
    """Port of /metrics and /health; 0 takes a free one, -1 none."""
    log_level: str = "INFO"
    archive: str = "server"
    """`server` (ClickHouse over its native protocol) or `embedded` (chdb in the archiver)."""
    archive_dir: Path = Path("var/archive")
    """Data directory of the embedded archive."""
    archive_http_host: str = "127.0.0.1"
    archive_http_port: int = 8123
    """Port of the embedded archive's ClickHouse HTTP interface."""
    archive_block_rows: int = 20_000
    """Most records in one insert."""
    archive_block_wait_s: float = 1.0
    """How long a part-full insert waits."""
    clickhouse_host: str = "127.0.0.1"
    clickhouse_port: int = 9000
    clickhouse_database: str = "tidegate"
    clickhouse_user: str = "default"
    clickhouse_password: str = ""


def load(environment: Mapping[str, str]) -> Settings:
    """Reads settings from an environment. Raises SettingsInvalid naming the variable at fault.

    An unknown `TIDEGATE_` variable is an error too: a misspelt setting must not pass unseen.
    """
    fields = {field.name for field in msgspec.structs.fields(Settings)}
    given: dict[str, object] = {}
    for variable, value in environment.items():
        name = variable.removeprefix(PREFIX).lower()
        if not variable.startswith(PREFIX) or name in EXEMPT:
            continue
        if name not in fields:
            message = f"{variable} is not a setting"
            raise SettingsInvalid(message)
        given[name] = Path(value) if name in PATHS else value
    try:
        return msgspec.convert(given, Settings, strict=False)
    except msgspec.ValidationError as error:
        raise SettingsInvalid(str(error)) from error


PATHS = frozenset({"policy", "archive_dir", "state_dir"})
EXEMPT = frozenset({"require_services"})
"""`TIDEGATE_` variables of the test suite, which are no settings."""
