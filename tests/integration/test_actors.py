"""Actors in a running system: remembered, decided on from elsewhere, looked up, reversed."""

import json
from datetime import UTC, datetime

import msgspec
import pytest

from schemas.features import ActorFeatures
from schemas.records import HumanLabel
from schemas.strikes import Strike
from schemas.topics import HUMAN_LABELS, PRODUCT_TOPICS, STRIKES, VERDICTS, dlq_of
from schemas.verdicts import Verdict
from streams.actors.deciding import strike_form
from streams.record import Outgoing
from tests.integration.account import read_all
from tests.integration.load import Sample, send
from tests.integration.processes import Worker, wait_for
from tests.integration.system import System

CHATROOM = PRODUCT_TOPICS[0].name


def message(name: str, actor: str = "u1") -> Sample:
    event = {
        "message_id": name,
        "room_id": "lobby",
        "actor_id": actor,
        "created_at": datetime.now(UTC).isoformat(),
        "text": f"good morning, says {name}",
    }
    return Sample(Outgoing(topic=CHATROOM, key=actor.encode(), value=json.dumps(event).encode()))


def sent(system: System, name: str) -> ActorFeatures:
    """Sends a message and gives what its verdict tells of its actor."""
    system.await_answered(send(system.broker.bootstrap, [message(name)]))
    for record in read_all(system.broker.bootstrap, [VERDICTS.name]):
        verdict = msgspec.json.decode(record.value or b"", type=Verdict)
        if verdict.item_id == name:
            assert verdict.features is not None
            return verdict.features.actor
    pytest.fail(f"no verdict on {name}")


def heard(worker: Worker, n: float) -> None:
    wait_for(lambda: worker.metric("tidegate_strikes_total") >= n, f"{n} decisions are heard")


def strike(item: str) -> Strike:
    return Strike(
        strike_id=f"s-{item}", actor_id="u1", item_id=item, surface="chatroom", item_revision=1,
        verdict_revision=2, decider="verdict", action="remove", weight=1.0, at=datetime.now(UTC),
    )  # fmt: skip


def test_actors_are_remembered_over_a_restart_and_decisions_count(system: System) -> None:
    (worker,) = system.workers(1)
    assert [sent(system, f"m{n}").n_seen for n in (1, 2)] == [1, 2]

    send(system.broker.bootstrap, [Sample(strike_form(strike("m1")))])
    heard(worker, 1)
    assert worker.terminate() == 0
    (worker,) = system.workers(1)
    third = sent(system, "m3")
    assert (third.n_seen, third.strikes, round(third.violations, 2)) == (3, 1.0, 1.0)

    shown = system.command("actors", "show", "u1", "--json")
    assert shown.code == 0, shown
    told = json.loads(shown.out)
    assert (told["n_seen"], told["strikes"], len(told["decisions"])) == (3, 1.0, 1)
    assert system.command("actors", "show", "nobody").code == 1

    reverse = ("--surface", "chatroom", "--actor", "u1", "--reason", "appeal 7")
    asked = system.command("actors", "reverse", "m99", *reverse)
    assert asked.code == 1, asked
    asked = system.command("actors", "reverse", "m1", *reverse)
    assert asked.code == 0, asked
    heard(worker, 1)
    assert sent(system, "m4").strikes == 0.0
    # What comes again later stays reversed.
    send(system.broker.bootstrap, [Sample(strike_form(strike("m1")))])
    heard(worker, 2)
    assert sent(system, "m5").violations == 0.0

    asked = system.command("actors", "forget", "u1", "--yes")
    assert asked.code == 0, asked
    wait_for(lambda: worker.metric("tidegate_actors_forgotten_total") == 1.0, "u1 is forgotten")
    assert system.command("actors", "show", "u1").code == 1
    assert sent(system, "m6").n_seen == 1


def test_a_persons_label_weighs_on_the_actor_that_it_names(system: System) -> None:
    (worker,) = system.workers(1)
    sent(system, "m1")
    label = HumanLabel(
        label_id="l1", item_id="m1", surface="chatroom", item_revision=1, present=("scam",),
        annotator="r", labelled_at=datetime.now(UTC), actor_id="u1",
    )  # fmt: skip
    for given, violations in (
        (label, 1.0),
        (msgspec.structs.replace(label, label_id="l2", present=(), absent=("scam",)), 0.0),
    ):
        before = worker.metric("tidegate_strikes_total")
        record = Outgoing(topic=HUMAN_LABELS.name, key=b"m1", value=msgspec.json.encode(given))
        send(system.broker.bootstrap, [Sample(record)])
        heard(worker, before + 1)
        assert round(sent(system, f"after-{given.label_id}").violations, 2) == violations


def test_a_decision_that_cannot_be_read_goes_to_its_dlq(system: System) -> None:
    (worker,) = system.workers(1)
    bad = Outgoing(topic=STRIKES.name, key=b"u1", value=b'{"strike_id": 1}')
    send(system.broker.bootstrap, [Sample(bad), Sample(strike_form(strike("m1")))])
    heard(worker, 2)
    wait_for(
        lambda: len(read_all(system.broker.bootstrap, [dlq_of(STRIKES).name])) == 1, "it is buried"
    )
    assert sent(system, "m2").strikes == 1.0


def test_actors_may_be_left_alone(system: System) -> None:
    (worker,) = system.workers(1, actors="off")
    assert sent(system, "m1") == ActorFeatures() == sent(system, "m2")
    assert worker.metric("tidegate_actors") == 0.0
