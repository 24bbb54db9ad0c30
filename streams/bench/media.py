"""Measures the image lane: `python -m streams.bench.media`.

Some five minutes. Pictures of the demo, each made distinct, go through every detector by itself and
through `tidegate lane image` on an embedded broker; writes `streams/bench/media_1.md`.
"""

import argparse
import io
import logging
import tempfile
import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final
from uuid import uuid4

import msgspec
from confluent_kafka.admin import AdminClient
from msgspec import Struct
from PIL import Image

from detectors.examiners import Setup, load
from detectors.media import File
from detectors.registry import Lists
from schemas.content import Item, MediaPart
from schemas.tasks import MediaTask
from schemas.topics import ALL_TOPICS, MEDIA_IMAGE, VERDICTS
from streams.bench.figures import drain_per_s
from streams.bench.machine import Machine, describe
from streams.bench.processes import Child, cpu_s, peak_bytes, start_lane, wait_until
from streams.demo import media as demo
from streams.embedded.broker import EmbeddedBroker
from streams.embedded.ports import free_port
from streams.publisher import Publisher
from streams.reading import log_ends, open_reader, partitions_of, read_to_end
from streams.record import Outgoing
from streams.settings import Settings
from streams.topic_admin import create_topics

_LOG: Final = logging.getLogger(__name__)
PAGE: Final = Path(__file__).parent / "media_1.md"
N_PICTURES: Final = 60
TEXTLESS: Final = frozenset({"token", "lookalike"})
"""Kinds of the demo's files without words, beside its photographs."""
LIMIT_S: Final = 900.0


class Rate(Struct, frozen=True, kw_only=True):
    """How fast pictures of a kind went through."""

    what: str
    has_text: bool
    cpu_ms: float
    """Processor time a picture."""
    per_s: float = 0.0
    """By the clock; of the lane alone."""


