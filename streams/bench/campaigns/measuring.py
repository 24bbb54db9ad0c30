"""Measuring a mix: every post judged, decided, counted and, where it is due, decided again."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Final

import msgspec
from msgspec import Struct, structs

from schemas.campaigns import Fingerprinted
from schemas.content import Item, TextPart
from schemas.features import CampaignFeatures
from schemas.labels import Action, Surface
from schemas.signals import Signal
from streams.bench.campaigns.traffic import Post
from streams.campaigns.counting import Counter
from streams.campaigns.index import Index
from streams.campaigns.members import Said
from streams.campaigns.membership import belonging, member_form
from streams.campaigns.revising import revised
from streams.decide import Circumstances, Judged, decide
from streams.features import features_of
from streams.policy import CompiledPolicy

START: Final = datetime(2026, 11, 29, 12, tzinfo=UTC)
SEEN_S: Final = 1.0
"""After this time workers know of a campaign."""
PARTS: Final[Mapping[Surface, str]] = {
    "chatroom": "text", "square": "text", "memerush": "description", "ai": "response",
}  # fmt: skip
_MEMBER: Final = msgspec.json.Decoder(Fingerprinted)
_TRACE: Final = "0" * 31 + "1"

Signals = Callable[[Post], tuple[Signal, ...]]


class Outcome(Struct, kw_only=True):
    """What became of a post: its action by itself, on arrival, and in the end."""

    post: Post
    alone: Action
    arrival: Action
    final: Action
    delay_s: float = 0.0
    """From its first verdict to its last."""
    is_told: bool = False


class Found(Struct, frozen=True, kw_only=True):
    """The outcomes of a mix, in the order of arrival, and the campaigns at the end."""

    outcomes: Sequence[Outcome]
    n_campaigns: int
    most_kept: int


def item_of(number: int, post: Post) -> Item:
    """Gives a post as the item that its product's event would be."""
    return Item(
        item_id=f"{post.kind}-{number}",
        surface=post.surface,
        actor_id=post.actor_id,
        revision=1,
        created_at=START + timedelta(seconds=post.at_s),
        origin="ai" if post.surface == "ai" else "human",
        texts=(TextPart(name=PARTS[post.surface], text=post.text),),
    )


def measure(posts: Iterable[Post], signals: Signals, policy: CompiledPolicy) -> Found:
    """Gives what becomes of posts, as workers and the campaigns' process would have it."""
    index, counter = Index(), Counter()
    outcomes: dict[str, Outcome] = {}
    waiting: list[tuple[float, str, object]] = []
    most_kept = 0
    for number, post in enumerate(sorted(posts, key=lambda one: one.at_s)):
        while waiting and waiting[0][0] <= post.at_s:
            _, name, campaign = waiting.pop(0)
            index.put(name, campaign)  # type: ignore[arg-type] # what `changes` gave
        item = item_of(number, post)
        now = item.created_at
        given = Circumstances(stage="fast", policy=policy, detectors=("bench@1",), now=now)
        judged = Judged(signals=signals(post))
        found = belonging(item, index)
        own = features_of(item)
        features = structs.replace(own, campaign=found.campaign)
        verdict = decide(item, judged, _TRACE, given, features)
        alone = decide(item, judged, _TRACE, given, own).action if found.campaign.id else None
        outcome = Outcome(
            post=post,
            alone=alone or verdict.action,
            arrival=verdict.action,
            final=verdict.action,
        )
        outcomes[item.item_id] = outcome
        member = member_form(verdict, found, features, policy)
        if member is None or member.value is None:
            continue
        outcome.is_told = True

        def revise(
            one: Fingerprinted, campaign: CampaignFeatures, said: Said, at: datetime = now
        ) -> bool:
            again = revised(one, campaign, said, policy, at)
            if again is not None:
                known = outcomes[one.item_id]
                known.final = again.action
                known.delay_s = (at - one.decided_at).total_seconds()
            return again is not None

        counter.take(_MEMBER.decode(member.value), revise)
        seen_s = post.at_s + SEEN_S
        waiting += [(seen_s, told.campaign_id, told) for told in counter.changes(now)]
        most_kept = max(most_kept, len(counter))
    return Found(outcomes=list(outcomes.values()), n_campaigns=counter.n_open, most_kept=most_kept)
