"""`tidegate policy`: what is wrong with a policy, its examples, its differences, its reasons."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from msgspec import structs

from schemas.content import Item, TextPart
from schemas.features import ActorFeatures, Features, ItemFeatures
from schemas.records import Source
from schemas.signals import Signal
from streams.archive.archive import ArchivedVerdict, Rows
from streams.archive.http import QueryServer
from streams.decide import Circumstances, Judged, decide
from streams.policy import SHIPPED, CompiledPolicy, Rule, compile_policy, load
from tests import archives

COMMON = SHIPPED / "common.toml"


def tidegate(*arguments: object, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "streams.cli", "policy", *map(str, arguments)],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
        env=os.environ | environment,
    )


def lines(ran: subprocess.CompletedProcess[str]) -> list[Any]:
    return [json.loads(line) for line in ran.stdout.splitlines()]


@pytest.fixture
def changed(tmp_path: Path) -> Path:
    """A single file: the shipped policy's common one, with a threshold moved."""
    path = tmp_path / "policy.toml"
    text = COMMON.read_text(encoding="utf-8").replace(
        'id = "hate-limit"\nlabel = "hate"\nthreshold = 0.68',
        'id = "hate-limit"\nlabel = "hate"\nthreshold = 0.75',
    )
    path.write_text(text, encoding="utf-8")
    return path


def test_the_shipped_policy_passes() -> None:
    ran = tidegate("check")
    assert (ran.returncode, ran.stderr) == (0, "")
    assert ran.stdout == f"{SHIPPED}: 0 errors, 0 warnings\n"
    ran = tidegate("test")
    n_examples = len(load(SHIPPED).policy.tests)
    assert (ran.returncode, ran.stderr) == (0, "")
    assert ran.stdout == f"{n_examples} of {n_examples} examples as expected\n"
    assert tidegate("hash").stdout == f"{load(SHIPPED).hash}\n"


def test_what_is_wrong_is_printed_with_its_place(tmp_path: Path) -> None:
    path = tmp_path / "policy.toml"
    text = COMMON.read_text(encoding="utf-8").replace(
        "campaign.is_by_address", "campaign.by_address"
    )
    path.write_text(text, encoding="utf-8")
    line = next(n for n, one in enumerate(text.splitlines(), 1) if "campaign.by_address" in one)
    ran = tidegate("check", path)
    assert ran.returncode == 2
    assert f"{path}:{line}:17: error: rule campaign-address-hold: when: no such name" in ran.stdout
    assert f"{path}: 1 error, " in ran.stdout.splitlines()[-1]
    (found,) = [one for one in lines(tidegate("check", path, "--json")) if one["level"] == "error"]
    assert (found["file"], found["line"], found["level"]) == (str(path), line, "error")
    ran = tidegate("test", path)
    assert (ran.returncode, ran.stdout) == (2, "")
    assert ran.stderr.startswith(f"tidegate: {path}:{line}: rule campaign-address-hold")
    assert ran.stderr.count("\n") == 1


