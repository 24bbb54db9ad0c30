"""Conditions: CEL expressions, compiled and checked once, evaluated on what was recorded.

The engine is Google's, https://github.com/cel-expr/cel-python; the language is
https://github.com/google/cel-spec.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from difflib import get_close_matches
from functools import cache
from typing import TYPE_CHECKING, Final

from cel_expr_python import cel
from google.protobuf import descriptor_pb2, descriptor_pool, message_factory
from msgspec import Struct

from schemas.signals import Signal
from streams.policy import costs, literals
from streams.policy.conjuncts import Parts, parts
from streams.policy.names import FEATURES, SCORES, SURFACE, VARIABLES, Reading, reading
from streams.policy.tree import Node, tree

if TYPE_CHECKING:
    from google.protobuf.message import Message

MAX_TOTAL_CHARS: Final = 100_000
"""Of all conditions of a policy together; compiling takes about 30 us a character."""
SIGNALS: Final = "signals"
_MESSAGE: Final = "tidegate.Signal"
_FIELDS: Final = ("label", "score", "detector", "part")
MAX_NOTS: Final = 8
"""That follow on each other: each is looked at by itself."""
_NOTS: Final = re.compile(rf"(?:!\s*){{{MAX_NOTS + 1}}}")
_KINDS: Final = {**FEATURES, **dict.fromkeys(SCORES, "double"), SURFACE: "string"}
_PLACE: Final = re.compile(r"<input>:(\d+):(\d+): (.*)")
_UNKNOWN: Final = re.compile(r"undeclared reference to '([^']*)'")
_OVERLOAD: Final = re.compile(r"found no matching overload for '([^']*)' applied to '\(([^']*)\)'")
_FIELD: Final = re.compile(r"undefined field '([^']*)'")


class Fault(Struct, frozen=True, gc=False):
    """What is wrong with a condition, and where in its text: line and column from 1."""

    message: str
    line: int = 1
    column: int = 1


class ConditionInvalid(ValueError):
    """A condition is no condition: syntax, an unknown name, a wrong type. Holds `faults`."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        super().__init__("; ".join(one.message for one in faults))
        self.faults = tuple(faults)


class Condition(Struct, frozen=True):
    """A compiled condition: its text, the names it uses, and what of it needs no CEL."""

    text: str
    program: cel.Expression
    names: tuple[str, ...]
    reading: Reading
    parts: Parts
    tree: Node
    cost: int
    """Steps that it takes at most, as `streams.policy.costs` counts them."""


def compiled(text: str) -> Condition:
    """Compiles a condition. Raises ConditionInvalid."""
    if not text.strip():
        raise ConditionInvalid([Fault("the condition is empty")])
    if many := _NOTS.search(text):
        message = f"more than {MAX_NOTS} `!` follow on each other"
        raise ConditionInvalid([_at(text, many.start(), message)])
    uses_signals = re.search(rf"\b{SIGNALS}\b", text) is not None
    try:
        program = _environment(with_signals=uses_signals).compile(text)
    except (RuntimeError, ValueError) as error:
        raise ConditionInvalid(_faults(str(error), text)) from error
    kind = program.return_type().name()
    if kind != "BOOL":
        message = f"a condition must be true or false, and this is {_article(kind)}"
        raise ConditionInvalid([Fault(message)])
    names = _names(text, with_signals=uses_signals)
    root, n_steps = _checked(text, program)
    return Condition(text, program, names, reading(names), parts(text, _KINDS), root, n_steps)


def _checked(text: str, program: cel.Expression) -> tuple[Node, int]:
    """The tree of a condition that may be evaluated, and what it costs."""
    root = tree(program)
    if root is None:
        raise ConditionInvalid([Fault("the condition is nested too deep")])
    refused = [*costs.refused(root), *literals.refused(root)]
    n_steps = 0 if refused else costs.cost(root)
    if n_steps > costs.MAX_COST:
        message = f"the condition may take {n_steps} steps, {costs.MAX_COST} are the limit"
        refused = [(0, f"{message}: walk over less, or match shorter patterns")]
    if refused:
        raise ConditionInvalid([_at(text, at, message) for at, message in refused])
    return root, n_steps


def _at(text: str, at: int, message: str) -> Fault:
    return Fault(message, text.count("\n", 0, at) + 1, at - text.rfind("\n", 0, at))


def joined(conditions: Sequence[Condition]) -> tuple[cel.Expression, tuple[str, ...]] | None:
    """Gives one expression for all, a list of their values, and the names that it uses.

    Gives None where CEL takes them only one by one.
    """
    names = tuple(dict.fromkeys(name for one in conditions for name in one.names))
    # A line each: a comment ends with its line.
    text = "[" + ",\n".join(f"({one.text}\n)" for one in conditions) + "]"
    try:
        return _environment(with_signals=SIGNALS in names).compile(text), names
    except (RuntimeError, ValueError):
        return None


