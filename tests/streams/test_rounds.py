"""Texts split over chatroom items, through the whole pipeline."""

import json
from collections.abc import Sequence

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs
from prometheus_client import REGISTRY

from schemas.content import TextPart
from schemas.signals import Signal
from schemas.verdicts import Verdict
from streams import policy
from streams.joining import ITEMS, PART
from streams.pipeline import Pipeline, judge, load_pipeline
from streams.recent import Recent
from streams.record import Record
from streams.rounds import MAX_ROUNDS
from streams.settings import Settings

from .samples import (
    CHATROOM,
    NOW,
    SQUARE,
    Scripted,
    card,
    event,
    fire,
    pipeline,
    policy_of,
    record,
    rule,
)

SCAM = ("send me", "your seed", "phrase")
CHAT = ("gm", "gm all", "nice one", "lol", "see you", "at the", "call later")
NUMBERS = ("4242 4242", "4242 4242")


def message(text: str, number: int, **fields: object) -> Record:
    when = f"2026-11-22T11:{number // 60:02}:{number % 60:02}Z"
    given: dict[str, object] = {"message_id": f"m-{number}", "text": text, "created_at": when}
    return record(event(CHATROOM, **(given | fields)), offset=number)


def chat(*texts: str, **fields: object) -> list[Record]:
    return [message(text, number, **fields) for number, text in enumerate(texts)]


def verdicts(records: Sequence[Record], judging: Pipeline) -> list[Verdict]:
    answers = [answer.outgoing.value or b"" for answer in judge(records, judging)]
    return [msgspec.json.decode(value, type=Verdict) for value in answers]


def actions(records: Sequence[Record], judging: Pipeline) -> list[str]:
    return [verdict.action for verdict in verdicts(records, judging)]


def comparable(found: Sequence[Verdict]) -> list[Verdict]:
    """Verdicts without their times."""
    return [structs.replace(verdict, stages=(), decided_at=NOW) for verdict in found]


@pytest.fixture(scope="module")
def loaded() -> Pipeline:
    """The pipeline that ships."""
    return load_pipeline(Settings())


@pytest.fixture
def judging(loaded: Pipeline) -> Pipeline:
    """The pipeline that ships, having read nothing yet."""
    return structs.replace(loaded, recent=Recent(), actors=None)


def test_a_scam_split_over_items_is_held_at_the_last(judging: Pipeline) -> None:
    forgetful = structs.replace(judging, recent=Recent(0))
    assert actions(chat(*SCAM), forgetful) == ["allow"] * 3
    *before, last = verdicts(chat(*SCAM), judging)
    assert [verdict.action for verdict in before] == ["allow"] * 2
    assert (last.action, last.queue) == ("hold", "fraud")
    told = [signal for signal in last.signals if signal.part == PART]
    assert "phishing" in {signal.label for signal in told}
    for signal in told:
        assert signal.evidence is not None
        assert json.loads(signal.evidence[ITEMS])[-1] == "m-1"


def test_a_verdict_holds_what_it_was_decided_on(judging: Pipeline) -> None:
    compiled = policy.load(policy.SHIPPED)
    for verdict in verdicts(chat(*SCAM, *CHAT), judging):
        fired = fire(
            verdict.surface,
            verdict.signals,
            verdict.missing,
            compiled,
            features=verdict.features,
        )
        assert (fired.action, fired.queue) == (verdict.action, verdict.queue)
        assert fired.reasons == verdict.reasons


def test_ordinary_chat_is_allowed(judging: Pipeline) -> None:
    assert actions(chat(*CHAT), judging) == ["allow"] * len(CHAT)


def test_what_follows_is_not_held_for_a_run_that_ended(judging: Pipeline) -> None:
    assert actions(chat(*SCAM, "lol", "gm"), judging) == [
        "allow",
        "allow",
        "hold",
        "allow",
        "allow",
    ]


def test_the_same_scam_again_is_held_again(judging: Pipeline) -> None:
    assert actions(chat(*SCAM, *SCAM), judging) == ["allow", "allow", "hold"] * 2


def test_several_actors_do_not_make_a_run(judging: Pipeline) -> None:
    records = [message(text, n, actor_id=f"a-{n}") for n, text in enumerate(SCAM)]
    assert actions(records, judging) == ["allow"] * 3


