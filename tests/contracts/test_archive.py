"""What every Archive does: the embedded one with the real DDL, a ClickHouse server with its own."""

# ruff: noqa: S106, S608 - a token is no password here, and the queries are the tests' own
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from msgspec.structs import replace

from schemas.records import Source
from schemas.verdicts import ActorAction, Reason, Shadow, Would
from streams.archive import migrations
from streams.archive.archive import Archive, ArchivedVerdict, Rows
from streams.archive.embedded import EmbeddedArchive
from streams.archive.server import ServerArchive
from streams.settings import Settings
from tests import archives
from tests.services import ClickHouseServer, require
from tests.services.legacy_ddl import rewritten
from tests.streams.archive.samples import NOW, archived, dead_letter, human_label, verdict

MILLISECOND = timedelta(milliseconds=1)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ClickHouseServer]:
    require(ClickHouseServer)
    with ClickHouseServer(tmp_path_factory.mktemp("clickhouse")) as running:
        yield running


@pytest.fixture(params=["embedded", pytest.param("server", marks=pytest.mark.services)])
def archive(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Archive]:
    opened: Archive
    if request.param == "embedded":
        opened = archives.migrated(tmp_path / "archive")
    else:
        running: ClickHouseServer = request.getfixturevalue("server")
        database = f"test_{uuid4().hex}"
        opened = ServerArchive(Settings(clickhouse_port=running.port, clickhouse_database=database))
        migrations.migrate(opened, rewritten(migrations.read()))
    yield opened
    opened.close()


def texts(archive: Archive, query: str) -> list[tuple[str, ...]]:
    """Gives a query's rows with every value as text, which is the same on both."""
    return [tuple(str(value) for value in row) for row in archive.select(query)]


def ms(archive: Archive, column: str) -> str:
    is_embedded = isinstance(archive, EmbeddedArchive)
    return f"toUnixTimestamp64Milli({column})" if is_embedded else column


def test_nothing_to_write_is_written(archive: Archive) -> None:
    archive.write(Rows(), token="empty")
    assert texts(archive, "SELECT count() FROM verdicts") == [("0",)]


def test_every_field_of_a_verdict_is_kept(archive: Archive) -> None:
    given = verdict()
    archive.write(Rows(verdicts=(archived(given),)), token="a")
    times = f"{ms(archive, 'occurred_at')}, {ms(archive, 'decided_at')}"
    columns = (
        "toString(verdict_id), item_id, surface, actor_id, item_revision, revision, stage, status, "
        "action, actor_action, actor_action_duration_s, queue, reasons.code, reasons.rule, "
        "reasons.policy_version, reasons.label, reasons.score, missing, stages.name, stages.ms, "
        f"detectors, mode, policy_hash, {times}, latency_ms, trace_id, "
        "source_topic, source_partition, source_offset"
    )
    occurred_ms = (NOW - datetime(1970, 1, 1, tzinfo=UTC)) // MILLISECOND
    assert texts(archive, f"SELECT {columns} FROM verdicts FINAL") == [
        (
            *(str(given.verdict_id), "item-1", "chatroom", "actor-1", "1", "1", "fast", "partial"),
            *("hold", "mute", "600", "scams", "['scam.high', 'missing']", "['r1', 'r2']"),
            *("['1', '1']", "['scam', '']", "[0.987654321, None]", "['image.nsfw']"),
            *("['detect']", "[1.25]", "['text.risk@1']", "enforce", "0123456789abcdef"),
            *(str(occurred_ms), str(occurred_ms + 42), "42", "0123456789abcdef" * 2),
            *("chatroom.messages.v1", "3", "7"),
        )
    ]


