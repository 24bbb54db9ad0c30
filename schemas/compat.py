"""Tells whether a JSON Schema changed only by additions since another version of it.

Two promises are checked. Every document that was valid stays valid and keeps its meaning, and what
a reader of the old version could count on (its properties, those that are always there) remains.
New optional properties, new enumeration values and looser limits are additions: readers ignore
fields they do not know and must bear values they do not know.
"""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final, TypeAlias

Json: TypeAlias = Mapping[str, object]

NOTES: Final = frozenset({"$schema", "$id", "$comment", "title", "description", "examples"})
"""Keywords that say nothing of what is valid."""
LOWER_BOUNDS: Final = ("minimum", "exclusiveMinimum", "minLength", "minItems", "minProperties")
UPPER_BOUNDS: Final = ("maximum", "exclusiveMaximum", "maxLength", "maxItems", "maxProperties")
REMOVABLE: Final = ("pattern", "multipleOf", "uniqueItems")
"""Limits that may be lifted but not added or changed: their values cannot be ordered."""
WALKED: Final = frozenset(
    {"$ref", "$defs", "anyOf", "oneOf", "type", "enum", "const", "default", "properties"}
    | {"required", "additionalProperties", "items", "prefixItems"}
    | {*LOWER_BOUNDS, *UPPER_BOUNDS, *REMOVABLE}
)
WIDER: Final = {"integer": "number"}
JSON_TYPES: Final = {str: "string", bool: "boolean", int: "integer", float: "number"}


def breaks(old: Json, new: Json) -> list[str]:
    """Lists what in `new` breaks the promises of `old`; empty when it only adds.

    Each line begins with the place as a path (`$.parts[].name`). A keyword this module does not
    know counts as a break when it changes.
    """
    return list(dict.fromkeys(_Comparison(old, new).compare(old, new, "$")))


def broken(released: Path, current: Path) -> list[str]:
    """Compares two folders of schema files; a released file that is gone is a break."""
    found: list[str] = []
    for path in sorted(released.glob("*.json")):
        successor = current / path.name
        if not successor.exists():
            found.append(f"{path.name}: removed")
            continue
        old, new = (json.loads(file.read_text(encoding="utf-8")) for file in (path, successor))
        found += [f"{path.name}: {line}" for line in breaks(old, new)]
    return found


class _Comparison:
    """One comparison: the two documents, for their `$defs`, and the pairs of nodes in progress."""

    def __init__(self, old: Json, new: Json) -> None:
        self._old = old
        self._new = new
        self._open: set[tuple[str, str]] = set()

    def compare(self, old: object, new: object, path: str) -> Iterator[str]:
        """Compares two nodes, each of which may be a union, a reference or true (anything)."""
        olds = _members(old, self._old)
        news = _members(new, self._new)
        if any(_is_anything(member) for _, member in news):
            return
        for name, member in olds:
            yield from self._compare_member(name, member, news, path)

    def _compare_member(
        self, name: str, member: Json, news: list[tuple[str, Json]], path: str
    ) -> Iterator[str]:
        values = _values(member)
        if values is not None:
            for value in values:
                if not any(_admits(candidate, value) for _, candidate in news):
                    yield f"{path}: value {json.dumps(value)} removed"
            return
        candidates = [(other, node) for other, node in news if _is_like(member, node)]
        if not candidates:
            yield f"{path}: {_kind(member)} removed"
            return
        same_name = [pair for pair in candidates if name and pair[0] == name]
        attempts = [
            self._compare_guarded((name, member), candidate, path)
            for candidate in same_name or candidates
        ]
        yield from min(attempts, key=len)

    def _compare_guarded(
        self, old: tuple[str, Json], new: tuple[str, Json], path: str
    ) -> list[str]:
        pair = (old[0], new[0])
        if all(pair) and pair in self._open:
            return []
        self._open.add(pair)
        found = list(self._compare_nodes(old[1], new[1], path))
        self._open.discard(pair)
        return found

    def _compare_nodes(self, old: Json, new: Json, path: str) -> Iterator[str]:
        yield from _tightened(old, new, path)
        yield from _other_keywords(old, new, path)
        yield from self._compare_object(old, new, path)
        yield from self._compare_array(old, new, path)

    def _compare_object(self, old: Json, new: Json, path: str) -> Iterator[str]:
        olds, news = _mapping(old, "properties"), _mapping(new, "properties")
        was_required, is_required = _names(old, "required"), _names(new, "required")
        for name in sorted(is_required - was_required):
            yield f"{path}.{name}: newly required"
        for name in sorted((was_required - is_required) & news.keys()):
            yield f"{path}.{name}: no longer required"
        for name, node in olds.items():
            if name not in news:
                yield f"{path}.{name}: property removed"
                continue
            yield from _default_changed(node, news[name], f"{path}.{name}")
            yield from self.compare(node, news[name], f"{path}.{name}")
        if "object" in (old.get("type"), new.get("type")):
            yield from self._compare_rest(old, new, "additionalProperties", f"{path}.*")

    def _compare_array(self, old: Json, new: Json, path: str) -> Iterator[str]:
        if "array" not in (old.get("type"), new.get("type")):
            return
        olds, news = _list(old, "prefixItems"), _list(new, "prefixItems")
        if len(olds) != len(news):
            yield f"{path}: length of tuple changed from {len(olds)} to {len(news)}"
        for index, (first, second) in enumerate(zip(olds, news, strict=False)):
            yield from self.compare(first, second, f"{path}[{index}]")
        yield from self._compare_rest(old, new, "items", f"{path}[]")

    def _compare_rest(self, old: Json, new: Json, keyword: str, path: str) -> Iterator[str]:
        first, second = old.get(keyword, True), new.get(keyword, True)
        if second is False and first is not False:
            yield f"{path}: no longer allowed"
        elif first is not False:
            yield from self.compare(first, second, path)


