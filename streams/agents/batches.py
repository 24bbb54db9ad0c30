"""Micro-batches from a Faust stream, taken straight from the stream's buffer.

Faust's own `noack_take` moves every event through a processor, a context variable and a turn of the
event loop (`await sleep(0)`), about 60 us each. What it does besides is done here a batch at a
time: events of an earlier assignment are skipped, the others tracked as being worked on, so that a
stop or a rebalance waits for them (`stream_wait_empty`). A skipped event is not acked: after the
rebalance its partition is read again from the committed offset.
"""

import asyncio
from collections.abc import AsyncIterator
from typing import Any, Final

from faust.events import Event
from faust.serializers.schemas import Schema

MAX_BYTES: Final = 128 << 10
"""Most bytes of values in a micro-batch, unless it is one event.

A long event takes a detector seconds. What is answered, published and committed at once stays
short, so that a backlog of long events shows progress; 512 chat messages of 250 bytes fit.
"""


BATCH_S: Final = 1.0
"""How long a micro-batch should take: stops and rebalances wait for those in hand."""
LEAST: Final = 16
"""Records that a micro-batch may always have."""
FIRST: Final = 64
"""Records that the first may have, before it is known how long they take."""


class Pace:
    """How many records a micro-batch may have, by how long those before took."""

    def __init__(self, most: int) -> None:
        """Never allows more than `most`."""
        self._most = most
        self.n = min(most, FIRST)

    def note(self, n: int, took_s: float) -> None:
        """Takes how long a batch of `n` took; the next may have twice as many as this may have."""
        wanted = int(n * BATCH_S / max(took_s, 0.001))
        self.n = min(self._most, max(LEAST, min(wanted, 2 * self.n)))


async def micro_batches(
    stream: Any,  # noqa: ANN401 - Faust is untyped
    max_: int,
    wait_s: float,
    pace: Pace | None = None,
) -> AsyncIterator[list[Any]]:
    """Gives lists of 1 to `max_` Faust events, none acked: ack each once its answer is published.

    With a `pace` they are no longer than it allows.
    A part-full batch waits `wait_s` for more. The values of two events or more are at most
    `MAX_BYTES` together; what does not fit stays in the buffer, where a rebalance forgets it.
    """
    await stream.maybe_start()
    queue = stream.channel.queue
    while not stream.should_stop:
        try:
            events = [await queue.get()]
            most = max_ if pace is None else min(max_, pace.n)
            if queue.qsize() + 1 < most:
                await asyncio.sleep(wait_s)
            n_bytes = size(events[0])
            while len(events) < most and not queue.empty():
                # `empty` is also false, with nothing to look at, when an exception waits.
                n_bytes += size(queue._queue[0]) if queue._queue else 0
                if n_bytes > MAX_BYTES:
                    break
                events.append(queue.get_nowait())
        except StopAsyncIteration:
            # Faust throws it into the buffer to stop an agent; no generator may let it out. Events
            # taken just before are not acked and will be read again.
            return
        live = _track(stream.app, events)
        if live:
            yield live


def size(event: Any) -> int:  # noqa: ANN401 - Faust is untyped
    """Gives the bytes of an event's value; a tombstone has none."""
    return len(event.value or b"")


def _track(app: Any, events: list[Any]) -> list[Any]:  # noqa: ANN401 - Faust is untyped
    """Leaves out events of an earlier assignment and notes the others as being worked on."""
    if not app.flow_control.is_active():
        return []
    generation = app.consumer_generation_id
    live = [event for event in events if event.message.generation_id == generation]
    for event in live:
        event.message.tracked = True
    app.consumer.unacked.update(event.message for event in live)
    return live


class RawSchema(Schema[bytes, bytes]):
    """A schema whose keys and values are the record's bytes, without a codec's detours."""

    def compile(self, app: Any, **_: Any) -> Any:  # noqa: ANN401 - Faust's own
        """Gives the function that makes an event of a message; it never fails."""

        async def decode(message: Any, *, propagate: bool = False) -> Event:  # noqa: ANN401
            return Event(app, message.key, message.value, None, message)

        return decode
