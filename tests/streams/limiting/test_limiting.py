from datetime import UTC, datetime, timedelta

import msgspec
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from schemas.signals import Signal, TimeRange
from schemas.verdicts import Reason, Stage, Verdict
from streams.decide import Circumstances, Judged, decide
from streams.limiting.braking import limits
from streams.limiting.counting import ITEMS, Firsts, RuleCounts, Tally, counted_of
from streams.policy.document import Brake
from tests.streams.samples import item, policy_of, rule, signal

NOON = datetime(2026, 11, 29, 12, 0, 30, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)


def told(tally: Tally, process: str = "p", at: datetime = NOON) -> RuleCounts:
    return msgspec.json.decode(msgspec.json.encode(tally.told(process, at)), type=RuleCounts)


def busy(n_hours: int, a_minute: int = 0, n_items: int = 100) -> Tally:
    """Has `a_minute` fires of rule `a` a minute, for so many hours before the one that runs."""
    tally = Tally()
    for n in range(1, n_hours * 60 + 1):
        at = NOON.replace(minute=0, second=0) - n * MINUTE
        tally.note([ITEMS], at, n_items)
        if a_minute:
            tally.note(["a"], at, a_minute)
    return tally


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 47 * 60)), max_size=50))
def test_the_sum_over_processes_is_the_count(noted: list[tuple[int, int]]) -> None:
    whole, parts = Tally(), [Tally() for _ in range(4)]
    for process, minutes in noted:
        whole.note(["a"], NOON - minutes * MINUTE)
        parts[process].note(["a"], NOON - minutes * MINUTE)
    summed = Tally()
    for n, part in enumerate(parts):
        summed.add(told(part, str(n)))
    assert summed.n_of_day("a", NOON) == whole.n_of_day("a", NOON)
    assert summed.n_of_minutes("a", NOON, 5) == whole.n_of_minutes("a", NOON, 5)


def test_a_day_begins_at_midnight() -> None:
    tally = Tally()
    tally.note(["a"], NOON - timedelta(hours=12, minutes=1), 5)
    tally.note(["a"], NOON - timedelta(hours=11), 2)
    assert tally.n_of_day("a", NOON) == 2
    assert tally.n_of_day("a", NOON + timedelta(days=1)) == 0


def test_what_is_old_is_forgotten() -> None:
    tally = Tally()
    tally.note(["a"], NOON - timedelta(days=3))
    tally.note(["b"], NOON - timedelta(minutes=20))
    kept = told(tally)
    assert set(kept.rules) == {"b"}
    assert kept.rules["b"].minutes == {}


def test_a_quota_is_reached_and_the_next_day_is_free() -> None:
    policy = policy_of(rule("a", "scam", 0.5, "hold", daily_quota=3)).policy
    tally = Tally()
    tally.note(["a"], NOON, 2)
    assert limits(tally, policy, NOON, frozenset()) == ()
    tally.note(["a"], NOON)
    (one,) = limits(tally, policy, NOON, frozenset())
    assert (one.name, one.cause, one.detail) == ("a", "quota", "3 today, of 3")
    assert limits(tally, policy, NOON + timedelta(days=1), frozenset()) == ()


def test_a_detector_has_a_quota_too() -> None:
    made = policy_of(rule("a", "scam", 0.5, "hold")).policy
    policy = structs.replace(made, detector_quotas={"text.risk": 2})
    tally = Tally()
    tally.note(["a", "detector:text.risk"], NOON, 2)
    assert [one.name for one in limits(tally, policy, NOON, frozenset())] == ["detector:text.risk"]


def braked(tally: Tally, *, held: bool = False, **given_: object) -> bool:
    policy = policy_of(rule("a", "scam", 0.5, "hold", **given_)).policy
    policy = structs.replace(policy, brake=Brake(least=20, factor=10.0, share=0.25))
    return bool(limits(tally, policy, NOON, frozenset({"a"} if held else ())))


def test_a_rule_far_above_what_is_usual_is_braked() -> None:
    tally = busy(24, a_minute=2)  # ten in five minutes, eight of them in the four before this one
    tally.note(["a"], NOON, 92)
    assert not braked(tally)
    tally.note(["a"], NOON)
    assert braked(tally)
    assert not braked(tally, brake=False)


def test_a_brake_is_held_until_the_rule_calms_down() -> None:
    tally = busy(24, a_minute=2)
    tally.note(["a"], NOON, 60)
    assert not braked(tally)
    assert braked(tally, held=True)
    calm = busy(24, a_minute=2)
    calm.note(["a"], NOON, 42)
    assert not braked(calm, held=True)


def test_a_rule_without_a_past_is_held_against_all_items() -> None:
    tally = Tally()
    tally.note([ITEMS], NOON, 1_000)
    tally.note(["a"], NOON, 250)
    assert not braked(tally)
    tally.note(["a"], NOON)
    assert braked(tally)


def test_a_rule_that_is_new_to_a_busy_system_is_held_against_all_items() -> None:
    tally = busy(24)
    tally.know(["a"], NOON)
    tally.note([ITEMS], NOON, 1_000)
    tally.note(["a"], NOON, 100)
    assert not braked(tally)
    tally.note(["a"], NOON, 300)
    assert braked(tally)


