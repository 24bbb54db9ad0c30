from collections.abc import Sequence
from functools import partial
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs
from prometheus_client import REGISTRY

from detectors import image
from detectors.canary import CANARY_TEXT, Canary
from detectors.null import Null
from detectors.registry import UnknownDetector
from schemas import headers as names
from schemas.content import TextPart
from schemas.labels import LABELS
from schemas.records import Filtered
from schemas.signals import Signal, Span
from schemas.topics import BY_NAME, FILTERED, MEBIBYTE, PRODUCT_TOPICS, VERDICTS, Topic
from schemas.verdicts import Verdict
from streams import pipeline as pipeline_module
from streams.archive.archive import ArchivedVerdict, Rows
from streams.archive.rows import blocks
from streams.capacity import MAX_SIGNALS, MAX_VERDICT_BYTES, fitted
from streams.demo.traffic import generate
from streams.pipeline import (
    Answer,
    Pipeline,
    check,
    judge,
    load_detectors,
    load_pipeline,
    load_policy,
)
from streams.policy import SHIPPED, PolicyInvalid
from streams.record import Record, header
from streams.settings import Settings, SettingsInvalid
from streams.trace import trace_id

from .samples import (
    AI,
    CHATROOM,
    MAX_EVENT_BYTES,
    NOW,
    SQUARE,
    Scripted,
    card,
    crowded_event,
    event,
    example_values,
    pipeline,
    record,
)

CLASSIFIERS = Path(image.__file__).parent / "classifier" / "examples"
TRACEPARENT = b"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


def answer_to(value: bytes | None, topic: Topic = CHATROOM, *, scripted: bool = False) -> Answer:
    (answer,) = judge([record(value, topic)], pipeline(Scripted()) if scripted else pipeline())
    return answer


def verdict_in(answer: Answer) -> Verdict:
    assert answer.kind == "verdict"
    return msgspec.json.decode(answer.outgoing.value or b"", type=Verdict)


def test_canary_trips_on_every_surface() -> None:
    fields = {"text": CANARY_TEXT, "description": CANARY_TEXT, "prompt": CANARY_TEXT}
    for topic in PRODUCT_TOPICS:
        verdict = verdict_in(answer_to(event(topic, **fields), topic))
        assert verdict.surface == topic.surface
        assert verdict.action == "limit"
        assert [reason.label for reason in verdict.reasons] == ["spam"]


def test_settings_decide_how_detectors_run() -> None:
    names = "text.canary,text.risk"
    for early_exit, risk in ((True, "text.risk@4"), (False, "text.risk@4+thorough")):
        loaded = load_detectors(names, Settings(early_exit=early_exit))
        assert [one.card.id for one in loaded] == ["text.canary@1", risk]


@pytest.mark.parametrize("names", ["text.canary,text.canary", "text.risk, token.facts ,text.risk"])
def test_a_detector_named_twice_is_refused(names: str) -> None:
    for read in (load_pipeline, check):
        with pytest.raises(SettingsInvalid, match=r"TIDEGATE_DETECTORS names text\.\w+ twice"):
            read(Settings(detectors=names))


@pytest.mark.parametrize("field", ["links", "brands", "addresses", "names", "tokens"])
def test_a_list_that_cannot_be_used_is_said_with_its_variable(tmp_path: Path, field: str) -> None:
    path = tmp_path / "bad.list"
    path.write_bytes(b"\xff1234567")
    settings = structs.replace(Settings(detectors="text.links,text.entities"), **{field: path})
    for read in (load_pipeline, check):
        with pytest.raises(SettingsInvalid) as raised:
            read(settings)
        assert str(raised.value).startswith(f"TIDEGATE_{field.upper()}: {path}: ")
        assert str(raised.value).count(path.name) == 1


def test_checking_reads_the_policy_and_the_names_of_detectors(tmp_path: Path) -> None:
    check(Settings())
    with pytest.raises(PolicyInvalid, match="No such file"):
        check(Settings(policy=tmp_path / "absent.toml"))
    with pytest.raises(UnknownDetector, match=r"text\.nothing is not a detector"):
        check(Settings(detectors="text.nothing"))
    with pytest.raises(UnknownDetector, match="reads no text"):
        check(Settings(detectors="token.facts"))


