"""The check of an actor's order sees what it must, and nothing else."""

import pytest

from schemas import headers as names
from schemas.records import Source
from schemas.topics import PRODUCT_TOPICS, VERDICTS
from streams.record import Outgoing, Record
from tests.integration.account import check_order, source_of
from tests.integration.load import Sent

CHATROOM, SQUARE = (topic.name for topic in PRODUCT_TOPICS[:2])
ACTORS = {0: b"a-1", 1: b"a-2", 2: b"a-1", 3: b"a-1"}


def sent(topic: str = CHATROOM) -> list[Sent]:
    return [
        Sent(
            Source(topic=topic, partition=1, offset=offset),
            Outgoing(topic=topic, key=key, value=b"{}"),
            "verdict",
        )
        for offset, key in ACTORS.items()
    ]


def verdicts(*answered: int, partition: int = 0, topic: str = CHATROOM) -> list[Record]:
    """Gives a verdict for each offset, in this order."""
    return [
        Record(
            source=Source(topic=VERDICTS.name, partition=partition, offset=number),
            key=None,
            value=b"{}",
            headers=((names.SOURCE, f"{topic}/1/{offset}".encode()),),
        )
        for number, offset in enumerate(answered)
    ]


def test_sources_are_those_of_the_events() -> None:
    assert [source_of(one) for one in verdicts(*ACTORS)] == [one.source for one in sent()]


@pytest.mark.parametrize("answered", [(0, 1, 2, 3), (1, 0, 2, 3), (0, 2, 0, 1, 2, 3), (0, 2, 3, 1)])
def test_in_order_whatever_is_repeated_or_another_actor_s(answered: tuple[int, ...]) -> None:
    check_order(sent(), verdicts(*answered))


@pytest.mark.parametrize("answered", [(2, 0, 1, 3), (0, 3, 2), (0, 3, 0, 2, 3)])
def test_an_event_judged_before_an_earlier_one_is_found(answered: tuple[int, ...]) -> None:
    with pytest.raises(AssertionError, match="was judged after"):
        check_order(sent(), verdicts(*answered))


def test_partitions_and_products_have_orders_of_their_own() -> None:
    check_order(sent(), verdicts(2, 3) + verdicts(0, 1, partition=1))
    check_order(sent() + sent(SQUARE), verdicts(2, 3) + verdicts(0, 1, topic=SQUARE))
