"""What people wrote, as the archive holds it: nothing private that `text.entities` finds.

Verdicts need nothing of this: they hold no text, and their evidence is redacted before they are
published. Dead letters hold whole events, and labels a note.
"""

import logging
import re
from collections.abc import Sequence
from functools import cache
from itertools import accumulate
from typing import Final

from msgspec import structs

from detectors.detector import signals_of
from detectors.text.entities.detector import Entities
from detectors.text.entities.redaction import WITHHELD, Private, replaced, stretches
from schemas.content import TextPart
from schemas.records import DeadLetter, HumanLabel

logger = logging.getLogger(__name__)

MAX_CHARS: Final = 16_384
"""Most characters of a dead letter's value that the archive keeps; its DLQ keeps the whole."""
_MARGIN: Final = 2_048
"""Read beyond them, so that nothing private is cut in two before it is found."""
_ESCAPE: Final = re.compile(r"\\(?:u[0-9a-fA-F]{4}|.)", re.DOTALL)
_BLANKS: Final = frozenset("nrtbf")
_LONE: Final = re.compile("[\ud800-\udfff]")


@cache
def _reader() -> Entities:
    return Entities()


def redacted_letter(letter: DeadLetter) -> DeadLetter:
    """Gives a dead letter with placeholders for what is private in its value and message.

    Of a longer value the first `MAX_CHARS` are kept. Bytes that are no UTF-8 are kept and read
    around; what is compressed or encoded otherwise is not read.
    """
    value = letter.value
    if value is not None:
        text = value.decode("utf-8", "surrogateescape")
        value = redacted_text(text).encode("utf-8", "surrogateescape")
    return structs.replace(letter, value=value, message=redacted_text(letter.message))


def redacted_label(label: HumanLabel) -> HumanLabel:
    """Gives a label with placeholders for what is private in its note."""
    return structs.replace(label, note=redacted_text(label.note)) if label.note else label


def redacted_text(text: str) -> str:
    """Gives the beginning of a text, JSON or not, with placeholders for what is private."""
    if not text:
        return text
    plain, places = _unescaped(text[: MAX_CHARS + _MARGIN])
    try:
        (answer,) = _reader().predict([TextPart(name="text", text=_LONE.sub("\ufffd", plain))])
    except Exception:
        logger.exception("not looked through for what is private; withheld")
        return WITHHELD
    found = [
        Private(places[one.start], places[one.end], one.placeholder)
        for one in stretches(signals_of(answer))
    ]
    kept = max([MAX_CHARS, *(one.end for one in found if one.start < MAX_CHARS)])
    return replaced(text[:kept], [one for one in found if one.start < MAX_CHARS])


def _unescaped(text: str) -> tuple[str, Sequence[int]]:
    """A text with JSON's escapes resolved, and where each character (and the end) came from."""
    if "\\" not in text:
        return text, range(len(text) + 1)
    pieces: list[str] = []
    lengths: list[int] = []
    at = 0
    for match in _ESCAPE.finditer(text):
        pieces += [*text[at : match.start()], _resolved(match.group())]
        lengths += [*([1] * (match.start() - at)), match.end() - match.start()]
        at = match.end()
    pieces += text[at:]
    lengths += [1] * (len(text) - at)
    return "".join(pieces), list(accumulate(lengths, initial=0))


def _resolved(escape: str) -> str:
    if escape[1] == "u" and len(escape) > 2:  # noqa: PLR2004 - backslash and u alone
        return chr(int(f"0x{escape[2:]}", base=0))
    return " " if escape[1] in _BLANKS else escape[1]