def test_a_policy_may_name_the_operator_s_classifiers(tmp_path: Path) -> None:
    own = tmp_path / "policy.toml"
    own.write_text(
        (SHIPPED / "common.toml").read_text(encoding="utf-8")
        + '[[rules]]\nid = "own"\nlabel = "violence"\nthreshold = 0.6\naction = "hold"\n'
        + 'reason = "violence"\ndetectors = ["image.clipart_weapon"]\n',
        encoding="utf-8",
    )
    settings = Settings(detectors="text.canary", policy=own)
    for read in (check, load_policy, load_pipeline):
        with pytest.raises(
            PolicyInvalid, match=r"rule own: names no detector: image\.clipart_weap"
        ):
            read(settings)
        read(structs.replace(settings, classifiers=CLASSIFIERS))
        with pytest.raises(SettingsInvalid, match=r"^TIDEGATE_CLASSIFIERS: .*No such file"):
            read(structs.replace(settings, classifiers=tmp_path / "none"))


def test_lookups_in_the_cache_are_counted() -> None:
    (risk,) = load_detectors("text.risk", Settings(text_cache=10))
    part = TextPart(name="text", text="gm everyone, what a lovely morning")
    before = lookups(risk.card.id)
    risk.predict([part])
    risk.predict([part])
    hits, misses = lookups(risk.card.id)
    assert (hits - before[0], misses - before[1]) == (1, 1)
    (risk,) = load_detectors("text.risk", Settings(text_cache=0))
    risk.predict([part])
    assert lookups(risk.card.id) == (hits, misses)


def lookups(detector: str) -> tuple[float, float]:
    name = "tidegate_cache_lookups_total"
    hits, misses = (
        REGISTRY.get_sample_value(name, {"detector": detector, "outcome": outcome}) or 0.0
        for outcome in ("hit", "miss")
    )
    return hits, misses


def test_verdict_is_published_as_the_registry_says() -> None:
    answer = answer_to(event())
    outgoing = answer.outgoing
    assert (outgoing.topic, outgoing.key) == (VERDICTS.name, b"m-1")
    assert answer.verdict == verdict_in(answer)
    headers = dict(outgoing.headers)
    assert headers["schema"] == b"Verdict"
    assert headers["version"] == b"1"
    assert headers["ce_specversion"] == b"1.0"
    assert headers["ce_id"] == verdict_in(answer).verdict_id.hex.encode()
    assert headers["ce_time"] == NOW.isoformat().encode()
    assert headers["tidegate_source"] == b"chatroom.messages.v1/3/7"
    assert {name for name, _ in outgoing.headers} >= {"ce_source", "ce_type", "traceparent"}
    assert (answer.error, answer.stage) == (None, "")


def test_examples_get_final_verdicts() -> None:
    for topic, path in example_values():
        verdict = verdict_in(answer_to(path.read_bytes(), topic))
        assert verdict.status == "final"
        assert verdict.detectors == (Canary.card.id,)


def test_media_nobody_judged_are_missing_and_not_allowed() -> None:
    verdict = verdict_in(answer_to(event(text="gm", attachments=[{"uri": "u"}])))
    assert verdict.missing == ("image.*",)
    assert verdict.action == "limit"


def test_detector_that_fails_is_missing_and_not_allowed() -> None:
    verdict = verdict_in(answer_to(event(text="explode"), scripted=True))
    assert verdict.missing == ("text.scripted@1",)
    assert (verdict.action, verdict.queue) == ("hold", "unjudged")


@pytest.mark.parametrize(
    ("value", "error"),
    [
        (b"", "EventInvalid"),
        (b"\xff", "EventInvalid"),
        (event(revision=0), "EventInvalid"),
        (b" " * (MAX_EVENT_BYTES + 1), "EventTooLarge"),
    ],
)
def test_bad_record_becomes_a_dead_letter(value: bytes, error: str) -> None:
    answer = answer_to(value)
    assert (answer.kind, answer.stage, answer.verdict) == ("dead_letter", "decode", None)
    assert answer.outgoing.topic == "chatroom.messages.v1.dlq"
    assert answer.outgoing.value == value
    assert header(answer.outgoing.headers, names.ERROR_CLASS) == error.encode()
    assert header(answer.outgoing.headers, names.ERROR_STAGE) == b"decode"


