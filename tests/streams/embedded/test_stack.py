"""What keeps the stack from starting; as a whole it is run by `tests/integration/test_up.py`."""

from pathlib import Path

import pytest

from streams.dlq_limit import MEMORY
from streams.embedded.broker import BrokerFailed
from streams.embedded.ports import free_port
from streams.embedded.stack import LOCK, Ports, Stack, hold
from streams.embedded.supervisor import ProcessFailed
from streams.health import PortTaken
from streams.settings import Settings


def test_a_directory_that_cannot_be_made_is_said_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")
    with pytest.raises(ProcessFailed, match=r"archive and logs cannot be kept in .*/file/up: "):
        Stack(Settings(), Ports(), n_workers=1, n_partitions=1, directory=tmp_path / "file" / "up")


@pytest.mark.parametrize(
    ("ports", "cause"),
    [
        (Ports(kafka=9100, http=9100), "Kafka and ClickHouse HTTP cannot both listen on .*:9100"),
        (Ports(kafka=9100, metrics=9100), "Kafka and metrics and health cannot both listen on "),
        (Ports(http=9100, metrics=9100), "ClickHouse HTTP and metrics and health cannot both "),
    ],
)
def test_a_port_given_twice_is_said_before_anything_begins(
    tmp_path: Path, ports: Ports, cause: str
) -> None:
    with pytest.raises(PortTaken, match=cause):
        Stack(Settings(), ports, n_workers=1, n_partitions=1, directory=tmp_path / "up")
    assert not (tmp_path / "up").exists()


def stack_in(folder: Path) -> Stack:
    """Starts a stack whose broker cannot be run."""
    ports = Ports(kafka=free_port(), http=free_port(), metrics=free_port())
    settings = Settings(broker_binary=folder / "none")
    return Stack(settings, ports, n_workers=1, n_partitions=1, directory=folder)


def test_a_folder_in_use_is_left_as_it_is(tmp_path: Path) -> None:
    memory = tmp_path / "worker-0" / MEMORY / "chatroom.messages.v1.json"
    memory.parent.mkdir(parents=True)
    memory.write_text("{}")
    with hold(tmp_path), pytest.raises(ProcessFailed, match=f"{tmp_path} is in use by another"):
        stack_in(tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == [LOCK, "worker-0"]
    assert memory.exists()


def test_a_stack_that_could_not_start_lets_go_of_its_folder(tmp_path: Path) -> None:
    for _ in range(2):
        with pytest.raises(BrokerFailed):
            stack_in(tmp_path)
    hold(tmp_path).close()
