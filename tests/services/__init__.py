"""Real servers for tests: each starts on free ports, or says why it cannot be started here."""

from .brokers import ApacheKafka, Broker, EmbeddedKafka
from .clickhouse import ClickHouseServer
from .server import Server, ServerFailed, require

__all__ = [
    "ApacheKafka",
    "Broker",
    "ClickHouseServer",
    "EmbeddedKafka",
    "Server",
    "ServerFailed",
    "require",
]