def test_value_of_ten_megabytes_becomes_a_dead_letter_that_fits() -> None:
    """The broker's limit is on the compressed batch, so such values do arrive."""
    answer = answer_to(bytes(10 << 20))
    assert answer.kind == "dead_letter"
    assert len(answer.outgoing.value or b"") <= MEBIBYTE + MEBIBYTE // 4
    assert header(answer.outgoing.headers, names.TRUNCATED_BYTES) == b"10485760"


def test_headers_that_disagree_make_a_dead_letter() -> None:
    bad = record(event(), headers=(("version", b"2"),))
    (answer,) = judge([bad], pipeline())
    assert type(answer.error).__name__ == "SchemaMismatch"


@pytest.mark.parametrize("stage", ["normalise", "decide"])
def test_defect_of_ours_makes_a_dead_letter_and_spares_the_neighbours(
    monkeypatch: pytest.MonkeyPatch, stage: str
) -> None:
    whole = getattr(pipeline_module, stage)

    def broken(given_: object, *rest: object) -> object:
        name = getattr(given_, "message_id", getattr(given_, "item_id", None))
        if name == "bad":
            message = "a defect"
            raise KeyError(message)
        return whole(given_, *rest)

    monkeypatch.setattr(pipeline_module, stage, broken)
    values = [event(message_id="good"), event(message_id="bad"), event(message_id="also good")]
    answers = judge([record(value) for value in values], pipeline())
    assert [answer.kind for answer in answers] == ["verdict", "dead_letter", "verdict"]
    assert answers[1].stage == stage
    assert header(answers[1].outgoing.headers, names.ERROR_STAGE) == stage.encode()


def test_tombstone_is_filtered() -> None:
    answer = answer_to(None)
    assert (answer.kind, answer.outgoing.topic) == ("filtered", FILTERED.name)
    line = msgspec.json.decode(answer.outgoing.value or b"", type=Filtered)
    assert (line.cause, line.filtered_at) == ("tombstone", NOW)
    assert line.source == answer.record.source
    assert answer.outgoing.key == b"chatroom.messages.v1/3/7"
    assert header(answer.outgoing.headers, names.SOURCE) == answer.outgoing.key
    assert header(answer.outgoing.headers, names.SCHEMA) == b"Filtered"


def test_no_records() -> None:
    assert judge([], pipeline()) == []


def test_trace_is_carried() -> None:
    traced = record(event(), headers=(("traceparent", TRACEPARENT),))
    (answer,) = judge([traced], pipeline())
    verdict = verdict_in(answer)
    assert verdict.trace_id == "0af7651916cd43dd8448eb211c80319c"
    carried = header(answer.outgoing.headers, names.TRACEPARENT) or b""
    assert carried.startswith(b"00-0af7651916cd43dd8448eb211c80319c-")
    assert b"b7ad6b7169203331" not in carried


@pytest.mark.parametrize(
    "broken",
    [
        None,
        b"",
        b"\xff\xfe",
        b"00-" + b"0" * 32 + b"-b7ad6b7169203331-01",
        TRACEPARENT.upper(),
        TRACEPARENT[:-1],
        TRACEPARENT + b"\n",
        b"ff" + TRACEPARENT[2:],
    ],
)
def test_trace_of_an_event_without_a_valid_one_follows_from_its_place(
    broken: bytes | None,
) -> None:
    one = record(event(), headers=(("traceparent", broken),))
    again = record(event(text="redelivered"))
    assert trace_id(one) == trace_id(again)
    assert len(trace_id(one)) == 32
    assert trace_id(record(event(), offset=8)) != trace_id(one)


def test_redelivery_gives_the_same_answer() -> None:
    records = [record(event(text="spam")), record(b"{"), record(None)]
    first, again = judge(records, pipeline()), judge(records, pipeline())
    for one, other in zip(first, again, strict=True):
        assert one.kind == other.kind
        assert one.outgoing.key == other.outgoing.key
        assert one.outgoing.headers == other.outgoing.headers


values = st.one_of(
    st.none(),
    st.binary(max_size=60),
    st.sampled_from([path.read_bytes() for _, path in example_values()]),
    st.builds(
        lambda text, name: event(text=text, message_id=name),
        st.sampled_from(["gm", "spam", "explode", "unreadable", "nan", CANARY_TEXT]),
        st.text(min_size=1, max_size=3),
    ),
)
headers_ = st.lists(
    st.tuples(
        st.sampled_from(["schema", "version", "traceparent", "tidegate_source", "x"]),
        st.none()
        | st.sampled_from([b"1", b"ChatroomMessage", TRACEPARENT])
        | st.binary(max_size=9),
    ),
    max_size=3,
).map(tuple)
records_ = st.builds(
    lambda value, topic, headers, offset: record(value, topic, headers=headers, offset=offset),
    values,
    st.sampled_from(PRODUCT_TOPICS),
    headers_,
    st.integers(0, 2**40),
)


