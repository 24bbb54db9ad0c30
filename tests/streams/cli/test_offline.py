"""`tidegate detect` and `tidegate moderate`: in order, a line each, whatever the lines hold."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any, cast

import pytest

from detectors.canary import CANARY_TEXT

EVENT = {
    "message_id": "m1",
    "room_id": "r1",
    "actor_id": "u1",
    "created_at": "2026-11-22T10:00:00Z",
    "text": "gm",
}


def tidegate(*arguments: str, given: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [sys.executable, "-m", "streams.cli", *arguments],
        input=given,
        capture_output=True,
        check=False,
        timeout=120,
    )


def jsonl(path: Path, *lines: object) -> Path:
    path.write_bytes(b"".join(json.dumps(line).encode() + b"\n" for line in lines))
    return path


def read(path: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def test_detect_answers_in_order(tmp_path: Path) -> None:
    source = jsonl(
        tmp_path / "in.jsonl",
        {"id": "a", "text": "gm", "lang": "en", "surface": "chatroom"},
        {"id": 2, "text": f"look: {CANARY_TEXT}"},
        {"id": "c"},
    )
    target = tmp_path / "out.jsonl"
    ran = tidegate("detect", "-i", str(source), "-o", str(target), "--detectors", "text.canary")
    assert (ran.returncode, ran.stderr) == (0, b"")
    first, second, third = read(target)
    assert first == {"id": "a", "scores": {}, "signals": [], "missing": []}
    assert second["id"] == 2
    assert second["scores"] == {"spam": 1.0}
    assert third == {"id": "c", "scores": {}, "signals": [], "missing": []}


def test_detect_gives_a_broken_line_its_place_and_exit_code_2(tmp_path: Path) -> None:
    source = tmp_path / "in.jsonl"
    source.write_bytes(b'{"id": 1, "text": "gm"}\n{broken\n\xff\xfe\n{"id": 4, "text": "hi"}\n')
    target = tmp_path / "out.jsonl"
    ran = tidegate("detect", "-i", str(source), "-o", str(target), "--detectors", "text.canary")
    assert ran.returncode == 2
    assert ran.stderr.count(b"\n") == 1
    lines = read(target)
    assert [line["id"] for line in lines] == [1, None, None, 4]
    assert lines[1]["missing"] == ["text.canary@1"]
    assert "malformed" in str(lines[1]["error"])


def test_detect_reads_and_writes_the_standard_streams() -> None:
    ran = tidegate(
        "detect", "-i", "-", "-o", "-", "--detectors", "text.canary", given=b'{"id":1,"text":"x"}\n'
    )
    assert json.loads(ran.stdout) == {"id": 1, "scores": {}, "signals": [], "missing": []}


def test_moderate_gives_verdicts_and_dead_letters_in_order(tmp_path: Path) -> None:
    source = tmp_path / "in.jsonl"
    held = EVENT | {"message_id": "m2", "text": CANARY_TEXT}
    lines = [json.dumps(EVENT), "{broken", json.dumps(held), json.dumps({"text": "no ids"})]
    source.write_text("\n".join(lines), encoding="utf-8")
    target = tmp_path / "out.jsonl"
    arguments = ("--detectors", "text.canary")
    ran = tidegate("moderate", "-s", "chatroom", "-i", str(source), "-o", str(target), *arguments)
    assert (ran.returncode, ran.stderr) == (0, b"4 events, 2 dead letters\n")
    first, second, third, fourth = read(target)
    assert (first["item_id"], first["action"]) == ("m1", "allow")
    assert (third["item_id"], third["action"]) == ("m2", "limit")
    assert "dead_letter" in second
    assert "dead_letter" in fourth


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["detect", "-i", "/nowhere/in", "-o", "-"], b"/nowhere/in: No such file"),
        (["detect", "-i", "-", "-o", "/nowhere/out"], b"/nowhere/out: No such file"),
        (["detect", "-i", "-", "-o", "-", "--detectors", "text.none"], b"text.none is not a det"),
        (["moderate", "-s", "forum", "-i", "-", "-o", "-"], b"forum is not a surface"),
        (
            ["moderate", "-s", "square", "-i", "-", "-o", "-", "--policy", "/nowhere/policy.toml"],
            b"/nowhere/policy.toml",
        ),
    ],
)
def test_misuse_is_said_in_one_line(arguments: list[str], said: bytes) -> None:
    if "--detectors" not in arguments:
        arguments = [*arguments, "--detectors", "text.canary"]
    ran = tidegate(*arguments)
    assert ran.returncode == 2
    assert said in ran.stderr
    assert ran.stderr.count(b"\n") == 1


def test_an_unknown_setting_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TIDEGATE_DETECTOR", "text.canary")
    ran = tidegate("detect", "-i", "-", "-o", "-")
    assert ran.returncode == 2
    assert b"TIDEGATE_DETECTOR is not a setting" in ran.stderr


RISKY = {
    "has_mint_authority": True,
    "lp_locked_percent": 0.0,
    "top10_holders_percent": 91.5,
    "sell_tax_percent": 40.0,
}
SOUND = {"has_mint_authority": False, "lp_locked_percent": 100.0, "sell_tax_percent": 0.0}
LAUNCH = {
    "actor_id": "u1",
    "created_at": "2026-11-22T10:00:00Z",
    "chain": "solana",
    "contract_address": "c1",
    "creator_address": "w1",
    "token_name": "Sleepy Otter",
    "symbol": "OTTR",
}


def test_moderate_judges_the_token_facts_of_launches(tmp_path: Path) -> None:
    source = jsonl(
        tmp_path / "in.jsonl",
        LAUNCH | {"launch_id": "risky", "actor_id": "a-1", "facts": RISKY},
        LAUNCH | {"launch_id": "sound", "actor_id": "a-2", "facts": SOUND},
        LAUNCH | {"launch_id": "unknown", "actor_id": "a-3"},
    )
    target = tmp_path / "out.jsonl"
    names = "text.canary,text.links,text.entities,token.facts"
    given = ("-s", "memerush", "-i", str(source), "-o", str(target), "--detectors", names)
    ran = tidegate("moderate", *given)
    assert (ran.returncode, ran.stderr) == (0, b"3 events, 0 dead letters\n")
    risky, sound, unknown = read(target)
    assert (risky["action"], risky["queue"]) == ("hold", "market")
    (signal,) = cast("list[dict[str, Any]]", risky["signals"])
    assert [signal["label"], signal["detector"]] == ["token_fraud", "token.facts@1"]
    assert "sell tax +" in signal["evidence"]["why"]
    assert "mint authority +1.1" in signal["evidence"]["why"]
    assert (sound["action"], unknown["action"]) == ("allow", "allow")
    assert unknown["signals"] == []
    assert "token.facts@1" in cast("list[str]", risky["detectors"])


@pytest.mark.parametrize(
    ("variable", "cause"),
    [
        ("TIDEGATE_LINKS", b"makes a store of lists"),
        ("TIDEGATE_BRANDS", b"Expected '='"),
        ("TIDEGATE_ADDRESSES", b"line 1: no address of a known chain"),
        ("TIDEGATE_NAMES", b"Expected '='"),
        ("TIDEGATE_TOKENS", b"Expected '='"),
    ],
)
def test_a_list_that_cannot_be_used_is_said_in_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, variable: str, cause: bytes
) -> None:
    arguments = ("detect", "-i", "-", "-o", "-", "--detectors", "text.links,text.entities")
    for path in (tmp_path / "absent", tmp_path / "list"):
        monkeypatch.setenv(variable, str(path))
        ran = tidegate(*arguments, given=b"")
        assert ran.returncode == 2
        assert ran.stderr.count(b"\n") == 1
        assert ran.stderr.startswith(f"tidegate: {variable}: {path}: ".encode())
        assert (cause if path.exists() else b"No such file or directory") in ran.stderr
        (tmp_path / "list").write_text("pelican.test\n")