def test_what_rules_in_shadow_would_have_done_is_kept(archive: Archive) -> None:
    reasons = (
        Reason(code="scam", rule="r1", policy_version="1", mode="canary", action="hold"),
        Reason(code="missing", rule="on_missing.text", policy_version="1", action="hold"),
    )
    would = Would(
        action="remove",
        actor_action=ActorAction(kind="suspend"),
        queue="fraud",
        reasons=(
            Reason(
                code="scam", rule="r2", policy_version="1", label="scam", score=0.5, mode="shadow",
                action="remove",
            ),
        ),
    )  # fmt: skip
    given = replace(verdict(), priority="high", reasons=reasons, would=would)
    archive.write(Rows(verdicts=(archived(given), archived(verdict("item-2")))), token="a")
    columns = (
        "priority, reasons.mode, reasons.action, would_action, would_actor_action, "
        "would_actor_action_duration_s, would_queue, would_reasons.code, would_reasons.rule, "
        "would_reasons.label, would_reasons.score, would_reasons.action"
    )
    assert texts(archive, f"SELECT {columns} FROM verdicts FINAL ORDER BY item_id") == [
        (
            *("high", "['canary', 'enforce']", "['hold', 'hold']", "remove", "suspend", "None"),
            *("fraud", "['scam']", "['r2']", "['scam']", "[0.5]", "['remove']"),
        ),
        ("", "['enforce', 'enforce']", "['', '']", "", "", "None", "", *("[]",) * 5),
    ]
    if not isinstance(archive, EmbeddedArchive):
        return  # Debian's server is older than JSONExtract
    assert texts(
        archive,
        "SELECT rule, mode, rule_action, n_verdicts, n_harder FROM rules_per_hour"
        " ORDER BY rule, mode",
    ) == [
        ("on_missing.text", "enforce", "hold", "1", "0"),
        ("r1", "canary", "hold", "1", "0"),
        ("r1", "enforce", "", "1", "0"),
        ("r2", "enforce", "", "1", "0"),
        ("r2", "shadow", "remove", "1", "1"),
    ]
    against = "SELECT rule, live_action, shadow_action, n_verdicts FROM shadow_against_live"
    assert texts(archive, against) == [("r2", "hold", "remove", "1")]


def test_what_a_policy_in_shadow_asked_for_is_kept(archive: Archive) -> None:
    reason = Reason(
        code="scam", rule="r2", policy_version="2", label="scam", score=0.5, mode="canary",
        action="remove",
    )  # fmt: skip
    harder = Shadow(
        policy_hash="fedcba9876543210",
        action="remove",
        actor_action=ActorAction(kind="mute", duration_s=60),
        queue="fraud",
        priority="high",
        reasons=(reason, replace(reason, rule="missing", code="missing", label=None, score=None)),
        mode="canary",
    )
    given = (
        replace(verdict(), shadow=harder),
        replace(verdict("item-2"), shadow=Shadow(policy_hash="fedcba9876543210", action="allow")),
        verdict("item-3"),
    )
    archive.write(Rows(verdicts=tuple(map(archived, given))), token="a")
    columns = (
        "shadow_policy_hash, shadow_action, shadow_actor_action, shadow_actor_action_duration_s, "
        "shadow_queue, shadow_priority, shadow_mode, shadow_reasons.code, shadow_reasons.rule, "
        "shadow_reasons.policy_version, shadow_reasons.label, shadow_reasons.score, "
        "shadow_reasons.mode, shadow_reasons.action"
    )
    assert texts(archive, f"SELECT {columns} FROM verdicts FINAL ORDER BY item_id") == [
        (
            *("fedcba9876543210", "remove", "mute", "60", "fraud", "high", "canary"),
            *("['scam', 'missing']", "['r2', 'missing']", "['2', '2']", "['scam', '']"),
            *("[0.5, None]", "['canary', 'canary']", "['remove', 'remove']"),
        ),
        ("fedcba9876543210", "allow", "none", "None", "", "", "enforce", *("[]",) * 7),
        ("", "", "", "None", "", "", "", *("[]",) * 7),
    ]
    current = "SELECT item_id, shadow_action FROM verdicts_current ORDER BY item_id"
    assert texts(archive, current) == [("item-1", "remove"), ("item-2", "allow"), ("item-3", "")]
    if not isinstance(archive, EmbeddedArchive):
        return  # Debian's server is older than JSONExtract
    against = (
        "SELECT live_hash, shadow_hash, live_mode, shadow_mode, live_action, shadow_action,"
        " n_verdicts, n_otherwise FROM shadow_policy_against_live ORDER BY shadow_action"
    )
    hashes = ("0123456789abcdef", "fedcba9876543210")
    assert texts(archive, against) == [
        (*hashes, "enforce", "enforce", "hold", "allow", "1", "1"),
        (*hashes, "enforce", "canary", "hold", "remove", "1", "1"),
    ]
    rules = (
        "SELECT rule, live_action, shadow_action, n_both, n_live_alone, n_shadow_alone"
        " FROM shadow_policy_rules ORDER BY rule, shadow_action"
    )
    assert texts(archive, rules) == [
        ("missing", "hold", "remove", "0", "0", "1"),
        ("r1", "hold", "allow", "0", "1", "0"),
        ("r1", "hold", "remove", "0", "1", "0"),
        ("r2", "hold", "allow", "0", "1", "0"),
        ("r2", "hold", "remove", "1", "0", "0"),
    ]


