"""A media lane's judging: a micro-batch of tasks in, the next revision of each verdict out."""

import asyncio
import logging
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, wait
from datetime import datetime
from typing import Final

import msgspec
from msgspec import Struct, structs

from detectors.detector import Detector
from detectors.media import Examination
from schemas.content import TextPart
from schemas.tasks import MediaTask
from streams.actors.deciding import strike_form, strike_of
from streams.campaigns.index import Index
from streams.campaigns.membership import Belonging, belonging, member_form
from streams.capacity import fitted
from streams.decide import Circumstances, Judged, decide
from streams.decode import EventInvalid, check_headers
from streams.features import features_of
from streams.lanes import Lane, hand_on, next_lane, unread
from streams.media.examining import Studio
from streams.media.loop import LoopThread
from streams.media.texts import judge_transcripts
from streams.pipeline import Answer, dead, filtered, publish_form
from streams.policy import CompiledPolicy
from streams.record import Outgoing, Record

logger = logging.getLogger(__name__)

_DECODER: Final = msgspec.json.Decoder(MediaTask)


class LanePipeline(Struct, frozen=True, kw_only=True):
    """What a lane judges with."""

    lane: Lane
    later: tuple[Lane, ...]
    """The lanes that come after it and are run."""
    unserved: tuple[Lane, ...] = ()
    """The lanes that come after it and are not run."""
    loop: LoopThread
    studio: Studio
    examiners: tuple[str, ...]
    """The ids of what examines files."""
    texts: tuple[Detector[TextPart], ...]
    """What judges the text that is found in media."""
    policy: CompiledPolicy
    campaigns: Index | None = None
    """The campaigns that are open; None where items are not compared with those of others."""
    clock: Callable[[], datetime]

    @property
    def detector_ids(self) -> tuple[str, ...]:
        """The ids of all that says something, in order."""
        return (*self.examiners, *(one.card.id for one in self.texts))


def judge(records: Sequence[Record], pipeline: LanePipeline) -> Iterator[list[Answer]]:
    """Gives one answer a task, in groups of what is ready. Blocks while media are examined.

    All tasks begin at once: the fetcher and the pool hold what is too much. So a long clip keeps
    nobody waiting. Raises nothing for bad input. Raises ExaminerUnfit when no process examines any
    more.
    """
    admitted = [(record, _admit(record, pipeline)) for record in records]
    at_once = [entry for _, entry in admitted if isinstance(entry, Answer)]
    waiting = {
        pipeline.loop.begin(_examine(entry, pipeline)): (record, entry)
        for record, entry in admitted
        if isinstance(entry, MediaTask)
    }
    if at_once:
        yield at_once
    try:
        while waiting:
            ready, _ = wait(waiting, return_when=FIRST_COMPLETED)
            # In the order of the tasks, whatever became ready first.
            group = [one for one in waiting if one in ready]
            yield _answers([(*waiting.pop(one), one.result()) for one in group], pipeline)
    finally:
        for one in waiting:
            one.cancel()


def _answers(
    examined: Sequence[tuple[Record, MediaTask, list[Examination]]], pipeline: LanePipeline
) -> list[Answer]:
    """The answers to tasks whose media were examined; the texts of all are judged together."""
    transcripts = [[one for part in found for one in part.transcripts] for _, _, found in examined]
    surfaces = [task.item.surface for _, task, _ in examined]
    read = judge_transcripts(transcripts, pipeline.texts, surfaces)
    return [
        _answer(record, task, _gathered(task, found, text, pipeline), found, pipeline)
        for (record, task, found), text in zip(examined, read, strict=True)
    ]


def _admit(record: Record, pipeline: LanePipeline) -> MediaTask | Answer:
    if record.value is None:
        return filtered(record, "tombstone", pipeline.clock())
    try:
        check_headers(record, pipeline.lane.topic)
        try:
            return _DECODER.decode(record.value)
        except (ValueError, RecursionError) as error:
            raise EventInvalid(str(error)) from error
    except ValueError as error:
        return dead(record, "decode", error, pipeline.clock())


async def _examine(task: MediaTask, pipeline: LanePipeline) -> list[Examination]:
    parts = pipeline.lane.parts(task.item)
    return await asyncio.gather(
        *(pipeline.studio.examine(part, task.due_at, task.actor_id) for part in parts)
    )


def _gathered(
    task: MediaTask, examined: Sequence[Examination], texts: Judged, pipeline: LanePipeline
) -> Judged:
    """All that was said of an item, by the stages before and this one."""
    unanswered = [*task.unanswered, *(one for found in examined for one in found.unanswered)]
    unanswered += texts.unanswered
    # What the fast lane thought that a lane would judge, and no lane does.
    unread_by_all = unread(
        part.modality for lane in pipeline.unserved for part in lane.parts(task.item)
    )
    missing = dict.fromkeys((*task.missing, *(one.detector for one in unanswered), *unread_by_all))
    pending = unread(part.modality for lane in pipeline.later for part in lane.parts(task.item))
    stages = [*task.stages, *(one for found in examined for one in found.stages), *texts.stages]
    return Judged(
        signals=(
            *task.signals,
            *(one for found in examined for one in found.signals),
            *texts.signals,
        ),
        missing=tuple(missing),
        pending=pending,
        unanswered=tuple(unanswered),
        stages=tuple(stages),
    )


def _answer(
    record: Record,
    task: MediaTask,
    judged: Judged,
    examined: Sequence[Examination],
    pipeline: LanePipeline,
) -> Answer:
    given = Circumstances(
        stage=pipeline.lane.stage,
        policy=pipeline.policy,
        detectors=tuple(dict.fromkeys((*task.detectors, *pipeline.detector_ids))),
        now=pipeline.clock(),
    )
    try:
        features, found = task.features or features_of(task.item), Belonging()
        if pipeline.campaigns is not None:
            pictures = [one for part in examined for one in part.pictures]
            found = belonging(task.item, pipeline.campaigns, pictures)
            features = structs.replace(features, campaign=found.campaign)
        verdict, value = fitted(decide(task.item, judged, task.trace_id, given, features))
        outgoing = publish_form(verdict, value, record)
        following = next_lane(task.item, pipeline.later)
        also: tuple[Outgoing, ...] = ()
        if following is not None:
            also = (hand_on(task.item, verdict, following, record, task.due_at),)
        strike = strike_of(verdict, pipeline.policy)
        if strike is not None:
            also += (strike_form(strike),)
        member = member_form(verdict, found, features, pipeline.policy)
        if member is not None:
            also += (member,)
    except Exception as error:
        logger.exception("decide failed")
        return dead(record, "decide", error, given.now)
    return Answer(record=record, kind="verdict", outgoing=outgoing, also=also, verdict=verdict)
