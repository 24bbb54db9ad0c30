"""What fields of metadata claim: names of generators, their settings, declared source types."""

import re
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import Annotated, Final

import msgspec
from msgspec import Meta, Struct

from detectors.provenance.claim import Claim, Field

GENERATORS_FILE: Final = Path(__file__).parent / "generators.toml"
NAMED: Final = 0.9
"""A program names itself. Whoever edits metadata may write anything; few would write this."""
CREDITED: Final = 0.85

_Score = Annotated[float, Meta(ge=0.0, le=1.0)]


class _Software(Struct, frozen=True, forbid_unknown_fields=True):
    tool: str
    pattern: str


class _Trace(Struct, frozen=True, forbid_unknown_fields=True):
    tool: str
    kind: str
    score: _Score
    all: tuple[str, ...]


class _Written(Struct, frozen=True, forbid_unknown_fields=True):
    software: tuple[_Software, ...]
    traces: tuple[_Trace, ...]
    source_types: dict[str, _Score]


class Generators:
    """The names and traces of a file, compiled. Safe across threads."""

    def __init__(self, path: Path = GENERATORS_FILE) -> None:
        """Reads the file. Raises OSError, msgspec.ValidationError, re.error."""
        written = msgspec.toml.decode(path.read_bytes(), type=_Written)
        self._software = [(one.tool, re.compile(one.pattern)) for one in written.software]
        self._traces = [(one, [re.compile(each) for each in one.all]) for one in written.traces]
        self.source_types = written.source_types

    def claims(self, fields: Iterable[Field]) -> Iterator[Claim]:
        """Gives what fields claim, in their order."""
        for field in fields:
            low = field.text.lower()
            if field.role == "source_type":
                yield from self._declared(field, low)
                continue
            if field.role in {"software", "credit"}:
                yield from self._named(field, low)
            yield from self._traced(field, low)

    def source_type(self, address: str) -> tuple[str, float] | None:
        """Gives the name and score of a digital source type that means a trained model."""
        name = re.split(r"[/#]", address.strip().rstrip("/"))[-1]
        score = self.source_types.get(name.lower())
        return None if score is None else (name, score)

    def tool(self, text: str) -> str:
        """Gives the generator that a program's name is of, or nothing."""
        low = text.lower()
        return next((tool for tool, pattern in self._software if pattern.search(low)), "")

    def _declared(self, field: Field, low: str) -> Iterator[Claim]:
        found = self.source_type(low)
        if found is not None:
            name, score = found
            written = re.split(r"[/#]", field.text.strip().rstrip("/"))[-1]
            value = written if written.lower() == name else name
            yield Claim(kind="source_type", score=score, field=field.name, value=value)

    def _named(self, field: Field, low: str) -> Iterator[Claim]:
        for tool, pattern in self._software:
            match = pattern.search(low[:1_000])
            if match:
                score = NAMED if field.role == "software" else CREDITED
                yield Claim(
                    kind="software", score=score, tool=tool, field=field.name, value=match[0]
                )
                return

    def _traced(self, field: Field, low: str) -> Iterator[Claim]:
        for trace, patterns in self._traces:
            matches = [pattern.search(low) for pattern in patterns]
            if all(matches):
                first = matches[0]
                value = "" if first is None else first[0]
                yield Claim(
                    kind=trace.kind,
                    score=trace.score,
                    tool=trace.tool,
                    field=field.name,
                    value=value,
                )
                return


@cache
def shipped() -> Generators:
    """Gives those that ship."""
    return Generators()
