"""Tesseract's model files without the parts that are not worth their size."""

import struct
from collections.abc import Collection
from typing import Final

PARTS: Final = (
    *("config", "unicharset", "ambigs", "inttemp", "pffmtable", "normproto", "punc-dawg"),
    *("system-dawg", "number-dawg", "freq-dawg", "fixed-length-dawgs", "cube-unicharset"),
    *("cube-word-dawg", "shapetable", "bigram-dawg", "unambig-dawg", "params-model", "lstm"),
    *("lstm-punc-dawg", "lstm-system-dawg", "lstm-number-dawg", "lstm-unicharset"),
    *("lstm-recoder", "version"),
)
"""In the order of the file's table of offsets (Tesseract's `tessdatamanager.h`)."""


def without(content: bytes, left_out: Collection[str]) -> bytes:
    """Gives a file without the named parts. Its table: a count, and offsets or -1 for absence."""
    (n,) = struct.unpack_from("<i", content)
    offsets = struct.unpack_from(f"<{n}q", content, 4)
    ends = sorted([*(one for one in offsets if one >= 0), len(content)])
    head = 4 + 8 * n
    table, body = [], b""
    for name, offset in zip(PARTS, offsets, strict=False):
        if offset < 0 or name in left_out:
            table.append(-1)
            continue
        end = next(one for one in ends if one > offset)
        table.append(head + len(body))
        body += content[offset:end]
    return struct.pack(f"<i{n}q", n, *table) + body
