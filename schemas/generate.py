"""Writes the checked-in JSON Schemas and the AsyncAPI document, or checks that they are up to date.

`python -m schemas.generate` writes `schemas/json/` and `schemas/asyncapi.json`; with `--check` it
lists the files that differ and exits 1; with `--release` it also makes them the released snapshot.
"""

import argparse
import json
import sys
from collections.abc import Mapping, Sequence
from inspect import cleandoc
from pathlib import Path
from typing import Final

import msgspec

from schemas.asyncapi import asyncapi
from schemas.compat import Json, broken
from schemas.content import Item
from schemas.records import DeadLetter
from schemas.topics import TOPICS

FOLDER: Final = Path(__file__).parent
DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"


def versioned_schemas() -> dict[str, tuple[type[msgspec.Struct], int]]:
    """Gives every published struct with its version, by file name."""
    structs = [(topic.payload, topic.version) for topic in TOPICS if topic.payload is not None]
    structs += [(DeadLetter, 1), (Item, 1)]
    return {f"{kind.__name__}.v{version}.json": (kind, version) for kind, version in structs}


def json_schema(kind: type[msgspec.Struct], version: int) -> Json:
    """Gives the JSON Schema (2020-12) of a struct, self-contained, with the struct at its root."""
    raw = msgspec.json.schema(kind)
    definitions = {name: _tidy(node) for name, node in sorted(raw["$defs"].items())}
    root = definitions.pop(kind.__name__)
    schema: dict[str, object] = {
        "$schema": DIALECT,
        "$id": f"urn:tidegate:schema:{kind.__name__}:v{version}",
        **root,
    }
    if definitions:
        schema["$defs"] = definitions
    return schema


def _tidy(node: Mapping[str, object]) -> dict[str, object]:
    description = node.get("description")
    if not isinstance(description, str):
        return dict(node)
    return {**node, "description": cleandoc(description)}


def files() -> dict[str, str]:
    """Gives the text of every generated file, by its path below `schemas/`."""
    schemas = {
        f"json/{name}": json_schema(kind, version)
        for name, (kind, version) in versioned_schemas().items()
    }
    documents: dict[str, Json] = {**schemas, "asyncapi.json": asyncapi(FOLDER / "examples")}
    return {name: _dump(document) for name, document in documents.items()}


def _dump(document: Json) -> str:
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def drift(folder: Path = FOLDER) -> list[str]:
    """Lists the generated files under `folder` that are missing, outdated or no longer made."""
    expected = files()
    present = {f"json/{path.name}" for path in (folder / "json").glob("*.json")}
    found = [f"{name}: no longer generated" for name in sorted(present - expected.keys())]
    for name, text in expected.items():
        path = folder / name
        if not path.exists():
            found.append(f"{name}: missing")
        elif path.read_text(encoding="utf-8") != text:
            found.append(f"{name}: outdated")
    return found


def write(folder: Path = FOLDER) -> None:
    """Writes every generated file under `folder` and deletes schemas no longer made."""
    expected = files()
    for path in (folder / "json").glob("*.json"):
        if f"json/{path.name}" not in expected:
            path.unlink()
    for name, text in expected.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


def release(folder: Path = FOLDER) -> list[str]:
    """Makes `json/` the released snapshot. Gives the breaks that forbid it, writing nothing then.

    Released files are never deleted: a retired version stays as the record of what was promised.
    """
    found = broken(folder / "released", folder / "json")
    if found:
        return found
    (folder / "released").mkdir(parents=True, exist_ok=True)
    for path in (folder / "json").glob("*.json"):
        text = path.read_text(encoding="utf-8")
        (folder / "released" / path.name).write_text(text, encoding="utf-8")
    return []


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the command; gives its exit code."""
    parser = argparse.ArgumentParser(prog="python -m schemas.generate")
    group = parser.add_mutually_exclusive_group()
    group.add_argument("--check", action="store_true", help="change nothing; exit 1 on drift")
    group.add_argument("--release", action="store_true", help="also update schemas/released/")
    options = parser.parse_args(arguments)
    if options.check:
        found = drift()
    else:
        write()
        found = release() if options.release else []
    for line in found:
        sys.stderr.write(f"{line}\n")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
