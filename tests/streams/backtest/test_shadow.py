"""A backtest of a policy that ran in shadow says what was recorded of it: the same, exactly."""

from collections import Counter
from datetime import timedelta

from msgspec import structs

from schemas.features import CampaignFeatures, Features
from streams import policy
from streams.backtest.history import load_page, open_history, pages
from streams.backtest.replay import decide_again, is_same
from streams.backtest.selection import Selection
from streams.bench import week
from streams.policy import CompiledPolicy
from tests.streams.samples import signal

from .conftest import END, START, Store
from .test_identity import assert_identical, decided, known_picture

RECORDED = (
    "policy_hash, action, actor_action, actor_action_duration_s, queue, priority, mode,"
    " reasons.code, reasons.rule, reasons.policy_version, reasons.label, reasons.score,"
    " reasons.mode, reasons.action"
)
FIELDS = (
    *("policy_hash", "action", "actor_action", "actor_action_duration_s", "queue", "priority"),
    *("mode", "codes", "rules", "versions", "labels", "scores", "modes", "actions"),
)


def recorded(store: Store) -> dict[str, dict[str, object]]:
    """Gives what the archive holds of the policy in shadow, by verdict."""
    columns = ", ".join(f"shadow_{name}" for name in RECORDED.split(", "))
    rows = store.archive.select(
        f"SELECT toString(verdict_id), {columns} FROM verdicts FINAL"  # noqa: S608 - our own names
    )
    found = {}
    for verdict_id, *values in rows:
        said = dict(zip(FIELDS, values, strict=True))
        duration_s = said["actor_action_duration_s"]
        said["actor_action_duration_s"] = None if duration_s is None else int(str(duration_s))
        found[str(verdict_id)] = {
            name: tuple(one) if isinstance(one, list) else one for name, one in said.items()
        }
    return found


def assert_as_recorded(store: Store, shadow: CompiledPolicy, n: int) -> None:
    """Decides each archived verdict again by the policy that was in shadow."""
    said = recorded(store)
    assert len(said) == n
    history = open_history(store.settings)
    selection = Selection(start=START, end=END)
    for page in pages(history, selection, n_verdicts=500):
        loaded = load_page(history, selection, page)
        for row in loaded.verdicts:
            signals = loaded.signals.get(row.verdict_id, ())
            fired = structs.replace(decide_again(row, signals, shadow), would=None)
            own = said.pop(row.verdict_id)
            assert own["policy_hash"] == shadow.hash
            of_it = structs.replace(row, would_action="", **own)
            assert is_same(of_it, fired), row
    assert said == {}


def of_view(store: Store, columns: str, count: str, view: str) -> Counter[tuple[object, ...]]:
    rows = store.archive.select(
        f"SELECT {columns}, sum({count}) AS n FROM {view} GROUP BY {columns} HAVING n > 0"  # noqa: S608
    )
    return Counter({tuple(row[:-1]): int(str(row[-1])) for row in rows})


def assert_views_say_what_a_backtest_says(store: Store, shadow: CompiledPolicy) -> None:
    tally = store.backtest(shadow).tally
    actions = of_view(
        store, "surface, live_action, shadow_action", "n_verdicts", "shadow_policy_against_live"
    )
    assert actions == tally.actions
    by_language = of_view(
        store, "language, live_action, shadow_action", "n_verdicts", "shadow_policy_against_live"
    )
    assert by_language == Counter(
        {(name if name != "-" else "", *cell): n for (name, *cell), n in tally.languages.items()}
    )
    by_rule = of_view(
        store,
        "rule, live_action, shadow_action",
        "n_both + n_live_alone + n_shadow_alone",
        "shadow_policy_rules",
    )
    assert by_rule == Counter({cell: n for cell, n in tally.rules.items() if cell[0] != "-"})
    for count, then, now in (
        ("n_both", True, True),
        ("n_live_alone", True, False),
        ("n_shadow_alone", False, True),
    ):
        fired = of_view(store, "rule", count, "shadow_policy_rules")
        assert fired == Counter(
            {(rule,): n for (rule, *both), n in tally.fired.items() if both == [then, now]}
        )


