"""What all processes counted together: told by each, read by all, over a compacted topic.

A count is exact but for what was told in the last second and for records that are delivered again,
which count twice. A quota is therefore passed by a second's worth of items at most.
"""

import logging
import threading
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from typing import Final
from uuid import uuid4

import msgspec
from confluent_kafka import OFFSET_BEGINNING, Consumer, KafkaException, Producer

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
        """Tells what was counted last, and ends."""
        self._stopped.set()
        if self._thread.is_alive():
            self._thread.join()

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
            }
        )
        left: set[int] | None = None
        told: bytes | None = None
        while not self._stopped.wait(EVERY_S if self._known.is_set() else 0.0):
            try:
                if left is None:
                    left = self._assign(reader)
                self._read(reader, left)
                if not left:
                    self._known.set()
                told = self._tell(producer, told)
            except (BrokerUnavailable, KafkaException) as error:
                logger.warning("counts of rules cannot be shared", extra={"cause": str(error)})
                self._stopped.wait(EVERY_S)
            self.look()
        self._tell(producer, told)
        producer.flush(5.0)
        reader.close()

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
        """Takes in what others told; `left` are partitions whose end was not reached yet."""
        while messages := reader.consume(500, 0.2):
            for message in messages:
                partition = message.partition()
                if message.error() is not None:
                    left.discard(-1 if partition is None else partition)
                    continue
                self._take(message.key(), message.value())
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

    def _tell(self, producer: Producer, told: bytes | None) -> bytes | None:
        now = self._clock()
        with self._lock:
            counted = self._own.told(self._process, now)
        content = _ENCODER.encode((counted.rules, counted.n_items))
        if content != told and (counted.rules or counted.n_items.hours):
            producer.produce(RULES.name, key=self._process, value=_ENCODER.encode(counted))
            producer.poll(0)
        return content
