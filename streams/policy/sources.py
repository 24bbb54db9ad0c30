"""A policy's files, read and put together: one file, or a folder with one for each surface."""

import re
import tomllib
from collections.abc import Iterator
from difflib import get_close_matches
from itertools import islice
from pathlib import Path
from typing import Final

from msgspec import Struct, structs

from schemas.labels import SURFACES, Surface
from streams.policy import located
from streams.policy.located import Place, Places

MAX_POLICY_BYTES: Final = 1 << 20
"""Of all files of a policy together."""
MAX_KEY_PARTS: Final = 16
"""Of a key with dots: reading one takes time by the square of them."""
MAX_WORD_CHARS: Final = 500
"""Of a key or a number: Python reads whole numbers in time by the square of their digits."""
MAX_FINDINGS: Final = 200
"""That are told of a policy: with so many, something else is wrong."""
_WORD: Final = rf"{located.WORD}{{1,{MAX_WORD_CHARS}}}+(?!{located.WORD})"
_KEY: Final = rf"(?:{located.OPEN}|{located.ONE_LINE}|{_WORD})"
_DOT: Final = r"[ \t]*+\.[ \t]*+"
_READABLE: Final = re.compile(
    rf"(?:#[^\n]*+|(?!{_KEY}(?:{_DOT}{_KEY}){{{MAX_KEY_PARTS}}}){_KEY}(?:{_DOT}{_KEY})*+"
    rf"""|(?!{located.WORD})[^"'#])*+""",
    re.DOTALL,
)
"""As much of a text as has no word that is too long and no key of too many parts."""
COMMON: Final = "common.toml"
"""The file of a folder that holds what is said of all surfaces; the others are named by theirs."""
OWN_KEYS: Final = ("owner", "description", "policy_text", "on_missing", "on_pending")
"""What a surface's own file may say besides rules, tests and reasons."""
_START: Final = Place(1, 1, 1, 1)


class Finding(Struct, frozen=True, kw_only=True):
    """What is wrong with a policy, and where. Lines and columns are from 1, 0 where none is."""

    file: str
    line: int = 0
    column: int = 0
    level: str = "error"
    message: str

    def __str__(self) -> str:
        place = "".join(f":{n}" for n in (self.line, self.column) if n)
        return f"{self.file}{place}: {self.level}: {self.message}"


class Unreadable(ValueError):
    """Files cannot be read as TOML, or are no policy's. Holds `findings`."""

    def __init__(self, findings: list[Finding]) -> None:
        super().__init__(str(findings[0]))
        self.findings = findings


class Source(Struct, frozen=True):
    """One file: its name as told, the surface it is of, its text and what TOML says it holds.

    `places` are where in the text that stands.
    """

    name: str
    surface: Surface | None
    text: str
    holds: dict[str, object]
    places: Places


class Written(Struct, frozen=True):
    """A policy's files put together: what they hold as one, and where each rule and test is from.

    `origins` gives for lists (`rules`, `tests`) the source and the index there of each item.
    """

    sources: tuple[Source, ...]
    holds: dict[str, object]
    origins: dict[str, list[tuple[Source, int]]]
    strays: tuple[Finding, ...]
    """What is in a file where it may not be."""

    def find(self, path: located.Path, *, line: int = 0, column: int = 0) -> tuple[str, int, int]:
        """Gives file, line and column of a path in `holds`, the nearest that is there.

        `line` and `column` are within its value's text, where they are given.
        """
        source, own = self._origin(path)
        exact = place = source.places.get(own)
        while place is None and own:
            own = own[:-1]
            place = source.places.get(own)
        place = place or _START
        if not line or exact is None:
            return source.name, place.line, place.column
        first = place.value_column + column - 1
        return source.name, place.value_line + line - 1, first if line == 1 else column

    def _origin(self, path: located.Path) -> tuple[Source, located.Path]:
        first = self.sources[0]
        if not path:
            return first, ()
        if path[0] in self.origins and len(path) > 1 and isinstance(path[1], int):
            source, at = self.origins[str(path[0])][path[1]]
            return source, (path[0], at, *path[2:])
        for source in self.sources[1:]:
            if path[:2] == ("surfaces", source.surface):
                return source, path[2:]
            own = source.holds.get(str(path[0]))
            if path[0] == "reasons" and len(path) > 1 and isinstance(own, dict) and path[1] in own:
                return source, path
        return first, path


