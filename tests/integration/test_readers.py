"""Analysts' tools read the archive while the archiver writes it."""

import json
import shutil
import subprocess

import clickhouse_connect
import pytest

from tests.integration.account import check
from tests.integration.fixtures import Note
from tests.integration.load import Load, traffic
from tests.integration.processes import wait_for
from tests.integration.system import System

SQL = "SELECT count() AS n FROM verdicts FINAL"


def by_clickhouse_connect(system: System) -> int:
    client = clickhouse_connect.get_client(
        host="127.0.0.1", port=system.http_port, database="tidegate"
    )
    try:
        return int(client.query(SQL).result_rows[0][0])
    finally:
        client.close()


def by_curl(system: System) -> int:
    curl = shutil.which("curl")
    if curl is None:
        pytest.skip("curl is not on this machine")
    url = f"http://127.0.0.1:{system.http_port}/"
    asked = subprocess.run(
        [curl, "-sS", "--fail", "--data-binary", SQL, url], capture_output=True, check=True
    )
    return int(asked.stdout)


def by_command(system: System) -> int:
    asked = system.command("query", "--json", SQL)
    assert asked.code == 0, asked
    return int(json.loads(asked.out)["n"])


READERS = (by_clickhouse_connect, by_curl, by_command)


def test_readers_see_the_archive_grow(system: System, note: Note) -> None:
    system.archiver(archive_block_wait_s=0.1)
    system.workers(1)
    load = Load(system.broker.bootstrap, traffic(7_000, seed=61), burst=500, rate_hz=300)
    load.start()
    wait_for(lambda: _answers(system), "the archive answers")

    seen: list[int] = []
    while load.is_alive():
        seen += [read(system) for read in READERS]
    assert seen == sorted(seen)
    assert len(set(seen)) > 3
    note(check(system, load.finish()), queries=len(seen))


def _answers(system: System) -> bool:
    try:
        return bool(system.select(SQL))
    except OSError:
        return False
