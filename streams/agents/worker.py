"""The worker process: the fast lane."""

import logging
from typing import Final

from msgspec import structs

from detectors.examiners import classifier_names
from streams import lanes
from streams.agents import remembering
from streams.agents.remembering import Remembering
from streams.agents.service import Service, serve
from streams.pipeline import Pipeline, judge, lists_of, load_pipeline
from streams.policy import idle_rules
from streams.settings import Settings, product_topics

logger = logging.getLogger(__name__)

MAX_RULES_SHOWN: Final = 20


def run(settings: Settings) -> int:
    """Runs a worker until a signal stops it. Gives the exit code, as `serve` does.

    Raises TopicsMissing, PortTaken, PolicyInvalid, ModelMismatch, SettingsInvalid before it begins.
    """
    served = lanes.chosen(settings)
    pipeline = structs.replace(load_pipeline(settings), lanes=served)
    warn_of_idle_rules(pipeline, settings)
    actors = pipeline.actors
    remembering.check(settings)
    service = Service(
        name="worker",
        topics=product_topics(settings),
        outputs=tuple(lane.topic for lane in served),
        judge=lambda records: [judge(records, pipeline)],
        told={
            "policy_hash": pipeline.policy.hash,
            "detectors": list(pipeline.detector_ids),
            "lanes": [lane.name for lane in served],
        },
        remembering=None
        if actors is None
        else Remembering(actors=actors, policy=lambda: pipeline.policy, clock=pipeline.clock),
    )
    return serve(settings, service)


def warn_of_idle_rules(pipeline: Pipeline, settings: Settings) -> None:
    """Logs which rules never fire because none of their detectors is loaded, here or in a lane."""
    loaded = {name.partition("@")[0] for name in pipeline.detector_ids}
    for lane in pipeline.lanes:
        loaded |= set(lanes.examiner_names(lane, settings)) | classifier_names(lists_of(settings))
    idle = idle_rules(pipeline.policy, loaded)
    if idle:
        logger.warning(
            "rules of the policy never fire: none of their detectors is loaded",
            extra={"rules": idle[:MAX_RULES_SHOWN], "n_rules": len(idle)},
        )
