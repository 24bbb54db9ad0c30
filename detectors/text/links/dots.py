"""Dotted names in a folded text: runs of labels joined by dots, however the dots are written."""

import re
from collections.abc import Iterator
from typing import Final, Literal

from msgspec import Struct

from detectors.text.links.gate import DOT_WORDS
from detectors.text.links.hosts import is_top_level

DotForm = Literal["plain", "defanged", "spelled", "spaced", "sentence"]
"""`sentence`: a space after the dot alone, as after a sentence."""
WEAK: Final = frozenset({"spelled", "spaced", "sentence"})
"""Forms that ordinary prose has too."""
_WORDS: Final = "|".join(DOT_WORDS)
_DOT: Final = re.compile(
    r"(?P<plain>\.(?=[\w-]))"
    rf"|(?P<defanged>\s?[\[({{<«]\s?(?:[.,]|{_WORDS})\s?[\])}}>»]\s?"
    rf"|[\\^]\.|[\[(]\.|\.[\])]"
    # polka-dot-dress.test is a name as it stands
    rf"|[-_*](?:{_WORDS})[-_*](?=[\w-]{{1,64}}(?![\w-]|\.\w)))"
    rf"|(?P<spelled>\s(?:{_WORDS})\s)"
    r"|(?P<spaced>\s\.\s?|\.\s)"
)
_MAX_LABEL: Final = 63
# Scripts written without spaces: a name may stand right beside a sentence.
_UNSPACED: Final = "\u0e00-\u0eff\u1100-\u11ff\u2e80-\ua4cf\uac00-\ud7ff\uf900-\ufaff"
_NARROW: Final = re.compile(rf"(?:(?![{_UNSPACED}]|[-_](?:{_WORDS})[-_])[\w-]){{1,64}}")
_WIDE: Final = re.compile(r"[\w-]{1,64}")
MAX_LABELS: Final = 32
_EDGE: Final = "-_"


class Label(Struct, frozen=True, gc=False):
    """Characters `start` to `end` (excluded) of the folded text."""

    start: int
    end: int


class Name(Struct, frozen=True):
    """Labels, and the dots between them: `dots[i]` stands after `labels[i]`."""

    labels: tuple[Label, ...]
    forms: tuple[DotForm, ...]
    dots: tuple[str, ...]
    """As written."""

    def cut(self, first: int, last: int) -> "Name":
        """Labels `first` to `last` (excluded)."""
        return Name(
            self.labels[first:last], self.forms[first : last - 1], self.dots[first : last - 1]
        )

    def narrowed(self, text: str) -> "Name":
        """Without words of an unspaced script that run into the first label."""
        first = _label_to(text, self.labels[0].end)
        if first is None or first.start <= self.labels[0].start:
            return self
        return Name((first, *self.labels[1:]), self.forms, self.dots)

    def read(self, text: str) -> str:
        """The labels joined by full stops."""
        return ".".join(text[one.start : one.end] for one in self.labels).strip(_EDGE)


def names(text: str) -> Iterator[Name]:
    """Finds runs of at least two labels, in order. Linear in the text."""
    labels: list[Label] = []
    forms: list[DotForm] = []
    dots: list[str] = []
    for match in _DOT.finditer(text):
        form = _form(match)
        right = _label_from(text, match.end())
        if form == "sentence" and right is not None:
            right = right if is_top_level(text[right.start : right.end]) else None
        left = None if right is None else _label_to(text, match.start())
        joins = bool(labels) and labels[-1].end == match.start()
        if labels and (not joins or len(labels) >= MAX_LABELS or right is None):
            yield Name(tuple(labels), tuple(forms), tuple(dots))
            labels, forms, dots = [], [], []
        if left is None or right is None:
            continue
        if not labels:
            labels = [left]
        forms.append(form)
        labels.append(right)
        dots.append(match[0])
    if labels:
        yield Name(tuple(labels), tuple(forms), tuple(dots))


def _form(match: re.Match[str]) -> DotForm:
    if match["plain"]:
        return "plain"
    if match["defanged"]:
        return "defanged"
    if match["spelled"]:
        return "spelled"
    return "sentence" if match[0].startswith(".") else "spaced"


def _label_from(text: str, start: int) -> Label | None:
    match = _NARROW.match(text, start) or _WIDE.match(text, start)
    if match is None or match.end() - start > _MAX_LABEL:
        return None
    return Label(start, match.end())


def _label_to(text: str, end: int) -> Label | None:
    before = text[max(0, end - _MAX_LABEL - 1) : end][::-1]
    match = _NARROW.match(before) or _WIDE.match(before)
    if match is None or match.end() > _MAX_LABEL:
        return None
    return Label(end - match.end(), end)


def readings(name: Name) -> Iterator[Name]:
    """The parts of a run that may be one name each.

    Dots with spaces end sentences too. They join only a last label standing alone
    (`name . test`), and beyond it only dots written the same way.
    """
    weak = [at for at, form in enumerate(name.forms) if form in WEAK]
    stop = len(name.labels)
    for at in reversed(weak):
        if at + 1 >= stop:
            continue
        if stop - at > 2:  # noqa: PLR2004  the right side is a name by itself
            yield name.cut(at + 1, stop)
            stop = at + 1
        elif stop - at == 2:  # noqa: PLR2004
            first = _joined_from(name, at)
            yield name.cut(first, stop)
            stop = first
    if stop > 1:
        yield name.cut(0, stop)


def _joined_from(name: Name, at: int) -> int:
    """The first label of a name whose last dot is the weak one at `at`."""
    first = at
    alike = None if name.forms[at] == "sentence" else name.dots[at]
    while first > 0 and (name.forms[first - 1] not in WEAK or name.dots[first - 1] == alike):
        first -= 1
    return first
