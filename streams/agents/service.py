"""A service process: a Faust app with its publisher, watchdog, health port and signals."""

import gc
import logging
import os
import signal
import time
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Final

import faust
from confluent_kafka.admin import AdminClient
from faust.exceptions import ConsumerNotStarted
from msgspec import Struct

from schemas.topics import ACTORS, FILTERED, STRIKES, VERDICTS, Topic, dlq_of
from streams import answering
from streams.agents.app import AnswerBatch, App, build
from streams.agents.remembering import HEARD, Keeper, Remembering
from streams.agents.remembering import answer_for as hearing
from streams.answering import Judge
from streams.dlq_limit import MEMORY, DlqLimit
from streams.health import HealthServer
from streams.limiting.sharing import Limits
from streams.publisher import Publisher
from streams.reading import Partition
from streams.settings import Settings, SettingsInvalid
from streams.stopping import stop_signals
from streams.topic_admin import require_alike, require_topics
from streams.watchdog import Watchdog

logger = logging.getLogger(__name__)

FAILED: Final = 1
"""Exit code of a process that ended itself; its supervisor starts it again."""


class Service(Struct, frozen=True, kw_only=True):
    """What a process does with the records of some topics, as the settings' group."""

    name: str
    """For people: `worker`, `image lane`."""
    topics: tuple[Topic, ...]
    outputs: tuple[Topic, ...]
    """Topics that it writes besides verdicts, filtered lines and dead letters."""
    judge: Judge = lambda records: ()
    answer: Callable[[Publisher], AnswerBatch] | None = None
    """Gives what answers a batch by itself, in place of `judge`."""
    told: Callable[[], Mapping[str, object]]
    """What its health port and its log say of it."""
    remembering: Remembering | None = None
    """What actors did lately, where it remembers them."""
    limits: Limits | None = None
    """What rules asked for, shared with other processes while it runs."""


def serve(settings: Settings, service: Service) -> int:
    """Runs a service until a signal stops it. Gives the exit code.

    SIGTERM, SIGINT and SIGHUP finish the batches in hand, commit and leave the group. An error of
    the infrastructure ends the process at once with code 1: what was not acked is read again.

    Raises TopicsMissing, TopicsUneven, PortTaken, SettingsInvalid before it begins.
    """
    _make_state_dir(settings)
    given = service.remembering
    heard = () if given is None else HEARD
    _require_topics(settings, service, heard)
    client_id = f"tidegate-{service.name.replace(' ', '-')}"
    publisher = Publisher(settings.broker, client_id=client_id, timeout_s=settings.drain_timeout_s)
    answer_for = partial(_answer_for, settings, service, publisher)
    app = build(settings, (*service.topics, *heard), answer_for, _end_on_failure)
    keeper = None if given is None else Keeper(app, settings, given, publisher)
    watchdog = Watchdog(
        broker=settings.broker,
        group=settings.group,
        timeout_s=settings.stall_timeout_s,
        assigned=partial(_watched, app, keeper),
        on_stall=_end_on_stall,
        clock=time.monotonic,
    )
    health = None
    if settings.metrics_port >= 0:
        report = partial(_report, app, watchdog, service, keeper)
        health = HealthServer(settings.metrics_host, settings.metrics_port, report)
    watchdog.start()
    if service.limits is not None:
        service.limits.start()
    logger.info(
        f"{service.name} started",  # noqa: G004 - the name is part of what happened
        extra={
            "broker": settings.broker,
            "group": settings.group,
            "topics": [topic.name for topic in service.topics],
            "metrics_port": health.port if health else None,
            **service.told(),
        },
    )
    # What was loaded stays: Faust collects garbage at every turn of waiting for batches in hand.
    gc.freeze()
    code = _run_faust(app)
    watchdog.stop()
    if service.limits is not None:
        service.limits.stop()
    logger.info(f"{service.name} stopped", extra={"code": code})  # noqa: G004
    return code


