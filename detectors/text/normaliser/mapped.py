"""Text that knows where each of its characters came from."""

from array import array
from collections.abc import Iterable
from typing import Final

from msgspec import Struct

from schemas.signals import Span

Edit = tuple[int, int, str]
"""Replace characters `start` (included) to `end` (excluded) by a text."""


_PLACES: Final = array("L", range(4096))


class Mapped(Struct, frozen=True):
    """A text, and for each character the stretch of the original text that it stands for.

    `starts` and `ends` have an entry a character and never decrease. A character made of several
    stands for all of them; a character left out belongs to no entry.
    """

    text: str
    starts: "array[int]"
    ends: "array[int]"

    @classmethod
    def of(cls, text: str) -> "Mapped":
        """The text as it is: each character stands for itself."""
        n = len(text)
        if n < len(_PLACES):
            return cls(text, _PLACES[:n], _PLACES[1 : n + 1])
        return cls(text, array("L", range(n)), array("L", range(1, n + 1)))

    def edited(self, edits: Iterable[Edit]) -> "Mapped":
        """The text after replacements that are in order and do not overlap.

        Where old and new have the same length each character keeps its own place; otherwise
        each new character stands for the whole replaced stretch.
        """
        pieces: list[str] = []
        starts, ends = array("L"), array("L")
        at = 0
        for start, end, new in edits:
            pieces += (self.text[at:start], new)
            same = len(new) == end - start
            stop = end if same else start
            starts += self.starts[at:stop]
            ends += self.ends[at:stop]
            if new and not same:
                first, last = self.around(start, end)
                starts += array("L", (first,)) * len(new)
                ends += array("L", (last,)) * len(new)
            at = end
        if not pieces:
            return self
        pieces.append(self.text[at:])
        starts += self.starts[at:]
        ends += self.ends[at:]
        return Mapped("".join(pieces), starts, ends)

    def translated(self, text: str) -> "Mapped":
        """Another text of the same length in the same places."""
        return Mapped(text, self.starts, self.ends)

    def part(self, start: int, end: int) -> "Mapped":
        """Characters `start` to `end`."""
        return Mapped(self.text[start:end], self.starts[start:end], self.ends[start:end])

    def joined(self, other: "Mapped") -> "Mapped":
        """This text followed by one from further on in the same original."""
        return Mapped(self.text + other.text, self.starts + other.starts, self.ends + other.ends)

    def cut(self, start: int, end: int, text: str) -> "Mapped":
        """A text read out of characters `start` to `end`: each stands for the whole stretch."""
        first, last = self.around(start, end)
        n = len(text)
        return Mapped(text, array("L", (first,)) * n, array("L", (last,)) * n)

    def around(self, start: int, end: int) -> tuple[int, int]:
        """First and last (excluded) original character behind characters `start` to `end`.

        An empty stretch gives an empty place of the original.
        """
        if start < end:
            return self.starts[start], self.ends[end - 1]
        if start < len(self.starts):
            return self.starts[start], self.starts[start]
        last = self.ends[-1] if self.ends else 0
        return last, last


class Variant(Struct, frozen=True):
    """Another reading of a text: what it says once an obfuscation is undone.

    `steps` names what was undone, in order, each once. `origins` maps back.
    """

    text: str
    steps: tuple[str, ...]
    origins: Mapped

    def span(self, start: int, end: int) -> Span:
        """The characters of the original text behind `start` to `end` of this one.

        Raises:
            ValueError: if the stretch is not inside the text.
        """
        if not 0 <= start <= end <= len(self.text):
            message = f"{start}:{end} is not inside a text of {len(self.text)} characters"
            raise ValueError(message)
        return Span(*self.origins.around(start, end))