def test_every_field_of_a_signal_is_kept(archive: Archive) -> None:
    given = verdict(evidence={"url": "https://prize.example"})
    archive.write(Rows(verdicts=(archived(given),)), token="a")
    columns = (
        "toString(verdict_id), ordinal, surface, item_id, label, score, detector, part, span_start,"
        " span_end, time_start_ms, time_end_ms, evidence_names, evidence_values"
    )
    common = ("['url']", "['https://prize.example']")
    place = ("text.risk@1", "text")
    assert texts(archive, f"SELECT {columns} FROM signals FINAL ORDER BY ordinal") == [
        (
            *(str(given.verdict_id), "0", "chatroom", "item-1", "scam", "0.987654321", *place),
            *("0", "5", "None", "None", *common),
        ),
        (
            *(str(given.verdict_id), "1", "chatroom", "item-1", "scam", "0.4938271605", *place),
            *("None", "None", "10", "20", *common),
        ),
    ]


def test_a_verdict_of_an_unknown_place_is_kept(archive: Archive) -> None:
    archive.write(Rows(verdicts=(ArchivedVerdict(verdict=verdict()),)), token="a")
    place = "source_topic, source_partition, source_offset"
    assert texts(archive, f"SELECT {place} FROM verdicts FINAL") == [("", "-1", "-1")]


def test_written_twice_is_read_once(archive: Archive) -> None:
    rows = Rows(
        verdicts=tuple(archived(verdict(f"item-{i}"), i) for i in range(50)),
        dead_letters=(dead_letter(),),
        labels=(human_label("label-1"),),
    )
    archive.write(rows, token="a")
    archive.write(rows, token="b")
    for table, n_rows in (("verdicts", 50), ("signals", 100), ("dead_letters", 1), ("labels", 1)):
        assert texts(archive, f"SELECT count() FROM {table} FINAL") == [(str(n_rows),)]
    archive.execute("OPTIMIZE TABLE verdicts FINAL")
    assert texts(archive, "SELECT count() FROM verdicts") == [("50",)]


def test_a_redelivered_verdict_decided_in_another_month_is_read_once(archive: Archive) -> None:
    first = verdict(occurred_at=NOW - timedelta(days=80))
    again = verdict(occurred_at=NOW - timedelta(days=80), latency=timedelta(days=40))
    assert first.verdict_id == again.verdict_id
    archive.write(Rows(verdicts=(archived(first),)), token="a")
    archive.write(Rows(verdicts=(archived(again),)), token="b")
    assert texts(archive, "SELECT count() FROM verdicts FINAL") == [("1",)]


def test_counts_do_not_grow_with_redelivery(archive: Archive) -> None:
    rows = Rows(verdicts=tuple(archived(verdict(f"item-{i}"), i) for i in range(30)))
    later = Rows(
        verdicts=tuple(
            archived(verdict(f"item-{i}", latency=timedelta(minutes=5)), i) for i in range(30)
        )
    )
    for token, given in (("a", rows), ("a", rows), ("b", later)):
        archive.write(given, token=token)
    counted = "SELECT surface, action, policy_hash, n_verdicts FROM verdicts_per_minute"
    assert texts(archive, counted) == [("chatroom", "hold", "0123456789abcdef", "30")]
    fired = "SELECT label, action, n_verdicts FROM labels_per_minute"
    assert texts(archive, fired) == [("scam", "hold", "30")]


def test_the_highest_revision_of_the_newest_content_is_current(archive: Archive) -> None:
    given = (
        verdict("item-1", revision=1, action="hold"),
        verdict("item-1", revision=3, action="remove"),
        verdict("item-1", revision=2, action="allow"),
        verdict("item-1", revision=9, action="limit", mode="shadow"),
        verdict("item-2", revision=5, item_revision=1, action="remove"),
        verdict("item-2", revision=1, item_revision=2, action="allow"),
    )
    for one in given:
        archive.write(Rows(verdicts=(archived(one),)), token=str(one.verdict_id))
    current = "SELECT item_id, item_revision, revision, action FROM verdicts_current"
    assert sorted(texts(archive, current)) == [
        ("item-1", "1", "3", "remove"),
        ("item-2", "2", "1", "allow"),
    ]


