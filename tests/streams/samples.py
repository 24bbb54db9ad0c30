"""Events, records, items, signals, policies and detectors to test with."""

import json
from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

from detectors import registry
from detectors.canary import Canary
from detectors.card import ModelCard
from detectors.detector import Detector, Undecodable
from schemas.content import Item, TextPart
from schemas.examples_of import EXAMPLES, examples_of
from schemas.labels import Action, Label, Surface
from schemas.records import Source
from schemas.signals import Signal
from schemas.topics import PRODUCT_TOPICS, Topic
from streams import policy
from streams.pipeline import Pipeline
from streams.policy import CompiledPolicy, Fired, Given, Policy, Rule
from streams.recent import Recent
from streams.record import Headers, Record

CHATROOM, SQUARE, MEMERUSH, AI = PRODUCT_TOPICS
NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
CREATED = "2026-11-22T11:59:58Z"
MAX_EVENT_BYTES = 256 * 1024

REQUIRED: Mapping[str, dict[str, object]] = {
    CHATROOM.name: {"message_id": "m-1", "room_id": "r-1"},
    SQUARE.name: {"post_id": "p-1"},
    MEMERUSH.name: {
        "launch_id": "l-1",
        "chain": "solana",
        "contract_address": "c-1",
        "creator_address": "w-1",
        "token_name": "Sleepy Otter",
        "symbol": "OTTR",
    },
    AI.name: {"generation_id": "g-1", "conversation_id": "v-1", "model": "helper-1"},
}
"""The fields that an event of each topic needs beside actor and time."""


def event(topic: Topic = CHATROOM, **fields: object) -> bytes:
    """Gives a valid event with `fields` changed or added; one that is None is left out."""
    document = {"actor_id": "a-1", "created_at": CREATED} | REQUIRED[topic.name] | fields
    kept = {name: value for name, value in document.items() if value is not None}
    return json.dumps(kept, ensure_ascii=False).encode()


def crowded_event() -> bytes:
    """Gives a valid event with more than 3,000 findings: its verdict would be over a mebibyte."""

    def text(number: int) -> str:
        path = "漢" * 130
        links = [f"http://binance-login-a{number}b{i}.com/{path}" for i in range(16)]
        return " ".join([*links, *(f"u{number}x{i}@g{i}.co" for i in range(63))])

    texts = [text(number) for number in range(34)]
    return event(AI, prompt=texts[0], retrieved=texts[1:33], response=texts[33])


def record(
    value: bytes | None,
    topic: Topic = CHATROOM,
    *,
    offset: int = 7,
    key: bytes | None = b"a-1",
    headers: Headers = (),
) -> Record:
    return Record(
        source=Source(topic=topic.name, partition=3, offset=offset),
        key=key,
        value=value,
        headers=headers,
        timestamp_ms=1_795_348_798_000,
    )


def example_values() -> list[tuple[Topic, Path]]:
    """Gives the checked-in example payloads of the product topics."""
    return [(topic, path) for topic in PRODUCT_TOPICS for path in examples_of(EXAMPLES, topic)]


def item(**fields: object) -> Item:
    given: dict[str, object] = {
        "item_id": "m-1",
        "surface": "chatroom",
        "actor_id": "a-1",
        "revision": 1,
        "created_at": NOW,
        "origin": "human",
        "texts": (TextPart(name="text", text="gm"),),
    }
    return Item(**(given | fields))  # type: ignore[arg-type] # fields of any type, by name


def signal(label: Label, score: float, *, part: str = "text", by: str = "text.some") -> Signal:
    return Signal(label=label, score=score, detector=f"{by}@1", part=part)


def rule(id_: str, label: Label, threshold: float, action: Action, **fields: object) -> Rule:
    given: dict[str, object] = {"reason": f"{label}-reason"}
    return Rule(
        id=id_,
        label=label,
        threshold=threshold,
        action=action,
        **(given | fields),  # type: ignore[arg-type] # fields of any type, by name
    )


def policy_of(
    *rules: Rule, on_missing: Action = "hold", known: Collection[str] = registry.NAMES
) -> CompiledPolicy:
    return policy.compile_policy(
        Policy(
            version="test",
            owner="tests",
            description="a policy of the tests",
            on_missing=dict.fromkeys(("text", "image", "video", "audio"), on_missing),
            rules=rules,
        ),
        known=known,
    )


def fire(
    surface: Surface,
    signals: Sequence[Signal],
    missing: Sequence[str],
    policy_: CompiledPolicy,
    **fields: object,
) -> Fired:
    """Fires at `NOW` with features of nobody unless told otherwise."""
    given: dict[str, object] = {"now": NOW}
    return policy.fire(
        Given(
            surface=surface,
            signals=signals,
            missing=missing,
            **(given | fields),  # type: ignore[arg-type] # fields of any type, by name
        ),
        policy_,
    )


def pipeline(
    *detectors: Detector[TextPart],
    policy_: CompiledPolicy | None = None,
    max_event_bytes: int = MAX_EVENT_BYTES,
) -> Pipeline:
    """Gives a pipeline with the canary unless told otherwise, and the policy that ships."""
    return Pipeline(
        detectors=detectors or (Canary(),),
        policy=policy_ or policy.load(policy.SHIPPED),
        recent=Recent(),
        max_event_bytes=max_event_bytes,
        clock=lambda: NOW,
    )


def card(id_: str) -> ModelCard:
    return ModelCard(id=id_)


class Scripted:
    """Answers each part by its text: a score of spam, `bad`, or an error for the whole batch."""

    def __init__(self, id_: str = "text.scripted@1") -> None:
        self.card = card(id_)
        self.n_calls = 0

    def predict(self, parts: Sequence[TextPart], /) -> list[tuple[Signal, ...] | Undecodable]:
        self.n_calls += 1
        return [self._look(part) for part in parts]

    def _look(self, part: TextPart) -> tuple[Signal, ...] | Undecodable:
        if "explode" in part.text:
            message = "exploded"
            raise RuntimeError(message)
        if "unreadable" in part.text:
            return Undecodable("not text")
        score = {"nan": float("nan"), "above": 1.5, "below": -0.5}.get(part.text)
        if score is None:
            score = 0.9 if "spam" in part.text else 0.2
        return (Signal(label="spam", score=score, detector=self.card.id, part=part.name),)
