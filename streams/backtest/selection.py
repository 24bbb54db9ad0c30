"""Which verdicts are decided again: a period, surfaces, policies, an analyst's condition. Pure."""

import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Final

from msgspec import Struct

from schemas.labels import SURFACES, Surface

EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
MAX_WHERE_CHARS: Final = 10_000
_LITERAL: Final = re.compile(
    r"'(?:[^'\\]|\\.|'')*'|`(?:[^`\\]|\\.)*`|\"(?:[^\"\\]|\\.)*\"", re.DOTALL
)
_COMMENT: Final = re.compile(r"--|/\*|#!|# ")


class SelectionInvalid(ValueError):
    """What was asked for cannot be selected; the message says why."""


class Selection(Struct, frozen=True, kw_only=True):
    """What to decide again. The period is of `decided_at`: `start` belongs to it, `end` does not.

    `where` is a condition in ClickHouse's SQL on the columns of `verdicts`, `hashes` are policies'.
    """

    start: datetime
    end: datetime
    surfaces: tuple[Surface, ...] = SURFACES
    hashes: tuple[str, ...] = ()
    where: str = ""


def select(
    start: str,
    end: str,
    *,
    surfaces: Sequence[str] = (),
    hashes: Sequence[str] = (),
    where: str = "",
) -> Selection:
    """Reads what a person wrote. Raises SelectionInvalid."""
    unknown = [one for one in surfaces if one not in SURFACES]
    if unknown:
        message = f"--surface: {unknown[0]!r} is none of {', '.join(SURFACES)}"
        raise SelectionInvalid(message)
    odd = [one for one in hashes if not re.fullmatch("[0-9a-f]{16}", one)]
    if odd:
        message = f"--hash: {odd[0]!r} is no policy's hash, which is 16 hexadecimal digits"
        raise SelectionInvalid(message)
    first, last = moment("--from", start), moment("--to", end)
    if first >= last:
        message = f"--from {start} is not before --to {end}"
        raise SelectionInvalid(message)
    _require_condition(where)
    return Selection(
        start=first,
        end=last,
        surfaces=tuple(one for one in SURFACES if not surfaces or one in surfaces),
        hashes=tuple(dict.fromkeys(hashes)),
        where=where.strip(),
    )


def moment(option: str, written: str) -> datetime:
    """Reads a date or a time of ISO 8601; without offset it is in UTC. Raises SelectionInvalid."""
    try:
        found = datetime.fromisoformat(written)
    except ValueError as error:
        message = f"{option}: {written!r} is no date or time such as 2026-11-01T12:00:00Z"
        raise SelectionInvalid(message) from error
    return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)


def milliseconds(time: datetime) -> int:
    """Gives Unix milliseconds, rounded up: no verdict is earlier than its own millisecond."""
    return -((EPOCH - time) // timedelta(milliseconds=1))


def condition(selection: Selection, *, is_numeric: bool) -> str:
    """Gives the selection as a condition in SQL, without its surfaces.

    `is_numeric` where the archive keeps times as milliseconds.
    """
    first, last = (
        str(ms) if is_numeric else f"fromUnixTimestamp64Milli({ms}, 'UTC')"
        for ms in (milliseconds(selection.start), milliseconds(selection.end))
    )
    pieces = [f"decided_at >= {first} AND decided_at < {last}"]
    if selection.hashes:
        pieces.append(f"policy_hash IN ({', '.join(map(literal, selection.hashes))})")
    if selection.where:
        pieces.append(f"({selection.where}\n)")
    return " AND ".join(pieces)


def literal(text: str) -> str:
    """Gives a text as SQL, whatever stands in it.

    As bytes: the archive refuses queries in which certain words stand, a literal included.
    """
    return f"unhex('{text.encode().hex()}')"


def _require_condition(where: str) -> None:
    """Raises SelectionInvalid for what would be more than one condition.

    That is against mistakes: the archive itself lets nobody write.
    """
    if len(where) > MAX_WHERE_CHARS:
        message = f"--where has {len(where)} characters, more than {MAX_WHERE_CHARS}"
        raise SelectionInvalid(message)
    outside = _LITERAL.sub("''", where)
    if ";" in outside or _COMMENT.search(outside):
        message = "--where is one condition, without ';' and comments"
        raise SelectionInvalid(message)
    depth = 0
    for sign in outside:
        depth += (sign == "(") - (sign == ")")
        if depth < 0:
            break
    if depth:
        message = "--where: its parentheses do not match"
        raise SelectionInvalid(message)
