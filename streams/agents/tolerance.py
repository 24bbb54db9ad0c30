"""Reading a record whose header's name is not UTF-8, where aiokafka gives up on its whole batch.

Kafka takes any bytes as a header's name. aiokafka's parser raises UnicodeDecodeError at such a
record, so a consumer would meet it again after every restart and its partition would stand still.
Here such a batch is read on with aiokafka's parser in Python, U+FFFD standing for what is no
UTF-8. All other batches are parsed as ever; what is added to them is a generator.
"""

import struct
from collections.abc import Iterator
from itertools import islice
from typing import Any, Final, SupportsIndex, overload

from aiokafka.consumer import fetcher
from aiokafka.errors import CorruptRecordException
from aiokafka.record.default_records import DefaultRecordBatch, _DefaultRecordBatchPy
from aiokafka.record.memory_records import MemoryRecords

LENGTH: Final = struct.Struct(">i")
LENGTH_OFFSET: Final = 8
"""Where a batch holds its length in bytes, after the offset of its first record."""
OVERHEAD: Final = LENGTH_OFFSET + LENGTH.size
"""Bytes of a batch that its length leaves out."""


def install() -> None:
    """Makes every aiokafka consumer of this process tolerant. Doing so again changes nothing."""
    fetcher.MemoryRecords = TolerantRecords


class TolerantRecords:
    """The batches of a fetched partition; takes the place of aiokafka's `MemoryRecords`."""

    def __init__(self, fetched: bytes) -> None:
        self._fetched = fetched
        self._records = MemoryRecords(fetched)
        self._at = 0

    def size_in_bytes(self) -> int:
        """Gives the length of what was fetched."""
        size: int = self._records.size_in_bytes()
        return size

    def has_next(self) -> bool:
        """Tells whether another whole batch is there."""
        has_next: bool = self._records.has_next()
        return has_next

    def next_batch(self) -> Any:  # noqa: ANN401 - aiokafka is untyped
        """Gives the next batch, None after the last. Raises CorruptRecordException."""
        batch = self._records.next_batch()
        if batch is None:
            return None
        begin = self._at
        (length,) = LENGTH.unpack_from(self._fetched, begin + LENGTH_OFFSET)
        self._at = begin + OVERHEAD + length
        if not isinstance(batch, DefaultRecordBatch):
            return batch  # formats 0 and 1 have no headers
        return TolerantBatch(batch, memoryview(self._fetched)[begin : self._at])


class TolerantBatch:
    """A batch of format 2: aiokafka's own, but for the way it is iterated."""

    def __init__(self, batch: Any, written: memoryview) -> None:  # noqa: ANN401 - see above
        self._batch = batch
        self._written = written

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - see above
        return getattr(self._batch, name)

    def __next__(self) -> Any:  # noqa: ANN401 - see above
        return next(self._batch)

    def __iter__(self) -> Iterator[Any]:
        """Gives every record. Raises CorruptRecordException."""
        n_given = 0
        try:
            for n_given, record in enumerate(self._batch, 1):  # noqa: B007 - read after a failure
                yield record
        except (UnicodeDecodeError, CorruptRecordException) as error:
            if not _is_about_text(error):
                raise
        else:
            return
        yield from islice(_read_leniently(self._written), n_given, None)


def _is_about_text(error: BaseException | None) -> bool:
    """Tells whether bytes were no UTF-8; aiokafka's parser in Python wraps the error."""
    return isinstance(error, UnicodeDecodeError) or (
        isinstance(error, CorruptRecordException)
        and isinstance(error.__cause__, UnicodeDecodeError)
    )


def _read_leniently(written: memoryview) -> Iterator[Any]:
    """Gives the records of a batch. Raises CorruptRecordException."""
    batch = iter(_DefaultRecordBatchPy(written))  # decompresses
    batch._buffer = _LenientBytes(batch._buffer)
    yield from batch


class _LenientBytes(bytearray):
    """Bytes whose slices decode to text whatever they hold."""

    @overload
    def __getitem__(self, at: SupportsIndex, /) -> int: ...
    @overload
    def __getitem__(self, at: slice, /) -> "_LenientBytes": ...
    def __getitem__(self, at: SupportsIndex | slice, /) -> "int | _LenientBytes":
        found = super().__getitem__(at)
        return found if isinstance(found, int) else _LenientBytes(found)

    def decode(self, encoding: str = "utf-8", errors: str = "replace") -> str:
        del errors
        return super().decode(encoding, "replace")
