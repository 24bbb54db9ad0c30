"""Kubernetes' own variables are known, and nothing beside them."""

import pytest

from streams.service_links import service_links

WORKER = {
    "TIDEGATE_WORKER_SERVICE_HOST": "10.96.0.11",
    "TIDEGATE_WORKER_SERVICE_PORT": "9108",
    "TIDEGATE_WORKER_SERVICE_PORT_METRICS": "9108",
    "TIDEGATE_WORKER_PORT": "tcp://10.96.0.11:9108",
    "TIDEGATE_WORKER_PORT_9108_TCP": "tcp://10.96.0.11:9108",
    "TIDEGATE_WORKER_PORT_9108_TCP_PROTO": "tcp",
    "TIDEGATE_WORKER_PORT_9108_TCP_PORT": "9108",
    "TIDEGATE_WORKER_PORT_9108_TCP_ADDR": "10.96.0.11",
}
PLAIN = {name.replace("_WORKER", ""): value for name, value in WORKER.items()}


@pytest.mark.parametrize("environment", [WORKER, PLAIN, WORKER | PLAIN])
def test_all_of_a_service_are_known(environment: dict[str, str]) -> None:
    assert service_links(environment | {"TIDEGATE_GROUP": "g"}) == environment.keys()


def test_an_address_of_version_6_counts() -> None:
    assert service_links({"TIDEGATE_SERVICE_HOST": "fd00::1"}) == {"TIDEGATE_SERVICE_HOST"}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("TIDEGATE_PORT", "9108"),
        ("TIDEGATE_PORTS", "tcp://10.96.0.11:9108"),
        ("TIDEGATE_METRICS_PORT", "9109"),
        ("TIDEGATE_METRICS_PORT", "tcp://10.96.0.12:9108"),
        ("TIDEGATE_PORT_9108_HTTP", "tcp://10.96.0.11:9108"),
        ("TIDEGATE_SERVICE_HOSTS", "10.96.0.11"),
        ("TIDEGATE_OTHER_SERVICE_HOST", "clickhouse"),
        ("TIDEGATE_OTHER_SERVICE_PORT", "9000"),
        ("TIDEGATE_GROUP", "tcp://10.96.0.11:9108"),
        ("TIDEGATE", "10.96.0.11"),
    ],
)
def test_nothing_else_is_taken_for_one(name: str, value: str) -> None:
    beside = {n: v for n, v in PLAIN.items() if n != name}
    assert name not in service_links(beside | {name: value})
