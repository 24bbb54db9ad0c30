"""What a bench run found, as values."""

from typing import Final

from msgspec import Struct

from streams.bench.figures import Percentiles, Spread
from streams.bench.machine import Machine

TARGET_VERSUS_PLAIN: Final = 2.0
TARGET_PER_S: Final = 7_000.0
TARGET_VERSUS_TORCH: Final = 8.0
TARGET_P99_MS: Final = 250.0


class Throughput(Struct, frozen=True, kw_only=True):
    """Events answered a second by one crew; the spread is over rounds of `n_events` each.

    `cpu_s_per_million` is processor time by process, workers' added up; `peak_bytes` the most
    memory that one process of that name had in any round.
    """

    name: str
    n_workers: int
    n_events: int
    per_s: Spread
    cpu_s_per_million: dict[str, Spread]
    peak_bytes: dict[str, int]


class Cost(Struct, frozen=True, kw_only=True):
    """Processor time of all processes, and what it costs, for a million events."""

    name: str
    cpu_s_per_million: float
    usd_per_million: float


class Ratio(Struct, frozen=True, kw_only=True):
    """How many times faster `ours` is than `theirs`, round by round; `target` is the promise."""

    ours: str
    theirs: str
    ratio: Spread
    target: float | None = None


class Latency(Struct, frozen=True, kw_only=True):
    """Event-to-verdict milliseconds at a steady rate: verdict's record time minus the event's."""

    name: str
    offered_per_s: float
    ms: Percentiles


class TextRate(Struct, frozen=True, kw_only=True):
    """Texts a second of a detector called directly, in batches, in one process."""

    detector: str
    n_texts: int
    batch: int
    n_threads: int
    per_s: Spread


class TorchRates(Struct, frozen=True, kw_only=True):
    """Events a second of the torch pipeline, one event at a time, without Kafka."""

    n_events: int
    n_threads: int
    torch: str
    per_s: Spread


class NotMeasured(Struct, frozen=True, kw_only=True, tag=True):
    """Something that this run could not measure, and why."""

    what: str
    cause: str


class BenchReport(Struct, frozen=True, kw_only=True):
    """Everything that one run measured, side by side."""

    started_at: str
    machine: Machine
    broker: str
    is_quick: bool
    core_hour_usd: float
    throughputs: tuple[Throughput, ...]
    ratios: tuple[Ratio, ...]
    latencies: tuple[Latency, ...]
    costs: tuple[Cost, ...]
    detectors: tuple[TextRate, ...]
    torch: TorchRates | None
    not_measured: tuple[NotMeasured, ...]
