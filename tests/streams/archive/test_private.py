import json
import logging
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from detectors.text.entities.detector import Entities
from detectors.text.entities.redaction import WITHHELD
from schemas import headers
from schemas.records import DeadLetter, HumanLabel, Source
from schemas.topics import DLQ_TOPICS, HUMAN_LABELS
from streams import dlq
from streams.archive.archive import Rows
from streams.archive.intake import read, store
from streams.archive.private import (
    MAX_CHARS,
    MAX_HEADERS_BYTES,
    MAX_KEY_CHARS,
    redacted_letter,
    redacted_text,
)
from streams.archive.rows import blocks
from streams.pipeline import judge, load_pipeline
from streams.record import Headers, Record
from streams.settings import Settings
from tests import archives
from tests.streams.archive.samples import human_label

PHRASE = "legal winner thank year wave sausage worth useful legal winner thank yellow"
CARD = "4242 4242 4242 4242"
SELECTS = {
    "verdicts": "SELECT * FROM verdicts",
    "signals": "SELECT * FROM signals",
    "dead_letters": "SELECT * FROM dead_letters",
}


def letter(
    value: bytes | None, message: str = "", *, key: bytes | None = b"u-1", headers_: Headers = ()
) -> DeadLetter:
    return DeadLetter(
        dead_letter_id="d",
        source=Source(topic="chatroom.messages.v1", partition=0, offset=1),
        stage="decode",
        error="EventInvalid",
        message=message,
        key=key,
        value=value,
        headers=headers_,
        failed_at=datetime(2026, 11, 28, tzinfo=UTC),
    )


@pytest.mark.parametrize("is_ascii", [True, False])
@pytest.mark.parametrize("separator", [" ", "\n", "\t", " / ", '" "'])
def test_a_broken_event_is_archived_without_what_is_private(separator: str, is_ascii: bool) -> None:
    text = f"card {CARD}, words: {PHRASE.replace(' ', separator)}. bye"
    value = json.dumps({"text": text, "revision": 0}, ensure_ascii=is_ascii).encode()
    wanted = {"text": "card [card], words: [seed phrase]. bye", "revision": 0}
    kept = redacted_letter(letter(value, "at `$.revision`")).value
    assert json.loads(kept or b"") == wanted


def test_letters_that_json_escapes_are_read() -> None:
    phrase = "的 三 欧 三 考 于 据 保 量 损 破 战"  # of the bytes 0 to 15
    value = json.dumps({"text": f"助记词 {phrase}!"}).encode()
    assert json.loads(redacted_letter(letter(value)).value or b"") == {
        "text": "助记词 [seed phrase]!"
    }


def test_a_message_that_quotes_is_redacted() -> None:
    quoting = letter(None, f"Invalid enum value '{CARD}' - at `$.locale`")
    found = redacted_letter(quoting)
    assert (found.value, found.message) == (None, "Invalid enum value '[card]' - at `$.locale`")


@given(st.binary(max_size=200))
def test_other_bytes_are_kept(value: bytes) -> None:
    kept = redacted_letter(letter(value)).value or b""
    if b"[" not in kept:
        assert kept == value


@pytest.mark.parametrize("value", [b"\xff\xfe{", b"{", b"", b"\\", b'"\\u12', b"\\ud800 \\"])
def test_bytes_that_are_no_text_are_kept(value: bytes) -> None:
    assert redacted_letter(letter(value)).value == value


def test_of_a_long_value_the_beginning_is_kept_and_nothing_is_cut_in_two() -> None:
    for n_before in (MAX_CHARS - 70, MAX_CHARS - 1, MAX_CHARS, MAX_CHARS + 5):
        kept = redacted_text("x" * (n_before - 1) + " " + PHRASE + " and so on " * 5_000)
        assert len(kept) <= MAX_CHARS + len("[seed phrase]")
        assert "legal" not in kept
        assert kept.startswith("x" * (MAX_CHARS - 100))


def test_a_letter_without_what_is_private_is_archived_as_it_is() -> None:
    trace = (headers.TRACEPARENT, b"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")
    plain = letter(b'{"text": "gm"}', "at `$`", headers_=(trace, ("x", None), ("x", b"\xff")))
    assert redacted_letter(plain) == plain


def test_keys_and_headers_are_redacted_and_the_row_says_where() -> None:
    found = redacted_letter(
        letter(
            f"card {CARD}".encode(),
            f"no {CARD}",
            key=b"jane.doe@mail.example",
            headers_=(("reply-to", b"mail jane.doe%40mail.example"), ("x", None)),
        )
    )
    assert (found.key, found.value, found.message) == (b"[email]", b"card [card]", "no [card]")
    assert found.headers == (
        ("reply-to", b"mail [email]"),
        ("x", None),
        (headers.REDACTED, b"key,value,headers,message"),
    )


@pytest.mark.parametrize("name", ["key", "value", "headers", "message"])
def test_only_where_placeholders_stand_is_named(name: str) -> None:
    card = CARD.encode()
    found = redacted_letter(
        letter(
            card if name == "value" else b"v",
            CARD if name == "message" else "m",
            key=card if name == "key" else b"k",
            headers_=(("x", card if name == "headers" else b"h"),),
        )
    )
    assert dict(found.headers)[headers.REDACTED] == name.encode()


