"""What a policy decided comes out of it again exactly, whatever it was decided from."""

from collections import Counter
from collections.abc import Sequence
from datetime import timedelta

import pytest
from msgspec.structs import replace

from schemas.features import ActorFeatures, CampaignFeatures, Features, ItemFeatures
from schemas.signals import Signal
from schemas.verdicts import Stage, Verdict
from streams import policy
from streams.archive.http import QueryServer
from streams.archive.reader import Limits
from streams.bench import week
from streams.capacity import MAX_SIGNALS, fitted
from streams.decide import Circumstances, Judged, decide
from streams.policy import CompiledPolicy
from streams.settings import Settings
from tests.streams.samples import item, policy_of, rule, signal

from .conftest import DAY, START, Store

LATER = START + DAY + timedelta(microseconds=7_999)
HELD = Features(item=ItemFeatures(language="zh", n_characters=50), actor=ActorFeatures(n_1h=5))


def decided(
    policy_: CompiledPolicy,
    signals: Sequence[Signal] = (),
    *,
    name: str = "m-1",
    stage: Stage = "fast",
    features: Features | None = HELD,
    now_s: float = 0.0,
    missing: tuple[str, ...] = (),
    pending: tuple[str, ...] = (),
) -> Verdict:
    given = Circumstances(
        stage=stage,
        policy=policy_,
        detectors=("text.some@1",),
        now=LATER + timedelta(seconds=now_s),
    )
    judged = Judged(signals=tuple(signals), missing=missing, pending=pending)
    return fitted(decide(item(item_id=name), judged, "0" * 32, given, features))[0]


def known_picture(score: float, action: str, *, label: str = "scam", bank: str = "b") -> Signal:
    return Signal(
        label=label,  # type: ignore[arg-type] # of the tests' own
        score=score,
        detector="image.hash@1",
        part="media[0]",
        evidence={"bank": bank, "action": action, "entry": "1"},
    )


def assert_identical(store: Store, policy_: CompiledPolicy, n: int) -> None:
    tally = store.backtest(policy_).tally
    assert tally.differing == []
    assert (tally.n_verdicts, tally.n_compared, tally.n_identical) == (n, n, n)
    assert all(cell[1] == cell[2] for cell in tally.actions)
    assert not tally.queues
    assert not tally.sanctions


def test_a_week_under_the_policy_that_ships_comes_out_as_it_was(store: Store) -> None:
    policies = week.policies_of(policy.load(policy.SHIPPED))
    made = list(week.week(2_000, START, policies))
    verdicts = [verdict for one in made for verdict in one.verdicts]
    store.write(verdicts)
    by_hash = Counter(verdict.policy_hash for verdict in verdicts)
    assert len(by_hash) == 3
    stages: Counter[str] = Counter()
    for one in policies:
        tally = store.backtest(one).tally
        assert tally.differing == []
        assert tally.n_verdicts == len(verdicts)
        assert tally.n_compared == tally.n_identical == by_hash[one.hash]
        assert dict(tally.hashes) == dict(by_hash)
        assert set(tally.actions) > {("chatroom", "allow", "allow")}
        for (stage, is_same), n in tally.stages.items():
            stages[stage] += n * is_same
    assert stages == Counter(verdict.stage for verdict in verdicts)
    assert set(stages) == {"fast", "image", "av", "campaign"}
    only = store.backtest(policies[0], hashes=(policies[0].hash,)).tally
    assert only.n_verdicts == only.n_identical == by_hash[policies[0].hash]


def test_a_week_under_rules_of_every_kind_comes_out_as_it_was(
    store: Store, rich: CompiledPolicy
) -> None:
    made = week.week(2_500, START, [rich], seed=3)
    verdicts = [verdict for one in made for verdict in one.verdicts]
    fired = {reason.rule for one in verdicts for reason in one.reasons}
    fired |= {reason.rule for one in verdicts if one.would for reason in one.would.reasons}
    assert {one.id for one in rich.policy.rules} <= fired
    assert {one.mode for one in verdicts} == {"canary", "shadow"}
    store.write(verdicts)
    assert_identical(store, rich, len(verdicts))


def test_several_processes_count_the_same(store: Store, rich: CompiledPolicy) -> None:
    store.write([v for one in week.week(600, START, [rich]) for v in one.verdicts])
    milder = policy_of(rule("only", "scam", 0.9, "hold"))
    alone = store.backtest(rich, milder, page_verdicts=10_000).tally
    several = store.backtest(rich, milder, n_processes=2, page_verdicts=100).tally
    assert several == alone


def test_more_signals_than_are_recorded(store: Store, rich: CompiledPolicy) -> None:
    many = [signal("spam", 0.3 + n / 10_000, by=f"text.n{n % 7}") for n in range(MAX_SIGNALS + 300)]
    quoting = [replace(one, evidence={"link": "x" * 2_000}) for one in many]
    verdicts = [decided(rich, many, name="many"), decided(rich, quoting, name="quoting")]
    assert all(len(one.signals) == MAX_SIGNALS and one.missing for one in verdicts)
    store.write(verdicts)
    assert_identical(store, rich, 2)


