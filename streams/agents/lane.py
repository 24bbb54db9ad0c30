"""A media lane's process: tasks from Kafka, files fetched, examined in processes of their own."""

from collections.abc import Iterator, Sequence

from msgspec import structs

from detectors.examiners import LaneName
from schemas.topics import RULES, STRIKES
from streams import lanes
from streams.agents.seeing import followed_from, outputs_of
from streams.agents.service import Service, serve
from streams.lanes import LANES
from streams.limiting.sharing import Limits
from streams.media import confining
from streams.media.judging import judge
from streams.media.opening import open_lane
from streams.pipeline import Answer, follow_policy, told_of
from streams.record import Record
from streams.settings import Settings


def run(settings: Settings, name: LaneName) -> int:
    """Runs a lane until a signal stops it. Gives the exit code, as `serve` does.

    Raises TopicsMissing, PortTaken, PolicyInvalid, ModelMismatch, UnknownDetector, SettingsInvalid
    before it begins.
    """
    confining.hide()
    own = next(lane for lane in LANES if lane.name == name)
    given = structs.replace(
        settings,
        group=lanes.group_of(own, settings),
        batch_max=settings.media_batch,
        # A batch may rightly last until its last item is due.
        stall_timeout_s=max(settings.stall_timeout_s, 2 * settings.media_deadline_s),
    )
    followed = follow_policy(given)
    with open_lane(given, own) as opened:
        pipeline = structs.replace(opened, campaigns=followed_from(given))
        limits = Limits(given.broker, followed.current)

        def answer(records: Sequence[Record]) -> Iterator[list[Answer]]:
            # One policy for all of a batch: what changes on disk meanwhile is for the next. What
            # was limited when the item came stands in its features; here it is counted on.
            for group in judge(records, structs.replace(pipeline, policy=followed.current())):
                limits.note(one.verdict for one in group if one.verdict is not None)
                yield group

        service = Service(
            name=f"{name} lane",
            topics=(own.topic,),
            outputs=(*(lane.topic for lane in pipeline.later), STRIKES, RULES, *outputs_of(given)),
            judge=answer,
            told=lambda: {**told_of(followed), "detectors": list(pipeline.detector_ids)},
            limits=limits,
        )
        return serve(given, service)
