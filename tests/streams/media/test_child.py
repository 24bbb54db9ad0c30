"""The real process: it ends with its parent, whatever it is doing, and when that hangs up."""

import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from multiprocessing.connection import Connection
from pathlib import Path

import pytest

from detectors.examiners import Setup
from streams.media.protocol import ANSWER, ENCODER, Ready, Start, Unfit

LIMIT_S = 60.0

PARENT = """
import sys
from detectors.examiners import Setup
from detectors.media import File
from streams.media.pool import Pool

pool = Pool(
    Setup(lane="image", names=()),
    n_processes=1,
    timeout_s=3600.0,
    memory_bytes=1 << 30,
    arguments=("-m", "tests.streams.media.hostile_child"),
)
print(*pool.pids(), flush=True)
pool.examine(File(name="media[0]", modality="image", content=b"sleep 3600"))
"""


def eventually(is_so: Callable[[], bool]) -> bool:
    until_s = time.monotonic() + LIMIT_S
    while time.monotonic() < until_s:
        if is_so():
            return True
        time.sleep(0.1)
    return False


def is_running(pid: int) -> bool:
    """Whether there is such a process; one that nobody has taken note of has ended."""
    try:
        status = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8")
    except OSError:
        return False
    return status.rpartition(")")[2].split()[0] not in {"Z", "X"}


def test_it_ends_with_its_parent_whatever_it_is_doing() -> None:
    with subprocess.Popen(
        [sys.executable, "-c", PARENT], stdout=subprocess.PIPE, text=True
    ) as parent:
        assert parent.stdout is not None
        pid = int(parent.stdout.readline())
        time.sleep(1.0)  # until it sleeps
        assert is_running(pid)
        parent.kill()
    assert eventually(lambda: not is_running(pid))


class Served:
    """The process itself, and a connection to it."""

    def __init__(self, scratch: Path) -> None:
        ours, theirs = socket.socketpair()
        with theirs:
            self.process = subprocess.Popen(
                [
                    *(sys.executable, "-m", "streams.media.child"),
                    *(str(theirs.fileno()), str(scratch)),
                ],
                pass_fds=[theirs.fileno()],
            )
        self.connection = Connection(ours.detach())

    def start(self, *names: str) -> object:
        start = Start(setup=Setup(lane="image", names=names), memory_bytes=1 << 30)
        self.connection.send_bytes(ENCODER.encode(start))
        return ANSWER.decode(self.connection.recv_bytes())


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    made = Served(tmp_path)
    yield made
    made.connection.close()
    made.process.kill()
    made.process.wait()


def test_it_ends_when_its_parent_hangs_up(served: Served) -> None:
    answer = served.start("image.hash")
    assert isinstance(answer, Ready)
    assert answer.detectors == ("image.hash@1",)
    served.connection.close()
    assert served.process.wait(LIMIT_S) == 0


def test_it_ends_when_it_cannot_load(served: Served) -> None:
    answer = served.start("image.unheard-of")
    assert isinstance(answer, Unfit)
    assert "image.unheard-of" in answer.message
    assert served.process.wait(LIMIT_S) == 1
