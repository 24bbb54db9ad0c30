"""Readers cannot write, nor read anything outside of the archive."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from streams.archive.archive import ArchiveUnavailable, Rows
from streams.archive.embedded import EmbeddedArchive
from streams.archive.errors import QueryFailed
from streams.archive.quoting import escape
from streams.archive.reader import Limits, Reader
from tests import archives
from tests.streams.archive.samples import archived, verdict

SECRET = "not for readers"  # noqa: S105 - no password


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedArchive]:
    opened = archives.migrated(tmp_path_factory.mktemp("archive"))
    opened.write(Rows(verdicts=(archived(verdict()),)), token="a")  # noqa: S106
    yield opened
    opened.close()


@pytest.fixture
def reader(archive: EmbeddedArchive) -> Reader:
    return archive.reader()


WRITES = (
    "INSERT INTO labels (label_id) VALUES ('x')",
    "INSERT INTO labels (label_id) SELECT 'x'",
    "INSERT INTO FUNCTION file('{dir}/evil.csv', 'CSV', 'a Int8') SELECT 1",
    "DROP TABLE verdicts",
    "DROP DATABASE tidegate",
    "TRUNCATE TABLE verdicts",
    "ALTER TABLE verdicts DELETE WHERE 1",
    "ALTER TABLE verdicts DROP PARTITION ID '202601'",
    "ALTER TABLE verdicts FREEZE",
    "OPTIMIZE TABLE verdicts FINAL",
    "RENAME TABLE verdicts TO verdicts_gone",
    "DETACH TABLE verdicts",
    "CREATE TABLE evil (a Int8) ENGINE = Memory",
    "CREATE TABLE evil (a Int8) ENGINE = File(CSV, '{dir}/evil.csv')",
    "CREATE TEMPORARY TABLE evil (a Int8)",
    "CREATE VIEW evil AS SELECT 1",
    "CREATE FUNCTION evil AS x -> x",
    "CREATE DATABASE evil",
    "CREATE USER evil",
    "GRANT ALL ON *.* TO default",
    "SET readonly = 0",
    "SET max_execution_time = 0",
    "SELECT 1 SETTINGS readonly = 0",
    "SELECT 1 SETTINGS max_execution_time = 0",
    "SELECT 1 SETTINGS max_memory_usage = 0",
    "SELECT 1 INTO OUTFILE '{dir}/evil.csv'",
    "SELECT 1 INTO OUTFILE '{dir}/evil.csv' TRUNCATE FORMAT CSV",
    "BACKUP TABLE verdicts TO File('{dir}/evil')",
    "SYSTEM FLUSH LOGS",
    "SYSTEM SHUTDOWN",
    "KILL QUERY WHERE 1",
    "USE system",
    "SELECT 1; DROP TABLE verdicts",
    "SELECT 1; SELECT 2",
    "ATTACH TABLE evil FROM '{dir}' (a Int8) ENGINE = MergeTree ORDER BY a",
    "EXECUTE AS default SELECT 1",
    "SELECT * FROM sqlite('{dir}/evil.db', 't')",
)

OUTSIDE = (
    "SELECT * FROM file('{secret}', 'LineAsString')",
    "SELECT * FROM file('{secret}')",
    "SELECT * FROM `{secret}`",
    "SELECT file('{secret}')",
    "SELECT FILE('{secret}')",
    "file('{secret}')",
    "FROM file('{secret}')",
    "VALUES (file('{secret}'))",
    "SELECT `file`('{secret}')",
    "SELECT `fil\\x65`('{secret}')",
    "SELECT \"f\\x69le\"('{secret}')",
    "SELECT/**/file/**/('{secret}')",
    "SELECT arrayMap(file, ['{secret}'])",
    "SELECT arrayMap({f:Identifier}, ['{secret}'])",
    "WITH file AS f SELECT f('{secret}')",
    "SELECT (SELECT file('{secret}'))",
    "SELECT * FROM eval('SELECT file(''{secret}'')')",
    "SELECT * FROM viewExplain('EXPLAIN', '', (SELECT file('{secret}')))",
    "DESCRIBE TABLE file('{secret}')",
    "DESCRIBE TABLE file('{secret}', 'JSONEachRow')",
    "EXPLAIN SELECT * FROM file('{secret}')",
    "SELECT * FROM fileCluster('default', '{secret}', 'LineAsString')",
    "SELECT * FROM filesystem('{dir}')",
    "SELECT * FROM url('http://127.0.0.1:9/', 'LineAsString')",
    "DESCRIBE TABLE url('http://127.0.0.1:9/')",
    "SELECT * FROM s3('http://127.0.0.1:9/bucket/key', 'CSV', 'a Int8')",
    "SELECT * FROM remote('127.0.0.1:9', 'system.one')",
    "SELECT * FROM mysql('127.0.0.1:9', 'a', 'b', 'c', 'd')",
    "SELECT * FROM postgresql('127.0.0.1:9', 'a', 'b', 'c', 'd')",
    "SELECT * FROM mongodb('127.0.0.1:9', 'a', 'b', 'c', 'd', 'x Int8')",
    "SELECT * FROM redis('127.0.0.1:9', 'k', 'k String')",
    "SELECT * FROM hdfs('hdfs://127.0.0.1:9/x', 'TSV', 'a Int8')",
    "SELECT * FROM icebergLocal('{dir}')",
    "SELECT * FROM deltaLakeLocal('{dir}')",
    "SELECT * FROM executable('id', 'TSV', 'a String')",
    "SELECT * FROM Python(secret)",
    "SELECT * FROM python('secret')",
    "SELECT * FROM dictionary('x')",
    "SELECT * FROM loop(system.one) LIMIT 1",
    "SELECT hasColumnInTable('127.0.0.1:9', 'a', 'b', 'c')",
    "SELECT reverseDNSQuery('127.0.0.1')",
    "SELECT * FROM system.users",
    "SELECT * FROM system.stack_trace",
)

ENGINE = (
    "SELECT * FROM system.processes",
    "SELECT * FROM SYSTEM.processes",
    "SELECT * FROM `system`.`processes`",
    'SELECT * FROM system/**/./**/"pro\\x63esses"',
    "SELECT * FROM {system:Identifier}",
    "SELECT * FROM {d:Identifier}.processes",
    "SELECT `it's` FROM system.processes AS `it's`",
    "SELECT ' system.one \\' ', query FROM system.processes WHERE '' = ''",
    "SELECT (SELECT any(query) FROM system.processes)",
    "WITH p AS (SELECT * FROM system.processes) SELECT * FROM p",
    "SELECT 1 IN system.processes",
    "SELECT * FROM view(SELECT * FROM system.processes)",
    "SELECT * FROM merge('system', 'processes|one')",
    "EXPLAIN SELECT * FROM system.processes",
    "SHOW PROCESSLIST",
    "SHOW GRANTS",
    "SHOW SETTING max_threads",
    "SELECT * FROM (SHOW PROCESSLIST)",
    "SELECT getServerSetting('path')",
    "SELECT filesystemAvailable()",
    *(
        f"SELECT * FROM system.{table} LIMIT 1"  # noqa: S608
        for table in (
            *("server_settings", "query_log", "errors", "events", "metrics", "user_processes"),
            *("disks", "parts", "merges", "mutations", "storage_policies", "named_collections"),
            *("query_cache", "warnings", "settings_changes", "macros", "clusters", "backups"),
        )
    ),
)


def filled(query: str, directory: Path) -> str:
    secret = directory / "secret.txt"
    secret.write_text(SECRET)
    return query.replace("{secret}", str(secret)).replace("{dir}", str(directory))


def census(archive: EmbeddedArchive) -> list[tuple[object, ...]]:
    tables = "SELECT database, name, total_rows, engine_full FROM system.tables"
    return sorted(archive.select(f"{tables} WHERE database = 'tidegate'"), key=str)


@pytest.mark.parametrize("query", WRITES)
def test_nothing_is_written(
    archive: EmbeddedArchive, reader: Reader, tmp_path: Path, query: str
) -> None:
    before = census(archive)
    with pytest.raises(QueryFailed):
        reader.query(filled(query, tmp_path))
    assert [path.name for path in tmp_path.iterdir()] == ["secret.txt"]
    assert census(archive) == before
    assert reader.query("SELECT count() FROM verdicts").body == b"1\n"


@pytest.mark.parametrize("query", OUTSIDE)
def test_nothing_outside_is_read(reader: Reader, tmp_path: Path, query: str) -> None:
    with pytest.raises(QueryFailed) as caught:
        reader.query(filled(query, tmp_path), parameters={"f": "file"})
    assert SECRET not in str(caught.value)


@pytest.mark.parametrize("query", ENGINE)
def test_the_engine_itself_is_no_reading(reader: Reader, query: str) -> None:
    with pytest.raises(QueryFailed) as caught:
        reader.query(query, parameters={"d": "system", "system": "`system`.processes"})
    assert caught.value.code in {62, 164}


@pytest.mark.parametrize(
    "query",
    [
        "SELECT name, value, readonly FROM system.settings LIMIT 3",
        "SELECT name FROM `system`.tables WHERE database != 'system' AND name = 'verdicts'",
        "SELECT count() FROM system.columns WHERE table = {t:String}",
        "SELECT table_name FROM information_schema.tables LIMIT 3",
        "SELECT 'ask system.processes' AS note, 'SHOW PROCESSLIST', ' `system`.x'",
        "SHOW TABLES",
        "SHOW FULL TABLES LIKE 'verdicts'",
        "SHOW CREATE TABLE verdicts",
        "SHOW COLUMNS FROM verdicts",
        "DESCRIBE TABLE verdicts",
        "EXISTS TABLE verdicts",
        "SELECT sumMerge(x) FROM (SELECT sumState(1) AS x)",
    ],
)
def test_what_describes_the_archive_is_open(reader: Reader, query: str) -> None:
    assert reader.query(query, parameters={"t": "system.processes"}).rows > 0


def test_the_archive_itself_cannot_reach_outside_either(
    archive: EmbeddedArchive, tmp_path: Path
) -> None:
    for source in (f"file('{tmp_path}/x.csv', 'CSV', 'a Int8')", "url('http://127.0.0.1:9/')"):
        with pytest.raises(ArchiveUnavailable, match="Not enough privileges"):
            archive.select(f"SELECT * FROM {source}")  # noqa: S608


def test_parameters_are_values(reader: Reader) -> None:
    hostile = "x'; DROP TABLE verdicts; -- \\ \t\n\r\0\b\f é`"
    answer = reader.query(
        "SELECT hex({x:String}), {n:UInt8} + 1, {a:Array(String)}",
        parameters={"x": escape(hostile), "n": "41", "a": "['file']"},
    )
    assert answer.body.decode() == f"{hostile.encode().hex().upper()}\t42\t['file']\n"
    with pytest.raises(QueryFailed) as caught:
        reader.query("SELECT {x:UInt8}")
    assert caught.value.code == 456


def test_queries_end_in_time(archive: EmbeddedArchive) -> None:
    hasty = archive.reader(Limits(execution_s=1))
    began_s = time.monotonic()
    with pytest.raises(QueryFailed) as caught:
        hasty.query("SELECT count() FROM numbers(1000000000000) WHERE sipHash64(number) = 1")
    assert caught.value.code == 159
    assert time.monotonic() - began_s < 20


@pytest.mark.parametrize(
    ("limits", "query", "code"),
    [
        (Limits(result_rows=10), "SELECT * FROM numbers(100)", 396),
        (Limits(result_bytes=1000), "SELECT toString(number) FROM numbers(1e6)", 396),
        (
            Limits(memory_bytes=1 << 20),
            "SELECT arraySort(groupArray(number)) FROM numbers(1e7)",
            241,
        ),
    ],
    ids=["rows", "bytes", "memory"],
)
def test_answers_have_a_size(
    archive: EmbeddedArchive, limits: Limits, query: str, code: int
) -> None:
    with pytest.raises(QueryFailed) as caught:
        archive.reader(limits).query(query)
    assert caught.value.code == code


def test_a_setting_may_shape_the_answer_and_nothing_else(reader: Reader) -> None:
    quoted = {"output_format_json_quote_64bit_integers": "1"}
    answer = reader.query("SELECT toUInt64(1) AS x", form="JSONEachRow", settings=quoted)
    assert answer.body == b'{"x":"1"}\n'
    for name, value in (
        ("max_threads", "1"),
        ("readonly", "0"),
        ("output_format_csv_crlf_end_of_line", "1' OR '"),
    ):
        with pytest.raises(QueryFailed) as caught:
            reader.query("SELECT 1", settings={name: value})
        assert caught.value.code == 164


def test_answers_say_what_was_read(reader: Reader) -> None:
    answer = reader.query("SELECT item_id FROM verdicts", form="CSV")
    assert (answer.body, answer.rows, answer.rows_read) == (b'"item-1"\n', 1, 1)
    assert answer.bytes_read > 0


@pytest.mark.parametrize("database", ["system; DROP", "`x`", "nowhere", "system", "SYSTEM"])
def test_an_unknown_database_is_refused(reader: Reader, database: str) -> None:
    with pytest.raises(QueryFailed):
        reader.query("SELECT 1", database=database)


@pytest.mark.parametrize("query", ["", "-- nothing", "SELEC 1", "SELECT * FROM nowhere", "'", "\0"])
def test_broken_queries_fail(reader: Reader, query: str) -> None:
    with pytest.raises(QueryFailed):
        reader.query(query)