def test_a_week_in_shadow_beside_the_policy_that_ships(store: Store, rich: CompiledPolicy) -> None:
    lives = week.policies_of(policy.load(policy.SHIPPED))
    beside = [structs.replace(one, beside=rich) for one in lives]
    verdicts = [one for made in week.week(2_000, START, beside, seed=5) for one in made.verdicts]
    assert all(one.shadow is not None for one in verdicts)
    assert {one.shadow.mode for one in verdicts if one.shadow} == {"canary", "shadow"}
    assert {one.stage for one in verdicts} == {"fast", "image", "av", "campaign"}
    store.write(verdicts)
    assert_as_recorded(store, rich, len(verdicts))
    assert_views_say_what_a_backtest_says(store, rich)
    # And what decided is what it was, whatever ran beside.
    for one in lives:
        tally = store.backtest(one).tally
        assert tally.differing == []
        assert tally.n_compared == tally.n_identical == dict(tally.hashes)[one.hash]


def test_the_policy_that_ships_in_shadow_beside_another(store: Store, rich: CompiledPolicy) -> None:
    shipped = policy.load(policy.SHIPPED)
    live = structs.replace(rich, beside=shipped)
    verdicts = [one for made in week.week(1_500, START, [live], seed=9) for one in made.verdicts]
    store.write(verdicts)
    assert_as_recorded(store, shipped, len(verdicts))
    assert_views_say_what_a_backtest_says(store, shipped)
    assert_identical(store, rich, len(verdicts))


def test_known_pictures_limited_rules_and_what_is_missing(
    store: Store, rich: CompiledPolicy
) -> None:
    shipped = policy.load(policy.SHIPPED)
    live = structs.replace(shipped, beside=rich)
    campaign = CampaignFeatures(id="c", n_actors=80, violating_share=0.4)
    verdicts = [
        decided(live, [known_picture(0.99, "escalate", label="child_safety")], name="child"),
        decided(live, [known_picture(0.99, "hold")], name="known"),
        decided(live, [signal("scam", 0.7)], name="limited",
                features=Features(limited=("scam-by-language", "scam-hold"))),
        decided(live, stage="campaign", features=Features(campaign=campaign), name="campaign"),
        decided(live, missing=("image.*",), pending=("video.*",), name="pending"),
    ]  # fmt: skip
    bare = [
        structs.replace(
            one, signals=tuple(structs.replace(own, evidence=None) for own in one.signals)
        )
        for one in verdicts
    ]
    store.write(bare)
    assert_as_recorded(store, rich, len(verdicts))
    assert_views_say_what_a_backtest_says(store, rich)


def test_a_verdict_decided_again_under_another_one_is_recorded_once(
    store: Store, rich: CompiledPolicy
) -> None:
    """Two workers during a reload: one id, and the row that was decided last, whole."""
    shipped = policy.load(policy.SHIPPED)
    first = decided(structs.replace(shipped, beside=shipped), [signal("scam", 0.99)])
    again = decided(structs.replace(shipped, beside=rich), [signal("scam", 0.99)], now_s=9.0)
    assert first.verdict_id == again.verdict_id
    for order in ((first, again), (again, first)):
        for one in order:
            store.write([one])
        hashes = of_view(store, "shadow_hash", "n_verdicts", "shadow_policy_against_live")
        assert hashes == Counter({(rich.hash,): 1})
        assert_as_recorded(store, rich, 1)
        assert_identical(store, shipped, 1)


def test_those_without_one_are_in_no_view(store: Store, rich: CompiledPolicy) -> None:
    store.write([decided(rich, [signal("scam", 0.9)])])
    for view in ("shadow_policy_against_live", "shadow_policy_rules"):
        assert store.archive.select(f"SELECT shadow_hash FROM {view}") == []  # noqa: S608


def test_hours_are_those_of_the_decision(store: Store, rich: CompiledPolicy) -> None:
    live = structs.replace(rich, beside=rich)
    for hour in range(3):
        store.write([decided(live, name=f"m-{hour}", now_s=timedelta(hours=hour).total_seconds())])
    hours = of_view(store, "hour", "n_verdicts", "shadow_policy_against_live")
    assert sorted(hours.values()) == [1, 1, 1]