def test_an_edit_that_completes_a_scam_is_held(judging: Pipeline) -> None:
    assert actions(chat("send me", "a hug", "phrase"), judging) == ["allow"] * 3
    edit = message("your seed", 1, revision=2)
    assert actions([edit], judging) == ["hold"]


def test_evidence_quotes_nothing_that_is_private_in_a_run(judging: Pipeline) -> None:
    *_, last = judge(chat("my card", *NUMBERS), judging)
    assert last.verdict is not None
    found = [signal for signal in last.verdict.signals if signal.part == PART]
    assert "text.entities" in {signal.detector.partition("@")[0] for signal in found}
    assert b"4242424242424242" not in (last.outgoing.value or b"")
    assert b"4242 4242" not in (last.outgoing.value or b"")


def test_posts_are_not_joined(judging: Pipeline) -> None:
    records = [record(event(SQUARE, post_id=f"p-{n}", text=t), SQUARE) for n, t in enumerate(SCAM)]
    assert actions(records, judging) == ["allow"] * 3


def test_an_item_without_a_run_is_judged_as_ever(judging: Pipeline) -> None:
    text = "a text that is longer than a piece, and so a text by itself"
    records = chat(text, f"{text} {text} {text} {text}", text)
    forgetful = structs.replace(judging, recent=Recent(0))
    assert comparable(verdicts(records, judging)) == comparable(verdicts(records, forgetful))


class Spells:
    """Finds spam where a text has all of `abc` in a row. Counts its calls and the texts it sees."""

    card = card("text.spells@1")

    def __init__(self) -> None:
        self.calls: list[int] = []

    def predict(self, parts: Sequence[TextPart], /) -> list[tuple[Signal, ...]]:
        self.calls.append(len(parts))
        return [
            (Signal(label="spam", score=0.9, detector=self.card.id, part=part.name),)
            if "a b c" in part.text
            else ()
            for part in parts
        ]


def spelling(detector: Spells | None = None) -> Pipeline:
    limits = policy_of(rule("spells", "spam", 0.5, "limit"))
    return pipeline(detector or Spells(), policy_=limits)


def test_a_batch_is_one_call_of_a_detector() -> None:
    detector = Spells()
    assert actions(chat("x", "y", "z"), spelling(detector)) == ["allow"] * 3
    assert detector.calls == [3 + 2 * 2]


def test_a_run_that_fires_a_rule_has_the_rest_judged_again() -> None:
    detector = Spells()
    found = actions([*chat("a", "b", "c", "d"), *chat("gm", actor_id="a-2")], spelling(detector))
    assert found == ["allow", "allow", "limit", "allow", "allow"]
    assert detector.calls == [5 + 2 * 3, 1]


def test_rounds_are_bounded() -> None:
    detector = Spells()
    found = actions(chat(*"abc" * 10), spelling(detector))
    assert len(detector.calls) == MAX_ROUNDS
    assert found[: 3 * MAX_ROUNDS] == ["allow", "allow", "limit"] * MAX_ROUNDS
    assert set(found[3 * MAX_ROUNDS :]) == {"limit"}


letters = st.lists(st.sampled_from(["a", "b", "c", "", "a b c"]), max_size=12)


@given(letters, st.integers(1, 12))
def test_how_records_are_batched_does_not_matter(texts: list[str], size: int) -> None:
    records = chat(*texts)[: 3 * MAX_ROUNDS]
    one, other = spelling(), spelling()
    batches = [records[at : at + size] for at in range(0, len(records), size)]
    together = [verdict for batch in batches for verdict in verdicts(batch, one)]
    alone = [verdict for entry in records for verdict in verdicts([entry], other)]
    assert comparable(together) == comparable(alone)
    again = [verdict for entry in records for verdict in verdicts([entry], other)]
    assert comparable(again) == comparable(alone)


def test_a_joined_text_that_cannot_be_judged_is_missing() -> None:
    judging = pipeline(Scripted())
    assert [verdict.missing for verdict in verdicts(chat("ex", "plode"), judging)] == [
        (),
        ("text.scripted@1",),
    ]


def test_joined_items_and_texts_kept_are_counted() -> None:
    before = REGISTRY.get_sample_value("tidegate_joined_items_total") or 0.0
    judge(chat("a", "b", "c"), spelling())
    assert REGISTRY.get_sample_value("tidegate_joined_items_total") == before + 2
    assert REGISTRY.get_sample_value("tidegate_recent_texts") == 3
