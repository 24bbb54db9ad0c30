"""Counts shared over the embedded broker."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import pytest
from confluent_kafka.admin import AdminClient
from msgspec import structs

from schemas.topics import RULES
from schemas.verdicts import Verdict
from streams.decide import Circumstances, Judged, decide
from streams.limiting.sharing import Limits
from streams.policy import CompiledPolicy
from streams.topic_admin import create_topics
from tests.integration.processes import wait_for
from tests.services import EmbeddedKafka
from tests.streams.samples import item, policy_of, rule, signal

POLICY = policy_of(rule("a", "scam", 0.5, "hold", daily_quota=10), rule("b", "spam", 0.5, "limit"))


@pytest.fixture
def made(
    embedded_kafka: EmbeddedKafka, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[[], Limits]]:
    """Makes processes' limits, on a topic of their own."""
    topic = structs.replace(RULES, name=f"test-rules-{datetime.now(UTC).timestamp()}")
    monkeypatch.setattr("streams.limiting.sharing.RULES", topic)
    create_topics(AdminClient({"bootstrap.servers": embedded_kafka.bootstrap}), [topic])
    opened: list[Limits] = []

    def make() -> Limits:
        one = Limits(embedded_kafka.bootstrap, lambda: POLICY)
        opened.append(one)
        one.start()
        wait_for(lambda: one.is_known, "what others counted is known")
        return one

    yield make
    for one in opened:
        one.stop()


def verdicts(n: int, policy: CompiledPolicy = POLICY) -> list[Verdict]:
    given = Circumstances(stage="fast", policy=policy, detectors=(), now=datetime.now(UTC))
    scam = Judged(signals=(signal("scam", 0.9),))
    return [decide(item(item_id=f"i-{n}"), scam, "0" * 32, given) for n in range(n)]


def test_a_quota_holds_over_processes(made: Callable[[], Limits]) -> None:
    one, other = made(), made()
    one.note(verdicts(5))
    other.note(verdicts(4))
    wait_for(lambda: bool(one._others) and bool(other._others), "they know of each other")
    assert one.current() == other.current() == ()
    one.note(verdicts(1))
    wait_for(lambda: one.current() == ("a",), "the one knows")
    wait_for(lambda: other.current() == ("a",), "the other knows")
    (told,) = other.told()
    assert told["cause"] == "quota"


def test_counts_outlive_their_process(made: Callable[[], Limits]) -> None:
    first = made()
    first.note(verdicts(10))
    first.stop()
    second = made()
    wait_for(lambda: second.current() == ("a",), "the second knows")


def test_a_limited_rule_asks_for_review_alone_and_the_verdict_says_so() -> None:
    (before,) = verdicts(1)
    given = Circumstances(stage="fast", policy=POLICY, detectors=(), now=datetime.now(UTC))
    assert before.features is not None
    limited = structs.replace(before.features, limited=("a",))
    scam = Judged(signals=(signal("scam", 0.9),))
    after = decide(item(item_id="i-0"), scam, "0" * 32, given, limited)
    assert (before.action, after.action, after.queue) == ("hold", "allow", "limited")
    assert [reason.mode for reason in after.reasons] == ["review"]
    # Another verdict, not the same one judged otherwise.
    assert after.verdict_id != before.verdict_id
    detector = structs.replace(before.features, limited=("detector:text.some",))
    assert decide(item(), scam, "0" * 32, given, detector).action == "allow"
    both = Judged(signals=(*scam.signals, signal("scam", 0.8, by="text.other")))
    assert decide(item(), both, "0" * 32, given, detector).action == "hold"