HOSTILE = {
    "binary": bytes(range(256)),
    "deep": b"x = " + b"[" * 60_000,
    "huge": b"#" * (2 << 20),
    "conditions": b'version = "1"\nrules = [' + b"{ when = '" + b"a" * 500_000 + b"' }]",
    "deep condition": COMMON.read_bytes()
    + b'[[rules]]\nid = "x"\nreason = "spam"\naction = "limit"\nwhen = "'
    + b"(" * 900
    + b"1"
    + b")" * 900
    + b'"\n',
    "walks in walks": COMMON.read_bytes()
    + b'[[rules]]\nid = "x"\nreason = "spam"\naction = "limit"\nwhen = "'
    + b"[1].all(a, " * 150
    + b"true"
    + b")" * 150
    + b'"\n',
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_files_are_refused_in_a_line(name: str, tmp_path: Path) -> None:
    path = tmp_path / "policy.toml"
    path.write_bytes(HOSTILE[name])
    for command in ("check", "hash"):
        ran = tidegate(command, path)
        assert ran.returncode == 2, ran
        assert "Traceback" not in ran.stderr
        said = ran.stdout if command == "check" else ran.stderr
        assert str(path) in said
        assert all(len(line) < 1_000 for line in said.splitlines())


def test_examples_that_come_out_otherwise_are_told(changed: Path) -> None:
    ran = tidegate("test", changed)
    assert ran.returncode == 1
    assert (
        "hate, perhaps\n    action is allow, not limit\n    rules are none, not hate-limit\n"
        in (ran.stdout)
    )
    failed = [
        one["name"] for one in lines(tidegate("test", changed, "--json")) if one["differences"]
    ]
    assert failed == ["hate, perhaps", "a rule over its quota asks for review alone"]


def test_a_difference_is_told_in_words(changed: Path, tmp_path: Path) -> None:
    before = tmp_path / "before.toml"
    before.write_bytes(COMMON.read_bytes())
    ran = tidegate("diff", before, changed)
    assert ran.returncode == 1
    told, hashes = ran.stdout.splitlines()
    assert told == "~ rule hate-limit: threshold 0.68 -> 0.75"
    assert hashes == f"{load(before).hash} -> {load(changed).hash}: 1 difference"
    ran = tidegate("diff", before, before)
    assert (ran.returncode, ran.stdout.count("\n")) == (0, 1)
    (one,) = lines(tidegate("diff", before, changed, "--json"))
    assert one["what"] == "rule hate-limit"
    less = tmp_path / "less.toml"
    text = before.read_text(encoding="utf-8")
    start = text.index('[[rules]]\nid = "hate-limit"')
    less.write_text(text[:start] + text[text.index("[[rules]]", start + 5) :], encoding="utf-8")
    told = tidegate("diff", before, less).stdout
    assert "- rule hate-limit: limit where hate >= 0.68 on chatroom, square" in told
    assert "+ rule hate-limit: limit where hate >= 0.68" in tidegate("diff", less, before).stdout


NOW = datetime.now(UTC).replace(microsecond=0)
HELD = Rule(id="hate-hold", label="hate", threshold=0.6, action="hold", reason="hate", queue="q")


def verdict(
    item_id: str,
    signals: tuple[Signal, ...],
    features: Features,
    *,
    shadow: CompiledPolicy | None = None,
) -> ArchivedVerdict:
    item = Item(
        item_id=item_id,
        surface="chatroom",
        actor_id="u1",
        revision=1,
        created_at=NOW,
        origin="human",
        texts=(TextPart(name="text", text="gm"),),
    )
    policy = structs.replace(load(SHIPPED), beside=shadow)
    given = Circumstances(stage="fast", policy=policy, detectors=("text.risk@4",), now=NOW)
    decided = decide(item, Judged(signals=signals), "0" * 32, given, features)
    source = Source(topic="chatroom.messages.v1", partition=0, offset=1)
    return ArchivedVerdict(verdict=decided, source=source)


@pytest.fixture(scope="module")
def port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    archive = archives.migrated(tmp_path_factory.mktemp("archive"))
    busy = Features(
        item=ItemFeatures(n_links=1, language="en"), actor=ActorFeatures(n_near_repeats_1h=2)
    )
    low = Signal(label="hate", score=0.7, detector="text.risk@4", part="text")
    shadow = compile_policy(
        structs.replace(load(SHIPPED).policy, rules=(HELD,), version="in shadow", queues=())
    )
    rows = (verdict("m-1", (low,), busy), verdict("m-2", (low,), busy, shadow=shadow))
    archive.write(Rows(verdicts=rows), token="a")  # noqa: S106 - names the block
    serving = QueryServer(archive.reader(), host="127.0.0.1", port=0)
    yield str(serving.port)
    serving.close()
    archive.close()


def test_an_archived_verdict_is_explained(port: str) -> None:
    ran = tidegate("explain", "m-1", TIDEGATE_ARCHIVE_HTTP_PORT=port)
    assert ran.returncode == 0, ran.stderr
    told = ran.stdout
    assert f"recorded: limit, by policy {load(SHIPPED).hash} in mode enforce" in told
    assert "fired hate-limit: hate 0.700" in told
    assert "asks: limit where hate >= 0.68 on chatroom" in told
    assert "told: It attacks people for what they are." in told
    assert (
        "nearly chat-repeat-link: not actor.n_near_repeats_1h >= 3 (actor.n_near_repeats_1h is 2)"
        in told
    )
    assert "item.n_links = 1" in told


def test_another_policy_explains_it_otherwise(port: str, changed: Path) -> None:
    ran = tidegate("explain", "m-1", "--policy", changed, TIDEGATE_ARCHIVE_HTTP_PORT=port)
    assert f"by policy {load(changed).hash}: allow" in ran.stdout
    assert "nearly hate-limit: hate 0.700, fires from 0.75" in ran.stdout
    (one,) = lines(
        tidegate("explain", "m-1", "-p", changed, "--json", TIDEGATE_ARCHIVE_HTTP_PORT=port)
    )
    assert one["recorded"]["action"] == "limit"
    assert one["explained"]["action"] == "allow"


def test_what_a_policy_in_shadow_asked_for_is_said(port: str) -> None:
    ran = tidegate("explain", "m-2", TIDEGATE_ARCHIVE_HTTP_PORT=port)
    (told,) = [line for line in ran.stdout.splitlines() if "in shadow beside" in line]
    assert re.fullmatch(
        "  in shadow beside: hold to q, by policy [0-9a-f]{16} in mode enforce: hate-hold", told
    )
    (one,) = lines(tidegate("explain", "m-2", "--json", TIDEGATE_ARCHIVE_HTTP_PORT=port))
    assert one["recorded"]["shadow_action"] == "hold"
    assert "in shadow" not in tidegate("explain", "m-1", TIDEGATE_ARCHIVE_HTTP_PORT=port).stdout


def test_an_item_without_verdict_is_said_so(port: str) -> None:
    ran = tidegate("explain", "nobody", TIDEGATE_ARCHIVE_HTTP_PORT=port)
    assert ran.returncode == 1
    assert ran.stderr == "tidegate: the archive has no verdict on an item nobody\n"
