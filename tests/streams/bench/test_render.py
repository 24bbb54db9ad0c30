import msgspec
import pytest

from streams.bench.figures import Percentiles, spread
from streams.bench.machine import Machine, describe
from streams.bench.measuring import cost_of
from streams.bench.options import BenchOptions, quick
from streams.bench.render import render
from streams.bench.report import (
    BenchReport,
    Latency,
    NotMeasured,
    Ratio,
    TextRate,
    Throughput,
    TorchRates,
)

MACHINE = Machine(
    cpu="a processor",
    n_cores=2,
    memory_bytes=8 << 30,
    load_1min=0.1,
    system="Linux",
    python="3.11.7",
)
WORKER = Throughput(
    name="1 worker",
    n_workers=1,
    n_events=40_000,
    per_s=spread([9_000.0, 10_000.0, 11_000.0]),
    cpu_s_per_million={"worker": spread([80.0]), "broker": spread([20.0])},
    peak_bytes={"worker": 130 << 20, "broker": 60 << 20},
)


def report(*, load: float = 0.1, torch: TorchRates | None = None) -> BenchReport:
    return BenchReport(
        started_at="2026-11-22T20:00:00+00:00",
        machine=msgspec.structs.replace(MACHINE, load_1min=load),
        broker="embedded",
        is_quick=False,
        core_hour_usd=0.036,
        throughputs=(WORKER,),
        ratios=(Ratio(ours="1 worker", theirs="plain", ratio=spread([2.0, 3.0]), target=2.0),),
        latencies=(
            Latency(
                name="1 worker",
                offered_per_s=5_000,
                ms=Percentiles(p50=10, p95=20, p99=30, highest=40, n=90_000),
            ),
        ),
        costs=(cost_of(WORKER, 0.036),),
        detectors=(
            TextRate(
                detector="text.risk@1", n_texts=400, batch=400, n_threads=1, per_s=spread([300.0])
            ),
        ),
        torch=torch,
        not_measured=(NotMeasured(what="torch", cause="pip install it"),),
    )


def test_cost_adds_up_the_processes() -> None:
    cost = cost_of(WORKER, 0.036)
    assert cost.cpu_s_per_million == 100.0
    assert cost.usd_per_million == pytest.approx(0.001)


def test_every_figure_is_shown_with_its_n() -> None:
    text = render(report())
    for shown in (
        "10,000/s  (9,000 to 11,000, 3 rounds)  40,000 events each",
        "1 worker / plain: 2.50x (2.00 to 3.00, 2 rounds)  target 2",
        "p50 10  p95 20  p99 30  highest 40  n 90,000 at 5,000/s",
        "100 CPU-s (worker 80, broker 20)  0.0010 USD",
        "worker 130 MiB, broker 60 MiB",
        "400 texts each in batches of 400, 1 thread(s)",
        "torch: pip install it",
        "2 cores, a processor, 8 GiB",
    ):
        assert shown in text
    assert "WARNING" not in text


def test_a_busy_machine_is_said() -> None:
    assert "WARNING: the machine was busy" in render(report(load=0.6))


def test_torch_is_shown_where_measured() -> None:
    torch = TorchRates(n_events=300, n_threads=1, torch="2.15", per_s=spread([60.0]))
    assert "torch, per event, no Kafka" in render(report(torch=torch))


def test_report_is_json_both_ways() -> None:
    written = msgspec.json.encode(report())
    assert msgspec.json.decode(written, type=BenchReport) == report()


def test_machine_is_described() -> None:
    found = describe()
    assert found.n_cores >= 1
    assert found.memory_bytes > 1 << 28
    assert found.cpu


def test_quick_keeps_what_was_asked_for() -> None:
    found = quick(BenchOptions(n_events=50, detectors=("text.canary",), seed=9))
    assert (found.n_events, found.rounds, found.seed, found.is_quick) == (50, 1, 9, True)
    assert found.detectors == ("text.canary",)