def read(path: Path) -> Written:
    """Reads the files of a policy. Raises Unreadable."""
    sources = _folder(path) if path.is_dir() else [_single(path)]
    n_bytes = sum(len(source.text) for source in sources)
    if n_bytes > MAX_POLICY_BYTES:
        raise _unreadable(str(path), f"larger than {MAX_POLICY_BYTES} bytes")
    return _together(sources)


def _folder(path: Path) -> list[Source]:
    files = sorted(one.name for one in path.glob("*.toml") if not one.name.startswith((".", "#")))
    names = [COMMON, *(f"{surface}.toml" for surface in SURFACES)]
    strays = [
        Finding(file=str(path / name), message=f"no surface has this name{_meant(name, names)}")
        for name in files
        if name not in names
    ]
    if COMMON not in files:
        strays.append(Finding(file=str(path), message=f"a policy's folder needs {COMMON}"))
    if strays:
        raise Unreadable(strays)
    surfaces: list[Surface | None] = [None, *SURFACES]
    sources = [
        _source(path / name, str(path / name), surface)
        for name, surface in zip(names, surfaces, strict=True)
        if name in files
    ]
    return [_listed(sources[0], [one.surface for one in sources[1:]]), *sources[1:]]


def _listed(common: Source, found: list[Surface | None]) -> Source:
    """The common file without its list of surfaces' files, which must be those that are there.

    A file that is not there yet, as in a folder that is half copied, would leave its surface
    without rules in silence.
    """
    listed = common.holds.get("surfaces")
    if not isinstance(listed, list):
        told = ", ".join(f'"{one}"' for one in found)
        raise Unreadable([_stray(common, ("surfaces",), f"{COMMON} lacks surfaces = [{told}]")])
    wrong = [
        *(
            f"surfaces lists {one}, and {one}.toml is not there"
            for one in listed
            if one not in found
        ),
        *(
            f"surfaces does not list {one}, whose file is there"
            for one in found
            if one not in listed
        ),
    ]
    if wrong:
        raise Unreadable([_stray(common, ("surfaces",), one) for one in wrong[:MAX_FINDINGS]])
    return _unlisted(common)


def _single(path: Path) -> Source:
    """One file, which may be a folder's common one: read by itself, its list says nothing."""
    source = _source(path, str(path), None)
    return _unlisted(source) if isinstance(source.holds.get("surfaces"), list) else source


def _unlisted(source: Source) -> Source:
    holds = {key: value for key, value in source.holds.items() if key != "surfaces"}
    return structs.replace(source, holds=holds)


def _source(path: Path, name: str, surface: Surface | None) -> Source:
    try:
        if path.exists() and not path.is_file():
            raise _unreadable(name, "not a file")
        if path.stat().st_size > MAX_POLICY_BYTES:
            raise _unreadable(name, f"larger than {MAX_POLICY_BYTES} bytes")
        text = path.read_text(encoding="utf-8-sig")
        _check_keys(text, name)
        return Source(name, surface, text, tomllib.loads(text), Places(text))
    except tomllib.TOMLDecodeError as error:
        match = re.search(r" \(at line (\d+), column (\d+)\)$", str(error))
        line, column = (int(match[1]), int(match[2])) if match else (text.count("\n") + 1, 0)
        cause = str(error)[: match.start()] if match else str(error)
        raise _unreadable(name, cause, line=line, column=column) from error
    except OSError as error:
        raise _unreadable(name, error.strerror or str(error)) from error
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        raise _unreadable(name, "not UTF-8; save the file as UTF-8", line=line) from error
    except RecursionError as error:
        raise _unreadable(name, "nested too deep") from error


