"""The pipeline: a micro-batch of records in, one answer a record out.

Every record gets exactly one answer: a verdict, a dead letter or a line in the filtered topic.
`judge` touches neither Kafka nor ClickHouse; `tidegate moderate` and the agents both run it.
"""

import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import cache, lru_cache, partial
from pathlib import Path
from typing import Final, Literal

import msgspec
from msgspec import Struct, structs
from prometheus_client import Gauge

from detectors import registry
from detectors.detector import Context, Detector
from detectors.examiners import classifier_names
from detectors.refresh import Followed
from schemas import headers as names
from schemas.content import Item, TextPart
from schemas.features import ActorFeatures, Features
from schemas.records import Filtered
from schemas.topics import BY_NAME, FILTERED, VERDICTS, Topic
from schemas.verdicts import Verdict
from streams import metrics, policy
from streams.actors.counting import Arrival
from streams.actors.deciding import strike_form
from streams.actors.memory import Actors
from streams.campaigns.index import Index
from streams.campaigns.membership import Belonging, belonging, member_form
from streams.capacity import fitted
from streams.decide import Circumstances, Judged, decide
from streams.decode import decode
from streams.dlq import bury
from streams.features import item_features
from streams.lanes import Lane, awaiting, due, hand_on, next_lane
from streams.normalise import normalise
from streams.policy import CompiledPolicy, PolicyInvalid
from streams.recent import Recent
from streams.record import Outgoing, Record
from streams.rounds import judge_items
from streams.settings import PREFIX, Settings, SettingsInvalid
from streams.shadowing import InUse
from streams.trace import trace_id, traceparent

logger = logging.getLogger(__name__)

Kind = Literal["verdict", "dead_letter", "filtered"]

UNREMEMBERED: Final = "actor.memory"
"""Named in `missing` where what is remembered of an actor could not be told."""

_ENCODER: Final = msgspec.json.Encoder()


class Pipeline(Struct, frozen=True, kw_only=True):
    """What judging needs: detectors, a policy, a limit, a clock and what was written last."""

    detectors: tuple[Detector[TextPart], ...]
    context_detectors: tuple[Detector[Context], ...] = ()
    """Those that judge an item by its context."""
    policy: CompiledPolicy
    recent: Recent
    """Chatroom texts of the last minute, for those that an actor splits."""
    actors: Actors | None = None
    """What actors did lately; None remembers nobody."""
    campaigns: Index | None = None
    """The campaigns that are open; None where items are not compared with those of others."""
    max_event_bytes: int
    lanes: tuple[Lane, ...] = ()
    """Media lanes that are run; media that none judges are missing."""
    limited: tuple[str, ...] = ()
    """Rules and `detector:` names that ask for review alone, now."""
    media_deadline_s: float = 60.0
    """Time within which the lanes must answer."""
    clock: Callable[[], datetime]

    @property
    def detector_ids(self) -> tuple[str, ...]:
        """The ids of the detectors, in the order in which they run."""
        texts = tuple(detector.card.id for detector in self.detectors)
        return texts + tuple(detector.card.id for detector in self.context_detectors)


def detector_names(written: str) -> tuple[str, ...]:
    """Reads a comma-separated list.

    Raises SettingsInvalid for an empty one, which would allow all, and for a name that stands there
    twice, which would be loaded and run twice.
    """
    names = tuple(name.strip() for name in written.split(",") if name.strip())
    if not names:
        message = "TIDEGATE_DETECTORS names no detector"
        raise SettingsInvalid(message)
    repeated = next((name for n, name in enumerate(names) if name in names[:n]), None)
    if repeated is not None:
        message = f"TIDEGATE_DETECTORS names {repeated} twice"
        raise SettingsInvalid(message)
    return names


