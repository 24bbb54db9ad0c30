"""What the model reads of a text: the whole, sentences, clauses, quotations, what is hidden."""

import re
from collections.abc import Iterable, Iterator
from typing import Final

from msgspec import Struct

from detectors.text.normaliser.mapped import Mapped
from detectors.text.normaliser.normaliser import variants
from detectors.text.risk import cases, stretches
from detectors.text.risk.canonical import simplified, spaced
from detectors.text.risk.stretches import Stretch
from detectors.text.risk.windows import MAX_CHARACTERS, shortened
from schemas.signals import Span


class Readings(Struct, frozen=True):
    """Which readings count beside the whole text. For evaluation; nobody sets it in production."""

    variants: bool = True
    """What the text says once obfuscations are undone, and in small letters if it has capitals."""
    sentences: bool = True
    """Each sentence and clause by itself, of the text and of its variants."""
    quotes: bool = True
    """What stands in quotation marks or brackets by itself, of the text and of its variants."""

    @property
    def mark(self) -> str:
        """What ends the id of a detector that reads so: other scores need another name."""
        if self == DEFAULT:
            return ""
        chosen = [name for name in self.__struct_fields__ if getattr(self, name)]
        return "".join(f"+{name}" for name in ("whole", *chosen))


DEFAULT: Final = Readings()
"""What `text.risk` reads."""
WHOLE: Final = Readings(variants=False, sentences=False, quotes=False)

MAX_READ_CHARACTERS: Final = 5 * MAX_CHARACTERS
"""Characters that all readings of a text may have together: more are not even tokenised."""


_LETTER: Final = re.compile(r"[^\W_]")


class Reading(Struct, frozen=True, gc=False):
    """A text to judge, in canonical form; `span` is its place in the original, None for all.

    `is_part` tells a sentence or a quotation from a reading of the whole text.
    """

    text: str
    span: Span | None
    is_part: bool = False


def read(text: str, kinds: Readings = DEFAULT) -> tuple[list[Reading], bool]:
    """Gives what is to be judged of a text, and whether that is all there is.

    The whole comes first, then what matters most, each text once. A text without a letter or a
    digit (blank, signs, emoji) says nothing that the model knows, and gives nothing.
    Spans are in the original text. A pure function of the text, bounded by `MAX_READ_CHARACTERS`.
    """
    whole = simplified(shortened(Mapped.of(text)))
    first = spaced(whole.text)
    others = variants(text) if kinds.variants else ()
    if not others and not _LETTER.search(first):
        return [], True
    small = cases.lowered(whole) if kinds.variants else None
    cuts = [] if small else _cuts(whole.text, kinds)
    if not others and not cuts and not small:
        return [Reading(first, None)], True
    hidden = [simplified(shortened(one.origins)) for one in others]
    read_as = [cases.lowered(one) or one for one in hidden]
    return _distinct(
        first, whole, _places(whole, cuts, [small, *read_as] if small else read_as, kinds)
    )


def _cuts(text: str, kinds: Readings) -> list[Stretch]:
    quotes = stretches.quotes(text) if kinds.quotes else []
    if not kinds.sentences:
        return quotes
    sentences = stretches.sentences(text)
    return [*sentences, *quotes, *stretches.clauses(text, sentences)]


def _places(
    whole: Mapped, cuts: list[Stretch], hidden: list[Mapped], kinds: Readings
) -> Iterator[tuple[Mapped, Stretch, bool]]:
    """The stretches beside the whole, what matters most first, and whether they are parts."""
    for variant in hidden:
        yield variant, (0, len(variant.text)), False
    for cut in cuts:
        yield whole, cut, True
    for variant in hidden:
        for cut in _cuts(variant.text, kinds):
            yield variant, cut, True


def _distinct(
    first: str, whole: Mapped, places: Iterable[tuple[Mapped, Stretch, bool]]
) -> tuple[list[Reading], bool]:
    found = {first: Reading(first, None)}
    n_left = MAX_READ_CHARACTERS - len(first)
    all_of_it = _trimmed(whole, (0, len(whole.text)))
    for origin, place, is_part in places:
        text = spaced(origin.text[slice(*place)])
        if not text or text in found:
            continue
        n_left -= len(text)
        if n_left < 0:
            return list(found.values()), False
        span = _trimmed(origin, place)
        covers = span.start <= all_of_it.start and all_of_it.end <= span.end
        found[text] = Reading(text, None if covers else span, is_part)
    return list(found.values()), True


def _trimmed(origin: Mapped, place: Stretch) -> Span:
    """Where a stretch without the white space at its ends stands in the original."""
    text = origin.text[slice(*place)]
    start = place[0] + len(text) - len(text.lstrip())
    return Span(*origin.around(start, place[0] + len(text.rstrip())))
