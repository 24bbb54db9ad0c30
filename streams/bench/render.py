"""A bench report as text for a terminal."""

from collections.abc import Iterable, Iterator, Sequence

from streams.bench import report as kinds
from streams.bench.figures import Spread
from streams.bench.report import BenchReport

MEBIBYTE = 1 << 20


def render(report: BenchReport) -> str:
    """Gives the report as lines of text, every figure with its n and conditions."""
    return "\n".join(
        (
            *_conditions(report),
            *_section("Events a second, end to end", _throughputs(report)),
            *_section("Ratios (each round within itself)", _ratios(report)),
            *_section("Latency at half of the maximum rate, ms", _latencies(report)),
            *_section("Processor time and cost of a million events", _costs(report)),
            *_section("Peak memory of a process", _memory(report)),
            *_section("Detectors called directly", _detectors(report)),
            *_section(
                "Not measured", (f"{entry.what}: {entry.cause}" for entry in report.not_measured)
            ),
        )
    )


def _section(title: str, lines: Iterable[str]) -> Iterator[str]:
    found = [f"  {line}" for line in lines]
    if found:
        yield f"\n{title}"
        yield from found


def _conditions(report: BenchReport) -> Iterator[str]:
    machine = report.machine
    memory = machine.memory_bytes / (1 << 30)
    yield f"{report.started_at}  {machine.n_cores} cores, {machine.cpu}, {memory:.0f} GiB"
    yield f"{machine.system}, Python {machine.python}, broker: {report.broker}"
    yield f"load average at the start {machine.load_1min:.2f}"
    if machine.is_busy:
        yield "WARNING: the machine was busy; rates come out too low, ratios are less certain"
    if report.is_quick:
        yield "WARNING: quick run, too short for figures worth keeping"


def _throughputs(report: BenchReport) -> Iterator[str]:
    for entry in report.throughputs:
        yield f"{entry.name:<34} {_rate(entry.per_s)}  {entry.n_events:,} events each"
    if report.torch is not None:
        torch = report.torch
        yield (
            f"{'torch, per event, no Kafka':<34} {_rate(torch.per_s)}  {torch.n_events:,} events "
            f"each, {torch.n_threads} thread(s), torch {torch.torch}"
        )


def _rate(rate: Spread) -> str:
    return f"{rate.median:>8,.0f}/s  ({rate.low:,.0f} to {rate.high:,.0f}, {_rounds(rate)})"


def _rounds(spread: Spread) -> str:
    return "1 round" if spread.n == 1 else f"{spread.n} rounds"


def _ratios(report: BenchReport) -> Iterator[str]:
    for entry in report.ratios:
        ratio = entry.ratio
        target = "" if entry.target is None else f"  target {entry.target:g}"
        yield (
            f"{entry.ours} / {entry.theirs}: {ratio.median:.2f}x "
            f"({ratio.low:.2f} to {ratio.high:.2f}, {_rounds(ratio)}){target}"
        )


def _latencies(report: BenchReport) -> Iterator[str]:
    for entry in report.latencies:
        ms = entry.ms
        yield (
            f"{entry.name:<34} p50 {ms.p50:.0f}  p95 {ms.p95:.0f}  p99 {ms.p99:.0f}  "
            f"highest {ms.highest:.0f}  n {ms.n:,} at {entry.offered_per_s:,.0f}/s"
        )
    if report.latencies:
        target = f"target p99 {kinds.TARGET_P99_MS:g} with the model"
        yield f"verdict's record time minus event's; {target}"


def _costs(report: BenchReport) -> Iterator[str]:
    by_name = {entry.name: entry for entry in report.throughputs}
    for cost in report.costs:
        shares = by_name[cost.name].cpu_s_per_million
        parts = ", ".join(f"{name} {spread.median:,.0f}" for name, spread in shares.items())
        yield (
            f"{cost.name:<34} {cost.cpu_s_per_million:>8,.0f} CPU-s ({parts})  "
            f"{cost.usd_per_million:.4f} USD"
        )
    if report.costs:
        yield f"at {report.core_hour_usd:g} USD a core-hour; medians of the rounds"


def _memory(report: BenchReport) -> Iterator[str]:
    for entry in report.throughputs:
        parts = ", ".join(
            f"{name} {n_bytes / MEBIBYTE:,.0f} MiB" for name, n_bytes in entry.peak_bytes.items()
        )
        yield f"{entry.name:<34} {parts}"


def _detectors(report: BenchReport) -> Sequence[str]:
    return [
        f"{entry.detector:<34} {_rate(entry.per_s)}  {entry.n_texts:,} texts each in batches of "
        f"{entry.batch}, {entry.n_threads} thread(s)"
        for entry in report.detectors
    ]
