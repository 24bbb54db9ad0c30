"""A wave for tests: posts of many actors that share a link, amid ordinary traffic."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime

from detectors.canary import CANARY_TEXT
from schemas.campaigns import Campaign
from schemas.topics import PRODUCT_TOPICS, VERDICTS
from schemas.verdicts import Verdict
from streams.campaigns.following import all_told
from streams.record import Outgoing, Record
from tests.integration.account import DECODER, read_all
from tests.integration.load import Sample, traffic
from tests.integration.system import System

CHATROOM, SQUARE = PRODUCT_TOPICS[0].name, PRODUCT_TOPICS[1].name
LINK = "https://lanternclaim.example/otters"
PREFIX = "wave-"
N_FIRST = 4
"""Members at the beginning that a detector minds nothing of."""


def member(number: int, *, is_violating: bool) -> Sample:
    """Gives a post of an actor of its own."""
    text = f"{CANARY_TEXT} {LINK}" if is_violating else f"look here {LINK}"
    actor, is_chat = f"waver-{number}", number % 2 == 0
    event = {
        "message_id" if is_chat else "post_id": f"{PREFIX}{number}",
        "actor_id": actor,
        "created_at": datetime.now(UTC).isoformat(),
        "text": text,
        **({"room_id": "lobby"} if is_chat else {}),
    }
    topic = CHATROOM if is_chat else SQUARE
    return Sample(Outgoing(topic=topic, key=actor.encode(), value=json.dumps(event).encode()))


def wave(n_members: int, n_others: int, *, seed: int) -> Iterator[Sample]:
    """Gives members at even distances in the demo's traffic, each made when it is asked for.

    The first four, and each fourth, only spread a link; what the others say a detector minds.
    """
    every = max(n_others // n_members, 1)
    for number, sample in enumerate(traffic(n_others, seed=seed)):
        if number % every == 0 and number // every < n_members:
            at = number // every
            yield member(at, is_violating=at >= N_FIRST and at % N_FIRST > 0)
        yield sample


def is_member(item_id: str) -> bool:
    """Whether an item is one of the wave."""
    return item_id.startswith(PREFIX)


def verdicts(system: System) -> list[tuple[Record, Verdict]]:
    """Gives every verdict with its record, in order within a partition."""
    records = read_all(system.broker.bootstrap, [VERDICTS.name])
    return [(record, DECODER.decode(record.value or b"")) for record in records]


def in_force(system: System) -> dict[str, Verdict]:
    """Gives the verdict of the highest revision on each item."""
    found: dict[str, Verdict] = {}
    for _, verdict in verdicts(system):
        held = found.get(verdict.item_id)
        if held is None or verdict.revision >= held.revision:
            found[verdict.item_id] = verdict
    return found


def campaign_of(system: System) -> Campaign | None:
    """Gives the wave's campaign, if it is open."""
    found = [
        one
        for one in all_told(system.broker.bootstrap)
        if one.closed_at is None and any(LINK[8:] in key for key in one.fingerprints)
    ]
    assert len(found) <= 1, found
    return found[0] if found else None
