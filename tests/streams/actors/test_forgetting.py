"""Forgetting an actor goes by its decisions, in their order, and into the changelog."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime

import pytest

from schemas.records import Source
from schemas.topics import ACTORS, STRIKES
from streams.actors.deciding import strike_form
from streams.actors.forgetting import forgetting_form, remaining
from streams.actors.hearing import hear
from streams.actors.memory import Actors
from streams.policy import SHIPPED, CompiledPolicy, load
from streams.publisher import Publisher
from streams.record import Outgoing, Record
from tests.streams.actors.samples import BEGIN_MS, strike


@pytest.fixture(scope="module")
def policy() -> CompiledPolicy:
    return load(SHIPPED)


class Kept(Publisher):
    """Keeps what it is given to publish."""

    def __init__(self) -> None:
        self.records: list[Outgoing] = []

    def publish(
        self, batch: Sequence[Outgoing], changes: Callable[[], Sequence[Outgoing]] | None = None
    ) -> None:
        self.records += [*(changes() if changes is not None else ()), *batch]


def heard(actors: Actors, policy: CompiledPolicy, *given: Outgoing) -> list[Outgoing]:
    records = [
        Record(
            source=Source(topic=one.topic, partition=one.partition or 0, offset=n),
            key=one.key,
            value=one.value,
            timestamp_ms=BEGIN_MS + n,
        )
        for n, one in enumerate(given)
    ]
    kept = Kept()
    now = datetime.fromtimestamp(BEGIN_MS / 1000 + 60, UTC)
    hear(records, actors, policy, kept, lambda: now)
    return kept.records


def test_an_actor_is_forgotten_and_the_changelog_says_so(policy: CompiledPolicy) -> None:
    actors = Actors(group="g")
    assert heard(actors, policy, strike_form(strike()))[0].value is not None
    assert actors.find(0, "u1") is not None
    (change,) = heard(actors, policy, forgetting_form("u1"))
    assert (change.topic, change.key, change.value) == (ACTORS.name, b"g\x1fu1", None)
    assert actors.find(0, "u1") is None
    assert heard(actors, policy, forgetting_form("u1")) == []


def test_only_what_was_decided_before_is_forgotten(policy: CompiledPolicy) -> None:
    actors = Actors()
    given = (strike_form(strike()), forgetting_form("u1"), strike_form(strike(2.0)))
    heard(actors, policy, *given)
    state = actors.find(0, "u1")
    assert state is not None
    assert [mark.strike for mark in state.marks] == [2.0]
    heard(actors, policy, strike_form(strike()), forgetting_form("u2"))
    assert actors.find(0, "u1") is not None


def test_a_time_that_has_not_come_is_not_noted(policy: CompiledPolicy) -> None:
    actors = Actors()
    ahead = Record(
        source=Source(topic=STRIKES.name, partition=0, offset=0),
        key=b"u1",
        value=strike_form(strike()).value,
        timestamp_ms=BEGIN_MS * 1000,
    )
    now = datetime.fromtimestamp(BEGIN_MS / 1000, UTC)
    hear([ahead], actors, policy, Kept(), lambda: now)
    state = actors.find(0, "u1")
    assert state is not None
    assert state.marks[0].noted_ms == BEGIN_MS


def test_what_remains_is_said() -> None:
    places = dict(remaining(()))
    assert places["chatroom.messages.v1"] == "7 days"
    assert places[ACTORS.name] == "until compacted"
    assert places["archive: verdicts"] == "400 days"
    assert "archive: verdicts" not in dict(remaining(("verdicts", "signals", "dead_letters")))