def test_signals_below_the_floor_and_scores_of_every_digit(
    store: Store, rich: CompiledPolicy
) -> None:
    scores = (0.0099999, 0.01, 0.6, 0.1 + 0.2, 1 / 3, 0.4, 5e-324, 1.0, 0.7999999999999999)
    verdicts = [
        decided(rich, [signal("scam", score), signal("spam", score)], name=f"m-{n}")
        for n, score in enumerate(scores)
    ]
    store.write(verdicts)
    assert_identical(store, rich, len(scores))


def test_known_pictures_without_their_evidence(store: Store) -> None:
    policy_ = policy_of(rule("scam-limit", "scam", 0.5, "limit", queue="fraud"))
    asked = ("label", "limit", "hold", "remove", "escalate")
    verdicts = [
        decided(policy_, [known_picture(0.99, action)], name=f"one-{action}") for action in asked
    ]
    verdicts.append(decided(policy_, [known_picture(0.99, one, bank=one) for one in asked]))
    verdicts.append(
        decided(policy_, [known_picture(1.0, "escalate", label="child_safety")], name="child")
    )
    verdicts.append(
        decided(
            policy_, [signal("scam", 0.8), known_picture(0.99, "hold", label="spam")], name="mixed"
        )
    )
    assert {one.queue for one in verdicts} >= {"known_pictures", "child_safety", "scam"}
    bare = [
        replace(one, signals=tuple(replace(own, evidence=None) for own in one.signals))
        for one in verdicts
    ]
    store.write(bare)
    assert_identical(store, policy_, len(verdicts))


def test_a_verdict_decided_again_has_its_own_signals(store: Store) -> None:
    policy_ = policy_of(rule("scam", "scam", 0.5, "hold"))
    first = decided(policy_, [signal("spam", 0.2), signal("scam", 0.9)])
    again = decided(policy_, [signal("spam", 0.3)], now_s=40.0)
    assert first.verdict_id == again.verdict_id
    for order in ((first, again), (again, first)):
        for one in order:
            store.write([one])
            store.write([one])
        assert_identical(store, policy_, 1)
        assert set(store.backtest(policy_).tally.actions) == {("chatroom", "allow", "allow")}


def test_ids_that_are_hostile_to_queries(store: Store, rich: CompiledPolicy) -> None:
    names = (
        "'; DROP TABLE verdicts --",
        "file('/etc/passwd')",
        "system.processes",
        "\\'",
        "漢\n\0",
        "a" * 240,
    )
    store.write([decided(rich, [signal("scam", 0.9)], name=name) for name in names])
    tally = store.backtest(rich, page_verdicts=1).tally
    assert tally.n_identical == len(names)


def test_partial_verdicts_campaigns_and_limited_rules(store: Store, rich: CompiledPolicy) -> None:
    limited = replace(HELD, limited=("spam-of-the-busy",))
    campaign = CampaignFeatures(id="c", n_actors=80, violating_share=0.1 + 0.3)
    verdicts = [
        decided(rich, pending=("image.*", "video.*")),
        decided(rich, stage="image", missing=("image.ocr@1",), pending=("video.*",)),
        decided(rich, [signal("spam", 0.5)], name="limited", features=limited),
        decided(rich, stage="campaign", features=replace(HELD, campaign=campaign)),
    ]
    assert "review" in {one.mode for one in verdicts[2].reasons}
    assert verdicts[3].queue == "campaigns"
    store.write(verdicts)
    assert_identical(store, rich, 4)


def test_what_was_not_recorded_is_counted_and_not_compared(
    store: Store, rich: CompiledPolicy
) -> None:
    old = replace(decided(rich, [signal("scam", 0.9)]), features=None)
    store.write([old, decided(rich, name="new")])
    tally = store.backtest(rich).tally
    assert (tally.n_verdicts, tally.n_without_features, tally.n_compared) == (2, 1, 1)


@pytest.mark.parametrize(
    "change",
    [
        {"action": "remove"},
        {"queue": "elsewhere"},
        {"priority": "urgent"},
        {"mode": "enforce"},
        {"would": None},
        {"reasons": ()},
        {"signals": ()},
        {"features": Features()},
    ],
    ids=lambda change: next(iter(change)),
)
def test_whatever_differs_is_found(
    store: Store, rich: CompiledPolicy, change: dict[str, object]
) -> None:
    told = [signal("scam", 0.7), signal("spam", 0.4), signal("harassment", 0.9)]
    true = decided(rich, told)
    assert true.would is not None
    assert true.reasons
    store.write([replace(true, **change)])
    tally = store.backtest(rich).tally
    assert (tally.n_compared, tally.n_identical) == (1, 0)
    assert [one.item_id for one in tally.differing] == ["m-1"]


def test_pages_that_are_too_large_for_the_archive_are_taken_apart(
    store: Store, rich: CompiledPolicy
) -> None:
    verdicts = [v for one in week.week(300, START, [rich]) for v in one.verdicts]
    store.write(verdicts)
    server = QueryServer(store.archive.reader(Limits(result_rows=60)), host="127.0.0.1", port=0)
    narrow = Store(store.archive, Settings(archive_http_port=server.port))
    try:
        assert_identical(narrow, rich, len(verdicts))
    finally:
        server.close()
