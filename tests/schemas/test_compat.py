import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from schemas.compat import breaks, broken
from schemas.generate import FOLDER

OLD: dict[str, Any] = {
    "title": "Event",
    "type": "object",
    "properties": {
        "id": {"type": "string", "minLength": 1, "maxLength": 200},
        "at": {"type": "string", "format": "date-time"},
        "kind": {"enum": ["a", "b", "c"]},
        "count": {"type": "integer", "minimum": 0, "maximum": 10, "default": 0},
        "note": {"anyOf": [{"type": "string", "maxLength": 9}, {"type": "null"}], "default": None},
        "sha": {"type": "string", "pattern": "^[0-9a-f]*$"},
        "parts": {"type": "array", "items": {"$ref": "#/$defs/Part"}, "maxItems": 4, "default": []},
        "main": {"$ref": "#/$defs/Part", "default": {"name": "x"}},
        "pair": {
            "type": "array",
            "prefixItems": [{"type": "string"}, {"type": "integer"}],
            "items": False,
        },
        "context": {"type": "object", "additionalProperties": {"type": "string"}},
        "either": {"anyOf": [{"$ref": "#/$defs/Part"}, {"$ref": "#/$defs/Other"}]},
        "blob": {"type": "string", "contentEncoding": "base64"},
        "free": {},
    },
    "required": ["id", "kind", "parts"],
    "$defs": {
        "Part": {
            "type": "object",
            "properties": {
                "name": {"type": "string"},
                "child": {"anyOf": [{"$ref": "#/$defs/Part"}, {"type": "null"}]},
            },
            "required": ["name"],
        },
        "Other": {
            "type": "object",
            "properties": {"other": {"type": "integer"}},
            "required": ["other"],
        },
    },
}

Change = Callable[[dict[str, Any]], object]


