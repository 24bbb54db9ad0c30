from datetime import timedelta
from typing import get_args
from uuid import UUID

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.signals import Signal
from schemas.verdicts import Stage, StageTime
from streams.capacity import MAX_SIGNALS
from streams.decide import REVISIONS, SIGNAL_FLOOR, Circumstances, Judged, decide, identify

from .samples import NOW, item, policy_of, rule, signal

POLICY = policy_of(rule("spam-limit", "spam", 0.5, "limit"))
GIVEN = Circumstances(stage="fast", policy=POLICY, detectors=("text.b@1", "text.a@2"), now=NOW)
TRACE = "0af7651916cd43dd8448eb211c80319c"


def test_same_arguments_same_verdict() -> None:
    judged = Judged(signals=(signal("spam", 0.9),), missing=("image.*",))
    assert decide(item(), judged, TRACE, GIVEN) == decide(item(), judged, TRACE, GIVEN)


def test_redelivery_later_and_elsewhere_has_the_same_id() -> None:
    later = msgspec.structs.replace(GIVEN, now=NOW + timedelta(hours=1))
    first = decide(item(), Judged(), TRACE, GIVEN)
    again = decide(
        item(), Judged(stages=(StageTime(name="text.a@2", ms=3.0),)), "0" * 31 + "1", later
    )
    assert first.verdict_id == again.verdict_id
    assert first.verdict_id.version == 5


IDENTITY = ("chatroom", "m-1", 1, "fast", "hash", ("text.a@2", "text.b@1"))


def id_of(*given_: object) -> UUID:
    surface, item_id, revision, stage, policy_hash, detectors = given_
    judged = item(surface=surface, item_id=item_id, revision=revision)
    return identify(judged, stage, policy_hash, detectors)  # type: ignore[arg-type] # by place


@pytest.mark.parametrize(
    ("place", "other"),
    [
        (0, "square"),
        (1, "m-2"),
        (2, 2),
        (3, "image"),
        (4, "hash2"),
        (5, ("text.a@2",)),
        (5, ("text.a@3", "text.b@1")),
    ],
)
def test_id_differs_by_each_component(place: int, other: object) -> None:
    changed = [*IDENTITY]
    changed[place] = other
    assert id_of(*changed) != id_of(*IDENTITY)


def test_id_does_not_depend_on_actor_or_order_of_detectors() -> None:
    changed = identify(item(actor_id="a-2"), "fast", "hash", ("text.b@1", "text.a@2"))
    assert changed == id_of(*IDENTITY)


def test_id_is_fixed_for_ever() -> None:
    assert id_of(*IDENTITY) == UUID("ea57e7bc-22b2-58e1-bc17-ed241825642d")


def test_verdict_carries_item_and_circumstances() -> None:
    judged = Judged(
        signals=(signal("spam", 0.9), signal("hate", SIGNAL_FLOOR), signal("scam", 0.0099)),
        missing=("image.*",),
        stages=(StageTime(name="text.a@2", ms=3.0),),
    )
    verdict = decide(item(revision=3), judged, TRACE, GIVEN)
    assert (verdict.item_id, verdict.surface, verdict.actor_id) == ("m-1", "chatroom", "a-1")
    assert (verdict.item_revision, verdict.revision) == (3, REVISIONS["fast"])
    assert (verdict.stage, verdict.status, verdict.mode) == ("fast", "final", "enforce")
    assert (verdict.occurred_at, verdict.decided_at, verdict.trace_id) == (NOW, NOW, TRACE)
    assert (verdict.policy_hash, verdict.detectors) == (POLICY.hash, GIVEN.detectors)
    assert (verdict.missing, verdict.stages) == (judged.missing, judged.stages)
    assert [entry.label for entry in verdict.signals] == ["spam", "hate"]
    assert verdict.action == "hold"
    assert [reason.rule for reason in verdict.reasons] == ["spam-limit", "on_missing.image"]


def test_who_lost_signals_to_the_limit_is_missing() -> None:
    flood = tuple(signal("scam", 0.9, by="text.a") for _ in range(MAX_SIGNALS))
    judged = Judged(signals=(*flood, signal("spam", 0.6, by="text.b")), missing=("image.*",))
    verdict = decide(item(), judged, TRACE, GIVEN)
    assert len(verdict.signals) == MAX_SIGNALS
    assert verdict.missing == ("image.*", "text.a@1")
    assert [reason.rule for reason in verdict.reasons] == [
        "spam-limit",
        "on_missing.image",
        "on_missing.text",
    ]


def test_mode_of_the_policy_stands_on_the_verdict() -> None:
    shadow = msgspec.structs.replace(
        POLICY, policy=msgspec.structs.replace(POLICY.policy, mode="shadow")
    )
    given_ = msgspec.structs.replace(GIVEN, policy=shadow)
    assert decide(item(), Judged(), TRACE, given_).mode == "shadow"


def test_revisions_order_the_stages_of_an_item() -> None:
    assert set(REVISIONS) == set(get_args(Stage))
    assert len(set(REVISIONS.values())) == len(REVISIONS)
    assert min(REVISIONS, key=lambda stage: REVISIONS[stage]) == "fast"
    assert max(REVISIONS, key=lambda stage: REVISIONS[stage]) == "review"


signals_ = st.lists(
    st.builds(signal, st.sampled_from(["spam", "scam"]), st.floats(0, 1)), max_size=4
)


@given(signals_)
def test_unrecorded_signals_never_decide(signals: list[Signal]) -> None:
    """What stands on a verdict is enough to decide it again."""
    first = decide(item(), Judged(signals=tuple(signals)), TRACE, GIVEN)
    again = decide(item(), Judged(signals=first.signals), TRACE, GIVEN)
    assert again == first
