"""Chatroom events for the bench: short, harmless, in the demo's languages, from one seed."""

from collections.abc import Iterator
from datetime import datetime
from random import Random
from typing import Final

import msgspec

from schemas.events import ChatroomMessage
from schemas.topics import PRODUCT_TOPICS, Topic
from streams.demo.texts import Kind, load_languages, load_slots, write_phrase
from streams.record import Outgoing

CHATROOM: Final[Topic] = PRODUCT_TOPICS[0]
N_ACTORS: Final = 5_000
N_ROOMS: Final = 40
KINDS: Final[tuple[Kind, ...]] = ("chatter", "chatter", "chatter", "market", "support", "advice")
WORDS: Final = range(3, 21)
CHARACTERS: Final = range(6, 61)
"""Length of a text in a language written without spaces."""
SPACELESS: Final = frozenset({"ja", "zh"})


def texts(n: int, *, seed: int) -> Iterator[tuple[str, str]]:
    """Yields `n` texts of 3 to 20 words, each with its locale; deterministic."""
    rng = Random(seed)  # noqa: S311 - invented traffic
    languages, slots = load_languages(), load_slots()
    while n > 0:
        phrase = write_phrase(rng.choice(KINDS), rng.choice(languages), slots, rng)
        if is_short(phrase.text, phrase.lang):
            n -= 1
            yield phrase.text, phrase.locale


def is_short(text: str, lang: str) -> bool:
    """Says whether a text has the length of ordinary chat."""
    return len(text) in CHARACTERS if lang in SPACELESS else len(text.split()) in WORDS


def records(n: int, *, seed: int, now: datetime) -> Iterator[Outgoing]:
    """Yields `n` chatroom events, ready to be sent; deterministic in its arguments."""
    rng = Random(seed)  # noqa: S311 - invented traffic
    for number, (text, locale) in enumerate(texts(n, seed=seed)):
        actor = f"actor-{rng.randrange(N_ACTORS)}"
        event = ChatroomMessage(
            message_id=f"bench-{seed}-{number}",
            room_id=f"room-{rng.randrange(N_ROOMS)}",
            actor_id=actor,
            created_at=now,
            text=text,
            locale=locale,
        )
        yield Outgoing(topic=CHATROOM.name, key=actor.encode(), value=msgspec.json.encode(event))