def comparable(answer: Answer) -> tuple[object, ...]:
    """An answer without the times it took."""
    verdict = answer.verdict and msgspec.structs.replace(answer.verdict, stages=())
    value = answer.outgoing.value if verdict is None else None
    outgoing = answer.outgoing
    return answer.record, answer.kind, verdict, value, outgoing.key, outgoing.headers, answer.stage


@given(st.lists(records_, max_size=8))
def test_one_answer_a_record_in_order_and_batch_is_one_by_one(records: list[Record]) -> None:
    judging = pipeline(Scripted(), Canary())
    together = judge(records, judging)
    assert [answer.record for answer in together] == records
    alone = [judge([one], judging)[0] for one in records]
    assert [comparable(one) for one in together] == [comparable(one) for one in alone]
    for answer in together:
        topic = answer.record.source.topic
        expected = {
            "verdict": VERDICTS.name,
            "dead_letter": f"{topic}.dlq",
            "filtered": FILTERED.name,
        }
        assert answer.outgoing.topic == expected[answer.kind]
        assert (answer.record.value is None) == (answer.kind == "filtered")


class Talkative:
    """Answers as `text.risk` may at most: fifteen labels on every part, with span and evidence."""

    card = card("text.talkative@1")

    def predict(self, parts: Sequence[TextPart], /) -> list[tuple[Signal, ...]]:
        return [
            tuple(
                Signal(
                    label=label,
                    score=0.987654321012345,
                    detector=self.card.id,
                    part=part.name,
                    span=Span(0, len(part.text)),
                    evidence={"matched": "x" * 200},
                )
                for label in LABELS[:15]
            )
            for part in parts
        ]


@pytest.mark.parametrize(
    ("topic", "fields"),
    [
        (CHATROOM, {"message_id": "\U0001f30a" * 200, "text": "x" * 100_000}),
        (SQUARE, {"title": "x" * 1_000, "text": "x" * 100_000, "links": ["x" * 2_000] * 64}),
        (
            AI,
            {
                "generation_id": "\U0001f30a" * 200,
                "prompt": "x" * 100_000,
                "retrieved": ["x" * 1_000] * 32,
                "response": "x" * 100_000,
                "chunk": {"sequence": 2**63 - 1},
                "media": [{"uri": "u", "modality": m} for m in ("image", "video", "audio")],
            },
        ),
    ],
    ids=["chatroom", "square", "ai"],
)
def test_verdict_on_the_largest_event_fits_its_topic(
    topic: Topic, fields: dict[str, object]
) -> None:
    value = event(topic, actor_id="\U0001f30a" * 200, **fields)
    judging = pipeline(Talkative(), Canary(), Null(), max_event_bytes=1 << 20)
    (answer,) = judge([record(value, topic)], judging)
    verdict = verdict_in(answer)
    assert len(verdict.signals) >= 15
    outgoing = answer.outgoing
    n_bytes = len(outgoing.value or b"") + len(outgoing.key or b"")
    n_bytes += sum(len(name) + len(text or b"") for name, text in outgoing.headers)
    assert n_bytes < VERDICTS.max_message_bytes // 2


def test_an_event_made_of_findings_gets_a_verdict_that_fits(reading: Pipeline) -> None:
    value = crowded_event()
    assert len(value) <= MAX_EVENT_BYTES
    (answer,) = judge([record(value, AI)], reading)
    verdict = verdict_in(answer)
    assert verdict == answer.verdict
    assert len(answer.outgoing.value or b"") <= MAX_VERDICT_BYTES
    assert len(verdict.signals) == MAX_SIGNALS
    assert {name.partition("@")[0] for name in verdict.missing} == {"text.links", "text.entities"}
    assert {"phishing", "impersonation", "privacy"} <= {one.label for one in verdict.signals}
    assert "missing" in {reason.code for reason in verdict.reasons}
    assert verdict.action in {"hold", "remove"}


