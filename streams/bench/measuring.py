"""The measurements of one bench run, crew by crew, in rounds."""

import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from tempfile import mkdtemp
from typing import Final

from detectors.registry import load
from schemas.content import TextPart
from streams.bench import chat, machine, torch_side
from streams.bench.drain import Crew, Drain, stand
from streams.bench.figures import percentiles, ratios, spread
from streams.bench.options import BenchOptions
from streams.bench.processes import N_THREADS
from streams.bench.report import (
    TARGET_VERSUS_PLAIN,
    TARGET_VERSUS_TORCH,
    BenchReport,
    Cost,
    Latency,
    NotMeasured,
    Ratio,
    TextRate,
    Throughput,
    TorchRates,
)
from streams.record import Outgoing

N_WARM_UP: Final = 600
N_WARM_UP_QUICK: Final = 100
WARM_UP_SEED: Final = 1
N_TORCH: Final = 300
TEXT_BATCH: Final = 512

ONE: Final = Crew(name="1 worker, no detector", detectors="text.null")
TWO: Final = Crew(name="2 workers, no detector", detectors="text.null", n_workers=2)
ARCHIVED: Final = Crew(
    name="1 worker, no detector, archiver", detectors="text.null", has_archiver=True
)
PLAIN: Final = Crew(name="plain Faust agent", detectors=None)
MODEL: Final = "1 worker, text model"
TORCH: Final = "torch, per event"

Say = Callable[[str], None]


