import re
from collections import Counter
from datetime import UTC, datetime, timedelta
from itertools import islice

import msgspec
import pytest

from schemas import headers as names
from schemas.events import AiGeneration, ChatroomMessage, MemerushLaunch, SquarePost
from schemas.records import Source
from schemas.topics import BY_NAME, PRODUCT_TOPICS
from streams.decode import EventInvalid, EventTooLarge, SchemaMismatch, decode
from streams.demo.broken import FAULTS
from streams.demo.crowds import load_crowds
from streams.demo.texts import HARMLESS, KINDS
from streams.demo.traffic import Sample, generate
from streams.normalise import normalise
from streams.record import Record, header

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
LANGUAGES = frozenset(["en", "zh", "ru", "es", "pt", "tr", "ar", "hi", "vi", "id", "fr", "ko"])
MAX_BYTES = 256 * 1024
SAMPLES = list(generate(6_000, seed=7, now=NOW))
SOUND = [sample for sample in SAMPLES if not sample.truth.startswith("broken:")]
BROKEN = [sample for sample in SAMPLES if sample.truth.startswith("broken:")]


def record_of(sample: Sample) -> Record:
    outgoing = sample.record
    return Record(
        source=Source(topic=outgoing.topic, partition=0, offset=0),
        key=outgoing.key,
        value=outgoing.value,
        headers=outgoing.headers,
    )


def event_of(sample: Sample) -> object:
    topic = BY_NAME[sample.record.topic]
    return msgspec.json.decode(sample.record.value or b"", type=topic.payload)


def test_same_seed_gives_same_bytes() -> None:
    assert list(generate(6_000, seed=7, now=NOW)) == SAMPLES


def test_more_of_the_same_seed_begins_alike() -> None:
    assert list(islice(generate(9_000, seed=7, now=NOW), 500)) == SAMPLES[:500]


def test_other_seed_gives_other_traffic() -> None:
    other = list(generate(500, seed=8, now=NOW))
    assert [s.record.value for s in other] != [s.record.value for s in SAMPLES[:500]]
    assert not {s.item_id for s in other} & {s.item_id for s in SOUND}


@pytest.mark.parametrize("n", [0, 1, 17])
def test_gives_as_many_as_asked(n: int) -> None:
    assert len(list(generate(n, seed=1, now=NOW))) == n


def test_every_sound_record_decodes_to_its_item() -> None:
    for sample in SOUND:
        topic = BY_NAME[sample.record.topic]
        event = decode(record_of(sample), topic, max_bytes=MAX_BYTES)
        item = normalise(event)
        assert item.item_id == sample.item_id
        assert item.surface == sample.surface == topic.surface
        assert sample.record.key == item.actor_id.encode()
        assert NOW - timedelta(seconds=2) <= item.created_at <= NOW
        assert sample.excerpt


def test_at_least_ten_languages() -> None:
    found = Counter(sample.lang for sample in SAMPLES)
    assert found.keys() >= LANGUAGES
    assert min(found.values()) >= 50


def test_proportions_are_realistic() -> None:
    surfaces = Counter(sample.surface for sample in SAMPLES)
    assert surfaces["chatroom"] > len(SAMPLES) / 2
    assert surfaces["chatroom"] > surfaces["square"] > surfaces["ai"] > surfaces["memerush"] > 0
    harmless = sum(sample.is_harmless for sample in SOUND) / len(SOUND)
    assert 0.7 < harmless < 0.85
    assert 0.005 < len(BROKEN) / len(SAMPLES) < 0.02


def test_every_kind_and_form_occurs() -> None:
    assert {sample.truth for sample in SOUND} == set(KINDS)
    assert {sample.form for sample in SOUND} == {
        "plain",
        "reply",
        "edit",
        "repost",
        "media",
        "chunk",
        "wave",
        "viral",
    }
    assert {sample.surface for sample in SOUND} == {topic.surface for topic in PRODUCT_TOPICS}


def test_edits_raise_the_revision_of_something_said_before() -> None:
    known: dict[str, int] = {}
    n_edits = 0
    n_turned = 0
    kinds: dict[str, str] = {}
    for sample in SOUND:
        event = event_of(sample)
        assert isinstance(event, ChatroomMessage | SquarePost | MemerushLaunch | AiGeneration)
        assert sample.item_id is not None
        if sample.form == "edit":
            n_edits += 1
            assert event.revision == known.get(sample.item_id, 1) + 1
            n_turned += kinds.get(sample.item_id) in HARMLESS and not sample.is_harmless
        else:
            assert event.revision == 1
            assert sample.item_id not in known
        known[sample.item_id] = event.revision
        kinds[sample.item_id] = sample.truth
    assert n_edits > 20
    assert n_turned > 3


