"""The worker process: the Faust app with its publisher, watchdog, health port and signals."""

import logging
import os
import signal
import time
from collections.abc import Sequence
from functools import partial
from typing import Final

import faust
from confluent_kafka.admin import AdminClient
from faust.exceptions import ConsumerNotStarted

from schemas.topics import FILTERED, VERDICTS, Topic, dlq_of
from streams import answering
from streams.agents.app import AnswerBatch, App, build
from streams.dlq_limit import MEMORY, DlqLimit
from streams.health import HealthServer
from streams.pipeline import Pipeline, load_pipeline
from streams.policy import idle_rules
from streams.publisher import Publisher
from streams.reading import Partition
from streams.settings import Settings, SettingsInvalid, product_topics
from streams.stopping import stop_signals
from streams.topic_admin import require_topics
from streams.watchdog import Watchdog

logger = logging.getLogger(__name__)

FAILED: Final = 1
"""Exit code of a worker that ended itself; its supervisor starts it again."""
MAX_RULES_SHOWN: Final = 20


def run(settings: Settings) -> int:
    """Runs a worker until a signal stops it. Gives the exit code.

    SIGTERM, SIGINT and SIGHUP finish the batches in hand, commit and leave the group. An error of
    the infrastructure ends the process at once with code 1: what was not acked is read again.

    Raises TopicsMissing, PortTaken, PolicyInvalid, ModelMismatch, SettingsInvalid before it begins.
    """
    pipeline = load_pipeline(settings)
    warn_of_idle_rules(pipeline)
    _make_state_dir(settings)
    topics = product_topics(settings)
    needed = (*topics, *map(dlq_of, topics), VERDICTS, FILTERED)
    require_topics(AdminClient({"bootstrap.servers": settings.broker}), needed)
    publisher = Publisher(
        settings.broker, client_id="tidegate-worker", timeout_s=settings.drain_timeout_s
    )
    app = build(settings, partial(_answer_for, settings, pipeline, publisher), _end_on_failure)
    watchdog = Watchdog(
        broker=settings.broker,
        group=settings.group,
        timeout_s=settings.stall_timeout_s,
        assigned=partial(_assigned, app),
        on_stall=_end_on_stall,
        clock=time.monotonic,
    )
    health = None
    if settings.metrics_port >= 0:
        health = HealthServer(
            settings.metrics_host,
            settings.metrics_port,
            partial(_report, app, pipeline, watchdog),
        )
    watchdog.start()
    logger.info(
        "worker started",
        extra={
            "broker": settings.broker,
            "group": settings.group,
            "topics": [topic.name for topic in topics],
            "policy_hash": pipeline.policy.hash,
            "detectors": pipeline.detector_ids,
            "metrics_port": health.port if health else None,
        },
    )
    code = _run_faust(app)
    watchdog.stop()
    logger.info("worker stopped", extra={"code": code})
    return code


def warn_of_idle_rules(pipeline: Pipeline) -> None:
    """Logs which rules never fire because none of their detectors is loaded."""
    idle = idle_rules(pipeline.policy, {name.partition("@")[0] for name in pipeline.detector_ids})
    if idle:
        logger.warning(
            "rules of the policy never fire: none of their detectors is loaded",
            extra={"rules": idle[:MAX_RULES_SHOWN], "n_rules": len(idle)},
        )


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
    settings: Settings, pipeline: Pipeline, publisher: Publisher, topic: Topic
) -> AnswerBatch:
    limit = DlqLimit(
        max_consecutive=settings.dlq_max_consecutive,
        max_ratio=settings.dlq_max_ratio,
        window=settings.dlq_window,
        memory=settings.state_dir / MEMORY / f"{topic.name}.json",
    )
    logger.debug("agent", extra={"topic": topic.name})
    return partial(answering.answer, pipeline=pipeline, publisher=publisher, limit=limit)


def _assigned(app: App) -> Sequence[Partition]:
    """The partitions that the app holds; empty before the consumer exists."""
    # `app.consumer` would make one, and two threads asking at once would make two.
    if app._consumer is None:
        return []
    try:
        return [(tp.topic, tp.partition) for tp in app.consumer.assignment()]
    except ConsumerNotStarted:
        return []


def _report(app: App, pipeline: Pipeline, watchdog: Watchdog) -> dict[str, object]:
    assigned = _assigned(app)
    return {
        "healthy": watchdog.is_alive(),
        "assigned_partitions": len(assigned),
        "is_rebalancing": bool(app.rebalancing),
        "policy_hash": pipeline.policy.hash,
        "detectors": list(pipeline.detector_ids),
    }


def _end_on_failure(error: BaseException) -> None:
    logger.critical(
        "worker ends: a batch could not be answered; it is read again after the restart",
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
        "worker ends: partitions have lag and make no progress",
        extra={"partitions": [f"{topic}/{number}" for topic, number in stalled]},
    )
    _end()


def _end() -> None:
    """Ends the process at once: a stuck consumer would hang an orderly stop."""
    logging.shutdown()
    os._exit(FAILED)
