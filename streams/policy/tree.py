"""The tree of a condition that CEL has checked: what it calls, walks over and names.

CEL gives it as a serialized `cel.expr.CheckedExpr`; what of its schema is looked at here is from
https://github.com/google/cel-spec/blob/master/proto/cel/expr/checked.proto.
"""

from collections.abc import Iterator
from functools import cache
from typing import Any, Final, Literal

from cel_expr_python import cel
from google.protobuf import descriptor_pb2, descriptor_pool, message_factory
from google.protobuf.message import DecodeError
from msgspec import Struct

Kind = Literal["const", "ident", "select", "call", "list", "map", "walk"]
_FIELD: Final = descriptor_pb2.FieldDescriptorProto
_SCALARS: Final = {
    "bytes": _FIELD.TYPE_BYTES,
    "double": _FIELD.TYPE_DOUBLE,
    "int": _FIELD.TYPE_INT64,
    "string": _FIELD.TYPE_STRING,
}
_SCHEMA: Final = {
    "Any": "value=2 bytes",
    "Checked": "references=2* Referenced, types=3* Typed, expr=4 Expr, source=5 Source",
    "Referenced": "key=1 int, value=2 Reference",
    "Reference": "overloads=3* string",
    "Typed": "key=1 int, value=2 Type",
    "Type": "primitive=3 int, well_known=5 int, message=9 string",
    "Source": "positions=4* Position",
    "Position": "key=1 int, value=2 int",
    "Const": "int=3 int, uint=4 int, double=5 double, string=6 string",
    "Ident": "name=1 string",
    "Select": "operand=1 Expr, field=2 string",
    "Call": "target=1 Expr, function=2 string, args=3* Expr",
    "List": "elements=1* Expr",
    "Entry": "key=3 Expr, value=4 Expr",
    "Map": "entries=2* Entry",
    "Walk": "variable=1 string, range=2 Expr, held=3 string, begin=4 Expr, while=5 Expr, "
    "step=6 Expr, end=7 Expr",
    "Expr": "id=2 int, const=3 Const, ident=4 Ident, select=5 Select, call=6 Call, list=7 List, "
    "map=8 Map, walk=9 Walk",
}


class Node(Struct, frozen=True):
    """A node: what it is, what it names, and what is below it.

    `name` is a constant's kind, an identifier's or field's name, a call's function or, of a walk
    (`exists`, `all`, `map`, ...), its variable. `value` is a constant's. Below a walk are what it
    walks over and then its body; below a call its target, if any, and its arguments.
    """

    kind: Kind
    at: int
    """Where in the text, characters from 0."""
    name: str = ""
    value: object = None
    overload: str = ""
    is_scalar: bool = False
    """Whether its type is a number, a text, a flag, a time or a signal."""
    below: tuple["Node", ...] = ()
    held: str = ""
    """What a walk gathers in."""

    def nodes(self) -> Iterator["Node"]:
        """Gives itself and all below."""
        yield self
        for one in self.below:
            yield from one.nodes()


def tree(program: cel.Expression) -> Node | None:
    """Gives the tree of a compiled condition; None where it is too deep to be read."""
    kinds = _kinds()
    try:
        checked = kinds["Checked"].FromString(kinds["Any"].FromString(program.serialize()).value)
    except DecodeError:
        return None
    return _Reader(checked).node(checked.expr)


class _Reader:
    """Reads messages of the schema above, whose classes are made while running."""

    def __init__(self, checked: Any) -> None:  # noqa: ANN401 - no class of it is known before
        self._places = {one.key: one.value for one in checked.source.positions}
        self._overloads = {one.key: list(one.value.overloads) for one in checked.references}
        self._scalars = {one.key for one in checked.types if _is_scalar(one.value)}

    def node(self, expr: Any) -> Node:  # noqa: ANN401
        """Gives a message as a node."""
        kind: Kind = next(one for one in _KINDS if expr.HasField(one))
        own = getattr(expr, kind)
        overloads = self._overloads.get(expr.id, [])
        name, value, held = "", None, ""
        if kind == "const":
            name = next((one for one in _CONSTANTS if own.HasField(one)), "other")
            value = getattr(own, name) if name in _CONSTANTS else None
        elif kind == "select":
            name = own.field
        elif kind == "call":
            name = own.function
        elif kind == "ident":
            name = own.name
        elif kind == "walk":
            name, held = own.variable, own.held
        return Node(
            kind=kind,
            at=self._places.get(expr.id, 0),
            name=name,
            value=value,
            overload=overloads[0] if len(overloads) == 1 else " ".join(overloads),
            is_scalar=expr.id in self._scalars,
            below=tuple(self.node(one) for one in _below(kind, own)),
            held=held,
        )


_KINDS: Final[tuple[Kind, ...]] = ("const", "ident", "select", "call", "list", "map", "walk")
_CONSTANTS: Final = ("int", "uint", "double", "string")


def _is_scalar(kind: Any) -> bool:  # noqa: ANN401
    return any(kind.HasField(one) for one in ("primitive", "well_known", "message"))


def _below(kind: Kind, own: Any) -> list[Any]:  # noqa: ANN401
    if kind == "select":
        return [own.operand]
    if kind == "call":
        return [*([own.target] if own.HasField("target") else []), *own.args]
    if kind == "list":
        return list(own.elements)
    if kind == "map":
        return [each for one in own.entries for each in (one.key, one.value)]
    if kind == "walk":
        return [own.range, own.begin, getattr(own, "while"), own.step, own.end]
    return []


@cache
def _kinds() -> dict[str, Any]:
    """The classes of the messages."""
    written = descriptor_pb2.FileDescriptorProto(name="cel.proto", package="cel", syntax="proto2")
    for name, fields in _SCHEMA.items():
        message = written.message_type.add(name=name)
        for one in fields.split(", "):
            told, _, kind = one.partition(" ")
            field, _, number = told.partition("=")
            is_many = number.endswith("*")
            added = message.field.add(
                name=field,
                number=int(number.rstrip("*")),
                label=_FIELD.LABEL_REPEATED if is_many else _FIELD.LABEL_OPTIONAL,
            )
            if kind in _SCALARS:
                added.type = _SCALARS[kind]
            else:
                added.type, added.type_name = _FIELD.TYPE_MESSAGE, f".cel.{kind}"
    pool = descriptor_pool.DescriptorPool()
    pool.Add(written)
    return {
        name: message_factory.GetMessageClass(pool.FindMessageTypeByName(f"cel.{name}"))
        for name in ("Any", "Checked")
    }