def value(program: cel.Expression, given: Mapping[str, object]) -> object:
    """Gives what an expression is worth; None where it cannot be evaluated."""
    try:
        found = program.eval(data=given)
    except (RuntimeError, TypeError, ValueError):
        return None
    return None if found.type() == cel.Type.ERROR else found.plain_value()


def messages(signals: Iterable[Signal]) -> list["Message"]:
    """Gives signals as CEL sees them; the detector without its version."""
    kind = _message_kind()
    return [
        kind(
            label=one.label,
            score=one.score,
            detector=one.detector.partition("@")[0],
            part=one.part,
        )
        for one in signals
    ]


@cache
def _pool() -> descriptor_pool.DescriptorPool:
    """Holds the message that a signal is for CEL, so that names of its fields are checked."""
    written = descriptor_pb2.FileDescriptorProto(
        name="tidegate.proto", package="tidegate", syntax="proto3"
    )
    message = written.message_type.add(name="Signal")
    one = descriptor_pb2.FieldDescriptorProto
    for number, name in enumerate(_FIELDS, start=1):
        kind = one.TYPE_DOUBLE if name == "score" else one.TYPE_STRING
        message.field.add(name=name, number=number, type=kind, label=one.LABEL_OPTIONAL)
    pool = descriptor_pool.DescriptorPool()
    pool.Add(written)
    return pool


@cache
def _message_kind() -> type["Message"]:
    kind: type[Message] = message_factory.GetMessageClass(_pool().FindMessageTypeByName(_MESSAGE))
    return kind


@cache
def _environment(*, with_signals: bool) -> cel.Env:
    if not with_signals:
        return cel.NewEnv(variables=VARIABLES)
    signals = cel.Type.List(cel.Type(_MESSAGE))
    return cel.NewEnv(descriptor_pool=_pool(), variables={**VARIABLES, SIGNALS: signals})


def _names(text: str, *, with_signals: bool) -> tuple[str, ...]:
    """The variables that a text may use: all of which the name stands in it, perhaps more."""
    plain = re.sub(r"\s*\.\s*", ".", re.sub(r"//[^\n]*", "", text)) + " " + text
    words = set(re.findall(r"[A-Za-z_][\w.]*", plain))
    return tuple(
        name
        for name in (*VARIABLES, *([SIGNALS] if with_signals else ()))
        if any(word == name or word.startswith(f"{name}.") for word in words)
    )


def _faults(error: str, text: str) -> list[Fault]:
    """What CEL says, in our words where they help more."""
    found = [
        Fault(_helpful(message, text, int(line), int(column)), int(line), int(column))
        for line, column, message in _PLACE.findall(error)
    ]
    plain = error.partition(":")[2].strip().removesuffix("]").rpartition(" [")[0] or error
    return found or [Fault(plain)]


def _helpful(message: str, text: str, line: int, column: int) -> str:
    message = message.removesuffix(" (in container '')")
    if match := _UNKNOWN.search(message):
        return _no_name(match[1])
    if match := _FIELD.search(message):
        return f"a signal has no {match[1]}{meant(match[1], _FIELDS)}; it has {', '.join(_FIELDS)}"
    if match := _OVERLOAD.search(message):
        kinds = [one.strip() for one in match[2].split(",")]
        what = match[1].strip("_!").replace("_", " ").strip() or match[1]
        told = f"{what} does not go with {' and '.join(map(_article, kinds))}"
        if sorted(kinds) == ["double", "int"]:
            return told + _number_meant(kinds, text, line, column)
        return told
    if "Syntax error" in message:
        return re.sub(r" expecting \{.*\}", "", message).replace("'<EOF>'", "the end")
    return message


def _number_meant(kinds: Sequence[str], text: str, line: int, column: int) -> str:
    """Which number to write otherwise: nearly always it stands on the operator's right."""
    rest = text.split("\n")[line - 1][column - 1 :]
    match = re.search(r"(?<![\w.])\d+(?:\.\d+)?(?![\w.])", rest)
    if match is None:
        return ": write int(...) or double(...) around one"
    number = match.group()
    if "." not in number:
        return f": write {number}.0"
    return f": write {round(float(number))}, a whole number" if kinds[0] == "int" else ""


def _no_name(name: str) -> str:
    if any(known.startswith(f"{name}.") for known in VARIABLES):
        of_it = [known for known in VARIABLES if known.startswith(f"{name}.")]
        return f"{name} is no value by itself; {', '.join(of_it[:4])}... are"
    return f"no such name: {name}{meant(name, (*VARIABLES, SIGNALS))}"


def meant(name: str, known: Iterable[str]) -> str:
    """Gives `; did you mean x?` where a known name is close, else nothing."""
    words = list(known)
    close = get_close_matches(name, words, n=1) or [one for one in words if one.startswith(name)]
    return f"; did you mean {close[0]}?" if close else ""


def _article(kind: str) -> str:
    plain = kind.lower().removeprefix("google.protobuf.")
    return f"an {plain}" if plain[:1] in "aeiou" else f"a {plain}"