def load_detectors(written: str, settings: Settings) -> list[Detector[TextPart]]:
    """Loads those of a comma-separated list that judge texts, as the settings want them run.

    Raises SettingsInvalid, UnknownDetector, ModelMismatch.
    """
    with _variable_named():
        return registry.load(
            detector_names(written),
            threads=settings.detector_threads,
            has_early_exit=settings.early_exit,
            n_cached=settings.text_cache,
            on_lookups=metrics.count_lookups,
            lists=lists_of(settings),
        )


def lists_of(settings: Settings) -> registry.Lists:
    """Gives the lists that the settings name."""
    return registry.Lists(
        links=settings.links,
        brands=settings.brands,
        addresses=settings.addresses,
        names=settings.names,
        tokens=settings.tokens,
        canaries=settings.canaries,
        banks=settings.banks,
        logos=settings.logos,
        anchors=settings.anchors,
        classifiers=settings.classifiers,
    )


@contextmanager
def _variable_named() -> Iterator[None]:
    """Says of a list that cannot be used which variable names it. Raises SettingsInvalid."""
    try:
        yield
    except registry.ListUnreadable as error:
        message = f"{PREFIX}{error.which.upper()}: {error}"
        raise SettingsInvalid(message) from error


def check(settings: Settings) -> None:
    """Raises what `load_pipeline` would of settings, lists and policies, without `text.risk`."""
    with _variable_named():
        registry.check(detector_names(settings.detectors), lists_of(settings))
    load_policy(settings)
    load_shadow(settings)


def load_policy(settings: Settings) -> CompiledPolicy:
    """Loads the policy, whose rules may name the operator's classifiers too.

    Raises PolicyInvalid, SettingsInvalid.
    """
    return _load(settings.policy or policy.SHIPPED, settings)


def load_shadow(settings: Settings) -> CompiledPolicy | None:
    """Loads the policy that runs in shadow beside; None where the settings name none.

    Raises PolicyInvalid, which names the setting, SettingsInvalid.
    """
    return None if settings.shadow_policy is None else _shadow(settings.shadow_policy, settings)


def _shadow(path: Path, settings: Settings) -> CompiledPolicy:
    try:
        return _load(path, settings)
    except SettingsInvalid:
        raise
    except Exception as error:
        # Whatever it is: it must not end a process whose own policy is in order.
        message = f"{PREFIX}SHADOW_POLICY: {str(error) or type(error).__name__}"
        raise PolicyInvalid(message) from error


def _load(path: Path, settings: Settings) -> CompiledPolicy:
    with _variable_named():
        own = classifier_names(lists_of(settings))
    return policy.load(path, known=registry.NAMES | own)


def follow_policy(
    settings: Settings, on_read: Callable[[CompiledPolicy], None] = lambda _: None
) -> InUse:
    """Loads the policies and follows their files: `current()` gives them as of now.

    A bad file is refused and the policy before it stays, visibly: in the log, the metrics and the
    health report. `on_read` is told of each policy that is taken up. Raises as `load_policy` and
    `load_shadow` do.
    """

    def follow(
        path: Path, load: Callable[[Path, Settings], CompiledPolicy], used: Gauge, refused: Gauge
    ) -> Followed[CompiledPolicy]:
        def read(_: Path) -> CompiledPolicy:
            try:
                found = load(path, settings)
            except (ValueError, OSError):
                refused.set(1)
                raise
            refused.set(0)
            used.clear()
            used.labels(found.hash, found.policy.version).set(1)
            on_read(found)
            return found

        return Followed(path, read, every_s=settings.policy_every_s, is_patient=True)

    live, beside = settings.policy or policy.SHIPPED, settings.shadow_policy
    return InUse(
        follow(live, _load, metrics.POLICY, metrics.POLICY_REFUSED),
        None
        if beside is None
        else follow(beside, _shadow, metrics.SHADOW_POLICY, metrics.SHADOW_POLICY_REFUSED),
    )


def told_of(followed: InUse) -> dict[str, object]:
    """Gives what the health report says of the policies: hashes, and why newer ones are refused."""
    return followed.told()


