"""`tidegate policy backtest`: exit codes, one line for each mistake, two documents."""

import json
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from streams.bench import week
from streams.embedded.ports import free_port
from streams.policy import CompiledPolicy
from tests.integration.processes import environment, run_command, wait_for

from .conftest import END, RICH, START, Store

PERIOD = ("--from", START.date().isoformat(), "--to", END.date().isoformat())


@pytest.fixture(scope="module")
def filled(served: Store, rich: CompiledPolicy) -> Store:
    for table in ("verdicts", "signals", "labels"):
        served.archive.execute(f"TRUNCATE TABLE {table}")
    made = list(week.week(300, START, [rich]))
    served.write(
        [verdict for one in made for verdict in one.verdicts],
        [one.label for one in made if one.label is not None],
    )
    return served


def ran(store: Store, folder: Path, *options: str, **settings: object) -> tuple[int, str, str]:
    given = {"archive_http_port": store.settings.archive_http_port, **settings}
    done = run_command(["policy", "backtest", *options], given, folder)
    return done.returncode, done.stdout.decode(), done.stderr.decode()


def test_both_documents_are_written_and_identity_is_told(filled: Store, tmp_path: Path) -> None:
    options = ("--policy", str(RICH), *PERIOD, "--output", "report", "--processes", "1")
    code, out, err = ran(filled, tmp_path, *options)
    assert (code, err) == (0, "")
    assert "identical" in out
    document = json.loads((tmp_path / "report" / "backtest.json").read_text(encoding="utf-8"))
    assert document["identity"]["n_compared"] == document["n_verdicts"] > 300
    assert document["identity"]["n_identical"] == document["n_verdicts"]
    assert document["quality"]
    page = (tmp_path / "report" / "backtest.html").read_text(encoding="utf-8")
    assert page.startswith("<!doctype html>")


def test_json_is_one_document_of_what_was_selected(filled: Store, tmp_path: Path) -> None:
    options = ("--policy", str(RICH), *PERIOD, "--surface", "ai", "--where", "action != 'allow'")
    code, out, _ = ran(filled, tmp_path, *options, "--json")
    assert code == 0
    document = json.loads(out)
    assert {one["name"] for one in document["flips"]["surfaces"]} == {"ai"}
    assert all(one["old"] != "allow" for one in document["flips"]["surfaces"])


def test_what_differs_from_its_own_policy_is_exit_code_1(filled: Store, tmp_path: Path) -> None:
    changed = tmp_path / "same-hash.toml"
    shutil.copy(RICH, changed)
    filled.archive.execute(
        "INSERT INTO verdicts (verdict_id, surface, item_id, action, mode, stage, policy_hash,"
        " features, decided_at) SELECT generateUUIDv4(), surface, 'tampered', 'remove', mode,"
        " stage, policy_hash, features, decided_at FROM verdicts LIMIT 1"
    )
    try:
        code, out, _ = ran(filled, tmp_path, "--policy", str(changed), *PERIOD)
    finally:
        filled.archive.execute("DELETE FROM verdicts WHERE item_id = 'tampered'")
    assert code == 1
    assert "not identical" in out
    assert "tampered" in out


@pytest.mark.parametrize(
    ("options", "cause"),
    [
        (("--policy", "nowhere.toml", *PERIOD), "nowhere.toml"),
        (("--policy", str(RICH), "--from", "noon", "--to", "2026-01-01"), "--from: 'noon'"),
        (("--policy", str(RICH), "--from", "2020-01-01", "--to", "2020-01-02"), "no verdict was"),
        (("--policy", str(RICH), *PERIOD, "--where", "no_such_column = 1"), "no_such_column"),
        (("--policy", str(RICH), *PERIOD, "--where", "action = "), "Syntax error"),
        (("--policy", str(RICH), *PERIOD, "--where", "1) OR (1"), "parentheses"),
        (("--policy", str(RICH), *PERIOD, "--where", "file('/etc/passwd') != ''"), "not open"),
        (("--policy", str(RICH), *PERIOD, "--surface", "lobby"), "--surface: 'lobby'"),
        (("--policy", str(RICH), *PERIOD, "--hash", "0" * 16), "no verdict was"),
        (("--policy", str(RICH), *PERIOD, "--output", str(RICH)), "--output"),
    ],
    ids=lambda one: one if isinstance(one, str) else "",
)
def test_mistakes_are_one_line_and_exit_code_2(
    filled: Store, tmp_path: Path, options: tuple[str, ...], cause: str
) -> None:
    code, _, err = ran(filled, tmp_path, *options)
    assert code == 2, err
    (line,) = err.splitlines()
    assert cause in line


def test_an_archive_that_does_not_answer_is_exit_code_2(filled: Store, tmp_path: Path) -> None:
    options = ("--policy", str(RICH), *PERIOD)
    code, _, err = ran(filled, tmp_path, *options, archive_http_port=free_port())
    assert code == 2
    (line,) = err.splitlines()
    assert "no archive answers at 127.0.0.1" in line


def test_ctrl_c_leaves_no_process_and_no_report(filled: Store, tmp_path: Path) -> None:
    # A condition that takes its time: the command is amid a query when it is stopped.
    # ClickHouse refuses one that takes over 3 s for a block of rows.
    slow = "sleepEachRow(0.005) = 0"
    process = subprocess.Popen(
        [
            *(sys.executable, "-m", "streams.cli", "policy", "backtest", "--policy", str(RICH)),
            *(*PERIOD, "--where", slow, "--output", "report"),
        ],
        cwd=tmp_path,
        env=environment({"archive_http_port": filled.settings.archive_http_port}),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    running = "SELECT count() FROM system.processes WHERE query LIKE '%sleepEachRow%'"
    wait_for(lambda: int(str(filled.archive.select(running)[0][0])) > 1, "it asks the archive")
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 130, (out, err)
    assert b"stopped" in err
    assert b"Traceback" not in err
    assert not (tmp_path / "report").exists()
