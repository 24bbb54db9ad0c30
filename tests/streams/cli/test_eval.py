"""`tidegate eval run`: reports, exit codes, one-line errors."""

import json
import subprocess
import sys
from pathlib import Path

from detectors.canary import CANARY_TEXT


def tidegate(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "streams.cli", "eval", "run", *map(str, arguments)],
        capture_output=True,
        check=False,
        encoding="utf-8",
        timeout=120,
    )


def labelled(path: Path) -> Path:
    lines = [
        {"id": n, "text": f"{n} {CANARY_TEXT if n % 2 else 'gm'}", "labels": {"spam": n % 2}}
        for n in range(40)
    ]
    path.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    return path


def test_reports_are_written_and_a_gate_is_passed(tmp_path: Path) -> None:
    source = labelled(tmp_path / "in.jsonl")
    gate = tmp_path / "gate.toml"
    gate.write_text('bounds = [{figure = "f1", label = "spam", bound = 0.99}]\n')
    out = tmp_path / "new" / "report"
    ran = tidegate("-d", "text.canary", "-i", source, "-o", out, "--gate", gate)
    assert (ran.returncode, ran.stderr) == (0, "")
    assert "spam" in ran.stdout
    assert (out / "report.html").read_text(encoding="utf-8").startswith("<!doctype html>")
    assert json.loads((out / "report.json").read_bytes())["n_rows"] == 40


def test_a_missed_gate_is_exit_code_1(tmp_path: Path) -> None:
    source = labelled(tmp_path / "in.jsonl")
    gate = tmp_path / "gate.toml"
    gate.write_text('bounds = [{figure = "f1", label = "scam", bound = 0.5}]\n')
    ran = tidegate("-d", "text.canary", "-i", source, "-o", tmp_path, "--gate", gate)
    assert ran.returncode == 1
    assert ran.stderr == "missed: f1 of scam (*, *): not measured\n"
    assert "Gate: missed" in (tmp_path / "report.html").read_text(encoding="utf-8")


def test_json_compares_two_sets_and_runs_the_suite(tmp_path: Path) -> None:
    source = labelled(tmp_path / "in.jsonl")
    ran = tidegate(
        "-d", "text.canary", "--against", "text.canary,text.null", "-i", source, "-i", source,
        "--functional", "--resamples", "5", "--json", "-o", tmp_path,
    )  # fmt: skip
    assert ran.returncode == 0
    assert ran.stdout.count("\n") == 1
    report = json.loads(ran.stdout)
    assert report["n_rows"] == 80
    assert [side["name"] for side in report["sides"]] == [
        "text.canary@1", "text.canary@1 + text.null@1",
    ]  # fmt: skip
    assert report["differences"][0]["average_precision"]["value"] == 0
    assert report["sides"][0]["functional"]["overall"][1]["rate"]["value"] == 1


def test_misuse_is_one_line_and_exit_code_2(tmp_path: Path) -> None:
    source = labelled(tmp_path / "in.jsonl")
    bad = tmp_path / "bad.jsonl"
    bad.write_text('{"id": 1, "text": "x", "labels": {}}\n{"id": 2}\n')
    wild, idle = tmp_path / "wild.toml", tmp_path / "idle.toml"
    wild.write_text("[functional]\nmust_flag = nan\n")
    idle.write_text("[functional]\n")
    given = ("-d", "text.canary", "-o", tmp_path)
    for arguments, said in (
        ((*given, "-i", bad), f"{bad}, line 2: Object missing required field `text`"),
        ((*given, "-i", tmp_path / "none.jsonl"), "No such file"),
        ((*given, "-i", source, "--gate", bad), f"{bad}: "),
        ((*given, "-i", source, "--against-scores", bad), f"{bad}, line 1: "),
        ((*given, "-i", source, "--against", "x", "--against-scores", bad), "choose one"),
        (given, "nothing to evaluate on"),
        (("-d", "text.nobody", "-o", tmp_path, "-i", source), "text.nobody is not a detector"),
        ((*given, "-i", source, "--gate", wild), f"{wild}: Expected `float`"),
        ((*given, "-i", source, "--gate", idle), f"{idle}: [functional] asks for nothing"),
        (("-d", "text.canary", "-o", "", "-i", source), "--output names no folder"),
        (("-d", " , ", "-o", tmp_path, "-i", source), "names no detector"),
        (("-d", "text.canary", "-o", source, "-i", source), f"{source}: File exists"),
    ):
        ran = tidegate(*arguments)
        assert (ran.returncode, ran.stdout) == (2, ""), arguments
        assert said in ran.stderr
        assert ran.stderr.startswith("tidegate: ")
        assert ran.stderr.count("\n") == 1