def load_pipeline(settings: Settings) -> Pipeline:
    """Loads policies and detectors.

    Raises PolicyInvalid, ModelMismatch, SettingsInvalid, UnknownDetector.
    """
    return Pipeline(
        detectors=tuple(load_detectors(settings.detectors, settings)),
        context_detectors=tuple(registry.load_contexts(detector_names(settings.detectors))),
        policy=structs.replace(load_policy(settings), beside=load_shadow(settings)),
        recent=Recent(settings.recent_texts),
        actors=Actors(group=settings.group) if settings.actors == "on" else None,
        max_event_bytes=settings.max_event_bytes,
        media_deadline_s=settings.media_deadline_s,
        clock=partial(datetime.now, UTC),
    )


class Answer(Struct, frozen=True, kw_only=True):
    """The answer to one record, ready to be published."""

    record: Record
    kind: Kind
    outgoing: Outgoing
    also: tuple[Outgoing, ...] = ()
    """Published once the broker has it: the task for the next lane, a strike, fingerprints."""
    verdict: Verdict | None = None
    error: Exception | None = None
    stage: str = ""
    """Where `error` arose: decode, normalise or decide."""


def judge(records: Sequence[Record], pipeline: Pipeline) -> list[Answer]:
    """Gives one answer a record, in order. Blocks while detectors run.

    Raises nothing for bad input: whatever a record holds, it is answered. Chatroom texts are kept
    in `pipeline.recent`, and judged together with those before them too; actors are remembered in
    `pipeline.actors`.
    """
    admitted = [_admit(record, pipeline) for record in records]
    items = [entry for entry in admitted if isinstance(entry, Item)]
    judged = iter(
        judge_items(
            items,
            pipeline.detectors,
            pipeline.context_detectors,
            pipeline.policy,
            pipeline.recent,
        )
    )
    given = Circumstances(
        stage="fast",
        policy=pipeline.policy,
        detectors=pipeline.detector_ids,
        now=pipeline.clock(),
    )
    return [
        entry
        if isinstance(entry, Answer)
        else _answer(record, entry, awaiting(next(judged), pipeline.lanes), given, pipeline)
        for record, entry in zip(records, admitted, strict=True)
    ]


def _admit(record: Record, pipeline: Pipeline) -> Item | Answer:
    """Decodes and normalises a record, or answers it at once."""
    if record.value is None:
        return filtered(record, "tombstone", pipeline.clock())
    topic = BY_NAME[record.source.topic]
    try:
        event = decode(record, topic, max_bytes=pipeline.max_event_bytes)
    except ValueError as error:
        return dead(record, "decode", error, pipeline.clock())
    try:
        return normalise(event)
    except Exception as error:
        logger.exception("normalise failed")
        return dead(record, "normalise", error, pipeline.clock())


def _answer(
    record: Record, item: Item, judged: Judged, given: Circumstances, pipeline: Pipeline
) -> Answer:
    try:
        features, arrival = _features(record, item, given, pipeline)
        if arrival is None and pipeline.actors is not None:
            judged = structs.replace(judged, missing=(*judged.missing, UNREMEMBERED))
        found = Belonging()
        if pipeline.campaigns is not None:
            found = belonging(item, pipeline.campaigns)
            features = structs.replace(features, campaign=found.campaign)
        verdict, value = fitted(decide(item, judged, trace_id(record), given, features))
        outgoing = publish_form(verdict, value, record)
        lane = next_lane(item, pipeline.lanes)
        also: tuple[Outgoing, ...] = ()
        if lane is not None:
            due_at = due(given.now, pipeline.media_deadline_s)
            also = (hand_on(item, verdict, lane, record, due_at),)
        if arrival is not None:
            also += _strike(record, arrival, verdict, pipeline)
        member = member_form(verdict, found, features, pipeline.policy)
        if member is not None:
            also += (member,)
    except Exception as error:
        logger.exception("decide failed")
        return dead(record, "decide", error, given.now)
    return Answer(record=record, kind="verdict", outgoing=outgoing, also=also, verdict=verdict)


