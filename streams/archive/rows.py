"""Verdicts, dead letters, labels and campaigns as rows of the archive's tables. Pure."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import UUID

import msgspec
from msgspec import Struct

from schemas.campaigns import Campaign
from schemas.records import DeadLetter, HumanLabel
from schemas.verdicts import Shadow, Verdict, Would
from streams.archive.archive import ArchivedVerdict, Rows

Atom = str | int | float | bytes | UUID | None
Cell = Atom | tuple[Atom, ...]
"""One value of a row. A time is a whole number of milliseconds since 1970, UTC."""
Row = tuple[Cell, ...]

EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
MILLISECOND: Final = timedelta(milliseconds=1)
EARLIEST_MS: Final = (datetime(1900, 1, 1, tzinfo=UTC) - EPOCH) // MILLISECOND
LATEST_MS: Final = (datetime(2299, 12, 31, 23, 59, 59, tzinfo=UTC) - EPOCH) // MILLISECOND
"""Bounds of DateTime64, https://clickhouse.com/docs/sql-reference/data-types/datetime64."""
UNKNOWN_PLACE: Final = -1
"""Partition and offset of a verdict whose record is not known."""

_ENCODER: Final = msgspec.json.Encoder()

VERDICT_COLUMNS: Final = (
    "verdict_id",
    "surface",
    "item_id",
    "actor_id",
    "item_revision",
    "revision",
    "stage",
    "status",
    "action",
    "actor_action",
    "actor_action_duration_s",
    "queue",
    "priority",
    "reasons.code",
    "reasons.rule",
    "reasons.policy_version",
    "reasons.label",
    "reasons.score",
    "reasons.mode",
    "reasons.action",
    "missing",
    "pending",
    "unanswered.detector",
    "unanswered.part",
    "unanswered.cause",
    "stages.name",
    "stages.ms",
    "detectors",
    "features",
    "mode",
    "would_action",
    "would_actor_action",
    "would_actor_action_duration_s",
    "would_queue",
    "would_reasons.code",
    "would_reasons.rule",
    "would_reasons.label",
    "would_reasons.score",
    "would_reasons.action",
    "shadow_policy_hash",
    "shadow_action",
    "shadow_actor_action",
    "shadow_actor_action_duration_s",
    "shadow_queue",
    "shadow_priority",
    "shadow_mode",
    "shadow_reasons.code",
    "shadow_reasons.rule",
    "shadow_reasons.policy_version",
    "shadow_reasons.label",
    "shadow_reasons.score",
    "shadow_reasons.mode",
    "shadow_reasons.action",
    "policy_hash",
    "occurred_at",
    "decided_at",
    "trace_id",
    "source_topic",
    "source_partition",
    "source_offset",
)
SIGNAL_COLUMNS: Final = (
    "verdict_id",
    "ordinal",
    "surface",
    "item_id",
    "label",
    "score",
    "detector",
    "part",
    "span_start",
    "span_end",
    "time_start_ms",
    "time_end_ms",
    "evidence_names",
    "evidence_values",
    "decided_at",
)
DEAD_LETTER_COLUMNS: Final = (
    "dead_letter_id",
    "source_topic",
    "source_partition",
    "source_offset",
    "stage",
    "error",
    "message",
    "key",
    "value",
    "header_names",
    "header_values",
    "failed_at",
)
LABEL_COLUMNS: Final = (
    "label_id",
    "item_id",
    "surface",
    "item_revision",
    "present",
    "absent",
    "annotator",
    "labelled_at",
    "note",
)
CAMPAIGN_COLUMNS: Final = (
    "campaign_id",
    "n_actors",
    "n_items",
    "n_violating",
    "violating_share",
    "surfaces",
    "fingerprints",
    "first_seen",
    "last_seen",
    "opened_at",
    "changed_at",
    "closed_at",
    "merged_into",
)


class Block(Struct, frozen=True):
    """Rows of one table, in the order of `columns`."""

    table: str
    columns: tuple[str, ...]
    rows: list[Row]


def blocks(rows: Rows) -> tuple[Block, ...]:
    """Gives the tables' rows, the verdicts last: a verdict that is there has its signals."""
    signals = [row for archived in rows.verdicts for row in signal_rows(archived.verdict)]
    every = (
        Block("signals", SIGNAL_COLUMNS, signals),
        Block("dead_letters", DEAD_LETTER_COLUMNS, [*map(dead_letter_row, rows.dead_letters)]),
        Block("labels", LABEL_COLUMNS, [*map(label_row, rows.labels)]),
        Block("campaigns", CAMPAIGN_COLUMNS, [*map(campaign_row, rows.campaigns)]),
        Block("verdicts", VERDICT_COLUMNS, [*map(verdict_row, rows.verdicts)]),
    )
    return tuple(block for block in every if block.rows)