def test_a_verdict_that_cannot_fit_becomes_a_dead_letter(
    reading: Pipeline, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pipeline_module, "fitted", partial(fitted, max_bytes=100))
    (answer,) = judge([record(event(text="gm"))], reading)
    assert (answer.kind, answer.stage) == ("dead_letter", "decide")
    assert header(answer.outgoing.headers, names.ERROR_CLASS) == b"VerdictTooLarge"


def test_ids_with_control_characters_and_every_script_are_kept() -> None:
    name = "\x00\x1f\u2028 مرحبا 語"
    assert verdict_in(answer_to(event(message_id=name))).item_id == name


PHRASE = "legal winner thank year wave sausage worth useful legal winner thank yellow"
CARD = "4242 4242 4242 4242"
LEAKS = {
    "words": PHRASE,
    "commas": PHRASE.replace(" ", ", "),
    "cashtags": " ".join(f"${word}" for word in PHRASE.split()),
    "card": f"my card {CARD}",
    "card in a link": "https://pelican-wallet-login.test/?card=4242424242424242",
    "card in a name": f"Tether USD {CARD}",
    "mail in a link": "https://pelican-wallet-login.test/jane.doe@mail.example",
    "escaped": "http://pelican-wallet-login.test/jane.doe%40mail.example/?c=4242%204242%204242%204242",
    "escaped twice": "http://pelican-wallet-login.test/j%2561ne.doe%2540mail.example",
    "user of a link": "https://me:4242424242424242@pelican-wallet-login.test/",
    "key": "private key 4f3edf983ac636a65a842ce7c78d9aa706d3b113bce9c46f30d7d21715b23b1d",
}
SECRETS = (
    PHRASE,
    CARD,
    "4242424242424242",
    "jane.doe",
    "ne.doe",
    "4242%20",
    "4f3edf983ac6",
    "winner",
    "WINNER",
)


@pytest.fixture(scope="module")
def reading() -> Pipeline:
    """The pipeline that ships, without the text model, which gives no evidence."""
    return load_pipeline(Settings(detectors="text.canary,text.links,text.entities,token.facts"))


@pytest.mark.parametrize("leak", LEAKS)
@pytest.mark.parametrize("topic", PRODUCT_TOPICS, ids=lambda topic: topic.surface)
def test_what_is_private_stands_in_no_verdict_and_no_row(
    reading: Pipeline, topic: Topic, leak: str
) -> None:
    text = f"I am from Pelican support, dm me: {LEAKS[leak]}"
    fields: dict[str, object] = dict.fromkeys(("text", "description", "prompt", "response"), text)
    if leak != "commas":
        fields |= {"title": text, "token_name": LEAKS[leak], "symbol": "USDT"}
    (answer,) = judge([record(event(topic, **fields), topic)], reading)
    verdict = verdict_in(answer)
    assert "privacy" in {signal.label for signal in verdict.signals}
    assert all(signal.span is not None for signal in verdict.signals)
    published = (answer.outgoing.value or b"").decode()
    rows = blocks(Rows(verdicts=(ArchivedVerdict(verdict=verdict),)))
    archived = repr([block.rows for block in rows])
    for secret in SECRETS:
        assert secret not in published
        assert secret not in archived


def test_evidence_is_withheld_where_nobody_looked_for_what_is_private() -> None:
    judging = load_pipeline(Settings(detectors="text.links"))
    (answer,) = judge([record(event(text=LEAKS["card in a link"]))], judging)
    signal = verdict_in(answer).signals[0]
    assert signal.evidence is not None
    assert set(signal.evidence.values()) == {"[withheld]"}


def test_the_default_detectors_judge_texts_and_token_facts() -> None:
    assert [name.partition("@")[0] for name in load_pipeline(Settings()).detector_ids] == [
        "text.canary", "text.risk", "text.links", "text.entities", "text.generation", "token.facts",
    ]  # fmt: skip


def test_harmless_traffic_of_the_demo_is_left_alone_by_rules_and_lists(reading: Pipeline) -> None:
    samples = [one for one in generate(1_500, seed=8, now=NOW) if one.is_harmless]
    records = [
        structs.replace(
            record(one.record.value, BY_NAME[one.record.topic], offset=n),
            timestamp_ms=int(NOW.timestamp() * 1_000) + n * 20,  # 50 a second
        )
        for n, one in enumerate(samples)
    ]
    fired = [reason for one in judge(records, reading) for reason in verdict_in(one).reasons]
    assert len(records) > 1_000
    assert {reason.code for reason in fired} <= {"missing"}