def _features(
    record: Record, item: Item, given: Circumstances, pipeline: Pipeline
) -> tuple[Features, Arrival | None]:
    """What rules may ask of an item, which counts among its actor's from here on.

    Nothing is told of the actor, and there is no arrival, where counting fails.
    """
    own = item_features(item)
    arrival, actor = None, ActorFeatures()
    if pipeline.actors is not None:
        rules = given.policy.policy.memory
        now_ms = int(given.now.timestamp() * 1000)
        try:
            arrival, actor = pipeline.actors.count(
                record, item, rules, has_link=own.n_links > 0, now_ms=now_ms
            )
        except Exception:
            logger.warning("actor not counted", exc_info=True, extra=_place(record))
            metrics.ACTOR_FAILURES.labels("count").inc()
    return Features(item=own, actor=actor, limited=pipeline.limited), arrival


def _strike(
    record: Record, arrival: Arrival, verdict: Verdict, pipeline: Pipeline
) -> tuple[Outgoing, ...]:
    """Notes a verdict of its actor; gives what others should hear of it. The verdict goes first."""
    if pipeline.actors is None:
        return ()
    try:
        partition = record.source.partition
        strike = pipeline.actors.judged(arrival, partition, verdict, pipeline.policy)
    except Exception:
        logger.warning("verdict not noted of its actor", exc_info=True, extra=_place(record))
        metrics.ACTOR_FAILURES.labels("note").inc()
        return ()
    return () if strike is None else (strike_form(strike),)


def _place(record: Record) -> dict[str, object]:
    source = record.source
    return {"topic": source.topic, "partition": source.partition, "offset": source.offset}


def dead(record: Record, stage: str, error: Exception, now: datetime) -> Answer:
    """Gives the answer to a record that cannot be judged."""
    outgoing = bury(record, stage=stage, error=error, now=now)
    return Answer(record=record, kind="dead_letter", outgoing=outgoing, error=error, stage=stage)


def filtered(record: Record, cause: str, now: datetime) -> Answer:
    """Gives the answer to a record that is by rule not judged."""
    line = Filtered(source=record.source, cause=cause, filtered_at=now)
    outgoing = Outgoing(
        topic=FILTERED.name,
        key=names.format_source(record.source),
        value=_ENCODER.encode(line),
        headers=(
            *_constant_headers(FILTERED),
            (names.SOURCE, names.format_source(record.source)),
        ),
    )
    return Answer(record=record, kind="filtered", outgoing=outgoing)


def publish_form(verdict: Verdict, value: bytes, record: Record) -> Outgoing:
    """Gives the record in which a verdict, encoded as `value`, is published, with its headers."""
    return Outgoing(
        topic=VERDICTS.name,
        key=verdict.item_id.encode(),
        value=value,
        headers=(
            *_constant_headers(VERDICTS),
            (names.CE_ID, verdict.verdict_id.hex.encode()),
            (names.CE_TIME, _time_header(verdict.decided_at)),
            (names.TRACEPARENT, traceparent(verdict.trace_id, verdict.verdict_id)),
            (names.SOURCE, names.format_source(record.source)),
        ),
    )


@lru_cache(maxsize=16)
def _time_header(moment: datetime) -> bytes:
    """The same for a whole batch."""
    return moment.isoformat().encode()


@cache
def _constant_headers(topic: Topic) -> tuple[tuple[str, bytes], ...]:
    return (
        (names.SCHEMA, topic.schema.encode()),
        (names.VERSION, str(topic.version).encode()),
        (names.CE_SPECVERSION, b"1.0"),
        (names.CE_SOURCE, b"/tidegate/worker"),
        (names.CE_TYPE, f"tidegate.{topic.schema.lower()}.v{topic.version}".encode()),
    )
