"""What becomes of waves and of what goes around, by the shipped policy: one is caught, one is not.

Detectors are played: each text has the score that it would have, right or wrong.
"""

from collections.abc import Callable
from random import Random

import pytest

from schemas.labels import Label
from schemas.signals import Signal
from streams.bench.campaigns.measuring import Found, measure
from streams.bench.campaigns.traffic import Post
from streams.policy import SHIPPED, load

POLICY = load(SHIPPED)
SCAM = "Otter drop: connect your wallet at https://otter-drop.invalid/claim and take {} USDT today"
BENIGN: dict[str, tuple[str, Label, tuple[float, ...]]] = {
    "greeting": ("Good morning harbour, coffee first and charts later, be kind {}", "spam", (0.2,)),
    "ticker": ("$KRLLO is up {} percent today, volume looks healthy for once", "spam", (0.3,)),
    "ticker that sounds like a call": (
        "I would wait for a close above {} before touching $KRLLO again this week",
        "market_manipulation",
        (0.1, 0.6, 0.64, 0.3, 0.5, 0.66, 0.2, 0.69),
    ),
    "link": (
        "The rate decision is out, {} percent https://news-harbor.example/rates",
        "spam",
        (0.1, 0.3),
    ),
    "link with rude words": (
        "Whoever wrote this is no genius, {} https://news-harbor.example/rates",
        "harassment",
        (0.3, 0.2, 0.5, 0.8),
    ),
    "counter-speech": (
        "Stop calling people idiots in this room, everyone was new here once {}",
        "harassment",
        (0.71,),
    ),
    "counter-speech, half of it flagged": (
        "Stop calling people idiots in this room, everyone was new here once {}",
        "harassment",
        (0.5, 0.71, 0.6),
    ),
    "quoted slur": ("He wrote that all otters are vermin {} and I reported it", "hate", (0.7, 0.6)),
}


def found(template: str, label: Label, score: Callable[[int], float], n: int = 60) -> Found:
    rng = Random(4)  # noqa: S311 - invented traffic
    posts = [
        Post(
            kind="member",
            name=str(number),
            actor_id=f"a-{number}",
            surface="square" if number % 3 else "chatroom",
            text=template.format(rng.randint(2, 900)),
            at_s=number * 4.0,
        )
        for number in range(n)
    ]

    def signals(post: Post) -> tuple[Signal, ...]:
        own = score(int(post.name))
        return (Signal(label=label, score=own, detector="text.risk@4", part="text"),)

    return measure(posts, signals, POLICY)


@pytest.mark.parametrize("name", BENIGN)
def test_what_goes_around_is_asked_no_more_than_its_words_are(name: str) -> None:
    template, label, scores = BENIGN[name]
    outcomes = found(template, label, lambda n: scores[n % len(scores)]).outcomes
    assert [one for one in outcomes if one.final != one.alone] == []


def test_a_wave_is_caught_and_its_first_members_are_revised() -> None:
    outcomes = found(SCAM, "scam", lambda n: 0.95 if n % 2 else 0.2).outcomes
    assert {one.final for one in outcomes} <= {"hold", "remove"}
    assert [one.arrival for one in outcomes[:3]] == ["allow", "remove", "allow"]
    assert all(one.arrival != "allow" for one in outcomes[20:])


def test_a_raid_of_which_most_is_found_is_limited() -> None:
    raid = "Nobody wants you {} here, go back to where you came from"
    outcomes = found(raid, "harassment", lambda n: 0.2 if n % 3 == 2 else 0.8).outcomes
    assert {one.final for one in outcomes} == {"limit"}
