"""Deciding a member again, with the campaign that it turned out to belong to. Pure."""

from datetime import datetime
from uuid import uuid5

from msgspec import structs

from schemas.campaigns import Fingerprinted
from schemas.content import Item
from schemas.features import CampaignFeatures
from schemas.verdicts import Verdict
from streams.campaigns.members import Said
from streams.decide import Circumstances, Judged, decide
from streams.policy import CompiledPolicy, Given, fire


def revised(
    member: Fingerprinted,
    campaign: CampaignFeatures,
    said: Said,
    policy: CompiledPolicy,
    now: datetime,
) -> Verdict | None:
    """Gives the verdict of the campaign's stage; None where it asks for what was `said` before.

    It may be graver, and milder too: where others turn out to say the same and to mean no harm.
    What rules are limited now (`member.features.limited`) softens nothing that was said. Its id is
    the same whoever decides it again under the same policy.
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
    known = structs.replace(member.features, campaign=said.campaign)
    before = fire(structs.replace(given, features=known), policy)
    if (after.action, after.actor_action.kind) == (before.action, before.actor_action.kind):
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
    verdict = decide(item, judged, member.trace_id, circumstances, features)
    if not said.n:
        return verdict
    return structs.replace(
        verdict,
        verdict_id=uuid5(verdict.verdict_id, str(said.n)),
        revision=verdict.revision + said.n,
    )