def props(schema: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = schema["properties"]
    return found


def part(schema: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = schema["$defs"]["Part"]
    return found


BREAKING: dict[str, tuple[Change, str]] = {
    "property removed": (lambda s: props(s).pop("note"), "$.note: property removed"),
    "property in a definition removed": (
        lambda s: part(s)["properties"].pop("child"),
        "$.parts[].child: property removed",
    ),
    "required property added": (
        lambda s: (props(s).update(new={"type": "string"}), s["required"].append("new")),
        "$.new: newly required",
    ),
    "optional property made required": (
        lambda s: s["required"].append("sha"),
        "$.sha: newly required",
    ),
    "required in a definition": (
        lambda s: part(s)["required"].append("child"),
        "$.main.child: newly required",
    ),
    "required made optional": (
        lambda s: s["required"].remove("kind"),
        "$.kind: no longer required",
    ),
    "type changed": (
        lambda s: props(s).update(id={"type": "integer"}),
        "$.id: type string removed",
    ),
    "type narrowed": (
        lambda s: part(s)["properties"].update(name={"enum": ["x"]}),
        "$.parts[].name: type string removed",
    ),
    "anything narrowed to a type": (
        lambda s: props(s)["free"].update(type="integer"),
        "$.free: type anything removed",
    ),
    "null no longer allowed": (
        lambda s: props(s).update(note={"type": "string", "maxLength": 9, "default": None}),
        "$.note: type null removed",
    ),
    "enum value removed": (
        lambda s: props(s)["kind"]["enum"].remove("b"),
        '$.kind: value "b" removed',
    ),
    "maxLength lowered": (
        lambda s: props(s)["id"].update(maxLength=100),
        "$.id: maxLength tightened from 200 to 100",
    ),
    "minLength raised": (
        lambda s: props(s)["id"].update(minLength=2),
        "$.id: minLength tightened from 1 to 2",
    ),
    "maxLength inside a union lowered": (
        lambda s: props(s)["note"]["anyOf"][0].update(maxLength=8),
        "$.note: maxLength tightened from 9 to 8",
    ),
    "maximum lowered": (
        lambda s: props(s)["count"].update(maximum=9),
        "$.count: maximum tightened from 10 to 9",
    ),
    "limit added": (lambda s: props(s)["at"].update(maxLength=30), "$.at: maxLength 30 added"),
    "pattern changed": (
        lambda s: props(s)["sha"].update(pattern="^x$"),
        "$.sha: pattern added or changed",
    ),
    "maxItems lowered": (
        lambda s: props(s)["parts"].update(maxItems=3),
        "$.parts: maxItems tightened from 4 to 3",
    ),
    "format removed": (lambda s: props(s)["at"].pop("format"), "$.at: format changed"),
    "encoding changed": (
        lambda s: props(s)["blob"].update(contentEncoding="base16"),
        "$.blob: contentEncoding changed",
    ),
    "default changed": (
        lambda s: props(s)["count"].update(default=1),
        "$.count: default changed from 0 to 1",
    ),
    "tuple lengthened": (
        lambda s: props(s)["pair"]["prefixItems"].append({"type": "string"}),
        "$.pair: length of tuple changed from 2 to 3",
    ),
    "tuple member changed": (
        lambda s: props(s)["pair"]["prefixItems"].__setitem__(1, {"type": "string"}),
        "$.pair[1]: type integer removed",
    ),
    "map values changed": (
        lambda s: props(s)["context"].update(additionalProperties={"type": "integer"}),
        "$.context.*: type string removed",
    ),
    "unknown fields forbidden": (
        lambda s: s.update(additionalProperties=False),
        "$.*: no longer allowed",
    ),
    "union member removed": (
        lambda s: props(s).update(either={"$ref": "#/$defs/Part"}),
        "$.either.other: property removed",
    ),
    "root changed": (lambda s: s.update(type="array"), "$: type object removed"),
}

HARMLESS: dict[str, Change] = {
    "nothing": lambda s: None,
    "optional property added": lambda s: props(s).update(new={"type": "string", "default": ""}),
    "optional property added to a definition": lambda s: part(s)["properties"].update(
        new={"type": "integer", "default": 0}
    ),
    "default of an object gains a field": lambda s: props(s)["main"].update(
        default={"name": "x", "new": 0}
    ),
    "enum value added": lambda s: props(s)["kind"]["enum"].insert(0, "d"),
    "enum opened": lambda s: props(s).update(kind={"type": "string"}),
    "limits loosened": lambda s: props(s)["id"].update(maxLength=300, minLength=0),
    "limit lifted": lambda s: props(s)["id"].pop("maxLength"),
    "pattern lifted": lambda s: props(s)["sha"].pop("pattern"),
    "null allowed": lambda s: props(s).update(
        at={"anyOf": [{"type": "null"}, {"type": "string", "format": "date-time"}]}
    ),
    "integer widened to number": lambda s: props(s)["count"].update(type="number"),
    "union member added": lambda s: props(s)["note"]["anyOf"].append({"type": "integer"}),
    "anything allowed": lambda s: props(s).update(sha={}),
    "described": lambda s: s.update(title="Better", description="More."),
    "definition inlined": lambda s: props(s).update(
        main={**copy.deepcopy(part(s)), "default": {"name": "x"}}
    ),
    "order of union changed": lambda s: props(s)["either"]["anyOf"].reverse(),
}


@pytest.mark.parametrize("name", BREAKING)
def test_seeded_break_is_found(name: str) -> None:
    change, expected = BREAKING[name]
    new = copy.deepcopy(OLD)
    change(new)
    assert expected in breaks(OLD, new)


@pytest.mark.parametrize("name", HARMLESS)
def test_addition_is_no_break(name: str) -> None:
    new = copy.deepcopy(OLD)
    HARMLESS[name](new)
    assert breaks(OLD, new) == []


def test_number_does_not_become_integer() -> None:
    assert breaks({"type": "number"}, {"type": "integer"}) == ["$: type number removed"]


def test_comparison_changes_neither_side() -> None:
    new = copy.deepcopy(OLD)
    props(new).pop("note")
    before = copy.deepcopy(new)
    breaks(OLD, new)
    assert new == before


def test_nothing_breaks_the_last_release() -> None:
    assert broken(FOLDER / "released", FOLDER / "json") == []


def test_snapshot_holds_the_first_release() -> None:
    assert len(list((FOLDER / "released").glob("*.v1.json"))) >= 9


@pytest.mark.parametrize(
    "path", sorted((FOLDER / "released").glob("*.json")), ids=lambda path: path.name
)
def test_removing_any_released_property_is_found(path: Path) -> None:
    old = json.loads(path.read_text(encoding="utf-8"))
    assert breaks(old, old) == []
    for name in old["properties"]:
        new = copy.deepcopy(old)
        del new["properties"][name]
        new["required"] = [other for other in new["required"] if other != name]
        assert f"$.{name}: property removed" in breaks(old, new)
