"""Reading an item's verdicts back from the archive, with all that they were decided on. Blocks."""

from collections import defaultdict
from datetime import datetime
from typing import Final
from uuid import UUID

import msgspec
from msgspec import Struct

from schemas.features import Features
from schemas.labels import Action, Surface
from schemas.signals import Signal
from streams.archive.query import query
from streams.settings import Settings

_VERDICTS: Final = """
SELECT toString(verdict_id) AS verdict_id, surface, actor_id, item_revision, revision, stage,
    status, action, queue, mode, would_action, reasons.rule, missing, pending, features,
    shadow_policy_hash, shadow_action, shadow_queue, shadow_mode, shadow_reasons.rule,
    policy_hash, toUnixTimestamp64Milli(decided_at) AS decided_ms
FROM verdicts FINAL WHERE item_id = {item:String}
ORDER BY surface, item_revision, revision, decided_at
"""
_SIGNALS: Final = """
SELECT toString(verdict_id) AS verdict_id, label, score, detector, part, evidence_names,
    evidence_values
FROM signals FINAL WHERE item_id = {item:String} ORDER BY verdict_id, ordinal
"""
_EPOCH: Final = datetime.fromisoformat("1970-01-01T00:00:00+00:00")
_FEATURES: Final = msgspec.json.Decoder(Features)


class Kept(Struct, frozen=True, kw_only=True):
    """A verdict as it was archived, as far as deciding it again goes."""

    verdict_id: UUID
    surface: Surface
    actor_id: str
    item_revision: int
    revision: int
    stage: str
    status: str
    action: Action
    queue: str
    mode: str
    would_action: str
    rules: tuple[str, ...] = msgspec.field(name="reasons.rule")
    missing: tuple[str, ...]
    pending: tuple[str, ...]
    features: str
    shadow_policy_hash: str
    """The policy that ran in shadow beside; empty where none did."""
    shadow_action: str
    shadow_queue: str
    shadow_mode: str
    shadow_rules: tuple[str, ...] = msgspec.field(name="shadow_reasons.rule")
    policy_hash: str
    decided_ms: int
    signals: tuple[Signal, ...] = ()

    @property
    def decided_at(self) -> datetime:
        """When it was decided, in whole milliseconds."""
        return datetime.fromtimestamp(self.decided_ms / 1_000, _EPOCH.tzinfo)

    @property
    def known(self) -> Features | None:
        """The features; None where none were recorded. Raises msgspec.MsgspecError."""
        return _FEATURES.decode(self.features) if self.features else None


def verdicts_on(settings: Settings, item_id: str) -> list[Kept]:
    """Gives all verdicts on items of this id, by surface and revision.

    Raises ArchiveUnavailable, QueryFailed.
    """
    rows = _rows(settings, _VERDICTS, item_id)
    signals: dict[object, list[Signal]] = defaultdict(list)
    for row in _rows(settings, _SIGNALS, item_id):
        names, values = row.pop("evidence_names"), row.pop("evidence_values")
        verdict = row.pop("verdict_id")
        pairs = zip(
            msgspec.convert(names, list[str]), msgspec.convert(values, list[str]), strict=True
        )
        signals[verdict].append(msgspec.convert({**row, "evidence": dict(pairs) or None}, Signal))
    return [
        msgspec.convert({**row, "signals": signals[row["verdict_id"]]}, Kept, from_attributes=True)
        for row in rows
    ]


def _rows(settings: Settings, sql: str, item_id: str) -> list[dict[str, object]]:
    found = query(settings, sql, {"item": item_id})
    return [dict(zip(found.columns, row, strict=True)) for row in found.rows]
