import json
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from schemas.content import Item
from schemas.generate import FOLDER, drift, files, main, release, versioned_schemas, write
from schemas.records import DeadLetter
from schemas.topics import TOPICS

JSON_FILES = sorted((FOLDER / "json").glob("*.json"))


def test_every_payload_has_a_schema() -> None:
    published = {kind for kind, _ in versioned_schemas().values()}
    assert published == {t.payload for t in TOPICS if t.payload} | {DeadLetter, Item}


@pytest.mark.parametrize("path", JSON_FILES, ids=lambda path: path.name)
def test_json_schema_is_valid_and_described(path: Path) -> None:
    schema = json.loads(path.read_text(encoding="utf-8"))
    Draft202012Validator.check_schema(schema)
    name, version, _ = path.name.split(".")
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert schema["$id"] == f"urn:tidegate:schema:{name}:{version}"
    assert schema["title"] == name
    assert schema["description"]


def test_checked_in_files_are_up_to_date() -> None:
    assert drift() == []


def test_check_lists_what_drifted(tmp_path: Path) -> None:
    write(tmp_path)
    assert drift(tmp_path) == []
    (tmp_path / "json" / "Item.v1.json").unlink()
    (tmp_path / "json" / "Gone.v1.json").write_text("{}")
    (tmp_path / "asyncapi.json").write_text("{}")
    assert drift(tmp_path) == [
        "json/Gone.v1.json: no longer generated",
        "json/Item.v1.json: missing",
        "asyncapi.json: outdated",
    ]
    write(tmp_path)
    assert drift(tmp_path) == []


def test_check_command_succeeds_here() -> None:
    assert main(["--check"]) == 0


def test_check_command_names_files_and_fails(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("schemas.generate.drift", lambda: ["json/Item.v1.json: outdated"])
    assert main(["--check"]) == 1
    assert capsys.readouterr().err == "json/Item.v1.json: outdated\n"


def test_release_copies_schemas_and_keeps_retired_ones(tmp_path: Path) -> None:
    write(tmp_path)
    assert release(tmp_path) == []
    released = {path.name for path in (tmp_path / "released").iterdir()}
    assert {f"json/{name}" for name in released} == files().keys() - {"asyncapi.json"}
    (tmp_path / "json" / "Item.v1.json").rename(tmp_path / "json" / "Item.v2.json")
    assert release(tmp_path) == ["Item.v1.json: removed"]


def test_release_refuses_a_break(tmp_path: Path) -> None:
    write(tmp_path)
    release(tmp_path)
    path = tmp_path / "json" / "Filtered.v1.json"
    schema = json.loads(path.read_text(encoding="utf-8"))
    del schema["properties"]["cause"]
    path.write_text(json.dumps(schema), encoding="utf-8")
    assert "Filtered.v1.json: $.cause: property removed" in release(tmp_path)
    assert "cause" in (tmp_path / "released" / path.name).read_text(encoding="utf-8")
