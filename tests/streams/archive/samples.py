"""Verdicts, dead letters and labels for tests of the archive."""

from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4, uuid5

from schemas.labels import Action
from schemas.records import DeadLetter, HumanLabel, Source
from schemas.signals import Signal, Span, TimeRange
from schemas.verdicts import ActorAction, Mode, Reason, StageTime, Verdict
from streams.archive.archive import ArchivedVerdict

NOW = datetime.now(UTC).replace(microsecond=250_000)
"""Rows of long ago would be past their retention."""
NAMESPACE = UUID("6c8c1f5e-7d0e-4c37-9a52-0d1f0e7a2b11")


def verdict(
    item: str = "item-1",
    *,
    revision: int = 1,
    item_revision: int = 1,
    action: Action = "hold",
    mode: Mode = "enforce",
    occurred_at: datetime = NOW,
    latency: timedelta = timedelta(milliseconds=42),
    evidence: dict[str, str] | None = None,
) -> Verdict:
    """Gives a verdict; its id follows from what identifies it, as in the pipeline."""
    return Verdict(
        verdict_id=uuid5(NAMESPACE, f"{item}/{item_revision}/{revision}/{mode}"),
        item_id=item,
        surface="chatroom",
        actor_id="actor-1",
        item_revision=item_revision,
        revision=revision,
        stage="fast",
        status="partial",
        action=action,
        actor_action=ActorAction(kind="mute", duration_s=600),
        queue="scams",
        reasons=(
            Reason(
                code="scam.high", rule="r1", policy_version="1", label="scam", score=0.987654321
            ),
            Reason(code="missing", rule="r2", policy_version="1"),
        ),
        signals=tuple(
            Signal(
                label="scam",
                score=0.987654321 / (ordinal + 1),
                detector="text.risk@1",
                part="text",
                span=Span(start=0, end=5) if ordinal == 0 else None,
                time_range=TimeRange(start_ms=10, end_ms=20) if ordinal == 1 else None,
                evidence=evidence,
            )
            for ordinal in range(2)
        ),
        missing=("image.nsfw",),
        stages=(StageTime(name="detect", ms=1.25),),
        mode=mode,
        policy_hash="0123456789abcdef",
        detectors=("text.risk@1",),
        occurred_at=occurred_at,
        decided_at=occurred_at + latency,
        trace_id="0123456789abcdef" * 2,
    )


def archived(given: Verdict, offset: int = 7) -> ArchivedVerdict:
    """Gives a verdict with a source."""
    source = Source(topic="chatroom.messages.v1", partition=3, offset=offset)
    return ArchivedVerdict(verdict=given, source=source)


def dead_letter(value: bytes | None = b"\xff\x00\xfe", offset: int = 5) -> DeadLetter:
    """Gives a dead letter whose bytes are no text."""
    return DeadLetter(
        dead_letter_id=str(uuid5(NAMESPACE, f"letter-{offset}")),
        source=Source(topic="square.posts.v1", partition=1, offset=offset),
        stage="decode",
        error="EventInvalid",
        message="not JSON",
        key=b"\x00key",
        value=value,
        headers=(("traceparent", b"\xf0\x28"), ("empty", None)),
        failed_at=NOW,
    )


def human_label(label_id: str | None = None, note: str = "") -> HumanLabel:
    """Gives a person's decision."""
    return HumanLabel(
        label_id=label_id or str(uuid4()),
        item_id="item-1",
        surface="chatroom",
        item_revision=1,
        present=("scam",),
        absent=("hate", "spam"),
        annotator="reviewer-1",
        labelled_at=NOW,
        note=note,
    )