def milliseconds(moment: datetime) -> int:
    """Gives Unix milliseconds, cut to what the tables can hold (the years 1900 to 2299)."""
    return min(max((moment - EPOCH) // MILLISECOND, EARLIEST_MS), LATEST_MS)


def verdict_row(archived: ArchivedVerdict) -> Row:
    """Gives the row of `verdicts`."""
    verdict, source = archived.verdict, archived.source
    reasons, stages = verdict.reasons, verdict.stages
    return (
        verdict.verdict_id,
        verdict.surface,
        verdict.item_id,
        verdict.actor_id,
        verdict.item_revision,
        verdict.revision,
        verdict.stage,
        verdict.status,
        verdict.action,
        verdict.actor_action.kind,
        verdict.actor_action.duration_s,
        verdict.queue or "",
        verdict.priority or "",
        tuple(reason.code for reason in reasons),
        tuple(reason.rule for reason in reasons),
        tuple(reason.policy_version for reason in reasons),
        tuple(reason.label or "" for reason in reasons),
        tuple(reason.score for reason in reasons),
        tuple(reason.mode for reason in reasons),
        tuple(reason.action or "" for reason in reasons),
        verdict.missing,
        verdict.pending,
        tuple(one.detector for one in verdict.unanswered),
        tuple(one.part for one in verdict.unanswered),
        tuple(one.cause for one in verdict.unanswered),
        tuple(stage.name for stage in stages),
        tuple(stage.ms for stage in stages),
        verdict.detectors,
        _features(verdict),
        verdict.mode,
        *_would(verdict.would),
        *_shadow(verdict.shadow),
        verdict.policy_hash,
        milliseconds(verdict.occurred_at),
        milliseconds(verdict.decided_at),
        verdict.trace_id,
        source.topic if source else "",
        source.partition if source else UNKNOWN_PLACE,
        source.offset if source else UNKNOWN_PLACE,
    )


def _features(verdict: Verdict) -> str:
    return "" if verdict.features is None else _ENCODER.encode(verdict.features).decode()


def _would(would: Would | None) -> Row:
    if would is None:
        return "", "", None, "", (), (), (), (), ()
    return (
        would.action,
        would.actor_action.kind,
        would.actor_action.duration_s,
        would.queue or "",
        tuple(reason.code for reason in would.reasons),
        tuple(reason.rule for reason in would.reasons),
        tuple(reason.label or "" for reason in would.reasons),
        tuple(reason.score for reason in would.reasons),
        tuple(reason.action or "" for reason in would.reasons),
    )


def _shadow(shadow: Shadow | None) -> Row:
    if shadow is None:
        return "", "", "", None, "", "", "", *(((),) * 7)
    reasons = shadow.reasons
    return (
        shadow.policy_hash,
        shadow.action,
        shadow.actor_action.kind,
        shadow.actor_action.duration_s,
        shadow.queue or "",
        shadow.priority or "",
        shadow.mode,
        tuple(reason.code for reason in reasons),
        tuple(reason.rule for reason in reasons),
        tuple(reason.policy_version for reason in reasons),
        tuple(reason.label or "" for reason in reasons),
        tuple(reason.score for reason in reasons),
        tuple(reason.mode for reason in reasons),
        tuple(reason.action or "" for reason in reasons),
    )


def signal_rows(verdict: Verdict) -> Iterator[Row]:
    """Gives the rows of `signals` of one verdict."""
    decided_ms = milliseconds(verdict.decided_at)
    for ordinal, signal in enumerate(verdict.signals):
        span, stretch, evidence = signal.span, signal.time_range, signal.evidence or {}
        yield (
            verdict.verdict_id,
            ordinal,
            verdict.surface,
            verdict.item_id,
            signal.label,
            signal.score,
            signal.detector,
            signal.part,
            span.start if span else None,
            span.end if span else None,
            stretch.start_ms if stretch else None,
            stretch.end_ms if stretch else None,
            tuple(evidence),
            tuple(evidence.values()),
            decided_ms,
        )


def dead_letter_row(letter: DeadLetter) -> Row:
    """Gives the row of `dead_letters`."""
    return (
        UUID(letter.dead_letter_id),
        letter.source.topic,
        letter.source.partition,
        letter.source.offset,
        letter.stage,
        letter.error,
        letter.message,
        letter.key,
        letter.value,
        tuple(name for name, _ in letter.headers),
        tuple(value for _, value in letter.headers),
        milliseconds(letter.failed_at),
    )


def label_row(label: HumanLabel) -> Row:
    """Gives the row of `labels`."""
    return (
        label.label_id,
        label.item_id,
        label.surface,
        label.item_revision,
        label.present,
        label.absent,
        label.annotator,
        milliseconds(label.labelled_at),
        label.note,
    )


def campaign_row(campaign: Campaign) -> Row:
    """Gives the row of `campaigns`; the time of its end is 0 while it is open."""
    closed_at = campaign.closed_at
    return (
        campaign.campaign_id,
        campaign.n_actors,
        campaign.n_items,
        campaign.n_violating,
        campaign.violating_share,
        campaign.surfaces,
        campaign.fingerprints,
        milliseconds(campaign.first_seen),
        milliseconds(campaign.last_seen),
        milliseconds(campaign.opened_at),
        milliseconds(campaign.changed_at),
        0 if closed_at is None else milliseconds(closed_at),
        campaign.merged_into or "",
    )