def _check_keys(text: str, name: str) -> None:
    """Raises Unreadable where tomllib would take long over a key or a number."""
    match = _READABLE.match(text)
    at = match.end() if match else 0
    if at == len(text):
        return
    is_long = re.compile(rf"{located.WORD}{{{MAX_WORD_CHARS + 1}}}").match(text, at)
    cause = (
        f"a key or number of more than {MAX_WORD_CHARS} characters"
        if is_long
        else f"a key of more than {MAX_KEY_PARTS} parts"
    )
    raise _unreadable(name, cause, line=text.count("\n", 0, at) + 1)


def _unreadable(name: str, message: str, *, line: int = 0, column: int = 0) -> Unreadable:
    return Unreadable([Finding(file=name, line=line, column=column, message=message)])


def _together(sources: list[Source]) -> Written:
    first, others = sources[0], sources[1:]
    holds = dict(first.holds)
    origins: dict[str, list[tuple[Source, int]]] = {}
    strays: list[Finding] = []
    for key in ("rules", "tests"):
        items: list[object] = []
        origins[key] = []
        for source in sources:
            own = source.holds.get(key, [])
            if not isinstance(own, list):
                if source is not first:
                    strays.append(_stray(source, (key,), f"{key} are written [[{key}]]"))
                continue
            for at, item in enumerate(own):
                items.append(_placed(item, key, source))
                origins[key].append((source, at))
        if items or isinstance(holds.get(key), list):
            holds[key] = items
    terms, reasons = _table(holds, "surfaces"), _table(holds, "reasons")
    for source in others:
        strays += islice(_strays(source, terms, reasons), MAX_FINDINGS)
        terms[source.surface] = {key: source.holds[key] for key in OWN_KEYS if key in source.holds}
        own_reasons = source.holds.get("reasons", {})
        reasons.update(own_reasons if isinstance(own_reasons, dict) else {})
    if others:
        holds |= {"surfaces": terms, "reasons": reasons}
        holds.setdefault("rules", [])
    return Written(tuple(sources), holds, origins, tuple(strays))


def _table(holds: dict[str, object], key: str) -> dict[object, object]:
    own = holds.get(key)
    return dict(own) if isinstance(own, dict) else {}


def _placed(item: object, key: str, source: Source) -> object:
    """A rule or test of a surface's own file is of that surface."""
    if source.surface is None or not isinstance(item, dict):
        return item
    if key == "rules":
        return {"surfaces": [source.surface], **item}
    given = item.get("given", {})
    if not isinstance(given, dict):
        return item
    return {**item, "given": {"surface": source.surface, **given}}


def _strays(
    source: Source, terms: dict[object, object], reasons: dict[object, object]
) -> Iterator[Finding]:
    allowed = (*OWN_KEYS, "rules", "tests", "reasons")
    for key in source.holds:
        if key not in allowed:
            told = f"unknown key `{key}`{_meant(key, allowed)}: a surface's file has "
            yield _stray(source, (key,), f"{told}{', '.join(allowed)}; the rest is {COMMON}'s")
    if source.surface in terms:
        yield _stray(source, (), f"{COMMON} has [surfaces.{source.surface}] already")
    own = source.holds.get("reasons", {})
    for code in own if isinstance(own, dict) else ():
        if code in reasons:
            yield _stray(source, ("reasons", code), f"reason {code} stands in another file already")
    rules = source.holds.get("rules", [])
    for at, rule in enumerate(rules if isinstance(rules, list) else []):
        if isinstance(rule, dict) and "surfaces" in rule:
            message = f"a rule of {source.surface}.toml is of {source.surface} alone"
            yield _stray(source, ("rules", at, "surfaces"), f"{message}: leave surfaces out")


def _stray(source: Source, path: located.Path, message: str) -> Finding:
    place = source.places.get(path) or _START
    return Finding(file=source.name, line=place.line, column=place.column, message=message)


def _meant(name: str, known: tuple[str, ...] | list[str]) -> str:
    close = get_close_matches(name, known, n=1)
    return f"; did you mean {close[0]}?" if close else ""
