"""What a file can have its process do, and what a lane hides."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from detectors.examiners import Setup
from detectors.media import Examination, File
from streams.media import confining
from streams.media.pool import Pool

SECRET = "hunter2"  # noqa: S105 - nobody's
Try = Callable[[str], str]


@pytest.fixture(scope="module")
def pool() -> Iterator[Pool]:
    made = Pool(
        Setup(lane="image", names=()),
        n_processes=1,
        timeout_s=60.0,
        memory_bytes=1 << 30,
        environment={**os.environ, "TIDEGATE_CLICKHOUSE_PASSWORD": SECRET},
        arguments=("-m", "tests.streams.media.hostile_child"),
    )
    yield made
    made.close()


@pytest.fixture
def tried(pool: Pool) -> Try:
    def ask(what: str) -> str:
        file = File(name="media[0]", modality="image", content=f"try {what}".encode())
        answer = pool.examine(file)
        assert isinstance(answer, Examination)
        return str(json.loads((answer.signals[0].evidence or {})["found"]))

    return ask


def require(given_up: str) -> None:
    """Skips where this system does not let a process give something up."""
    told = subprocess.run(
        [sys.executable, "-c", _GIVES_UP], capture_output=True, text=True, check=True
    )
    refused = [one for one in json.loads(told.stdout) if given_up in one]
    if refused:
        pytest.skip(f"refused by this system: {refused}")


_GIVES_UP = """
import json
from pathlib import Path
from streams.media import confining
print(json.dumps(confining.give_up(Path("/tmp"))))
"""


def test_it_knows_no_settings(tried: Try) -> None:
    environment = tried("environment")
    assert "PATH" in environment
    assert "TIDEGATE" not in environment
    assert SECRET not in environment


@pytest.mark.parametrize("what", ["parent's environment", "parent's memory"])
def test_it_cannot_read_its_parent(tried: Try, what: str) -> None:
    assert tried(what) == "PermissionError"


@pytest.mark.parametrize("what", ["the network", "a datagram"])
def test_it_has_no_network(tried: Try, what: str) -> None:
    require("network")
    # TCP is Landlock's to refuse as well.
    assert tried(what) in {"OSError", "PermissionError"}


@pytest.mark.parametrize("what", ["to write", "a program", "to end the parent"])
def test_it_changes_nothing_around_it(tried: Try, what: str) -> None:
    require("Landlock")
    assert tried(what) == "PermissionError"


def test_once_loaded_it_has_no_temporary_files(tried: Try) -> None:
    assert tried("to write a temporary file") in {"FileNotFoundError", "PermissionError"}


def test_it_inherits_one_socket_and_the_log(tried: Try) -> None:
    with Path(__file__).open("rb") as held:
        os.set_inheritable(held.fileno(), True)
        found = tried("descriptors")
    assert Path(__file__).name not in found
    assert found.count("socket:") == 1
    assert "onnxruntime" not in found  # what it has to report


def test_it_has_no_privileges_and_gains_none(tried: Try) -> None:
    fields = dict(line.split(":", 1) for line in tried("lines").splitlines())
    assert fields["NoNewPrivs"].strip() == "1"
    assert {int(fields[name], 16) for name in ("CapPrm", "CapEff", "CapInh", "CapAmb")} == {0}


def test_it_has_few_descriptors(tried: Try) -> None:
    assert tried("files") == str((confining.N_DESCRIPTORS,) * 2)


def test_what_hides_is_still_seen_by_the_system_but_dumps_no_memory() -> None:
    code = (
        "import os; from streams.media import confining; confining.hide();"
        "status = open('/proc/self/status').read();"
        "fds = os.listdir('/proc/self/fd');"
        "print(os.stat('/proc/self/environ').st_uid, 'VmRSS' in status, len(fds) > 2)"
    )
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    # Its files are root's from then on; who counts its memory and descriptors still can.
    assert told.stdout.split() == ["0", "True", "True"]
