"""Actors on a shelf: their changes, other groups', and who is forgotten."""

from collections.abc import Sequence

import msgspec
import pytest

from schemas.examples_of import EXAMPLES, examples_of
from schemas.records import HumanLabel
from schemas.topics import ACTORS, STRIKES, VERDICTS
from schemas.verdicts import Reason, Verdict
from streams.actors.deciding import reversal, strike_form, strike_of, strike_of_label
from streams.actors.memory import EXPIRY_SLICE, Actors, Expiry
from streams.actors.shelf import MemoryShelf
from streams.policy import SHIPPED, CompiledPolicy, Memory, load
from streams.record import Outgoing
from tests.streams.actors.samples import BEGIN_MS, NOW_MS, item, moment, record, strike

RULES = Memory()
DAY_MS = 86_400_000
EXPIRY = Expiry(silent_s=30 * 86_400.0, strike_s=90 * 86_400.0)


@pytest.fixture(scope="module")
def policy() -> CompiledPolicy:
    return load(SHIPPED)


def count(actors: Actors, n: int, actor: str = "u1", partition: int = 0, at_ms: int = 0) -> None:
    given = record(n, BEGIN_MS + at_ms, partition=partition, actor=actor)
    actors.count(given, item(f"{actor}-{n}", actor=actor), RULES, has_link=False, now_ms=NOW_MS)


def recovered(changes: Sequence[Outgoing], group: str) -> Actors:
    actors = Actors(group=group)
    shelf = MemoryShelf()
    for change in changes:
        assert change.topic == ACTORS.name
        actor = actors.actor_of(change.key)
        if actor is not None and change.partition is not None:
            shelf.apply(change.partition, [(actor, change.value)])
    actors.shelf = shelf
    return actors


def test_changes_give_back_what_was_remembered() -> None:
    actors = Actors(group="g")
    for n in range(20):
        count(actors, n, f"u{n % 3}", n % 2)
    places = [(n % 2, f"u{n % 3}") for n in range(20)]
    changes = actors.changes(places)
    assert len(changes) == 6
    again = recovered(changes, "g")
    for partition, actor in places:
        assert again.find(partition, actor) == actors.find(partition, actor) is not None
    assert recovered(changes, "another").shelf.n_actors() == 0


def test_an_actor_in_two_partitions_is_two() -> None:
    actors = Actors()
    count(actors, 0, partition=0)
    count(actors, 0, partition=1)
    assert [actors.find(n, "u1").n_seen for n in (0, 1)] == [1, 1]  # type: ignore[union-attr]


def test_a_state_that_cannot_be_read_is_begun_anew() -> None:
    actors = Actors()
    actors.shelf.put(0, b"u1", b"\x00 nonsense")
    count(actors, 0)
    state = actors.find(0, "u1")
    assert state is not None
    assert state.n_seen == 1


def test_the_silent_are_forgotten_in_slices() -> None:
    actors = Actors()
    for n in range(2 * EXPIRY_SLICE + 10):
        count(actors, n, f"u{n}", at_ms=0 if n % 2 else 20 * DAY_MS)
    gone, after, n_calls = [], None, 0
    while n_calls == 0 or after is not None:
        found, after = actors.expire(0, after, BEGIN_MS + 31 * DAY_MS, EXPIRY)
        gone += found
        n_calls += 1
    assert n_calls == 3
    assert len(gone) == EXPIRY_SLICE + 5
    assert all(change.value is None for change in actors.changes(gone))
    assert actors.shelf.n_actors() == EXPIRY_SLICE + 5


def test_who_has_a_strike_is_kept() -> None:
    actors = Actors()
    count(actors, 0)
    actors.note(strike(), 0, BEGIN_MS, RULES)
    assert actors.expire(0, None, BEGIN_MS + 60 * DAY_MS, EXPIRY) == ([], None)
    gone, _ = actors.expire(0, None, BEGIN_MS + 91 * DAY_MS, EXPIRY)
    assert gone == [(0, "u1")]


def test_strikes_count_until_they_are_reversed() -> None:
    actors = Actors()
    assert actors.note(strike(), 0, BEGIN_MS, RULES)
    assert not actors.note(strike(), 0, BEGIN_MS + 5, RULES)
    told = actors.count(record(0, BEGIN_MS + 10), item("m1"), RULES, has_link=False, now_ms=NOW_MS)[
        1
    ]
    assert told.strikes == 1.0
    assert told.violations == 1.0
    undone = reversal(
        reversal_id="a1", item_id="m9", surface="chatroom", actor_id="u1", at=moment()
    )
    actors.note(undone, 0, BEGIN_MS + 20, RULES)
    actors.note(strike(), 0, BEGIN_MS + 30, RULES)
    told = actors.count(record(1, BEGIN_MS + 40), item("m2"), RULES, has_link=False, now_ms=NOW_MS)[
        1
    ]
    assert (told.strikes, told.violations) == (0.0, 0.0)


def verdicts() -> dict[str, Verdict]:
    return {
        path.stem: msgspec.json.decode(path.read_bytes(), type=Verdict)
        for path in examples_of(EXAMPLES, VERDICTS)
    }


def test_only_what_is_final_and_enforced_decides(policy: CompiledPolicy) -> None:
    final = verdicts()["remove_scam_chatroom"]
    found = strike_of(final, policy)
    assert found is not None
    assert (found.action, found.actor_id, found.decider) == (
        final.action,
        final.actor_id,
        "verdict",
    )
    assert strike_form(found).topic == STRIKES.name
    assert strike_form(found).key == final.actor_id.encode()
    for changed in (
        {"status": "partial"},
        {"mode": "shadow"},
        {"reasons": ()},
        {"reasons": tuple(msgspec.structs.replace(r, mode="shadow") for r in final.reasons)},
        {"reasons": (Reason(code="missing", rule="on_missing.image", policy_version="1"),)},
    ):
        assert strike_of(msgspec.structs.replace(final, **changed), policy) is None


def test_a_rules_strike_is_its_verdicts(policy: CompiledPolicy) -> None:
    final = verdicts()["remove_scam_chatroom"]
    name = final.reasons[0].rule
    rules = {**policy.rules}
    rules[name] = msgspec.structs.replace(policy.policy.rules[0], id=name, strike=2.5)
    found = strike_of(final, msgspec.structs.replace(policy, rules=rules))
    assert found is not None
    assert found.weight == 2.5


def test_a_label_decides_where_it_names_the_actor(policy: CompiledPolicy) -> None:
    given = HumanLabel(
        label_id="l1", item_id="m1", surface="chatroom", item_revision=1, present=("scam",),
        annotator="r", labelled_at=moment(), actor_id="u1",
    )  # fmt: skip
    found = strike_of_label(given, policy)
    assert found is not None
    assert found.action == "remove"
    clear = msgspec.structs.replace(given, present=(), absent=("scam",))
    found = strike_of_label(clear, policy)
    assert found is not None
    assert (found.action, found.weight) == ("allow", 0.0)
    assert strike_of_label(msgspec.structs.replace(given, actor_id=None), policy) is None
    assert strike_of_label(msgspec.structs.replace(given, present=()), policy) is None
