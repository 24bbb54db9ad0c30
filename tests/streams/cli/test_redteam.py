"""`tidegate redteam run`: reports, exit codes, one-line errors."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from detectors.canary import CANARY_TEXT

ATTACKS = ("--attacks", "zero_width,padded_after,greedy_search")


def tidegate(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "streams.cli", "redteam", "run", *map(str, arguments)],
        capture_output=True,
        check=False,
        encoding="utf-8",
        timeout=120,
    )


def labelled(path: Path, text: str = CANARY_TEXT) -> Path:
    lines = [{"id": n, "text": f"{n} {text}", "labels": {"spam": 1}} for n in range(6)]
    path.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    return path


def gate(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path


def test_reports_are_written_and_a_gate_is_passed(tmp_path: Path) -> None:
    source = labelled(tmp_path / "in.jsonl")
    allowed = gate(tmp_path / "gate.toml", "mean = 1\neach = 1\nmin_flagged = 6\n")
    out = tmp_path / "new" / "report"
    ran = tidegate("-d", "text.canary", "-i", source, "-o", out, "--gate", allowed, *ATTACKS)
    assert (ran.returncode, ran.stderr) == (0, "")
    assert "6 of 6 texts flagged before any attack" in ran.stdout
    assert (out / "redteam.html").read_text(encoding="utf-8").startswith("<!doctype html>")
    assert json.loads((out / "redteam.json").read_bytes())["n_flagged"] == 6


def test_a_missed_gate_is_exit_code_1(tmp_path: Path) -> None:
    source = labelled(tmp_path / "in.jsonl")
    allowed = gate(tmp_path / "gate.toml", "mean = 1\neach = 0.5\n")
    ran = tidegate("-d", "text.canary", "-i", source, "-o", tmp_path, "--gate", allowed, *ATTACKS)
    assert ran.returncode == 1
    assert ran.stderr == (
        "missed: zero_width: 1.0000, over 0.5\nmissed: greedy_search: 1.0000, over 0.5\n"
    )
    assert "Gate: missed" in (tmp_path / "redteam.html").read_text(encoding="utf-8")


def test_json_is_one_line_and_the_same_for_the_same_seed(tmp_path: Path) -> None:
    source = labelled(tmp_path / "in.jsonl")
    given = ("-d", "text.canary", "-i", source, "-o", tmp_path, "--json", "--limit", "3", *ATTACKS)
    one, two = tidegate(*given, "--seed", "4"), tidegate(*given, "--seed", "4")
    assert one.returncode == 0
    assert one.stdout == two.stdout
    assert one.stdout.count("\n") == 1
    report = json.loads(one.stdout)
    assert (report["n_texts"], report["options"]["seed"]) == (3, 4)


def test_messages_are_joined_unless_told_otherwise(tmp_path: Path) -> None:
    source = labelled(tmp_path / "in.jsonl")
    given = ("-d", "text.canary", "-i", source, "-o", tmp_path, "--json", "--limit", "2")
    attack = ("--attacks", "split_messages")
    together = json.loads(tidegate(*given, *attack).stdout)
    apart = json.loads(tidegate(*given, *attack, "--no-join-messages").stdout)
    assert (together["is_joining"], apart["is_joining"]) == (True, False)
    assert apart["attempts"][0]["rate"]["value"] == 1


def test_texts_that_nothing_flags_are_exit_code_1(tmp_path: Path) -> None:
    source = labelled(tmp_path / "in.jsonl", "gm")
    ran = tidegate("-d", "text.canary", "-i", source, "-o", tmp_path, *ATTACKS)
    assert ran.returncode == 1
    assert ran.stderr == (
        "tidegate: none of 6 texts is flagged before any attack: nothing to attack\n"
    )


def test_the_policy_says_what_is_flagged(tmp_path: Path) -> None:
    source = labelled(tmp_path / "in.jsonl")
    policy = Path(__file__).parents[3] / "streams" / "policies" / "default"
    given = ("-d", "text.canary", "-i", source, "-o", tmp_path, "--json", *ATTACKS)
    report = json.loads(tidegate(*given, "--policy", policy).stdout)
    assert report["attempts"][0]["worst"][0]["before"] == pytest.approx(1 - 0.6)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (["--attacks", "sorcery"], "sorcery is not an attack; there are "),
        (["--attacks", ""], "--attacks '' leaves a name empty; there are "),
        (["--attacks", "morse,"], "--attacks 'morse,' leaves a name empty; there are "),
        (["--output", ""], "--output names no folder"),
        (["--gate", "/nowhere/gate.toml"], "/nowhere/gate.toml: No such file"),
        (["--input", "/nowhere/in.jsonl"], "/nowhere/in.jsonl: No such file"),
        (["--policy", "/nowhere/policy.toml"], "/nowhere/policy.toml"),
        (["--detectors", "text.none"], "text.none is not a detector"),
        (["--output", "/dev/null/out"], "/dev/null/out: Not a directory"),
    ],
)
def test_misuse_is_said_in_one_line(given: list[str], said: str, tmp_path: Path) -> None:
    chosen = ["-d", "text.canary", "-o", str(tmp_path), *ATTACKS, *given]
    ran = tidegate(*chosen)
    assert ran.returncode == 2
    assert said in ran.stderr
    assert ran.stderr.count("\n") == 1
    assert list(tmp_path.iterdir()) == []