def _require_topics(settings: Settings, service: Service, heard: Sequence[Topic]) -> None:
    """Raises TopicsMissing, TopicsUneven."""
    admin = AdminClient({"bootstrap.servers": settings.broker})
    needed = (*service.topics, *map(dlq_of, service.topics), VERDICTS, FILTERED, *service.outputs)
    if service.remembering is None:
        require_topics(admin, needed)
        return
    require_topics(admin, (*needed, *heard, dlq_of(STRIKES), ACTORS))
    require_alike(admin, (*service.topics, *heard, ACTORS))


def _make_state_dir(settings: Settings) -> None:
    try:
        settings.state_dir.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        message = f"TIDEGATE_STATE_DIR cannot be made: {error}"
        raise SettingsInvalid(message) from error


class StoppableWorker(faust.Worker):
    """Faust's worker, which a closed terminal stops like SIGTERM."""

    def install_signal_handlers(self) -> None:
        """Has every signal stop it that should."""
        wanted = stop_signals()
        super().install_signal_handlers()
        if signal.SIGHUP in wanted:
            self.loop.add_signal_handler(signal.SIGHUP, self._on_sigterm)


def _run_faust(app: App) -> int:
    """Runs Faust until it stops; it leaves by SystemExit."""
    worker = StoppableWorker(
        app, quiet=True, redirect_stdouts=False, override_logging=False, loglevel=None
    )
    worker.spinner = None  # it writes escape codes among our JSON lines
    try:
        worker.execute_from_commandline()
    except SystemExit as stop:
        return stop.code if isinstance(stop.code, int) else FAILED


def _answer_for(
    settings: Settings, service: Service, publisher: Publisher, topic: Topic
) -> AnswerBatch:
    given = service.remembering
    if given is not None and topic in HEARD:
        return hearing(given, publisher)
    if service.answer is not None:
        return service.answer(publisher)
    limit = DlqLimit(
        max_consecutive=settings.dlq_max_consecutive,
        max_ratio=settings.dlq_max_ratio,
        window=settings.dlq_window,
        memory=settings.state_dir / MEMORY / f"{topic.name}.json",
    )
    return partial(
        answering.answer,
        judge=service.judge,
        publisher=publisher,
        limit=limit,
        actors=None if given is None else given.actors,
    )


def _assigned(app: App) -> Sequence[Partition]:
    """The partitions that the app holds; empty before the consumer exists."""
    # `app.consumer` would make one, and two threads asking at once would make two.
    if app._consumer is None:
        return []
    try:
        return [(tp.topic, tp.partition) for tp in app.consumer.assignment()]
    except ConsumerNotStarted:
        return []


def _watched(app: App, keeper: Keeper | None) -> Sequence[Partition]:
    """The partitions that must make progress: not while actors are recovered, if that does.

    Nothing is ever committed of a changelog.
    """
    if keeper is not None and keeper.has_moved():
        return []
    return [place for place in _assigned(app) if place[0] != ACTORS.name]


def _report(
    app: App, watchdog: Watchdog, service: Service, keeper: Keeper | None
) -> dict[str, object]:
    names = {topic.name for topic in service.topics}
    return {
        "healthy": watchdog.is_alive(),
        "assigned_partitions": sum(topic in names for topic, _ in _assigned(app)),
        "is_rebalancing": bool(app.rebalancing),
        **service.told(),
        **({} if keeper is None else {"actors": keeper.report()}),
    }


def _end_on_failure(error: BaseException) -> None:
    logger.critical(
        "process ends: a batch could not be answered; it is read again after the restart",
        exc_info=error,
        extra={
            "error": type(error).__name__,
            "cause": str(error),
            "notes": getattr(error, "__notes__", []),
        },
    )
    _end()


def _end_on_stall(stalled: Sequence[Partition]) -> None:
    logger.critical(
        "process ends: partitions have lag and make no progress",
        extra={"partitions": [f"{topic}/{number}" for topic, number in stalled]},
    )
    _end()


def _end() -> None:
    """Ends the process at once: a stuck consumer would hang an orderly stop."""
    logging.shutdown()
    os._exit(FAILED)
