"""Deciding a member again, with the campaign that it turned out to belong to. Pure."""

from datetime import datetime
from typing import Final

from msgspec import structs

from schemas.campaigns import Fingerprinted
from schemas.content import Item
from schemas.features import CampaignFeatures
from schemas.labels import SEVERITY
from schemas.verdicts import Sanction, Verdict
from streams.decide import Circumstances, Judged, decide
from streams.policy import CompiledPolicy, Given, fire

_SANCTIONS: Final[dict[Sanction, int]] = {"none": 0, "warn": 1, "mute": 2, "suspend": 3}


def revised(
    member: Fingerprinted, campaign: CampaignFeatures, policy: CompiledPolicy, now: datetime
) -> Verdict | None:
    """Gives the verdict of the campaign's stage; None where it would not be graver.

    Its id is the same whoever decides it again under the same policy.
    """
    features = structs.replace(member.features, campaign=campaign)
    given = Given(
        surface=member.surface,
        now=now,
        signals=member.signals,
        missing=member.missing,
        features=features,
        item_id=member.item_id,
        actor_id=member.actor_id,
    )
    after = fire(given, policy)
    before = fire(structs.replace(given, features=member.features), policy)
    is_graver = SEVERITY[after.action] > SEVERITY[before.action]
    kinds = after.actor_action.kind, before.actor_action.kind
    if not is_graver and _SANCTIONS[kinds[0]] <= _SANCTIONS[kinds[1]]:
        return None
    item = Item(
        item_id=member.item_id,
        surface=member.surface,
        actor_id=member.actor_id,
        revision=member.item_revision,
        created_at=member.occurred_at,
        origin=member.features.item.origin,
    )
    judged = Judged(signals=member.signals, missing=member.missing, unanswered=member.unanswered)
    circumstances = Circumstances(
        stage="campaign", policy=policy, detectors=member.detectors, now=now
    )
    return decide(item, judged, member.trace_id, circumstances, features)
