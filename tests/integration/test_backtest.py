"""Replaying the policy that ships over the demo's archive gives what it had decided."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from streams import policy
from streams.settings import Settings
from tests.integration.processes import run_command, wait_for
from tests.integration.test_up import Up
from tests.services import EmbeddedKafka, require

PERIOD = ("--from", "2020-01-01", "--to", "2100-01-01")


@pytest.fixture
def up(tmp_path: Path) -> Iterator[Up]:
    require(EmbeddedKafka)
    made = Up(tmp_path / "run")
    yield made
    if made.running is not None and made.running.is_running:
        made.running.process.terminate()
        made.running.exit_code()


@pytest.mark.slow
def test_the_demo_comes_out_as_it_was(up: Up) -> None:
    up.settings = {"lanes": Settings().lanes}
    up.options += ("--demo", "--events", "300", "--rate", "50")
    running = up.start()
    wait_for(lambda: "stays queryable" in running.log(), "the demo is over", 400)
    settings = {"archive_http_port": up.http}
    options = ("--policy", str(policy.SHIPPED), *PERIOD, "--output", "report", "--json")
    done = run_command(["policy", "backtest", *options], settings, up.folder)
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)
    identity = report["identity"]
    assert identity["differing"] == []
    assert identity["n_identical"] == identity["n_compared"] == report["n_verdicts"] > 250
    stages = {one["stage"]: one["n"] for one in identity["stages"]}
    assert stages["fast"] > 200
    assert stages.get("image", 0) > 0
    assert report["n_without_features"] == report["n_unreadable"] == report["n_flipped"] == 0
    assert (up.folder / "report" / "backtest.html").stat().st_size > 5_000
