# ruff: noqa: S106 - a token is no password here
"""The embedded archive: its directory, its values, many threads."""

import subprocess
import sys
import threading
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from msgspec.structs import replace

from schemas.signals import Span
from streams.archive import embedded, migrations
from streams.archive.archive import ArchiveRejected, ArchiveUnavailable, Rows
from streams.archive.embedded import EmbeddedArchive, pack
from streams.archive.opening import open_archive
from streams.settings import Settings
from tests import archives
from tests.streams.archive.samples import NOW, archived, verdict


@pytest.fixture
def archive(tmp_path: Path) -> Iterator[EmbeddedArchive]:
    opened = archives.migrated(tmp_path / "archive")
    yield opened
    opened.close()


def rows_of(n_verdicts: int, prefix: str = "item") -> Rows:
    return Rows(verdicts=tuple(archived(verdict(f"{prefix}-{i}"), i) for i in range(n_verdicts)))


def test_what_was_written_is_there_when_opened_again(tmp_path: Path) -> None:
    for n_rows in (0, 10):
        archive = EmbeddedArchive(tmp_path)
        migrations.migrate(archive)
        assert archive.select("SELECT count() FROM verdicts FINAL") == [(n_rows,)]
        archive.write(rows_of(10), token="a")
        archive.close()


def test_another_process_cannot_open_the_directory(
    archive: EmbeddedArchive, tmp_path: Path
) -> None:
    script = (
        "import sys; from pathlib import Path\n"
        "from streams.archive.archive import ArchiveUnavailable\n"
        "from streams.archive.embedded import EmbeddedArchive\n"
        "try:\n    EmbeddedArchive(Path(sys.argv[1]))\n"
        "except ArchiveUnavailable as error:\n"
        "    sys.exit(7 if 'another process has it open' in str(error) else str(error))\n"
    )
    users = (tmp_path / "archive" / "users.xml").stat()
    other = [sys.executable, "-c", script, str(tmp_path / "archive")]
    assert subprocess.run(other, check=False, cwd=Path.cwd()).returncode == 7
    assert (tmp_path / "archive" / "users.xml").stat() == users
    assert archive.select("SELECT 1") == [(1,)]
    with pytest.raises(ArchiveUnavailable, match="another process"):
        EmbeddedArchive(tmp_path / "archive")


FULL_DISK = """<storage_configuration><disks><default>
  <keep_free_space_bytes>1000000000000000</keep_free_space_bytes>
</default></disks></storage_configuration></clickhouse>"""


