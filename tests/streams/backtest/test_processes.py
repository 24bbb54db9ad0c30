"""Several processes: Ctrl-C ends them all, and what goes wrong in one is said."""

import os
import pickle
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from streams.archive.errors import QueryFailed
from streams.bench import week
from streams.policy import CompiledPolicy
from tests.integration.processes import environment, wait_for

from .conftest import END, RICH, START, Store

SCRIPT = """
import sys
from datetime import datetime
from pathlib import Path
from streams.backtest.running import load_policies, run
from streams.backtest.selection import Selection
from streams.settings import Settings

if __name__ == "__main__":
    settings = Settings(archive_http_port=int(sys.argv[1]))
    start, end = map(datetime.fromisoformat, sys.argv[3:5])
    policies = load_policies(Path(sys.argv[2]), None, settings)
    try:
        selection = Selection(start=start, end=end, where=sys.argv[5])
        run(settings, selection, policies, n_processes=2, page_verdicts=40,
            progress=lambda done, _: print(done, flush=True))
    except KeyboardInterrupt:
        sys.exit(130)
"""


@pytest.fixture
def filled(store: Store, rich: CompiledPolicy) -> Store:
    store.write([verdict for one in week.week(400, START, [rich]) for verdict in one.verdicts])
    return store


def test_ctrl_c_ends_every_process(filled: Store, tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text(SCRIPT, encoding="utf-8")
    port = str(filled.settings.archive_http_port)
    period = (START.isoformat(), END.isoformat())
    process = subprocess.Popen(
        [sys.executable, str(script), port, str(RICH), *period, "sleepEachRow(0.005) = 0"],
        env=environment({}) | {"PYTHONPATH": str(Path.cwd())},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline().strip().isdigit()  # a page is done
    os.killpg(process.pid, signal.SIGINT)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 130, err
    assert b"Traceback" not in err

    def is_gone() -> bool:
        try:
            os.killpg(process.pid, 0)
        except ProcessLookupError:
            return True
        return False

    wait_for(is_gone, "no process is left")


def test_what_the_archive_refuses_passes_between_processes() -> None:
    found = pickle.loads(pickle.dumps(QueryFailed(241, "memory limit exceeded")))  # noqa: S301
    assert (found.code, str(found)) == (241, "memory limit exceeded")
