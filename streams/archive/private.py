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

from msgspec import Struct, structs

from detectors.detector import signals_of
from detectors.text.entities.detector import Entities
from detectors.text.entities.redaction import WITHHELD, Private, replaced, stretches
from schemas import headers as names
from schemas.content import TextPart
from schemas.records import DeadLetter, HumanLabel
from streams.dlq import CUT_HEADERS, header_bytes
from streams.record import Headers

logger = logging.getLogger(__name__)

MAX_CHARS: Final = 16_384
"""Most characters of a dead letter's value that the archive keeps; its DLQ keeps the whole."""
MAX_KEY_CHARS: Final = 1_024
"""The same of its key."""
MAX_HEADERS_BYTES: Final = 16_384
"""Most bytes of a dead letter's headers; of larger ones the archive keeps none."""
_MARGIN: Final = 2_048
"""Read beyond them, so that nothing private is cut in two before it is found."""
_ESCAPE: Final = re.compile(r"\\(?:u[0-9a-fA-F]{4}|.)", re.DOTALL)
_BLANKS: Final = frozenset("nrtbf")
_LONE: Final = re.compile("[\ud800-\udfff]")


@cache
def _reader() -> Entities:
    return Entities()


def redacted_letter(letter: DeadLetter) -> DeadLetter:
    """Gives a dead letter with placeholders for what is private, and headers that tell of it.

    Of a longer value the first `MAX_CHARS` are kept, of a longer key `MAX_KEY_CHARS`, and headers
    over `MAX_HEADERS_BYTES` are left out; the headers `dlq.CUT_HEADERS` say so, as where the letter
    itself was cut, and `REDACTED` names what holds placeholders. A hash of the whole is not added:
    from it and the rest, a card or a phone number could be worked out. Names of headers are not
    looked at. Bytes that are no UTF-8 are kept and read around; what is compressed or encoded
    otherwise is not read.
    """
    value = _looked_through(letter.value, MAX_CHARS)
    key = _looked_through(letter.key, MAX_KEY_CHARS)
    message = _redacted(letter.message, MAX_CHARS)
    headers, is_redacted = _headers(letter.headers)
    told = {name for name, _ in headers}
    if value.is_cut and names.TRUNCATED_BYTES not in told:
        headers += ((names.TRUNCATED_BYTES, _length(letter.value)),)
    if key.is_cut and names.TRUNCATED_KEY_BYTES not in told:
        headers += ((names.TRUNCATED_KEY_BYTES, _length(letter.key)),)
    places = {
        "key": key.is_redacted,
        "value": value.is_redacted,
        "headers": is_redacted,
        "message": message.is_redacted,
    }
    if any(places.values()):
        found = ",".join(name for name, holds in places.items() if holds)
        headers += ((names.REDACTED, found.encode()),)
    return structs.replace(
        letter, key=key.content, value=value.content, message=message.text, headers=headers
    )


def redacted_label(label: HumanLabel) -> HumanLabel:
    """Gives a label with placeholders for what is private in its note."""
    return structs.replace(label, note=redacted_text(label.note)) if label.note else label


class _Bytes(Struct, frozen=True):
    """What is kept of a field, and whether that is all of it and as it was."""

    content: bytes | None
    is_redacted: bool
    is_cut: bool


class _Text(Struct, frozen=True):
    """The same of a text."""

    text: str
    is_redacted: bool
    is_cut: bool


def _looked_through(content: bytes | None, max_chars: int) -> _Bytes:
    if content is None:
        return _Bytes(None, is_redacted=False, is_cut=False)
    kept = _redacted(content.decode("utf-8", "surrogateescape"), max_chars)
    return _Bytes(
        kept.text.encode("utf-8", "surrogateescape"),
        is_redacted=kept.is_redacted,
        is_cut=kept.is_cut,
    )


def _length(content: bytes | None) -> bytes:
    return str(len(content or b"")).encode()


def _headers(given: Headers) -> tuple[Headers, bool]:
    """Gives the headers to archive, and whether placeholders stand in them."""
    ours = tuple(pair for pair in given if pair[0] in CUT_HEADERS)
    own = tuple(pair for pair in given if pair[0] not in CUT_HEADERS | {names.REDACTED})
    if header_bytes(own) > MAX_HEADERS_BYTES:
        return (*ours, (names.DROPPED_HEADERS, str(len(own)).encode())), False
    values = [_looked_through(value, MAX_HEADERS_BYTES) for _, value in own]
    kept = tuple((name, value.content) for (name, _), value in zip(own, values, strict=True))
    return kept + ours, any(value.is_redacted for value in values)


def redacted_text(text: str) -> str:
    """Gives the beginning of a text, JSON or not, with placeholders for what is private."""
    return _redacted(text, MAX_CHARS).text


def _redacted(text: str, max_chars: int) -> _Text:
    if not text:
        return _Text(text, is_redacted=False, is_cut=False)
    plain, places = _unescaped(text[: max_chars + _MARGIN])
    try:
        (answer,) = _reader().predict([TextPart(name="text", text=_LONE.sub("\ufffd", plain))])
    except Exception:
        logger.exception("not looked through for what is private; withheld")
        return _Text(WITHHELD, is_redacted=True, is_cut=False)
    found = [
        Private(places[one.start], places[one.end], one.placeholder)
        for one in stretches(signals_of(answer))
        if places[one.start] < max_chars
    ]
    kept = max([max_chars, *(one.end for one in found)])
    return _Text(replaced(text[:kept], found), is_redacted=bool(found), is_cut=len(text) > kept)


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
