"""`tidegate banks`: what it keeps, its exit codes, one-line errors."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image
from typer.testing import CliRunner

from streams.cli.console import Misuse
from streams.cli.main import app
from tests.detectors.image import pictures

HASH = "f8f8f0cee0f4a84f06370a22038f63f0b36e2ed596621e1d33e6b39c4e9c9b22"
Run = Callable[..., str]


@pytest.fixture
def run(tmp_path: Path) -> Run:
    def ran(*arguments: str | Path) -> str:
        given = ["banks", *map(str, arguments), "--banks", str(tmp_path / "banks")]
        outcome = CliRunner().invoke(app, given)
        if outcome.exception is not None and not isinstance(outcome.exception, SystemExit):
            raise outcome.exception
        assert outcome.exit_code == 0, outcome.output
        return outcome.stdout

    return ran


@pytest.fixture
def image(tmp_path: Path) -> Path:
    path = tmp_path / "poster.png"
    path.write_bytes(pictures.encoded(Image.fromarray(pictures.photo(1)), "PNG"))
    return path


def test_added_matched_exported_imported_removed(run: Run, image: Path, tmp_path: Path) -> None:
    run("add", "known", "--image", image, "--id", "a", "--note", "a poster", "--label", "scam")
    run("add", "known", "--hash", HASH)
    assert run("list") == "bank\tlabel\taction\thashes\nknown\tscam\thold\t16\n"
    assert f"{HASH[:16]}\t{HASH}" in run("list", "known")
    found = [json.loads(line) for line in run("match", image, "--json").splitlines()]
    assert [(one["bank"], one["id"], one["distance"], one["turned"]) for one in found] == [
        ("known", "a", 0, "as it is")
    ]
    out = tmp_path / "out.bank"
    run("export", "known", "--output", out)
    run("import", "copy", out, "--label", "spam", "--action", "remove")
    assert "copy\tspam\tremove\t16" in run("list")
    run("remove", "known", "a", HASH[:16])  # with its crops
    assert "known\tscam\thold\t0" in run("list")


def test_a_picture_without_its_crops(run: Run, image: Path) -> None:
    run("add", "known", "--image", image, "--label", "scam", "--no-crops")
    assert "known\tscam\thold\t1\n" in run("list")


def test_export_goes_to_standard_output(run: Run) -> None:
    run("add", "known", "--hash", HASH, "--label", "scam", "--action", "remove")
    assert run("export", "known").splitlines()[:3] == [
        "#tidegate-bank 1",
        "#label scam",
        "#action remove",
    ]


def test_misuse_is_one_line(run: Run, image: Path, tmp_path: Path) -> None:
    blank, wrong = tmp_path / "blank.png", tmp_path / "wrong.txt"
    blank.write_bytes(pictures.png(1, 1, body=b"\0\0\0\0"))
    wrong.write_text(f"{HASH}\n\nno hash\n", encoding="utf-8")
    for arguments, cause in (
        (("add", "known", "--hash", HASH), "no bank known"),
        (("add", "known"), "either --image or --hash"),
        (("add", "known", "--hash", "12", "--label", "scam"), "no hash"),
        (("add", "known", "--hash", HASH, "--label", "bad"), "no label"),
        (("add", "Known!", "--hash", HASH, "--label", "scam"), "no bank's name"),
        (("add", "known", "--image", blank, "--label", "scam"), "quality 0"),
        (("add", "known", "--image", wrong, "--label", "scam"), "not_an_image"),
        (("add", "known", "--image", tmp_path / "none", "--label", "scam"), "No such file"),
        (("import", "known", wrong, "--label", "scam"), "wrong.txt, line 3"),
        (("import", "known", image, "--label", "scam"), "not UTF-8"),
        (("remove", "known", "a"), "no bank known"),
        (("list", "known"), "no bank known"),
    ):
        with pytest.raises(Misuse, match=cause):
            run(*arguments)
