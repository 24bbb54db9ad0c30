"""Counts shared over the embedded broker."""

import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import cast

import pytest
from confluent_kafka import Consumer, KafkaError, KafkaException, Producer
from confluent_kafka.admin import AdminClient
from msgspec import structs

from schemas.topics import RULES
from schemas.verdicts import Verdict
from streams import metrics
from streams.decide import Circumstances, Judged, decide
from streams.limiting.sharing import Limits
from streams.policy import CompiledPolicy
from streams.topic_admin import BrokerUnavailable, create_topics
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


@pytest.mark.parametrize(
    "error", [BufferError("the queue is full"), BrokerUnavailable("away"), ValueError("other")]
)
def test_trouble_is_survived_and_told_once(
    made: Callable[[], Limits],
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    error: Exception,
) -> None:
    monkeypatch.setattr("streams.limiting.sharing.EVERY_S", 0.05)
    caplog.set_level("INFO")
    one, other = made(), made()
    tell, n_failures = one._tell, 0

    def fail(producer: Producer) -> None:
        nonlocal n_failures
        n_failures += 1
        if n_failures <= 3:
            raise error
        tell(producer)

    monkeypatch.setattr(one, "_tell", fail)
    one.note(verdicts(10))
    # What was counted here holds here meanwhile.
    wait_for(lambda: one.current() == ("a",), "the one knows")
    wait_for(lambda: other.current() == ("a",), "the other knows")
    wait_for(lambda: "counts of rules are shared again" in caplog.text, "the end is told")
    begun = [record for record in caplog.records if "cannot be shared" in record.message]
    assert [record.__dict__["cause"] for record in begun] == [f"{type(error).__name__}: {error}"]
    assert metrics.LIMITS_CUT_OFF._value.get() == 0


def test_what_was_not_delivered_is_told_again(
    made: Callable[[], Limits], caplog: pytest.LogCaptureFixture
) -> None:
    one, other = made(), made()
    one.note(verdicts(4))
    wait_for(lambda: bool(other._others), "the other knows of the one")
    other._others.clear()
    one._undelivered = KafkaError(KafkaError._MSG_TIMED_OUT)
    wait_for(lambda: bool(other._others), "the one tells again")
    assert "cannot be shared" in caplog.text


def test_many_that_tell_keep_nobody_from_telling(
    made: Callable[[], Limits], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("streams.limiting.sharing.EVERY_S", 0.05)
    one = made()

    class Busy:
        """A reader to whom something always arrives."""

        def consume(self, *_: object) -> list[SimpleNamespace]:
            time.sleep(0.01)
            message = SimpleNamespace(
                error=lambda: None, partition=lambda: 0, key=lambda: b"p", value=lambda: None
            )
            return [message]

    one._read(cast("Consumer", Busy()), set())


def test_an_error_of_the_reader_is_no_end_of_a_partition(made: Callable[[], Limits]) -> None:
    one = made()

    class Broken:
        """A reader that is told of a partition's error."""

        def consume(self, *_: object) -> list[SimpleNamespace]:
            error = KafkaError(KafkaError.UNKNOWN_TOPIC_OR_PART)
            return [SimpleNamespace(error=lambda: error, partition=lambda: 0)]

    left = {0, 1}
    with pytest.raises(KafkaException):
        one._read(cast("Consumer", Broken()), left)
    assert left == {0, 1}


def test_a_stop_waits_for_nobody_for_long(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("EVERY_S", "FLUSH_S", "STOP_S"):
        monkeypatch.setattr(f"streams.limiting.sharing.{name}", 0.05)
    one = Limits("127.0.0.1:1", lambda: POLICY)
    one.stop()  # not begun
    one.start()
    one.note(verdicts(1))
    one.stop()
    assert one._stopped.is_set()
