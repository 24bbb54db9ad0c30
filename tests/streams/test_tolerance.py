"""A header's name that is not UTF-8: its record is read, and all around it.

That no process is stopped by one is shown on running systems in `tests/chaos/test_header_names.py`.
"""

import struct
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from aiokafka.consumer import fetcher
from aiokafka.errors import CorruptRecordException
from aiokafka.record.default_records import _DefaultRecordBatchBuilderPy, _DefaultRecordBatchPy
from aiokafka.record.legacy_records import LegacyRecordBatchBuilder
from aiokafka.record.memory_records import MemoryRecords

from schemas.topics import PRODUCT_TOPICS
from streams.agents.app import build
from streams.agents.tolerance import TolerantBatch, TolerantRecords
from streams.settings import Settings

CODECS = {"none": 0, "gzip": 1, "snappy": 2, "lz4": 3, "zstd": 4}
REPLACED = "\ufffd\ufffd"


class BadName(str):
    """A name that is written as bytes which are not UTF-8."""

    __slots__ = ()

    def encode(self, encoding: str = "utf-8", errors: str = "strict") -> bytes:
        del encoding, errors
        return b"\xff\xfe"


def written(
    n_records: int, bad: Sequence[int] = (), *, base: int = 0, codec: str = "none"
) -> bytes:
    """Gives a batch of format 2 as it lies in a log; the records numbered in `bad` are unusual."""
    builder = _DefaultRecordBatchBuilderPy(2, CODECS[codec], 0, -1, -1, -1, 1 << 20)
    for i in range(n_records):
        name = BadName("bad") if i in bad else "näme"
        key = None if i % 3 == 0 else b"key"
        value = None if i % 4 == 3 else b"value \xff %d" % i
        builder.append(i, 1_700_000_000_000 + i, key, value, [("first", None), (name, b"\xff")])
    batch = bytearray(builder.build())
    struct.pack_into(">q", batch, 0, base)  # which no checksum covers
    return bytes(batch)


def batches(records: Any) -> Iterator[Any]:
    while records.has_next():
        yield records.next_batch()


def fields(records: Any) -> list[tuple[object, ...]]:
    return [
        (r.offset, r.timestamp, r.timestamp_type, r.key, r.value, r.checksum, list(r.headers))
        for batch in batches(records)
        for r in batch
    ]


def names(records: Any) -> list[tuple[int, str]]:
    return [(r.offset, r.headers[1][0]) for batch in batches(records) for r in batch]


def expected(n_records: int, bad: Sequence[int]) -> list[tuple[int, str]]:
    return [(i, REPLACED if i in bad else "näme") for i in range(n_records)]


@pytest.mark.parametrize("codec", CODECS)
def test_a_batch_in_order_is_aiokafkas_own(codec: str) -> None:
    log = written(10, codec=codec) + written(5, base=10, codec=codec)
    assert fields(TolerantRecords(log)) == fields(MemoryRecords(log))
    (ours, *_), (theirs, *_) = batches(TolerantRecords(log)), batches(MemoryRecords(log))
    assert ours.validate_crc()
    for name in ("base_offset", "next_offset", "is_control_batch", "is_transactional"):
        assert getattr(ours, name) == getattr(theirs, name)
    assert next(iter(ours)).offset == 0


@pytest.mark.parametrize("codec", CODECS)
@pytest.mark.parametrize("bad", [(0,), (4,), (9,), (2, 3, 8), range(10)], ids=str)
def test_a_bad_name_is_replaced(codec: str, bad: Sequence[int]) -> None:
    log = written(10, bad, codec=codec)
    with pytest.raises(UnicodeDecodeError):
        fields(MemoryRecords(log))
    assert names(TolerantRecords(log)) == expected(10, bad)
    ordinary = fields(MemoryRecords(written(10, codec=codec)))
    for found, usual in zip(fields(TolerantRecords(log)), ordinary, strict=True):
        assert found[:-1] == usual[:-1]  # but for the headers


def test_batches_before_and_after_are_read() -> None:
    log = b"".join(
        [written(3), written(3, [1], base=3), written(1, base=6), written(2, [0, 1], base=7)]
    )
    assert names(TolerantRecords(log)) == expected(9, (4, 7, 8))


def test_what_is_cut_off_is_left_to_the_next_fetch() -> None:
    log = written(3, [2]) + written(3, base=3)[:-1]
    records = TolerantRecords(log)
    assert records.size_in_bytes() == len(log)
    assert names(records) == expected(3, [2])
    assert records.next_batch() is None
    assert not TolerantRecords(b"").has_next()


def test_old_formats_stay_as_they_are() -> None:
    builder = LegacyRecordBatchBuilder(1, 0, 1 << 20)
    builder.append(0, 1_700_000_000_000, b"k", b"v")
    log = bytes(builder.build())
    assert [r.value for batch in batches(TolerantRecords(log * 2)) for r in batch] == [b"v"] * 2


def test_a_corrupt_batch_is_still_refused() -> None:
    log = bytearray(written(3))
    log[61] += 2  # the first record's length
    with pytest.raises(CorruptRecordException):
        fields(TolerantRecords(bytes(log)))


def test_aiokafkas_parser_in_python_is_helped_too() -> None:
    log = written(4, [1])
    batch = TolerantBatch(_DefaultRecordBatchPy(log), memoryview(log))
    assert [(r.offset, r.headers[1][0]) for r in batch] == expected(4, [1])


def test_the_app_reads_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fetcher, "MemoryRecords", MemoryRecords)
    build(Settings(state_dir=tmp_path), PRODUCT_TOPICS, lambda _: lambda _: None, lambda _: None)
    assert fetcher.MemoryRecords is TolerantRecords
