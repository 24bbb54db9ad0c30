"""`tidegate up`: everything on one machine, from the first line to the last process."""

import json
import re
import shutil
import signal
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from schemas.topics import PRODUCT_TOPICS, VERDICTS
from streams.embedded.ports import free_port, is_listening
from streams.settings import Settings
from tests.integration.account import DECODER, read_all
from tests.integration.processes import Running, run_command, wait_for
from tests.services import EmbeddedKafka, require

CLIENT = Path(__file__).resolve().parents[2] / "deploy" / "clients" / "kafkajs"
SETTINGS: dict[str, object] = {"detectors": "text.canary", "lanes": ""}
LANES = {"lanes": Settings().lanes}
STOP_LIMIT_S = 15.0


class Up:
    """A running `tidegate up` on ports of its own."""

    def __init__(self, folder: Path, *options: str) -> None:
        self.kafka, self.http, self.metrics = free_port(), free_port(), free_port()
        self.folder = folder
        folder.mkdir()
        self.settings = SETTINGS
        self.options = (
            "up", "--dir", str(folder / "up"), "--kafka-port", str(self.kafka),
            "--http-port", str(self.http), "--metrics-port", str(self.metrics), *options,
        )  # fmt: skip
        self.running: Running | None = None

    def start(self) -> Running:
        self.running = Running(
            ["-m", "streams.cli", *self.options], self.settings, self.folder / "up.log"
        )
        return self.running

    def pids(self) -> list[int]:
        """Gives the processes that it said it runs."""
        assert self.running is not None
        return [int(pid) for pid in re.findall(r"pid (\d+)", self.running.log())]

    def await_ready(self) -> None:
        running = self.running or self.start()

        def is_ready() -> bool:
            assert running.is_running, running.log()
            return "ready" in running.log().split()

        wait_for(is_ready, "it is ready")


@pytest.fixture
def up(tmp_path: Path) -> Iterator[Up]:
    require(EmbeddedKafka)
    made = Up(tmp_path / "run")
    yield made
    if made.running is not None:
        if made.running.is_running:
            made.running.process.send_signal(signal.SIGTERM)
            made.running.exit_code()
        assert not [pid for pid in made.pids() if is_alive(pid)]


def is_alive(pid: int) -> bool:
    return Path(f"/proc/{pid}").exists()


def test_the_demo_runs_to_its_end(up: Up) -> None:
    up.settings = SETTINGS | LANES
    up.options += ("--demo", "--exit", "--events", "300", "--rate", "100")
    running = up.start()
    wait_for(lambda: is_listening(up.http) or not running.is_running, "the archive listens")

    assert running.exit_code() == 0, running.log()

    assert "verdict" in running.log()
    assert len(up.pids()) >= 3
    assert not [pid for pid in up.pids() if is_alive(pid)]


def test_the_archive_of_the_demo_is_queryable(up: Up) -> None:
    up.options += ("--demo", "--events", "200", "--rate", "200", "--workers", "2")
    running = up.start()
    wait_for(lambda: "stays queryable" in running.log(), "the demo is over")
    settings = {"archive_http_port": up.http, "broker": f"127.0.0.1:{up.kafka}", "lanes": ""}
    asked = run_command(
        ["query", "--json", "SELECT count() AS n FROM verdicts FINAL"], settings, up.folder
    )
    assert json.loads(asked.stdout)["n"] > 150
    audited = run_command(["audit", "loss"], settings, up.folder)
    assert audited.returncode == 0, audited.stdout


@pytest.mark.parametrize("taken", ["kafka", "http", "metrics"])
def test_a_taken_port_is_one_line_and_exit_code_1(up: Up, taken: str) -> None:
    port = getattr(up, taken)
    with socket.create_server(("127.0.0.1", port)):
        ran = run_command(up.options, SETTINGS, up.folder)
    assert ran.returncode == 1
    (line,) = ran.stderr.decode().splitlines()
    assert f"127.0.0.1:{port}" in line
    others = {up.kafka, up.http, up.metrics} - {port}
    assert not [other for other in others if is_listening(other)]


@pytest.mark.parametrize(
    ("setting", "cause"),
    [
        ({"links": "nope", "detectors": "text.links"}, "TIDEGATE_LINKS: nope: No such file"),
        ({"policy": "nope.toml"}, "nope.toml: No such file"),
        ({"shadow_policy": "nope.toml"}, "TIDEGATE_SHADOW_POLICY: nope.toml: No such file"),
        ({"detectors": "text.risk,text.canary,text.risk"}, "names text.risk twice"),
    ],
)
def test_lists_policy_and_detectors_are_checked_before_anything_starts(
    up: Up, setting: dict[str, object], cause: str
) -> None:
    ran = run_command(up.options, SETTINGS | setting, up.folder)
    assert ran.returncode == 2
    (line,) = ran.stderr.decode().splitlines()
    assert cause in line
    assert ran.stdout == b""
    assert list(up.folder.iterdir()) == []


@pytest.fixture
def attended() -> Iterator[None]:
    """Children end at SIGHUP also where these tests run under `nohup`."""
    before = signal.signal(signal.SIGHUP, signal.SIG_DFL)
    yield
    signal.signal(signal.SIGHUP, before)


@pytest.mark.usefixtures("attended")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_stops_everything_in_order(up: Up, number: signal.Signals) -> None:
    running = up.start()
    up.await_ready()
    pids = up.pids()
    assert all(map(is_alive, pids))

    running.process.send_signal(number)
    assert running.exit_code(STOP_LIMIT_S * 4) == 0

    assert not [pid for pid in pids if is_alive(pid)]
    assert not [port for port in (up.kafka, up.http, up.metrics) if is_listening(port)]


def test_it_listens_on_loopback_alone(up: Up) -> None:
    up.await_ready()
    listening = Path("/proc/net/tcp").read_text(encoding="ascii").splitlines()[1:]
    local = [line.split()[1] for line in listening if line.split()[3] == "0A"]
    for port in (up.kafka, up.http, up.metrics):
        addresses = [place.split(":")[0] for place in local if int(place.split(":")[1], 16) == port]
        assert addresses == ["0100007F"], port


def test_an_event_of_a_node_client_gets_a_verdict(up: Up, tmp_path: Path) -> None:
    npm, node = shutil.which("npm"), shutil.which("node")
    if npm is None or node is None:
        pytest.skip("Node.js with npm is not on this machine")
    client = tmp_path / "client"
    shutil.copytree(CLIENT, client, ignore=shutil.ignore_patterns("node_modules"))
    installed = subprocess.run(
        [npm, "ci", "--no-audit", "--no-fund"], cwd=client, capture_output=True, check=False
    )
    if installed.returncode != 0:
        pytest.skip("npm could not install kafkajs")
    up.await_ready()
    bootstrap = f"127.0.0.1:{up.kafka}"
    event = {
        "message_id": "from-node",
        "room_id": "r",
        "actor_id": "a",
        "text": "привет 🌊",
        "created_at": "2026-11-22T12:00:00Z",
    }
    subprocess.run(
        [node, "produce.mjs", "--bootstrap", bootstrap, "--topic", PRODUCT_TOPICS[0].name],
        cwd=client,
        input=msgspec.json.encode(event),
        capture_output=True,
        check=True,
    )
    wait_for(lambda: bool(read_all(bootstrap, [VERDICTS.name])), "there is a verdict")
    (answer,) = read_all(bootstrap, [VERDICTS.name])
    assert DECODER.decode(answer.value or b"").item_id == "from-node"