def pictures(n: int, *, has_text: bool) -> list[bytes]:
    """Gives `n` pictures of the demo, no two of the same bytes."""
    chosen = [
        one
        for one in demo.load()
        if one.modality == "image" and (one.kind not in TEXTLESS and bool(one.says)) == has_text
    ]
    found = []
    for number in range(n):
        picture = Image.open(chosen[number % len(chosen)].path).convert("RGB")
        picture.putpixel((0, 0), (number % 256, number // 256, 0))
        kept = io.BytesIO()
        picture.save(kept, "PNG")
        found.append(kept.getvalue())
    return found


def detector_rates(names: Sequence[str], n: int, banks: Path) -> list[Rate]:
    """Measures each detector by itself, one thread, in this process; decoding apart."""
    found: list[Rate] = []
    for has_text in (True, False):
        files = [
            File(name="media[0]", modality="image", content=content)
            for content in pictures(n, has_text=has_text)
        ]
        decoding_ms = 0.0
        for name in ("", *names):
            lists = Lists(banks=banks)
            examiner = load(Setup(lane="image", names=(name,) if name else (), lists=lists))
            examiner.examine(files[0])
            started_s = time.process_time()
            for file in files:
                examiner.examine(file)
            spent_ms = 1000 * (time.process_time() - started_s) / len(files)
            decoding_ms = decoding_ms if name else spent_ms
            own_ms = spent_ms - decoding_ms if name else spent_ms
            rate = Rate(what=name or "decoding", has_text=has_text, cpu_ms=max(own_ms, 0.01))
            _LOG.warning("%s", rate)
            found.append(rate)
    return found


def lane_rate(n: int, *, has_text: bool, folder: Path) -> tuple[Rate, int, int]:
    """Measures `tidegate lane image` on a backlog; gives its and its child's peak bytes too."""
    folder.mkdir()
    contents = pictures(n, has_text=has_text)
    for number, content in enumerate(contents):
        (folder / f"{number}.png").write_bytes(content)
    with EmbeddedBroker(free_port(), folder / "broker.log") as broker:
        admin = AdminClient({"bootstrap.servers": broker.address, "log_level": 0})
        create_topics(admin, ALL_TOPICS, n_partitions=4)
        publisher = Publisher(broker.address, client_id="bench", timeout_s=30.0)
        publisher.publish([_task(folder / "0.png", n)])
        with start_lane(broker.address, "image", media_root=folder, folder=folder) as lane:
            _await_verdicts(broker.address, 1, lane)  # everything is loaded
            members = (lane.pid, *_children(lane.pid))
            before_s = sum(map(cpu_s, members))
            began_ms = round(time.time() * 1000)
            publisher.publish([_task(folder / f"{n_}.png", n_) for n_ in range(n)])
            times_ms = _await_verdicts(broker.address, n + 1, lane)
            spent_s = sum(map(cpu_s, members)) - before_s
            peaks = [peak_bytes(pid) for pid in members]
    rate = Rate(
        what="lane, end to end",
        has_text=has_text,
        per_s=drain_per_s(began_ms, times_ms[1:]),
        cpu_ms=1000 * spent_s / n,
    )
    _LOG.warning("%s", rate)
    return rate, peaks[0], max(peaks[1:], default=0)


def _task(path: Path, number: int) -> Outgoing:
    now = datetime.now(UTC)
    item_id = f"bench-{number}-{uuid4().hex[:8]}"
    item = Item(
        item_id=item_id,
        surface="square",
        actor_id="bench",
        revision=1,
        created_at=now,
        origin="human",
        media=(MediaPart(name="media[0]", modality="image", uri=path.as_uri()),),
    )
    task = MediaTask(
        item_id=item_id,
        actor_id="bench",
        item=item,
        due_at=now + timedelta(hours=1),
        trace_id=uuid4().hex,
    )
    return Outgoing(topic=MEDIA_IMAGE.name, key=item_id.encode(), value=msgspec.json.encode(task))


def _await_verdicts(broker: str, n: int, lane: Child) -> list[int]:
    """Gives the record times of all verdicts, in order, once there are so many."""
    reader = open_reader(broker)
    try:

        def are_there() -> bool:
            lane.require_alive()
            ends = log_ends(reader, partitions_of(reader, [VERDICTS.name]))
            return sum(ends.values()) >= n

        wait_until(are_there, limit_s=LIMIT_S, what="verdicts")
        return sorted(record.timestamp_ms for record in read_to_end(reader, [VERDICTS.name]))
    finally:
        reader.close()


def _children(pid: int) -> list[int]:
    return sorted(
        int(child)
        for task in Path(f"/proc/{pid}/task").iterdir()
        for child in (task / "children").read_text(encoding="utf-8").split()
    )


_FAST_MS: Final = 1.0
"""What takes less is not told to the decimal: it is a difference of two larger times."""


def _rate(cpu_ms: float) -> str:
    return f"{1000 / cpu_ms:.1f}" if cpu_ms >= _FAST_MS else "over 1000"


def page(
    rates: Sequence[Rate], memory: tuple[int, int], machine: Machine, n: int, names: Sequence[str]
) -> str:
    """Gives the page of the figures."""
    lines = [
        "# The image lane's speed",
        "",
        f"Written by `python -m streams.bench.media --pictures {n}` on"
        f" {datetime.now(UTC):%Y-%m-%d}; {machine.n_cores} cores ({machine.cpu}), load before"
        f" {machine.load_1min:.2f}.",
        "",
        f"{n} distinct pictures of the demo with words (posters, codes, memes, charts) and {n}"
        " without (photographs, logos). Each detector by itself on one thread, decoding apart,"
        " `image.hash` with a bank of one picture; then"
        f" `tidegate lane image` with {', '.join(names)} and the detectors of text, one examining"
        " process, on a backlog in an embedded broker on the same cores. Nothing was known before.",
        "",
        "| what | words | pictures/s a core | processor ms a picture |",
        "|---|---|---|---|",
    ]
    lines += [
        f"| {one.what} | {'yes' if one.has_text else 'no'} |"
        f" {_rate(one.cpu_ms)} | {one.cpu_ms:.1f} |"
        for one in rates
    ]
    walls = [one for one in rates if one.what.startswith("lane")]
    lines += [
        "",
        "By the clock the lane did "
        + " and ".join(
            f"{one.per_s:.1f} pictures/s {'with' if one.has_text else 'without'} words"
            for one in walls
        )
        + f". Peak memory: {memory[0] >> 20} MiB, its examining process {memory[1] >> 20} MiB.",
        "",
    ]
    return "\n".join(lines)


def main() -> None:
    """Reads the options, measures, writes the page."""
    parser = argparse.ArgumentParser(prog="python -m streams.bench.media", description=__doc__)
    parser.add_argument("--pictures", type=int, default=N_PICTURES, help="of each kind")
    parser.add_argument("--output", type=Path, default=PAGE)
    options = parser.parse_args()
    machine = describe()
    names = Settings().image_detectors.split(",")
    memory = (0, 0)
    with tempfile.TemporaryDirectory(prefix="tidegate-bench-") as folder:
        banks = Path(folder) / "banks"
        banks.mkdir()
        text = f"#tidegate-bank 1\n#label scam\n#action remove\n{'0f' * 32}\n"
        (banks / "bench.bank").write_text(text, encoding="utf-8")
        rates = detector_rates(names, options.pictures, banks)
        for has_text in (True, False):
            rate, own, child = lane_rate(
                options.pictures, has_text=has_text, folder=Path(folder) / str(has_text)
            )
            rates.append(rate)
            memory = max(memory[0], own), max(memory[1], child)
    text = page(rates, memory, machine, options.pictures, names)
    options.output.write_text(text, encoding="utf-8")
    _LOG.warning("%s written", options.output)


if __name__ == "__main__":
    main()
