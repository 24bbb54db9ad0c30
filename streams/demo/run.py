"""Running the demo: traffic goes in at a steady rate, and what comes out is shown."""

import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

import msgspec
from rich.console import Console

from detectors.text.links.store import Kind, pack
from schemas.topics import DLQ_TOPICS, FILTERED, VERDICTS
from schemas.verdicts import Verdict
from streams.demo.media import FOLDER, load
from streams.demo.tally import Counts, Seen, Tally, Update
from streams.demo.traffic import generate
from streams.demo.view import watch
from streams.embedded.stack import Stack
from streams.publisher import Publisher
from streams.reading import follow, lag_of, open_reader
from streams.settings import Settings

PATIENCE_S: Final = 60.0
"""How long the demo waits for the next answer once everything is sent."""


class Sending(threading.Thread):
    """Sends the demo's traffic in the background; what it notes is read by the view."""

    def __init__(
        self,
        broker: str,
        *,
        n_events: int,
        rate_hz: float,
        seed: int,
        should_stop: Callable[[], bool],
    ) -> None:
        super().__init__(name="demo-traffic", daemon=True)
        self._publisher = Publisher(broker, client_id="tidegate-demo", timeout_s=15.0)
        self._n_events, self._rate_hz, self._seed = n_events, rate_hz, seed
        self._should_stop = should_stop
        self.excerpts: dict[str, str] = {}
        self.sent_ms: dict[str, float] = {}
        self.n_sent = 0

    def run(self) -> None:
        """Sends until all is sent or it is told to stop."""
        samples = generate(self._n_events, seed=self._seed, now=datetime.now(UTC), gallery=load())
        started = time.monotonic()
        for number, sample in enumerate(samples):
            early_s = started + number / self._rate_hz - time.monotonic()
            if early_s > 0:
                time.sleep(early_s)
            if self._should_stop():
                return
            if sample.item_id is not None:
                self.excerpts[sample.item_id] = sample.excerpt
                self.sent_ms[sample.item_id] = time.time() * 1000
            self._publisher.publish([sample.record])
            self.n_sent += 1


def prepared(settings: Settings, directory: Path) -> Settings:
    """Gives the settings with what the demo's media need, where they name nothing else.

    That is the folder of the files, and a block list with the sites that its codes lead to, which
    is written into `directory`.
    """
    given = settings
    if given.media_root is None:
        given = msgspec.structs.replace(given, media_root=FOLDER)
    if given.links is None:
        hosts = {
            host: Kind.DENY
            for one in load()
            if one.kind == "code" and one.labels and (host := urlsplit(one.says).hostname)
        }
        directory.mkdir(parents=True, exist_ok=True)
        path = directory / "demo-links.store"
        path.write_bytes(pack(hosts))
        given = msgspec.structs.replace(given, links=path)
    return given


def run_demo(
    stack: Stack, *, n_events: int, rate_hz: float, seed: int, should_stop: Callable[[], bool]
) -> Tally:
    """Replays traffic through a running stack and shows the verdicts; gives the final tally.

    Ends when every event has an answer, and every item with media a final one, when told to stop,
    or when answers fail to come.
    """
    sending = Sending(
        stack.broker.address,
        n_events=n_events,
        rate_hz=rate_hz,
        seed=seed,
        should_stop=should_stop,
    )
    started_s = time.monotonic()
    sending.start()
    return watch(
        _updates(stack, sending, should_stop),
        console=Console(),
        excerpts=sending.excerpts,
        clock=time.monotonic,
        started_s=started_s,
    )


def await_archived(stack: Stack, group: str, should_stop: Callable[[], bool]) -> bool:
    """Waits until the archiver has stored everything there is; False when that takes too long."""
    topics = [VERDICTS.name, *(topic.name for topic in DLQ_TOPICS)]
    deadline_s = time.monotonic() + PATIENCE_S
    while not should_stop() and time.monotonic() < deadline_s:
        if lag_of(stack.broker.address, group, topics) == 0:
            return True
        time.sleep(0.5)
    return False


def _updates(
    stack: Stack, sending: Sending, should_stop: Callable[[], bool]
) -> Iterator[Update | None]:
    decoder = msgspec.json.Decoder(Verdict)
    letters = [topic.name for topic in DLQ_TOPICS if topic.surface is not None]
    reader = open_reader(stack.broker.address)
    n_verdicts = n_letters = n_filtered = 0
    pending: set[tuple[str, int]] = set()
    last_s = time.monotonic()
    watched_s = last_s
    try:
        for record in follow(reader, [VERDICTS.name, FILTERED.name, *letters], from_start=True):
            now_s = time.monotonic()
            if now_s - watched_s > 1.0:
                stack.watch()
                watched_s = now_s
            if record is not None:
                last_s = now_s
                if record.source.topic == VERDICTS.name and record.value is not None:
                    try:
                        verdict = decoder.decode(record.value)
                    except (msgspec.MsgspecError, ValueError):
                        continue  # some other producer's: no answer to the demo
                    item = verdict.item_id, verdict.item_revision
                    n_verdicts += verdict.stage == "fast"
                    (pending.add if verdict.status == "partial" else pending.discard)(item)
                    sent_ms = sending.sent_ms.get(verdict.item_id)
                    latency_ms = None if sent_ms is None else record.timestamp_ms - sent_ms
                    yield Seen(verdict=verdict, latency_ms=latency_ms)
                elif record.source.topic == FILTERED.name:
                    n_filtered += 1
                else:
                    n_letters += 1
            yield Counts(sent=sending.n_sent, dead_letters=n_letters, filtered=n_filtered)
            is_sent = not sending.is_alive()
            n_answered = n_verdicts + n_letters + n_filtered
            is_answered = n_answered >= sending.n_sent and not pending
            is_late = now_s - last_s > PATIENCE_S
            if should_stop() or (is_sent and is_answered) or is_late:
                return
    finally:
        reader.close()