def test_a_disk_that_is_full_is_said_and_the_rows_can_be_written_later(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    archive = EmbeddedArchive(tmp_path)
    migrations.migrate(archive)
    archive.close()
    with monkeypatch.context() as patched:
        patched.setattr(embedded, "CONFIG", embedded.CONFIG.replace("</clickhouse>", FULL_DISK))
        archive = EmbeddedArchive(tmp_path)
        for _ in range(2):
            with pytest.raises(ArchiveUnavailable, match="not enough space"):
                archive.write(rows_of(100), token="a")
        assert archive.select("SELECT count() FROM signals") == [(0,)]
        archive.close()
    archive = EmbeddedArchive(tmp_path)
    archive.write(rows_of(100), token="a")
    assert archive.select("SELECT count() FROM signals FINAL") == [(200,)]
    archive.close()


def test_late_records_of_many_months_are_one_block(archive: EmbeddedArchive) -> None:
    moments = [NOW - timedelta(days=31 * i) for i in range(150)]
    verdicts = [archived(verdict(f"late-{i}", occurred_at=at)) for i, at in enumerate(moments)]
    archive.write(Rows(verdicts=tuple(verdicts)), token="a")
    # What is past its retention goes at once.
    assert int(str(archive.select("SELECT count() FROM verdicts FINAL")[0][0])) > 10


def test_a_second_directory_in_one_process_is_unavailable(
    archive: EmbeddedArchive, tmp_path: Path
) -> None:
    with pytest.raises(ArchiveUnavailable):
        EmbeddedArchive(tmp_path / "other")
    assert archive.select("SELECT 1") == [(1,)]


def test_a_directory_that_is_taken_away_is_not_made_anew(
    archive: EmbeddedArchive, tmp_path: Path
) -> None:
    place, away = tmp_path / "archive", tmp_path / "away"
    archive.write(rows_of(3), token="a")
    place.rename(away)
    with pytest.raises(ArchiveUnavailable, match="archive was removed or replaced"):
        archive.write(rows_of(3, "more"), token="b")
    away.rename(place)
    archive.write(rows_of(3, "more"), token="b")
    assert archive.select("SELECT count() FROM verdicts FINAL") == [(6,)]


def test_a_directory_that_cannot_be_made_is_said_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")
    for place in (tmp_path / "file", tmp_path / "file" / "archive", Path("/proc/archive")):
        with pytest.raises(ArchiveUnavailable, match=f"cannot keep the archive in {place}: "):
            EmbeddedArchive(place)
    archive = EmbeddedArchive(tmp_path / "other")
    archive.close()
    archive.close()


@pytest.mark.parametrize("name", ["a?b", "ok"])
def test_names_that_cannot_be_used_are_rejected(tmp_path: Path, name: str) -> None:
    with pytest.raises(ArchiveRejected):
        EmbeddedArchive(tmp_path / name, database="tide gate" if name == "ok" else "tidegate")


def test_a_number_that_fits_no_column_is_rejected_and_the_next_block_is_not(
    archive: EmbeddedArchive,
) -> None:
    given = verdict()
    bad = replace(given, signals=(replace(given.signals[0], span=Span(start=2**70, end=1)),))
    with pytest.raises(ArchiveRejected):
        archive.write(Rows(verdicts=(archived(bad),)), token="a")
    archive.write(rows_of(3), token="b")
    assert archive.select("SELECT count() FROM verdicts FINAL") == [(3,)]


def test_a_missing_table_is_no_fault_of_the_rows(tmp_path: Path) -> None:
    archive = EmbeddedArchive(tmp_path)
    with pytest.raises(ArchiveUnavailable, match="signals"):
        archive.write(rows_of(1), token="a")
    archive.close()


def test_threads_write_and_read_at_once(archive: EmbeddedArchive) -> None:
    reader = archive.reader()
    failures: list[Exception] = []

    def run(i: int) -> None:
        try:
            for k in range(5):
                archive.write(rows_of(20, f"{i}-{k}"), token=f"{i}/{k}")
                reader.query("SELECT count() FROM verdicts")
        except Exception as error:  # noqa: BLE001 - whatever it is, the test shows it
            failures.append(error)

    threads = [threading.Thread(target=run, args=(i,)) for i in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert failures == []
    assert archive.select("SELECT count() FROM verdicts FINAL") == [(400,)]


def test_evidence_can_be_asked_by_name(archive: EmbeddedArchive) -> None:
    given = verdict(evidence={"url": "https://prize.example"})
    archive.write(Rows(verdicts=(archived(given),)), token="a")
    evidence = "SELECT evidence['url'], evidence['none'] FROM signals FINAL LIMIT 1"
    assert archive.select(evidence) == [("https://prize.example", "")]


def test_all_tables_keep_their_rows_for_a_stated_time(archive: EmbeddedArchive) -> None:
    tables = archive.select(
        "SELECT name FROM system.tables WHERE database = 'tidegate' "
        "AND engine LIKE '%MergeTree' AND engine_full NOT LIKE '%TTL%' ORDER BY name"
    )
    # Labels are kept as what training rests on; the log of migrations is no record of anybody.
    assert tables == [("labels",), ("schema_migrations",)]


def test_long_rows_have_longer_array_headers() -> None:
    assert pack([(1, 2)]) == [b"\x01\x02"]
    assert pack([(0,) * 15]) == [b"\x00" * 15]
    assert pack([(0,) * 16]) == [b"\x00" * 16]


def test_a_block_is_packed_in_pieces() -> None:
    assert [len(piece) for piece in pack([(b"x" * 700_000,)] * 3)] == [1_400_010, 700_005]


def test_settings_name_the_archive(tmp_path: Path) -> None:
    archive = open_archive(Settings(archive="embedded", archive_dir=tmp_path))
    assert isinstance(archive, EmbeddedArchive)
    archive.close()
    with pytest.raises(ArchiveRejected, match="nonsense"):
        open_archive(Settings(archive="nonsense"))