def test_what_is_cut_is_told_without_a_hash_that_would_tell_more() -> None:
    value, key = b"x" * (MAX_CHARS + 1), b"k" * (MAX_KEY_CHARS + 1)
    found = redacted_letter(letter(value, key=key, headers_=(("x", b"1"),)))
    assert (found.value, found.key) == (value[:-1], key[:-1])
    assert found.headers == (
        ("x", b"1"),
        (headers.TRUNCATED_BYTES, str(len(value)).encode()),
        (headers.TRUNCATED_KEY_BYTES, str(len(key)).encode()),
    )


def test_what_the_letter_says_of_its_original_stands() -> None:
    told = (
        (headers.TRUNCATED_BYTES, b"10485760"),
        (headers.VALUE_SHA256, b"4242424242424242" * 4),
        (headers.TRUNCATED_KEY_BYTES, b"70000"),
    )
    found = redacted_letter(letter(b"x" * 100_000, key=b"k" * 65_536, headers_=told))
    assert found.headers == told


def test_headers_that_are_too_large_are_left_out_and_counted() -> None:
    large = tuple((f"h{number}", b"x" * 1_000) for number in range(MAX_HEADERS_BYTES // 1_000 + 1))
    found = redacted_letter(letter(b"v", headers_=large))
    assert found.headers == ((headers.DROPPED_HEADERS, str(len(large)).encode()),)


def test_nobody_else_says_that_a_letter_is_redacted() -> None:
    assert redacted_letter(letter(b"v", headers_=((headers.REDACTED, b"key"),))).headers == ()


def test_what_cannot_be_looked_through_is_withheld(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*_: object) -> None:
        message = "a defect"
        raise RuntimeError(message)

    monkeypatch.setattr(Entities, "predict", broken)
    with caplog.at_level(logging.ERROR):
        assert redacted_text(CARD) == WITHHELD
        found = redacted_letter(letter(CARD.encode()))
    assert (found.value, found.key) == (WITHHELD.encode(), WITHHELD.encode())
    assert found.headers == ((headers.REDACTED, b"key,value"),)
    assert CARD not in caplog.text


def test_rows_hold_placeholders() -> None:
    event = Record(
        source=Source(topic="chatroom.messages.v1", partition=0, offset=1),
        key=None,
        value=f'{{"text": "{PHRASE}", "revision": 0}}'.encode(),
    )
    buried = dlq.bury(event, stage="decode", error=ValueError(CARD), now=datetime.now(UTC))
    source = Source(topic=DLQ_TOPICS[0].name, partition=0, offset=0)
    found = read(Record(source=source, key=None, value=buried.value, headers=buried.headers))
    assert isinstance(found.payload, DeadLetter)
    assert headers.ERROR_MESSAGE in dict(found.record.headers)
    label = read(
        Record(
            source=Source(topic=HUMAN_LABELS.name, partition=0, offset=0),
            key=None,
            value=msgspec.json.encode(human_label(note=f"posted {CARD}")),
        )
    )
    assert isinstance(label.payload, HumanLabel)
    rows = repr(blocks(Rows(dead_letters=(found.payload,), labels=(label.payload,))))
    assert "winner" not in rows
    assert "4242" not in rows
    assert "[seed phrase]" in rows
    assert "posted [card]" in rows


def test_the_archive_s_tables_hold_placeholders(tmp_path: Path) -> None:
    """From an event with a seed phrase and a card to what an analyst can select."""
    text = (
        f"I am from Pelican support: {PHRASE} {CARD} https://pelican-login.test/?c=4242424242424242"
    )
    event = {
        "message_id": "m",
        "room_id": "r",
        "actor_id": "a",
        "created_at": "2026-11-28T10:00:00Z",
    }
    place = Source(topic="chatroom.messages.v1", partition=0, offset=1)
    values = [json.dumps(event | {"text": text} | more).encode() for more in ({}, {"revision": 0})]
    judging = load_pipeline(Settings(detectors="text.links,text.entities"))
    answers = judge([Record(source=place, key=None, value=value) for value in values], judging)
    assert [answer.kind for answer in answers] == ["verdict", "dead_letter"]
    entries = [
        read(
            Record(
                source=Source(topic=one.topic, partition=0, offset=n),
                key=one.key,
                value=one.value,
                headers=one.headers,
            )
        )
        for n, one in enumerate(answer.outgoing for answer in answers)
    ]
    archive = archives.migrated(tmp_path)
    try:
        assert store(archive, entries) == ()
        reader = archive.reader()
        found = {
            table: bytes(reader.query(select, form="JSONEachRow").body)
            for table, select in SELECTS.items()
        }
    finally:
        archive.close()
    for table in SELECTS:
        assert found[table], table
        for secret in ("winner", "4242 4242", "4242424242424242"):
            assert secret.encode() not in found[table], table
    assert b"[seed phrase] [card]" in found["dead_letters"]
    assert b"seed_phrase" in found["signals"]
