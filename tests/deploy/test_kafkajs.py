"""The Node.js example client produces to both brokers."""

import json
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from confluent_kafka import Consumer, TopicPartition
from confluent_kafka.admin import AdminClient
from confluent_kafka.cimpl import NewTopic

from tests.services import ApacheKafka, Broker, EmbeddedKafka, require

CLIENT = Path(__file__).resolve().parents[2] / "deploy" / "clients" / "kafkajs"
TOPIC = "test-kafkajs"

each_broker = pytest.mark.parametrize(
    "broker", [EmbeddedKafka, pytest.param(ApacheKafka, marks=pytest.mark.services)], indirect=True
)


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Path:
    npm = shutil.which("npm")
    if npm is None or shutil.which("node") is None:
        pytest.skip("Node.js with npm is not on this machine")
    folder = tmp_path_factory.mktemp("kafkajs")
    for name in ("package.json", "package-lock.json", "produce.mjs"):
        shutil.copy(CLIENT / name, folder)
    installed = run([npm, "ci", "--no-audit", "--no-fund"], folder)
    if installed.returncode != 0:
        pytest.skip(f"npm could not install kafkajs: {installed.stderr.splitlines()[-1:]}")
    return folder


@pytest.fixture
def broker(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Broker]:
    kind: type[ApacheKafka | EmbeddedKafka] = request.param
    require(kind)
    with kind(tmp_path / "broker") as started:
        yield started


def run(command: Sequence[str], folder: Path, given: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command, cwd=folder, input=given, capture_output=True, text=True, check=False, timeout=120
    )


@each_broker
def test_events_arrive_as_they_were_given_keyed_by_actor(broker: Broker, client: Path) -> None:
    admin = AdminClient({"bootstrap.servers": broker.bootstrap})
    admin.create_topics([NewTopic(TOPIC, num_partitions=1)])[TOPIC].result(timeout=30)
    lines = [
        json.dumps({"message_id": str(number), "actor_id": f"actor-{number}", "text": "привет 🌊"})
        for number in range(3)
    ]

    produced = run(
        ["node", "produce.mjs", "--bootstrap", broker.bootstrap, "--topic", TOPIC],
        client,
        "\n".join(lines),
    )

    assert produced.returncode == 0, produced.stderr
    assert produced.stdout == f"{TOPIC} partition 0 offset 0\n"
    consumer = Consumer({"bootstrap.servers": broker.bootstrap, "group.id": "test-kafkajs"})
    consumer.assign([TopicPartition(TOPIC, 0, 0)])
    records = consumer.consume(len(lines), timeout=30)
    consumer.close()
    assert [record.value() for record in records] == [line.encode() for line in lines]
    assert [record.key() for record in records] == [b"actor-0", b"actor-1", b"actor-2"]


def test_usage_error_without_topic(client: Path) -> None:
    assert run(["node", "produce.mjs"], client).returncode == 2
