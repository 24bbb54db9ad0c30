"""What a worker or a lane does for campaigns: which one an item is in, and what is told of it."""

import re
from collections.abc import Sequence
from typing import Final

import msgspec
from msgspec import Struct, structs

from schemas import headers as names
from schemas.campaigns import Fingerprinted
from schemas.content import Item
from schemas.features import CampaignFeatures, Features
from schemas.labels import SEVERITY
from schemas.topics import FINGERPRINTS
from schemas.verdicts import Reason, Verdict
from streams.campaigns.index import NONE, Index
from streams.campaigns.keys import keys_of
from streams.campaigns.suspicion import is_suspect
from streams.fingerprints import Fingerprints, fingerprints_of
from streams.policy import CompiledPolicy, Given, fire
from streams.record import Outgoing

_ENCODER: Final = msgspec.json.Encoder()
_OF_OTHERS: Final = ("retrieved", "joined", "cashtags")
"""Parts whose signals are of what others say, of messages before, or of a ticker's letters."""
_DETECTED: Final = re.compile(r"\b(?:score\.|signals\b)")
_UNJUDGED: Final = frozenset({"missing", "pending"})


class Belonging(Struct, frozen=True, kw_only=True):
    """An item's fingerprints, and what rules may ask of the campaign that it belongs to."""

    prints: Fingerprints = Fingerprints()
    pictures: tuple[str, ...] = ()
    """The PDQ hashes of its pictures."""
    campaign: CampaignFeatures = NONE

    @property
    def keys(self) -> tuple[str, ...]:
        """The fingerprints as campaigns know them."""
        return keys_of(self.prints, self.pictures)

    @property
    def is_named(self) -> bool:
        """Whether it has such by which an item is told of whatever it says."""
        found = self.prints
        return bool(found.links or found.addresses or found.tickers or self.pictures)


def belonging(item: Item, index: Index, pictures: Sequence[str] = ()) -> Belonging:
    """Gives where an item belongs; `pictures` are the PDQ hashes of its pictures."""
    prints = fingerprints_of(item)
    has_pairs = prints.text is not None and index.may_share_pair(prints.text.words)
    keys = keys_of(prints, pictures, has_pairs=has_pairs)
    campaign = index.find(keys, item.created_at)
    return Belonging(prints=prints, pictures=tuple(pictures), campaign=campaign)


def member_form(
    verdict: Verdict, found: Belonging, features: Features, policy: CompiledPolicy
) -> Outgoing | None:
    """Gives the record that tells of an item after its final verdict; None where none is needed."""
    if verdict.status != "final" or not _is_told(verdict, found):
        return None
    keys = found.keys
    if not keys:
        return None
    member = Fingerprinted(
        item_id=verdict.item_id,
        surface=verdict.surface,
        actor_id=verdict.actor_id,
        item_revision=verdict.item_revision,
        revision=verdict.revision,
        fingerprints=keys,
        is_violating=is_violating(verdict, features, policy),
        signals=verdict.signals,
        missing=verdict.missing,
        unanswered=verdict.unanswered,
        detectors=verdict.detectors,
        features=features,
        occurred_at=verdict.occurred_at,
        decided_at=verdict.decided_at,
        trace_id=verdict.trace_id,
    )
    return Outgoing(
        topic=FINGERPRINTS.name,
        key=verdict.item_id.encode(),
        value=_ENCODER.encode(member),
        headers=(
            (names.SCHEMA, FINGERPRINTS.schema.encode()),
            (names.VERSION, str(FINGERPRINTS.version).encode()),
        ),
    )


def _is_told(verdict: Verdict, found: Belonging) -> bool:
    return (
        bool(found.campaign.id)
        or found.is_named
        or is_suspect(verdict.signals)
        or any(map(_is_rule, verdict.reasons))
    )


def is_violating(verdict: Verdict, features: Features, policy: CompiledPolicy) -> bool:
    """Tells whether what the item says has some rule limit it, or ask for more.

    How often its actor writes is no matter of what is copied, nor is what others say: a text that
    an AI was given, the actor's messages before. A label on it asks for nothing.
    """
    found = tuple(one for one in verdict.signals if not one.part.startswith(_OF_OTHERS))
    alone = Given(
        surface=verdict.surface,
        now=verdict.decided_at,
        signals=found,
        missing=verdict.missing,
        features=structs.replace(features, campaign=NONE),
        item_id=verdict.item_id,
        actor_id=verdict.actor_id,
    )
    return any(
        _is_grave(reason) and _is_of_content(reason, policy)
        for reason in fire(alone, policy).reasons
    )


def _is_grave(reason: Reason) -> bool:
    return reason.action is None or SEVERITY[reason.action] >= SEVERITY["limit"]


def _is_of_content(reason: Reason, policy: CompiledPolicy) -> bool:
    """Whether a rule looks at what was detected: by its label, or by scores in its condition."""
    rule = policy.rules.get(reason.rule)
    if reason.label is not None:
        return True
    return rule is not None and _DETECTED.search(rule.when) is not None


def _is_rule(reason: Reason) -> bool:
    asked = reason.action is None or SEVERITY[reason.action] > SEVERITY["allow"]
    return asked and reason.code not in _UNJUDGED