def test_a_rule_has_a_past_from_the_full_hour_on_that_it_was_there() -> None:
    tally = busy(24)
    tally.know(["a"], NOON - 3 * HOUR)
    for n in range(180):
        tally.note(["a"], NOON - n * MINUTE, 20)
    assert not braked(tally)  # the hundred of five minutes are usual
    old = busy(24)
    old.know(["a"], NOON - 20 * HOUR)
    old.note(["a"], NOON, 100)
    assert braked(old)


def test_a_rule_knows_what_it_did_in_shadow() -> None:
    tally = busy(24)
    tally.note(["a"], NOON, 100)
    assert braked(tally)
    for n in range(1, 24 * 60):
        tally.note(["shadow:a"], NOON - n * MINUTE, 20)
    assert not braked(tally)


def test_how_long_a_rule_has_been_there_is_told() -> None:
    first, second, whole = Tally(), Tally(), Tally()
    first.know(["a"], NOON - 5 * HOUR)
    second.know(["a"], NOON)
    for n, one in enumerate((second, first)):
        whole.add(told(one, str(n)))
    for n in range(1, 24 * 60):
        whole.note([ITEMS], NOON - n * MINUTE)
    whole.note(["a"], NOON - 3 * HOUR, 60)
    assert whole.usual_of_minutes("a", NOON, 60) == 15.0


def test_who_posts_much_counts_once_a_minute_for_the_brake_and_each_time_for_quotas() -> None:
    firsts, tally = Firsts(), busy(24)
    policy = policy_of(rule("a", "scam", 0.5, "hold", daily_quota=500)).policy
    for _ in range(499):
        first = firsts.of({"a"}, "u1", NOON)
        tally.note(first, NOON)
        tally.note_again({"a"} - first, NOON)
    assert tally.n_of_minutes("a", NOON, 5) == 1
    assert limits(tally, policy, NOON, frozenset()) == ()
    assert firsts.of({"a", "b"}, "u1", NOON) == {"b"}
    assert firsts.of({"a"}, "u2", NOON) == firsts.of({"a"}, "u1", NOON + MINUTE) == {"a"}
    tally.note_again({"a"}, NOON)
    assert [one.cause for one in limits(tally, policy, NOON, frozenset())] == ["quota"]


def test_few_are_never_braked() -> None:
    tally = busy(24)
    tally.note(["a"], NOON, 20)
    assert not braked(tally)
    tally.note(["a"], NOON)
    assert braked(tally)


def test_what_concerns_children_is_never_limited() -> None:
    policy = policy_of(rule("a", "child_safety", 0.5, "hold", queue="child_safety")).policy
    tally = busy(24)
    tally.note(["a"], NOON, 1_000_000)
    assert limits(tally, policy, NOON, frozenset()) == ()


def verdict(*reasons: Reason, stage: Stage = "fast", signals: tuple[Signal, ...] = ()) -> Verdict:
    circumstances = Circumstances(stage=stage, policy=policy_of(), detectors=(), now=NOON)
    made = decide(item(), Judged(), "0" * 32, circumstances)
    return structs.replace(made, reasons=reasons, signals=signals)


def reason(name: str, **given_: object) -> Reason:
    made = Reason(
        code="scam", rule=name, policy_version="1", label="scam", score=0.8, action="hold"
    )
    return structs.replace(made, **given_)


def test_what_acted_is_counted_with_the_detectors_that_it_saw() -> None:
    low, high = signal("scam", 0.3, by="text.b"), signal("scam", 0.8, by="text.a")
    found = counted_of(verdict(reason("a"), signals=(low, high)))
    assert found == {"a", "detector:text.a"}
    assert counted_of(verdict(reason("a", mode="shadow"), signals=(high,))) == set()
    assert counted_of(verdict(reason("a", mode="review"), signals=(high,))) != set()
    assert counted_of(verdict(reason("a", action="allow"), signals=(high,))) == set()
    assert (
        counted_of(verdict(reason("on_missing.text", code="missing", label=None, score=None)))
        == set()
    )


def test_a_campaign_counts_by_the_rules_that_look_at_no_label() -> None:
    by_label, by_campaign = reason("a"), reason("c", label=None, score=None)
    found = counted_of(
        verdict(by_label, by_campaign, stage="campaign", signals=(signal("scam", 1),))
    )
    assert found == {"c"}


def test_a_later_stage_counts_what_it_found_itself() -> None:
    text = signal("scam", 0.8, by="text.a")
    read = structs.replace(text, part="media[0]", evidence={"by": "image.ocr@1"})
    heard = structs.replace(text, part="media[1]", evidence={"by": "audio.asr@1"})
    frame = structs.replace(read, time_range=TimeRange(0, 10))
    assert counted_of(verdict(reason("a"), stage="image", signals=(text,))) == set()
    assert "a" in counted_of(verdict(reason("a"), stage="image", signals=(text, read)))
    assert counted_of(verdict(reason("a"), stage="av", signals=(text, read))) == set()
    for late in (heard, frame):
        assert "a" in counted_of(verdict(reason("a"), stage="av", signals=(read, late)))
