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

_BARE: Final = re.compile(r"[A-Za-z0-9_-]+")
_BLANK: Final = re.compile(r"(?:[ \t\r\n]|#[^\n]*)*")
_SPACE: Final = re.compile(r"[ \t]*")
_STRING: Final = re.compile(
    r'"""(?:\\.|[^\\])*?"{3,5}(?!")|\'\'\'.*?\'{3,5}(?!\')|"(?:\\.|[^"\\])*"|\'[^\']*\'', re.DOTALL
)
_PLAIN: Final = re.compile(r"[^,\]}\n#]+")


class Place(Struct, frozen=True, gc=False):
    """Where a key (or an item of a list) begins, and its value's text; from 1.

    The value's text of a string begins after its quotes.
    """

    line: int
    column: int
    value_line: int
    value_column: int


def places(text: str) -> dict[Path, Place]:
    """Gives the places of all keys and items of a TOML text that is known to be right."""
    return _Reader(text).read()


class _Reader:
    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0
        self._found: dict[Path, Place] = {}
        self._n_tables: dict[Path, int] = {}
        self._line = 1
        self._counted = 0

    def read(self) -> dict[Path, Place]:
        prefix: Path = ()
        self._skip(_BLANK)
        while self._at < len(self._text):
            if self._text[self._at] == "[":
                prefix = self._header()
            else:
                self._pair(prefix)
            self._skip(_BLANK)
        return self._found

    def _header(self) -> Path:
        start = self._at
        is_list = self._text.startswith("[[", start)
        self._at += 1 + is_list
        parts = self._key()
        self._at = self._text.index("]", self._at) + 1 + is_list
        path: Path = ()
        for n, part in enumerate(parts, start=1):
            path = (*path, part)
            if is_list and n == len(parts):
                self._n_tables[path] = self._n_tables.get(path, 0) + 1
            self._found.setdefault(path, self._place(start))
            if path in self._n_tables:
                path = (*path, self._n_tables[path] - 1)
        self._found[path] = self._place(start)
        return path

    def _pair(self, prefix: Path) -> None:
        start = self._at
        path = (*prefix, *self._key())
        self._skip(_SPACE)
        self._at += 1  # the equals sign
        self._skip(_SPACE)
        for n in range(len(prefix) + 1, len(path)):
            self._found.setdefault(path[:n], self._place(start))
        self._value(path, start)

    def _value(self, path: Path, start: int) -> None:
        opened = self._text[self._at]
        self._found[path] = self._place(start, self._at)
        if opened == "{":
            self._at += 1
            self._skip(_BLANK)
            while self._text[self._at] != "}":
                self._pair(path)
                self._between()
            self._at += 1
        elif opened == "[":
            self._at += 1
            self._skip(_BLANK)
            n_items = 0
            while self._text[self._at] != "]":
                self._value((*path, n_items), self._at)
                n_items += 1
                self._between()
            self._at += 1
        else:
            self._skip(_STRING if opened in "'\"" else _PLAIN)

    def _between(self) -> None:
        self._skip(_BLANK)
        if self._text[self._at] == ",":
            self._at += 1
            self._skip(_BLANK)

    def _key(self) -> list[str]:
        parts: list[str] = []
        while True:
            self._skip(_SPACE)
            start = self._at
            if self._text[start] in "'\"":
                self._skip(_STRING)
                parts += tomllib.loads(f"{self._text[start : self._at]} = 0")
            else:
                self._skip(_BARE)
                parts.append(self._text[start : self._at])
            self._skip(_SPACE)
            if self._text[self._at] != ".":
                return parts
            self._at += 1

    def _skip(self, what: re.Pattern[str]) -> None:
        match = what.match(self._text, self._at)
        if match is not None:
            self._at = match.end()

    def _place(self, key: int, value: int | None = None) -> Place:
        line, column = self._position(key)
        if value is None:
            return Place(line, column, line, column)
        quotes = re.match(r'"""\r?\n?|\'\'\'\r?\n?|["\']', self._text[value : value + 5])
        value += quotes.end() if quotes else 0
        value_line = line + self._text.count("\n", key, value)
        return Place(line, column, value_line, value - self._text.rfind("\n", 0, value))

    def _position(self, at: int) -> tuple[int, int]:
        # Keys are read from first to last, so lines are counted once.
        if at >= self._counted:
            self._line += self._text.count("\n", self._counted, at)
            self._counted = at
            return self._line, at - self._text.rfind("\n", 0, at)
        return self._text.count("\n", 0, at) + 1, at - self._text.rfind("\n", 0, at)
