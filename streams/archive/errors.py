"""ClickHouse's error codes: which of them mean "later" and which mean "never"."""

import re
from typing import Final

from streams.archive.archive import ArchiveRejected, ArchiveUnavailable

CONTENT_CODES: Final = frozenset(
    {
        6,  # CANNOT_PARSE_TEXT
        26,  # CANNOT_PARSE_QUOTED_STRING
        27,  # CANNOT_PARSE_INPUT_ASSERTION_FAILED
        33,  # CANNOT_READ_ALL_DATA
        41,  # CANNOT_PARSE_DATETIME
        53,  # TYPE_MISMATCH
        69,  # ARGUMENT_OUT_OF_BOUND
        70,  # CANNOT_CONVERT_TYPE
        72,  # CANNOT_PARSE_NUMBER
        117,  # INCORRECT_DATA
        128,  # TOO_LARGE_ARRAY_SIZE
        131,  # TOO_LARGE_STRING_SIZE
        190,  # SIZES_OF_ARRAYS_DONT_MATCH
        321,  # VALUE_IS_OUT_OF_RANGE_OF_DATA_TYPE
        349,  # CANNOT_INSERT_NULL_IN_ORDINARY_COLUMN
        376,  # CANNOT_PARSE_UUID
        469,  # VIOLATED_CONSTRAINT
    }
)
"""Codes that depend on the rows written, so that other rows would pass: ErrorCodes.cpp of
ClickHouse. All others (a missing table, a full disk, too many parts, a restart) are taken for a
state that somebody will mend: giving up on every row for those would empty the topics into DLQs."""

CODE: Final = re.compile(r"Code: (\d+)")
NO_CODE: Final = 1002
"""UNKNOWN_EXCEPTION."""


class QueryFailed(Exception):
    """ClickHouse, or we in its manner, refused or could not run a query; has its `code`."""

    def __init__(self, code: int, text: str) -> None:
        """Keeps the code beside the text."""
        super().__init__(text)
        self.code = code

    def __reduce__(self) -> tuple[type["QueryFailed"], tuple[int, str]]:
        """Lets it pass from process to process."""
        return QueryFailed, (self.code, str(self))


def code_of(text: str) -> int:
    """Gives the code in the text of an exception: the first one."""
    match = CODE.search(text)
    return int(match[1]) if match else NO_CODE


def as_failure(code: int, text: str) -> ArchiveRejected | ArchiveUnavailable:
    """Gives our exception for ClickHouse's."""
    if code in CONTENT_CODES:
        return ArchiveRejected(text)
    return ArchiveUnavailable(text)
