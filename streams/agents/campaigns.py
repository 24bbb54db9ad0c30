"""The campaigns' process: counts who posts nearly the same, in one place."""

from datetime import UTC, datetime
from functools import partial

from msgspec import structs

from schemas.topics import CAMPAIGNS, FINGERPRINTS, RULES, STRIKES
from streams.agents.app import AnswerBatch
from streams.agents.service import Service, serve
from streams.campaigns.answering import Counting
from streams.campaigns.counting import Limits
from streams.limiting.sharing import Limits as Quotas
from streams.pipeline import follow_policy, told_of
from streams.publisher import Publisher
from streams.settings import Settings


def limits_of(settings: Settings) -> Limits:
    """Gives how much makes a campaign."""
    return Limits(
        window_s=settings.campaign_window_s,
        quiet_s=settings.campaign_quiet_s,
        n_meeting=settings.campaign_meeting,
        n_actors=settings.campaign_actors,
        max_items=settings.campaign_items,
    )


def run(settings: Settings) -> int:
    """Runs until a signal stops it. Gives the exit code, as `serve` does.

    Further processes of the group stand by. Raises TopicsMissing, PortTaken, PolicyInvalid,
    SettingsInvalid before it begins.
    """
    followed = follow_policy(settings)
    quotas = Quotas(settings.broker, followed.current)

    def counting(publisher: Publisher) -> AnswerBatch:
        return Counting(
            settings.broker,
            limits_of(settings),
            followed.current,
            publisher,
            partial(datetime.now, UTC),
            quotas,
        ).answer

    service = Service(
        name="campaigns",
        topics=(FINGERPRINTS,),
        outputs=(CAMPAIGNS, RULES, STRIKES),
        answer=counting,
        told=lambda: {**told_of(followed), "limited": quotas.told()},
        limits=quotas,
    )
    return serve(structs.replace(settings, group=settings.campaigns_group), service)
