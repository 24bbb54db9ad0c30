"""A failure of what is remembered of actors costs no verdict."""

import logging

import msgspec
import pytest
from msgspec import structs
from prometheus_client import REGISTRY

from schemas.features import ActorFeatures
from schemas.verdicts import Verdict
from streams.actors.memory import Actors
from streams.actors.shelf import MemoryShelf
from streams.pipeline import UNREMEMBERED, judge
from tests.streams.samples import CHATROOM, NOW, event, pipeline, record


class Broken(MemoryShelf):
    """A shelf that cannot be written to."""

    def put(self, partition: int, actor: bytes, state: bytes) -> None:
        message = "disk is full"
        raise OSError(message)


class Silent(Actors):
    """Actors of whom nothing can be noted."""

    def judged(self, *_: object) -> None:
        message = "no"
        raise ValueError(message)


def n_failed(step: str) -> float:
    found = REGISTRY.get_sample_value("tidegate_actor_failures_total", {"step": step})
    return found or 0.0


def answered(actors: Actors) -> Verdict:
    given = structs.replace(pipeline(), actors=actors)
    (answer,) = judge([record(event(CHATROOM), CHATROOM)], given)
    assert answer.kind == "verdict"
    return msgspec.json.decode(answer.outgoing.value or b"", type=Verdict)


def test_an_item_that_cannot_be_counted_is_judged_without(
    caplog: pytest.LogCaptureFixture,
) -> None:
    before = n_failed("count")
    with caplog.at_level(logging.WARNING, "streams.pipeline"):
        verdict = answered(Actors(Broken()))
    assert verdict.features is not None
    assert verdict.features.actor == ActorFeatures()
    assert UNREMEMBERED in verdict.missing
    assert [one.rule for one in verdict.reasons] == ["on_missing.text"]
    assert n_failed("count") == before + 1
    assert [one.levelname for one in caplog.records] == ["WARNING"]


def test_a_verdict_that_cannot_be_noted_is_published() -> None:
    before = n_failed("note")
    verdict = answered(Silent())
    assert verdict.missing == ()
    assert verdict.features is not None
    assert verdict.features.actor.n_seen == 1
    assert n_failed("note") == before + 1


def test_a_record_two_hours_ahead_is_judged_and_so_are_those_after_it() -> None:
    now_ms = int(NOW.timestamp() * 1000)
    given = structs.replace(pipeline(), actors=Actors())
    records = [
        structs.replace(
            record(event(CHATROOM, message_id=f"m{n}"), CHATROOM),
            timestamp_ms=now_ms - (100 - n) * 1_000 + (7_200_000 if n == 1 else 0),
        )
        for n in range(100)
    ]
    sources = [structs.replace(one.source, offset=n) for n, one in enumerate(records)]
    placed = [
        structs.replace(one, source=source) for one, source in zip(records, sources, strict=True)
    ]
    answers = judge(placed, given)
    assert {answer.kind for answer in answers} == {"verdict"}
    assert all(one.verdict is not None and not one.verdict.missing for one in answers)
