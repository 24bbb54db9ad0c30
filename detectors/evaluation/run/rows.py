"""Labelled texts, as they are read: one JSON line each."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final, Literal

import msgspec
from msgspec import Struct

from schemas.labels import LABELS

ANY: Final = "any"
"""A column beside the labels: the text violates something; scored by its highest label."""
COLUMNS: Final = (*(label for label in LABELS if label != "ai_generated"), ANY)
"""What rows may be labelled with. `ai_generated` is provenance and no violation."""
MAX_LINE_BYTES: Final = 16 << 20
UNKNOWN_LANG: Final = "?"


class RowsInvalid(ValueError):
    """A file of labelled texts cannot be used; the message names file and line."""


class LabelledText(Struct, frozen=True, kw_only=True):
    """A text with what is known about it; a label that is not in `labels` is unknown."""

    id: str | int
    text: str
    labels: dict[str, Literal[0, 1]]
    lang: str = UNKNOWN_LANG
    dataset: str = ""
    """Set from the file's name where a line does not say."""


def read(paths: Iterable[Path]) -> list[LabelledText]:
    """Reads labelled texts; blank lines are skipped.

    Raises:
        RowsInvalid: at the first line that is not a labelled text, or where there is none.
    """
    rows = [row for path in paths for row in _read(path)]
    if not rows:
        message = "no labelled texts in the input"
        raise RowsInvalid(message)
    return rows


def _read(path: Path) -> Iterator[LabelledText]:
    decoder = msgspec.json.Decoder(LabelledText)
    try:
        with path.open("rb") as lines:
            for n, line in enumerate(lines, start=1):
                if line.strip():
                    yield _row(decoder, line, path, n)
    except OSError as error:
        message = f"{path}: {error.strerror}"
        raise RowsInvalid(message) from error


def _row(
    decoder: msgspec.json.Decoder[LabelledText], line: bytes, path: Path, n: int
) -> LabelledText:
    if len(line) > MAX_LINE_BYTES:
        message = f"{path}, line {n}: {len(line)} bytes, the limit is {MAX_LINE_BYTES}"
        raise RowsInvalid(message)
    try:
        row = decoder.decode(line)
    except (msgspec.MsgspecError, ValueError, RecursionError) as error:
        message = f"{path}, line {n}: {error}"
        raise RowsInvalid(message) from error
    stray = sorted(set(row.labels) - set(COLUMNS))
    if stray:
        message = f"{path}, line {n}: no label is called {stray[0]!r}"
        raise RowsInvalid(message)
    if "*" in {row.lang, row.dataset}:
        message = f"{path}, line {n}: * stands for all languages and data sets in the reports"
        raise RowsInvalid(message)
    lang = row.lang.strip() or UNKNOWN_LANG
    return msgspec.structs.replace(row, lang=lang, dataset=row.dataset or path.stem)