def _members(node: object, document: Json) -> list[tuple[str, Json]]:
    """Gives the alternatives of a node as (name of definition or "", node without `$ref`)."""
    if not isinstance(node, Mapping):
        return [] if node is False else [("", {})]
    if isinstance(reference := node.get("$ref"), str):
        rest = {key: value for key, value in node.items() if key not in {"$ref", "default"}}
        name = reference.removeprefix("#/$defs/")
        target = _mapping(document, "$defs")[name] if name != "#" else document
        return [(name, {**inner, **rest}) for _, inner in _members(target, document)]
    for keyword in ("anyOf", "oneOf"):
        if alternatives := _list(node, keyword):
            return [member for part in alternatives for member in _members(part, document)]
    if isinstance(kinds := node.get("type"), list):
        return [("", {**node, "type": kind}) for kind in kinds]
    return [("", node)]


def _is_anything(node: Json) -> bool:
    return not (node.keys() - NOTES - {"default", "$defs"})


def _values(node: Json) -> list[object] | None:
    if "const" in node:
        return [node["const"]]
    return _list(node, "enum") if "enum" in node else None


def _admits(node: Json, value: object) -> bool:
    """Whether `value` of an enumeration is among a node's values, or of its type."""
    values = _values(node)
    if values is not None:
        return any(value == other and type(value) is type(other) for other in values)
    kind = "null" if value is None else JSON_TYPES.get(type(value), "object")
    has_limits = bool(node.keys() & {*LOWER_BOUNDS, *UPPER_BOUNDS, *REMOVABLE, "format"})
    return node.get("type") in (kind, WIDER.get(kind)) and not has_limits


def _is_like(old: Json, new: Json) -> bool:
    if _values(new) is not None:
        return False
    kind = old.get("type")
    return new.get("type") in (kind, WIDER.get(str(kind)))


def _kind(node: Json) -> str:
    return f"type {node.get('type', 'anything')}"


def _tightened(old: Json, new: Json, path: str) -> Iterator[str]:
    for keyword in (*LOWER_BOUNDS, *UPPER_BOUNDS):
        was, limit = old.get(keyword), new.get(keyword)
        if not isinstance(limit, (int, float)):
            continue
        if not isinstance(was, (int, float)):
            yield f"{path}: {keyword} {limit} added"
        elif (limit > was) if keyword in LOWER_BOUNDS else (limit < was):
            yield f"{path}: {keyword} tightened from {was} to {limit}"
    for keyword in REMOVABLE:
        if keyword in new and new[keyword] != old.get(keyword):
            yield f"{path}: {keyword} added or changed"


def _other_keywords(old: Json, new: Json, path: str) -> Iterator[str]:
    for keyword in sorted((old.keys() | new.keys()) - NOTES - WALKED):
        if old.get(keyword) != new.get(keyword):
            yield f"{path}: {keyword} changed"


def _default_changed(old: object, new: object, path: str) -> Iterator[str]:
    """A default is what an absent field means. An object's default may gain fields of its own."""
    if not isinstance(old, Mapping) or not isinstance(new, Mapping) or "default" not in old:
        return
    was, now = old["default"], new.get("default")
    if isinstance(was, Mapping) and isinstance(now, Mapping):
        now = {key: value for key, value in now.items() if key in was}
    if was != now:
        yield f"{path}: default changed from {json.dumps(was)} to {json.dumps(now)}"


def _mapping(node: Json, keyword: str) -> Json:
    value = node.get(keyword, {})
    return value if isinstance(value, Mapping) else {}


def _list(node: Json, keyword: str) -> list[object]:
    value = node.get(keyword, [])
    return value if isinstance(value, list) else []


def _names(node: Json, keyword: str) -> set[str]:
    return {str(name) for name in _list(node, keyword)}
