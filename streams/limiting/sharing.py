"""What all processes counted together: told by each, read by all, over a compacted topic.

A count is exact but for what was told in the last second and for records that are delivered again,
which count twice. A quota is therefore passed by a second's worth of items at most.
"""

import logging
import threading
import time
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from typing import Final
from uuid import uuid4

import msgspec
from confluent_kafka import (
    OFFSET_BEGINNING,
    Consumer,
    KafkaError,
    KafkaException,
    Message,
    Producer,
)

from schemas.topics import RULES
from schemas.verdicts import Verdict
from streams import metrics
from streams.limiting.braking import Limit, limits
from streams.limiting.counting import ITEMS, KEPT, Firsts, RuleCounts, Tally, counted_of
from streams.policy import CompiledPolicy
from streams.reading import open_reader, partitions_of
from streams.topic_admin import BrokerUnavailable

logger = logging.getLogger(__name__)

EVERY_S: Final = 1.0
FLUSH_S: Final = 2.0
"""How long the last counts may take to be told when the process stops."""
STOP_S: Final = 5.0
"""How long a stop waits at most: the thread may be waiting for a broker that is away."""
_DECODER: Final = msgspec.json.Decoder(RuleCounts)
_ENCODER: Final = msgspec.json.Encoder()


class Limits:
    """Counts what rules ask for here and everywhere, and knows which ask for review alone."""

    def __init__(
        self,
        broker: str,
        policy: Callable[[], CompiledPolicy],
        *,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        """Opens nothing yet."""
        self._broker = broker
        self._policy = policy
        self._clock = clock
        self._process = uuid4().hex
        self._own = Tally()
        self._firsts = Firsts()
        self._others: dict[str, RuleCounts] = {}
        self._limits: tuple[Limit, ...] = ()
        self._names: tuple[str, ...] = ()
        self._lock = threading.Lock()
        self._left: set[int] | None = None
        """Partitions whose end was not reached yet; None before any was assigned."""
        self._told: bytes | None = None
        """What others were told last."""
        self._undelivered: KafkaError | None = None
        self._is_cut_off = False
        self._known = threading.Event()
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name="limits", daemon=True)

    def start(self) -> None:
        """Begins to tell and to read. What others counted is known within seconds."""
        self._thread.start()

    def current(self) -> tuple[str, ...]:
        """Gives what asks for review alone as of the last second: rules, `detector:` names."""
        return self._names

    def stop(self) -> None:
        """Tells what was counted last, and ends. Blocks, for `STOP_S` at most.

        What cannot be told by then is not.
        """
        self._stopped.set()
        if self._thread.is_alive():
            self._thread.join(STOP_S)

    @property
    def is_known(self) -> bool:
        """Whether what others counted has been read."""
        return self._known.is_set()

    def told(self) -> list[dict[str, str]]:
        """Gives what is limited and why, for the health report."""
        return [msgspec.structs.asdict(one) for one in self._limits]

    def note(self, verdicts: Iterable[Verdict]) -> None:
        """Counts verdicts. May be called from any thread."""
        now = self._clock()
        with self._lock:
            n_items = 0
            for verdict in verdicts:
                n_items += verdict.stage == "fast"
                if names := counted_of(verdict):
                    first = self._firsts.of(names, verdict.actor_id, now)
                    self._own.note(first, now)
                    self._own.note_again(names - first, now)
            if n_items:
                self._own.note([ITEMS], now, n_items)

    def look(self) -> None:
        """Settles what is limited, from what is known."""
        now = self._clock()
        whole = Tally()
        with self._lock:
            self._own.know((rule.id for rule in self._policy().policy.rules), now)
            whole.add(self._own.told(self._process, now))
        for counted in self._others.values():
            whole.add(counted)
        before = {one.name: one for one in self._limits}
        braked = frozenset(one.name for one in self._limits if one.cause == "brake")
        self._limits = limits(whole, self._policy().policy, now, braked)
        self._names = tuple(sorted(one.name for one in self._limits))
        for one in self._limits:
            if one.name not in before:
                told = {"rule": one.name, "cause": one.cause, "detail": one.detail}
                logger.warning("a rule asks for review alone from now on", extra=told)
                metrics.LIMITED.labels(one.name, one.cause).set(1)
        for name in before.keys() - set(self._names):
            logger.warning("a rule is free again", extra={"rule": name})
            metrics.LIMITED.labels(name, before[name].cause).set(0)

    def _run(self) -> None:
        reader = open_reader(self._broker)
        producer = Producer(
            {
                "bootstrap.servers": self._broker,
                "partitioner": "murmur2_random",
                "log_level": 0,
                "message.timeout.ms": 10_000,
                "on_delivery": self._note_delivery,
            }
        )
        while not self._stopped.wait(EVERY_S if self._known.is_set() else 0.0):
            cause = _failure(lambda: self._share(reader, producer))
            # What was counted here holds by itself too.
            cause = _failure(self.look) or cause
            self._note_outage(cause)
            if cause:
                self._stopped.wait(EVERY_S)
        if cause := _failure(lambda: self._tell_last(producer)):
            logger.warning("the last counts of rules were not shared", extra={"cause": cause})
        reader.close()

    def _share(self, reader: Consumer, producer: Producer) -> None:
        """Reads what others told and tells what was counted here.

        Raises BrokerUnavailable, KafkaException, BufferError.
        """
        if self._is_cut_off:
            partitions_of(reader, [RULES.name])  # whether the broker is back
        if self._left is None:
            self._left = self._assign(reader)
        self._read(reader, self._left)
        if not self._left:
            self._known.set()
        self._tell(producer)
        failed, self._undelivered = self._undelivered, None
        if failed is not None:
            self._told = None
            raise KafkaException(failed)

    def _tell_last(self, producer: Producer) -> None:
        self._tell(producer)
        n_left = producer.flush(FLUSH_S)
        if n_left or self._undelivered is not None:
            message = f"the broker did not answer within {FLUSH_S:g} s"
            raise BrokerUnavailable(message)

    def _note_delivery(self, error: KafkaError | None, _: Message) -> None:
        self._undelivered = error or self._undelivered

    def _note_outage(self, cause: str) -> None:
        """Logs the beginning and the end of a time in which counts are not shared."""
        if cause and not self._is_cut_off:
            logger.warning(
                "counts of rules cannot be shared: quotas count this process alone",
                extra={"cause": cause},
            )
        elif self._is_cut_off and not cause:
            logger.info("counts of rules are shared again")
        self._is_cut_off = bool(cause)
        metrics.LIMITS_CUT_OFF.set(self._is_cut_off)

    def _assign(self, reader: Consumer) -> set[int]:
        partitions = partitions_of(reader, [RULES.name])
        if not partitions:
            message = f"there is no topic {RULES.name}"
            raise BrokerUnavailable(message)
        for one in partitions:
            one.offset = OFFSET_BEGINNING
        reader.assign(partitions)
        return {one.partition for one in partitions}

    def _read(self, reader: Consumer, left: set[int]) -> None:
        """Takes in what others told; `left` are partitions whose end was not reached yet.

        For a second at most: where many tell, something always arrives. Raises KafkaException.
        """
        until_s = time.monotonic() + EVERY_S
        while messages := reader.consume(500, 0.2):
            for message in messages:
                error, partition = message.error(), message.partition()
                if error is None:
                    self._take(message.key(), message.value())
                elif error.code() != KafkaError._PARTITION_EOF:
                    raise KafkaException(error)
                elif partition is not None:
                    left.discard(partition)
            if time.monotonic() > until_s:
                break
        now = self._clock()
        for process in [p for p, one in self._others.items() if now - one.counted_at > KEPT]:
            del self._others[process]

    def _take(self, key: bytes | str | None, value: bytes | str | None) -> None:
        process = key.decode(errors="replace") if isinstance(key, bytes) else str(key)
        if process == self._process:
            return
        if value is None:
            self._others.pop(process, None)
            return
        try:
            self._others[process] = _DECODER.decode(value)
        except msgspec.MsgspecError as error:
            logger.warning("counts of a process cannot be read", extra={"cause": str(error)})

    def _tell(self, producer: Producer) -> None:
        """Tells what was counted, where it is not what was told last. Raises BufferError."""
        now = self._clock()
        with self._lock:
            counted = self._own.told(self._process, now)
        content = _ENCODER.encode((counted.rules, counted.n_items))
        if content != self._told and (counted.rules or counted.n_items.hours):
            producer.produce(RULES.name, key=self._process, value=_ENCODER.encode(counted))
        self._told = content
        producer.poll(0)


def _failure(step: Callable[[], None]) -> str:
    """Gives why a step failed; empty where it did not. A thread that ended would say nothing."""
    try:
        step()
    except Exception as error:  # noqa: BLE001 - whatever it is, the next turn may do better
        return f"{type(error).__name__}: {error}"
    return ""
