"""docker-compose.yml and the Dockerfile agree with the settings and with each other."""

import os
import re
import shutil
import subprocess
from pathlib import Path

import msgspec
import pytest
import yaml

from streams import settings

REPOSITORY = Path(__file__).resolve().parents[2]
DOCKERFILE = REPOSITORY / "deploy" / "Dockerfile"
ONE_SHOT = {"topics": ["topics", "create"], "migrate": ["migrate"]}
LONG_RUNNING = {
    "worker": ["worker"],
    "image-lane": ["lane", "image"],
    "av-lane": ["lane", "av"],
    "campaigns": ["campaigns"],
    "archiver": ["archiver"],
}
OURS = ONE_SHOT | LONG_RUNNING
SERVERS = ("kafka", "clickhouse")


class Waiting(msgspec.Struct, frozen=True):
    condition: str


class Health(msgspec.Struct, frozen=True):
    test: list[str] = []
    disable: bool = False


class Deployment(msgspec.Struct, frozen=True):
    replicas: int = 1


class Service(msgspec.Struct, frozen=True):
    image: str
    environment: dict[str, str]
    command: list[str] = []
    depends_on: dict[str, Waiting] = {}
    healthcheck: Health | None = None
    ports: list[str] = []
    deploy: Deployment = Deployment()
    volumes: list[str] = []
    restart: str = ""


class Compose(msgspec.Struct, frozen=True):
    services: dict[str, Service]
    volumes: dict[str, None]


@pytest.fixture(scope="module")
def compose() -> Compose:
    text = (REPOSITORY / "docker-compose.yml").read_text()
    defaults_filled = re.sub(r"\$\{\w+:-([^}]*)\}", r"\1", text)
    return msgspec.convert(yaml.safe_load(defaults_filled), Compose)


def test_services_are_these(compose: Compose) -> None:
    assert set(compose.services) == {*SERVERS, *OURS}


@pytest.mark.parametrize("name", OURS)
def test_command_and_settings(compose: Compose, name: str) -> None:
    service = compose.services[name]
    assert service.command == OURS[name]
    read = settings.load(service.environment)
    assert read.broker == "kafka:9092"
    assert read.clickhouse_host == "clickhouse"
    assert read.metrics_host == "0.0.0.0"  # noqa: S104 - inside its own container
    assert read.archive == "server"


def test_what_a_worker_remembers_outlives_its_container_and_is_its_own(compose: Compose) -> None:
    worker = compose.services["worker"]
    (place,) = worker.volumes
    assert ":" not in place, "a named volume would be shared by all workers"
    assert str(settings.load(worker.environment).state_dir) == place
    assert f"install -d -o tidegate {place}" in DOCKERFILE.read_text()


def test_clickhouse_and_its_clients_agree_on_who_they_are(compose: Compose) -> None:
    server = compose.services["clickhouse"].environment
    for name in OURS:
        client = settings.load(compose.services[name].environment)
        assert client.clickhouse_user == server["CLICKHOUSE_USER"]
        assert client.clickhouse_password == server["CLICKHOUSE_PASSWORD"]
        assert client.clickhouse_database == server["CLICKHOUSE_DB"]


@pytest.mark.parametrize("name", SERVERS)
def test_servers_have_a_health_check_and_keep_what_they_hold(compose: Compose, name: str) -> None:
    service = compose.services[name]
    assert service.healthcheck is not None
    assert service.healthcheck.test
    assert {volume.split(":")[0] for volume in service.volumes} <= set(compose.volumes)
    assert service.volumes


def test_images_are_pinned(compose: Compose) -> None:
    tags = {name: service.image.rpartition(":") for name, service in compose.services.items()}
    assert all(colon == ":" and tag != "latest" for _, colon, tag in tags.values())
    assert tags["kafka"][2].startswith("4.")
    bases = re.findall(r"^FROM (\S+)", DOCKERFILE.read_text(), re.MULTILINE)
    assert set(bases) == {"python:3.11-slim"}


def test_each_waits_for_what_it_needs(compose: Compose) -> None:
    waits = {
        name: {needed: wait.condition for needed, wait in service.depends_on.items()}
        for name, service in compose.services.items()
    }
    healthy, done = "service_healthy", "service_completed_successfully"
    assert waits["topics"] == {"kafka": healthy}
    assert waits["migrate"] == {"clickhouse": healthy}
    assert waits["worker"] == {"kafka": healthy, "topics": done}
    assert waits["archiver"] == {"kafka": healthy, "topics": done, "migrate": done}


@pytest.mark.parametrize("name", ONE_SHOT)
def test_one_shot_services_run_once_and_have_no_health(compose: Compose, name: str) -> None:
    service = compose.services[name]
    assert service.restart == "no"
    assert service.healthcheck == Health(disable=True)


def test_workers_scale(compose: Compose) -> None:
    worker = compose.services["worker"]
    assert worker.deploy.replicas == 2
    assert not worker.ports, "two workers cannot share a published port"


def test_ports_are_published_on_loopback_alone(compose: Compose) -> None:
    published = [port for service in compose.services.values() for port in service.ports]
    assert published
    assert all(port.startswith("127.0.0.1:") for port in published)


def test_image_copies_what_is_there_and_runs_without_root() -> None:
    lines = DOCKERFILE.read_text().splitlines()
    copied = [line.split()[1:-1] for line in lines if re.match(r"COPY (?!--from)", line)]
    allowed = {
        line.removeprefix("!")
        for line in (DOCKERFILE.parent / "Dockerfile.dockerignore").read_text().splitlines()
        if line.startswith("!")
    }
    sources = {source for sources in copied for source in sources}
    assert sources == allowed
    assert all((REPOSITORY / source).exists() for source in sources)
    assert "USER tidegate" in lines
    assert 'ENTRYPOINT ["tidegate"]' in lines


def test_docker_compose_accepts_the_file(tmp_path: Path) -> None:
    docker = shutil.which("docker")
    if docker is None or _run([docker, "compose", "version"]).returncode != 0:
        pytest.skip("docker compose is not on this machine")
    checked = _run([docker, "compose", "--project-directory", str(tmp_path), "config", "--quiet"])
    assert checked.returncode == 0, checked.stderr


def _run(command: list[str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command,
        cwd=REPOSITORY,
        env=os.environ | {"COMPOSE_FILE": str(REPOSITORY / "docker-compose.yml")},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