class Measuring:
    """One run, its measurements piling up."""

    def __init__(self, options: BenchOptions, folder: Path, say: Say) -> None:
        self._options = options
        self._folder = folder
        self._say = say
        self._drains: dict[str, list[Drain]] = {}
        self._crews: dict[str, tuple[Crew, int]] = {}
        self._torch: list[torch_side.TorchRate] = []
        self._latencies: list[Latency] = []
        self._not_measured: list[NotMeasured] = []
        now = datetime.now(UTC)
        n_warm_up = N_WARM_UP_QUICK if options.is_quick else N_WARM_UP
        self._warm_up = tuple(chat.records(n_warm_up, seed=WARM_UP_SEED, now=now))
        self._events = tuple(chat.records(options.n_events, seed=options.seed, now=now))

    def report(self) -> BenchReport:
        """Measures everything asked for and gives the report. Blocks for minutes."""
        options = self._options
        described = machine.describe()
        started_at = datetime.now(UTC).isoformat(timespec="seconds")
        if described.is_busy:
            self._say(f"the machine is busy: load average {described.load_1min:.2f}")
        self._measure_pipeline()
        self._measure_model()
        detectors = tuple(self._measure_detector(name) for name in options.detectors)
        throughputs = tuple(self._throughput(name) for name in self._drains)
        return BenchReport(
            started_at=started_at,
            machine=described,
            broker=options.bootstrap
            or f"embedded, in memory, on the same cores, {options.n_partitions} partitions a topic",
            is_quick=options.is_quick,
            core_hour_usd=options.core_hour_usd,
            throughputs=throughputs,
            ratios=tuple(self._ratios()),
            latencies=tuple(self._latencies),
            costs=tuple(cost_of(entry, options.core_hour_usd) for entry in throughputs),
            detectors=detectors,
            torch=self._torch_rates(),
            not_measured=tuple(self._not_measured),
        )

    def _measure_pipeline(self) -> None:
        """Alternates between the crews, so that a slow spell of the machine hits all of them."""
        for is_last in self._rounds():
            self._drain(ONE, self._events, is_paced=is_last)
            self._drain(PLAIN, self._events)
            if not self._options.is_quick:
                self._drain(TWO, self._events)
        if not self._options.is_quick:
            self._drain(ARCHIVED, self._events)

    def _measure_model(self) -> None:
        options = self._options
        python = torch_side.find_python(options.torch_python)
        if not options.detectors:
            return
        if python is None:
            self._not_measured.append(NotMeasured(what=TORCH, cause=torch_side.ABSENT))
        crew = Crew(name=MODEL, detectors=",".join(options.detectors))
        events = self._events[: options.n_model_events]
        for is_last in self._rounds():
            self._drain(crew, events, is_paced=is_last)
            if python is not None:
                n = min(N_TORCH, len(events))
                rate = torch_side.measure(python, n, seed=options.seed, n_threads=N_THREADS)
                self._torch.append(rate)
                self._say(f"{TORCH}: {rate.per_s:,.0f}/s")

    def _rounds(self) -> Sequence[bool]:
        """One entry a round: whether it is the last."""
        return [number == self._options.rounds - 1 for number in range(self._options.rounds)]

    def _drain(self, crew: Crew, events: Sequence[Outgoing], *, is_paced: bool = False) -> None:
        folder = Path(mkdtemp(dir=self._folder))
        with stand(
            crew,
            folder,
            bootstrap=self._options.bootstrap,
            n_partitions=self._options.n_partitions,
            warm_up=self._warm_up,
        ) as ground:
            drain = ground.drain(events)
            drains = self._drains.setdefault(crew.name, [])
            drains.append(drain)
            self._crews[crew.name] = (crew, len(events))
            self._say(f"{crew.name}: {drain.per_s:,.0f}/s")
            if is_paced:
                per_s = spread([one.per_s for one in drains]).median / 2
                n = max(1, int(per_s * self._options.paced_s))
                now = datetime.now(UTC)
                paced = tuple(chat.records(n, seed=self._options.seed + 1, now=now))
                found = percentiles(ground.pace(paced, per_s))
                self._latencies.append(Latency(name=crew.name, offered_per_s=per_s, ms=found))
                self._say(f"{crew.name}: p99 {found.p99:.0f} ms at {per_s:,.0f}/s")

    def _measure_detector(self, name: str) -> TextRate:
        (detector,) = load([name], threads=N_THREADS, n_cached=0)
        n = self._options.n_model_events
        texts = chat.texts(n, seed=self._options.seed)
        parts = [TextPart(name="text", text=text) for text, _ in texts]
        detector.predict(parts[:TEXT_BATCH])
        rates = []
        for _ in self._rounds():
            started = time.perf_counter()
            for first in range(0, n, TEXT_BATCH):
                detector.predict(parts[first : first + TEXT_BATCH])
            rates.append(n / (time.perf_counter() - started))
        self._say(f"{name}: {max(rates):,.0f} texts/s")
        return TextRate(
            detector=detector.card.id,
            n_texts=n,
            batch=min(n, TEXT_BATCH),
            n_threads=N_THREADS,
            per_s=spread(rates),
        )

    def _throughput(self, name: str) -> Throughput:
        drains = self._drains[name]
        crew, n_events = self._crews[name]
        return Throughput(
            name=name,
            n_workers=crew.n_workers,
            n_events=n_events,
            per_s=spread([drain.per_s for drain in drains]),
            cpu_s_per_million={
                process: spread([drain.cpu_s[process] / n_events * 1e6 for drain in drains])
                for process in drains[0].cpu_s
            },
            peak_bytes={
                process: max(drain.peak_bytes[process] for drain in drains)
                for process in drains[0].peak_bytes
            },
        )

    def _ratios(self) -> list[Ratio]:
        rates = {name: [one.per_s for one in drains] for name, drains in self._drains.items()}
        rates[TORCH] = [rate.per_s for rate in self._torch]
        wanted = (
            (ONE.name, PLAIN.name, TARGET_VERSUS_PLAIN),
            (TWO.name, PLAIN.name, None),
            (MODEL, TORCH, TARGET_VERSUS_TORCH),
        )
        return [
            Ratio(ours=ours, theirs=theirs, ratio=ratios(rates[ours], rates[theirs]), target=target)
            for ours, theirs, target in wanted
            if rates.get(ours) and rates.get(theirs)
        ]

    def _torch_rates(self) -> TorchRates | None:
        if not self._torch:
            return None
        first = self._torch[0]
        return TorchRates(
            n_events=first.n_events,
            n_threads=first.n_threads,
            torch=first.torch,
            per_s=spread([rate.per_s for rate in self._torch]),
        )


def cost_of(entry: Throughput, core_hour_usd: float) -> Cost:
    """Gives the processor time of all processes for a million events, and its price."""
    cpu_s = sum(one.median for one in entry.cpu_s_per_million.values())
    return Cost(
        name=entry.name, cpu_s_per_million=cpu_s, usd_per_million=cpu_s / 3600 * core_hour_usd
    )
