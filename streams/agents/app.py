"""The Faust application: one agent a topic, each answering micro-batches."""

import asyncio
import logging
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final

import faust
from msgspec import Struct

from schemas.records import Source
from schemas.topics import Topic
from streams.agents import tolerance
from streams.agents.batches import Pace, RawSchema, micro_batches
from streams.agents.transport import Consumer, QuietMonitor, Transport
from streams.record import Record
from streams.settings import Settings

logger = logging.getLogger(__name__)

AnswerBatch = Callable[[Sequence[Record]], None]
"""Answers a batch; on return the broker has every answer. Blocks."""

MAX_POLL_RECORDS: Final = 4_000


class Failure(Struct, frozen=True):
    """Why the worker must end."""

    error: BaseException


class App(faust.App):
    """A Faust app on our transport."""

    consumer: Consumer

    def _new_transport(self) -> Transport:
        return Transport(self.conf.broker_consumer, self, loop=self.loop)

    def on_rebalance_end(self) -> None:
        """Ends a rebalance, unless another has begun: that one's recovery will."""
        if not self.consumer.is_overtaken:
            super().on_rebalance_end()


def build(
    settings: Settings,
    topics: Sequence[Topic],
    answer_for: Callable[[Topic], AnswerBatch],
    on_failure: Callable[[BaseException], None],
) -> App:
    """Gives the app of the settings' group, with an agent for each topic.

    `on_failure` is told of an error that must end the process.

    After an agent's exception Faust skips un-acked events until a restart
    (faust-streaming/faust#315), so no exception leaves an agent: the process ends instead.
    """
    tolerance.install()
    session_s = settings.session_timeout_s
    app = App(
        settings.group,
        broker=[f"kafka://{address}" for address in settings.broker.split(",")],
        Monitor=QuietMonitor,
        autodiscover=False,
        web_enabled=False,
        topic_disable_leader=True,
        topic_allow_declare=False,
        key_serializer="raw",
        value_serializer="raw",
        broker_session_timeout=session_s,
        broker_heartbeat_interval=session_s / 5,
        broker_rebalance_timeout=settings.rebalance_timeout_s,
        broker_max_poll_records=MAX_POLL_RECORDS,
        broker_commit_interval=1.0,
        consumer_auto_offset_reset="earliest",
        processing_guarantee="at_least_once",
        # A changelog that was made anew is shorter than what we remember: that is kept.
        recovery_consistency_check=False,
        # A standby would read all changes that others write.
        table_standby_replicas=0,
        # A stop or rebalance waits until batches in hand are answered and acked.
        stream_wait_empty=True,
        datadir=settings.state_dir / settings.group,
    )
    executor = ThreadPoolExecutor(len(topics), thread_name_prefix="answer")
    for topic in topics:
        _add_agent(app, topic, answer_for(topic), executor, settings, on_failure)
    return app


def _add_agent(
    app: App,
    topic: Topic,
    answer: AnswerBatch,
    executor: ThreadPoolExecutor,
    settings: Settings,
    on_failure: Callable[[BaseException], None],
) -> None:
    source = app.topic(topic.name, schema=RawSchema())
    pace = Pace(settings.batch_max)

    async def agent(stream: Any) -> None:  # noqa: ANN401 - Faust is untyped
        try:
            batches = micro_batches(stream, settings.batch_max, settings.batch_wait_s, pace)
            async for events in batches:
                began_s = time.monotonic()
                await _answer(events, answer, executor)
                pace.note(len(events), time.monotonic() - began_s)
        except Exception as error:  # noqa: BLE001 - the process ends; see build()
            on_failure(error)

    app.agent(source, name=f"moderate.{topic.name}", concurrency=1)(agent)


async def _answer(events: list[Any], answer: AnswerBatch, executor: ThreadPoolExecutor) -> None:
    """Has a batch answered, then acks it. A stop cancels agents: the batch in hand is finished."""
    records = [_record(event) for event in events]
    answered = asyncio.get_running_loop().run_in_executor(executor, answer, records)
    try:
        await asyncio.shield(answered)
    except asyncio.CancelledError:
        logger.info("finishing the batch in hand")
        await answered
        _ack(events)
        raise
    _ack(events)


def _ack(events: list[Any]) -> None:
    for event in events:
        event.ack()


def _record(event: Any) -> Record:  # noqa: ANN401 - Faust is untyped
    message = event.message
    found = message.headers or ()
    pairs = found.items() if isinstance(found, dict) else found
    return Record(
        source=Source(topic=message.topic, partition=message.partition, offset=message.offset),
        key=message.key,
        value=message.value,
        headers=tuple((str(name), value) for name, value in pairs),
        timestamp_ms=round((message.timestamp or 0) * 1000),
    )
