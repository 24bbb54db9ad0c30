"""Whether what files hold has the shape of a policy: every mistake, not the first alone. Pure."""

import types
from collections.abc import Iterator
from typing import Annotated, Any, Literal, TypeGuard, Union, get_args, get_origin, get_type_hints

import msgspec
from msgspec import Struct

from streams.policy.conditions import meant
from streams.policy.faults import Path, PolicyFault

_NAMES = {"str": "text", "float": "a number", "int": "a whole number", "bool": "true or false"}
_FOUND = {
    str: "text", bool: "true or false", int: "a whole number", float: "a number",
    list: "a list", dict: "a table",
}  # fmt: skip


def faults(holds: object, kind: object, path: Path = ()) -> Iterator[PolicyFault]:
    """Gives what keeps a value from being of a type, with the path of each."""
    if get_origin(kind) in {Union, types.UnionType}:
        choices = [one for one in get_args(kind) if one is not type(None)]
        if len(choices) == 1:
            yield from faults(holds, choices[0], path)
            return
    if _is_struct(kind):
        yield from _of_table(holds, kind, path)
    elif get_origin(kind) is dict:
        yield from _of_dict(holds, kind, path)
    elif get_origin(kind) is tuple:
        if not isinstance(holds, list):
            yield _wrong(path, holds, "a list")
            return
        for at, item in enumerate(holds):
            yield from faults(item, get_args(kind)[0], (*path, at))
    else:
        yield from _of_value(holds, kind, path)


def _is_struct(kind: object) -> TypeGuard[type[Struct]]:
    return isinstance(kind, type) and issubclass(kind, Struct)


def _of_table(holds: object, kind: type[Struct], path: Path) -> Iterator[PolicyFault]:
    if not isinstance(holds, dict):
        yield _wrong(path, holds, "a table")
        return
    hints = get_type_hints(kind, include_extras=True)
    for key, value in holds.items():
        if key in hints:
            yield from faults(value, hints[key], (*path, key))
        else:
            yield PolicyFault((*path, key), f"unknown key `{key}`{meant(key, hints)}")
    for field in msgspec.structs.fields(kind):
        is_required = field.default is field.default_factory is msgspec.NODEFAULT
        if is_required and field.name not in holds:
            yield PolicyFault(path, f"{_told(path)} lacks `{field.name}`")


def _of_dict(holds: object, kind: object, path: Path) -> Iterator[PolicyFault]:
    if not isinstance(holds, dict):
        yield _wrong(path, holds, "a table")
        return
    keys, values = get_args(kind)
    for key, value in holds.items():
        what = _KEYS.get(str(path[-1]), str(path[-1])) if path else ""
        wrong = list(_of_value(key, keys, (*path, key), what))
        yield from wrong
        if not wrong:
            yield from faults(value, values, (*path, key))


def _of_value(holds: object, kind: object, path: Path, what: str = "") -> Iterator[PolicyFault]:
    words = _words(kind)
    if words and isinstance(holds, str) and holds not in words:
        told = f"`{holds}` is no {what or _what(path)}{meant(holds, words)}"
        yield PolicyFault(path, f"{told}; one of {', '.join(words)}")
        return
    try:
        msgspec.convert(holds, kind)
    except msgspec.ValidationError as error:
        yield PolicyFault(path, f"{_told(path)}: {_plain(str(error), holds)}")


def _words(kind: object) -> tuple[str, ...]:
    base: Any = get_args(kind)[0] if get_origin(kind) is Annotated else kind
    return get_args(base) if get_origin(base) is Literal else ()


_KEYS = {
    "on_missing": "modality",
    "on_pending": "modality",
    "scores": "label",
    "surfaces": "surface",
    "thresholds": "surface",
    "violations": "action",
}
"""What the keys of tables are, by the table's name."""
_VALUES = {
    "on_missing": "action",
    "on_pending": "action",
    "kind": "sanction",
    "surfaces": "surface",
}
"""What values are where their key does not say it, by it or by the key of what they are in."""


def _what(path: Path) -> str:
    """What a word would be."""
    names = [part for part in path if isinstance(part, str)]
    return next((_VALUES[name] for name in names[-2:] if name in _VALUES), names[-1])


def _told(path: Path) -> str:
    """A path's end in words: an item of a list by its number from 1."""
    if not path:
        return "the policy"
    last = path[-1]
    return f"{str(path[-2]).removesuffix('s')} {last + 1}" if isinstance(last, int) else last


def _wrong(path: Path, holds: object, wanted: str) -> PolicyFault:
    return PolicyFault(path, f"{_told(path)}: {_found(holds)} where {wanted} is expected")


def _found(holds: object) -> str:
    return _FOUND.get(type(holds), "a date or time")


def _plain(message: str, holds: object) -> str:
    """What msgspec says, in plainer words."""
    if ", got `" in message:
        wanted = message.removeprefix("Expected `").partition("`")[0].partition(" |")[0]
        return f"{_found(holds)} where {_NAMES.get(wanted, wanted)} is expected"
    plain = message.replace("Expected `", "expected `")
    return f"{plain}, not {holds}" if isinstance(holds, int | float) else plain