def test_dead_letters_keep_their_bytes(archive: Archive) -> None:
    archive.write(Rows(dead_letters=(dead_letter(), dead_letter(None, offset=6))), token="a")
    columns = (
        "source_topic, source_partition, source_offset, stage, error, message, hex(key), "
        "hex(assumeNotNull(value)), isNull(value), header_names, "
        "arrayMap(x -> hex(x), header_values)"
    )
    common = ("decode", "EventInvalid", "not JSON", "006B6579")
    headers = ("['traceparent', 'empty']", "['F028', None]")
    letters = f"SELECT {columns} FROM dead_letters FINAL ORDER BY source_offset"
    assert texts(archive, letters) == [
        ("square.posts.v1", "1", "5", *common, "FF00FE", "0", *headers),
        ("square.posts.v1", "1", "6", *common, "", "1", *headers),
    ]


def test_labels_are_kept(archive: Archive) -> None:
    archive.write(Rows(labels=(human_label("label-1", note="a giveaway"),)), token="a")
    columns = "label_id, item_id, surface, item_revision, present, absent, annotator, note"
    assert texts(archive, f"SELECT {columns} FROM labels FINAL") == [
        (
            *("label-1", "item-1", "chatroom", "1", "['scam']", "['hate', 'spam']"),
            *("reviewer-1", "a giveaway"),
        )
    ]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "привет 你好 مرحبا 👩‍👩‍👧",
        "a\x00b\x00",
        "quote ' and \\ and \t and \n`",
        "x" * 1_000_000,
    ],
    ids=["empty", "scripts", "nul", "escapes", "huge"],
)
def test_any_text_comes_back(archive: Archive, text: str) -> None:
    given = replace(verdict(evidence={"quote": text}), actor_id=text[:200])
    archive.write(Rows(verdicts=(archived(given),), labels=(human_label("l", text),)), token="a")
    assert texts(archive, "SELECT actor_id FROM verdicts FINAL") == [(given.actor_id,)]
    assert texts(archive, "SELECT note FROM labels FINAL") == [(text,)]
    quotes = "SELECT arrayElement(evidence_values, 1) FROM signals FINAL"
    assert texts(archive, quotes) == [(text,), (text,)]


@pytest.mark.parametrize(
    ("occurred_at", "kept"),
    [
        (datetime(1, 1, 1, tzinfo=UTC), datetime(1900, 1, 1, tzinfo=UTC)),
        (datetime(1969, 12, 31, 23, 59, 59, tzinfo=UTC), None),
        (datetime(2106, 2, 7, 6, 28, 16, tzinfo=UTC), None),
        (datetime(9999, 12, 31, tzinfo=UTC), datetime(2299, 12, 31, 23, 59, 59, tzinfo=UTC)),
    ],
)
def test_a_time_of_any_year_is_kept_as_near_as_can_be(
    archive: Archive, occurred_at: datetime, kept: datetime | None
) -> None:
    given = verdict(occurred_at=occurred_at, latency=NOW - occurred_at)
    archive.write(Rows(verdicts=(archived(given),)), token="a")
    wanted_ms = ((kept or occurred_at) - datetime(1970, 1, 1, tzinfo=UTC)) // MILLISECOND
    times = f"SELECT {ms(archive, 'occurred_at')} FROM verdicts FINAL"
    assert texts(archive, times) == [(str(wanted_ms),)]
    # A clock that is far off is counted in the minute of our own.
    minute = NOW.replace(second=0, microsecond=0).timestamp()
    minutes = "SELECT toUnixTimestamp(minute), n_verdicts FROM verdicts_per_minute"
    assert texts(archive, minutes) == [(str(int(minute)), "1")]


def test_numbers_at_their_bounds_are_kept(archive: Archive) -> None:
    given = verdict(revision=2**31 - 1, item_revision=2**31 - 1)
    source = Source(topic="chatroom.messages.v1", partition=2**31 - 1, offset=2**63 - 1)
    archive.write(Rows(verdicts=(ArchivedVerdict(verdict=given, source=source),)), token="a")
    columns = "revision, item_revision, source_partition, source_offset"
    assert texts(archive, f"SELECT {columns} FROM verdicts FINAL") == [
        (str(2**31 - 1), str(2**31 - 1), str(2**31 - 1), str(2**63 - 1))
    ]


def test_a_large_block_is_written_whole(archive: Archive) -> None:
    rows = Rows(verdicts=tuple(archived(verdict(f"item-{i}"), i) for i in range(5_000)))
    archive.write(rows, token="a")
    assert texts(archive, "SELECT count(), uniqExact(verdict_id) FROM verdicts FINAL") == [
        ("5000", "5000")
    ]
    assert texts(archive, "SELECT count() FROM signals FINAL") == [("10000",)]


def test_closing_twice_is_harmless(archive: Archive) -> None:
    archive.close()
    archive.close()
