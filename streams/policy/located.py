"""Where in a TOML text each key and value stands. Pure.

tomllib checks and reads a text but says nothing of places; this reads them from a text that tomllib
has taken, and need not check anything again. https://toml.io/en/v1.0.0.
"""

import re
import tomllib
from typing import Final

from msgspec import Struct

Path = tuple[str | int, ...]
"""Keys and indices, from the top."""

WORD: Final = r"[A-Za-z0-9_-]"
"""A character of a bare key."""
ONE_LINE: Final = r"""(?:"(?:[^"\\\n]++|\\.)*+"?+|'[^'\n]*+'?+)"""
"""A text in one line, as a pattern; to the end of the line where it does not end."""
OPEN: Final = (
    r'(?:"""(?:[^"\\]++|\\.|"{1,2}(?!"))*+(?:"{3,5})?+'
    r"|'''(?:[^']++|'{1,2}(?!'))*+(?:'{3,5})?+)"
)
"""A text in triple quotes, as a pattern; to the end of all where it does not end."""
_STRING: Final = re.compile(f"{OPEN}|{ONE_LINE}", re.DOTALL)
_BLANK: Final = re.compile(r"(?:[ \t\r\n]++|#[^\n]*+)*+")
_SPACE: Final = re.compile(r"[ \t]*+")
_PART: Final = re.compile(rf"[ \t]*+(?:({WORD}++)|({ONE_LINE}))[ \t]*+", re.DOTALL)
_PLAIN: Final = re.compile(r"[^,\]}\n#]++")
_INERT: Final = re.compile(rf"""(?:[^\[\]{{}}"'#]++|{OPEN}|{ONE_LINE}|#[^\n]*+)*+""", re.DOTALL)
_QUOTES: Final = re.compile(r'"""(?:\r?\n)?|\'\'\'(?:\r?\n)?|["\']')


class Place(Struct, frozen=True, gc=False):
    """Where a key (or an item of a list) begins, and its value's text; from 1.

    The value's text of a string begins after its quotes.
    """

    line: int
    column: int
    value_line: int
    value_column: int


class Places:
    """The places in a TOML text that is known to be right, read as far as they are asked for.

    Tables' heads and their keys are read at once, what is within a value where it is looked for.
    """

    def __init__(self, text: str) -> None:
        self._text = text
        self._found: dict[Path, tuple[int, int | None]] = {}
        self._closed: set[Path] = set()
        self._n_tables: dict[Path, int] = {}
        self._is_read = False

    def get(self, path: Path) -> Place | None:
        """Gives the place of a key or item; None where there is none."""
        self._read()
        for n in range(1, len(path)):
            self._open(path[:n])
        at = self._found.get(path)
        return None if at is None else self._place(*at)

    def all(self) -> dict[Path, Place]:
        """Gives the places of all keys and items."""
        self._read()
        while self._closed:
            for path in tuple(self._closed):
                self._open(path)
        return {path: self._place(*at) for path, at in self._found.items()}

    def _read(self) -> None:
        """Reads heads and keys, without what is within values."""
        if self._is_read:
            return
        self._is_read = True
        prefix: Path = ()
        at = _end(_BLANK, self._text, 0)
        while at < len(self._text):
            if self._text[at] == "[":
                prefix, at = self._head(at)
            else:
                at = self._pair(prefix, at)
            at = _end(_BLANK, self._text, at)

    def _head(self, start: int) -> tuple[Path, int]:
        is_list = self._text.startswith("[[", start)
        parts, at = _key(self._text, start + 1 + is_list)
        path: Path = ()
        for n, part in enumerate(parts, start=1):
            path = (*path, part)
            if is_list and n == len(parts):
                self._n_tables[path] = self._n_tables.get(path, 0) + 1
            self._found.setdefault(path, (start, None))
            if path in self._n_tables:
                path = (*path, self._n_tables[path] - 1)
        self._found[path] = (start, None)
        return path, at + 1 + is_list

    def _pair(self, prefix: Path, start: int) -> int:
        """Reads a key and passes its value. Gives where that ends."""
        parts, at = _key(self._text, start)
        path = (*prefix, *parts)
        for n in range(len(prefix) + 1, len(path)):
            self._found.setdefault(path[:n], (start, None))
        at = _end(_SPACE, self._text, at + 1)  # after the equals sign
        return self._value(path, start, at)

    def _value(self, path: Path, start: int, at: int) -> int:
        self._found[path] = (start, at)
        if self._text[at] in "[{":
            self._closed.add(path)
        return _passed(self._text, at)

    def _open(self, path: Path) -> None:
        """Reads what is within a list or an inline table, one level deep."""
        if path not in self._closed:
            return
        self._closed.remove(path)
        value = self._found[path][1] or 0
        is_table = self._text[value] == "{"
        at = _end(_BLANK, self._text, value + 1)
        n_items = 0
        while self._text[at] not in "]}":
            at = self._pair(path, at) if is_table else self._value((*path, n_items), at, at)
            n_items += 1
            at = _end(_BLANK, self._text, at)
            if self._text[at] == ",":
                at = _end(_BLANK, self._text, at + 1)

    def _place(self, key: int, value: int | None) -> Place:
        line = self._text.count("\n", 0, key) + 1
        column = key - self._text.rfind("\n", 0, key)
        if value is None:
            return Place(line, column, line, column)
        if quotes := _QUOTES.match(self._text, value):
            value = quotes.end()
        value_line = line + self._text.count("\n", key, value)
        return Place(line, column, value_line, value - self._text.rfind("\n", 0, value))


def _end(what: re.Pattern[str], text: str, at: int) -> int:
    match = what.match(text, at)
    return match.end() if match else at


def _key(text: str, at: int) -> tuple[list[str], int]:
    """The parts of a key with dots, and where it ends."""
    parts: list[str] = []
    while match := _PART.match(text, at):
        if match[1] is not None:
            parts.append(match[1])
        else:
            parts += tomllib.loads(f"{match[2]} = 0") if "\\" in match[2] else [match[2][1:-1]]
        at = match.end()
        if text[at] != ".":
            break
        at += 1
    return parts, at


def _passed(text: str, at: int) -> int:
    """Where a value ends."""
    if text[at] in "'\"":
        return _end(_STRING, text, at)
    if text[at] not in "[{":
        return _end(_PLAIN, text, at)
    depth = 0
    while True:
        at = _end(_INERT, text, at)
        depth += 1 if text[at] in "[{" else -1
        at += 1
        if depth == 0:
            return at
