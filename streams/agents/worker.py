"""The worker process: the fast lane."""

import logging
from collections.abc import Sequence
from functools import partial
from typing import Final

from msgspec import structs

from detectors.examiners import classifier_names
from schemas.topics import RULES
from streams import lanes
from streams.agents import remembering
from streams.agents.remembering import Remembering
from streams.agents.seeing import followed_from, outputs_of
from streams.agents.service import Service, serve
from streams.limiting.sharing import Limits
from streams.pipeline import (
    Answer,
    Pipeline,
    follow_policy,
    judge,
    lists_of,
    load_pipeline,
    told_of,
)
from streams.policy import CompiledPolicy, idle_rules
from streams.record import Record
from streams.settings import Settings, product_topics

logger = logging.getLogger(__name__)

MAX_RULES_SHOWN: Final = 20


def run(settings: Settings) -> int:
    """Runs a worker until a signal stops it. Gives the exit code, as `serve` does.

    Raises TopicsMissing, PortTaken, PolicyInvalid, ModelMismatch, SettingsInvalid before it begins.
    """
    served = lanes.chosen(settings)
    loaded = structs.replace(
        load_pipeline(settings), lanes=served, campaigns=followed_from(settings)
    )
    followed = follow_policy(settings, partial(warn_of_idle_rules, loaded, settings))
    limits = Limits(settings.broker, followed.current)
    actors = loaded.actors
    remembering.check(settings)

    def answer(records: Sequence[Record]) -> list[list[Answer]]:
        # One policy for all of a batch: what changes on disk meanwhile is for the next.
        now = structs.replace(loaded, policy=followed.current(), limited=limits.current())
        answers = judge(records, now)
        limits.note(one.verdict for one in answers if one.verdict is not None)
        return [answers]

    service = Service(
        name="worker",
        topics=product_topics(settings),
        outputs=(*(lane.topic for lane in served), RULES, *outputs_of(settings)),
        judge=answer,
        told=lambda: {
            **told_of(followed),
            "detectors": list(loaded.detector_ids),
            "lanes": [lane.name for lane in served],
            "limited": limits.told(),
        },
        remembering=None
        if actors is None
        else Remembering(actors=actors, policy=followed.current, clock=loaded.clock),
        limits=limits,
    )
    return serve(settings, service)


def warn_of_idle_rules(pipeline: Pipeline, settings: Settings, policy: CompiledPolicy) -> None:
    """Logs which rules never fire because none of their detectors is loaded, here or in a lane."""
    loaded = {name.partition("@")[0] for name in pipeline.detector_ids}
    for lane in pipeline.lanes:
        loaded |= set(lanes.examiner_names(lane, settings)) | classifier_names(lists_of(settings))
    idle = idle_rules(policy, loaded)
    if idle:
        logger.warning(
            "rules of the policy never fire: none of their detectors is loaded",
            extra={
                "rules": idle[:MAX_RULES_SHOWN],
                "n_rules": len(idle),
                "policy_hash": policy.hash,
            },
        )