def test_members_of_a_crowd_are_actors_of_their_own() -> None:
    for crowd in load_crowds():
        own = [sample for sample in SAMPLES if sample.form == crowd.form]
        assert len(own) >= crowd.n_members - 3  # a few records are broken
        assert len({sample.record.key for sample in own}) == len(own)
        assert {sample.surface for sample in own} == set(crowd.surfaces)
        assert {sample.lang for sample in own} == set(crowd.texts)
        assert all(
            sample.is_harmless == (crowd.form == "viral") for sample in own if sample.item_id
        )


def test_nobody_is_in_a_crowd_before_it_begins() -> None:
    first = min(crowd.first for crowd in load_crowds())
    assert not {sample.form for sample in SAMPLES[:first]} & {"wave", "viral"}
    assert SAMPLES[first].form == "wave"


def test_replies_and_reposts_answer_something_said() -> None:
    said = {sample.item_id for sample in SOUND}
    for sample in SOUND:
        event = event_of(sample)
        if sample.form == "reply":
            assert isinstance(event, ChatroomMessage)
            assert event.reply_to is not None
            assert event.reply_to.startswith("m-")
        if sample.form == "repost":
            assert isinstance(event, SquarePost)
            assert event.repost_of is not None
    targets = {getattr(event_of(s), "reply_to", None) for s in SOUND} - {None}
    assert len(targets & said) / len(targets) > 0.9


def test_chunks_follow_one_another_and_end() -> None:
    streams: dict[str, list[AiGeneration]] = {}
    for sample in SAMPLES:
        if sample.form == "chunk" and sample in SOUND:
            event = event_of(sample)
            assert isinstance(event, AiGeneration)
            streams.setdefault(event.generation_id, []).append(event)
    whole = [c for c in streams.values() if c[-1].chunk is not None and c[-1].chunk.is_last]
    assert len(whole) > 20
    for chunks in whole:
        sequences = [chunk.chunk.sequence for chunk in chunks if chunk.chunk]
        assert sequences == sorted(sequences)
        assert all(not chunk.prompt for chunk in chunks if chunk.chunk and chunk.chunk.sequence)


def test_facts_suit_the_words() -> None:
    for sample in SOUND:
        event = event_of(sample)
        if isinstance(event, MemerushLaunch):
            assert event.facts.has_mint_authority is not sample.is_harmless


def test_indirect_attacks_stand_in_the_retrieved_context() -> None:
    found = [event_of(sample) for sample in SOUND if sample.truth == "injected_context"]
    assert found
    assert all(isinstance(e, AiGeneration) and len(e.retrieved) == 2 for e in found)


def test_headers() -> None:
    traces = set()
    for sample in SOUND:
        headers = sample.record.headers
        topic = BY_NAME[sample.record.topic]
        assert header(headers, names.SCHEMA) == topic.schema.encode()
        assert header(headers, names.VERSION) == b"1"
        assert header(headers, names.CE_SPECVERSION) == b"1.0"
        for name in (names.CE_ID, names.CE_SOURCE, names.CE_TYPE):
            assert header(headers, name)
        assert datetime.fromisoformat((header(headers, names.CE_TIME) or b"").decode()).tzinfo
        trace = (header(headers, names.TRACEPARENT) or b"").decode()
        assert re.fullmatch("00-[0-9a-f]{32}-[0-9a-f]{16}-01", trace)
        traces.add(trace)
    assert len(traces) == len(SOUND)
    assert len({header(s.record.headers, names.CE_ID) for s in SAMPLES}) == len(SAMPLES)


def test_truth_is_not_in_the_record() -> None:
    for sample in SOUND:
        event = msgspec.json.decode(sample.record.value or b"", type=dict[str, object])
        assert not event.keys() & {"truth", "kind", "form", "is_harmless"}


def test_every_fault_occurs_in_its_turn() -> None:
    found = [sample.truth.removeprefix("broken:") for sample in BROKEN]
    assert found == [FAULTS[i % len(FAULTS)] for i in range(len(found))]
    assert len(found) > 2 * len(FAULTS)
    assert all(sample.item_id is None for sample in BROKEN)


REFUSALS = {
    "json": EventInvalid,
    "version": SchemaMismatch,
    "missing": EventInvalid,
    "binary": EventInvalid,
    "large": EventTooLarge,
    "nesting": EventInvalid,
    "type": EventInvalid,
}


@pytest.mark.parametrize("fault", FAULTS)
def test_fault_is_refused_by_name(fault: str) -> None:
    found = [sample for sample in BROKEN if sample.truth == f"broken:{fault}"]
    assert found
    for sample in found:
        if fault == "tombstone":
            assert sample.record.value is None
            continue
        topic = BY_NAME[sample.record.topic]
        assert len(sample.record.value or b"") < topic.max_message_bytes
        with pytest.raises(REFUSALS[fault]):
            decode(record_of(sample), topic, max_bytes=MAX_BYTES)


def test_too_large_is_its_only_fault() -> None:
    for sample in BROKEN:
        if sample.truth == "broken:large":
            assert len(sample.record.value or b"") > MAX_BYTES
            assert event_of(sample)
