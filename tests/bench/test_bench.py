"""The bench runs from end to end; what it measures here is too little to mean anything."""

from pathlib import Path

import pytest

from streams.bench.bench import BenchOptions, render, run

pytestmark = pytest.mark.slow


def children() -> set[str]:
    """The process ids of this process's children."""
    return set(Path("/proc/self/task").joinpath(str(own()), "children").read_text().split())


def own() -> int:
    return int(Path("/proc/self").resolve().name)


def test_quick_run_without_a_model() -> None:
    before = children()
    said: list[str] = []
    options = BenchOptions(n_events=600, detectors=("text.canary",), is_quick=True)
    report = run(options, say=said.append)
    names = [entry.name for entry in report.throughputs]
    assert names == ["1 worker, no detector", "plain Faust agent", "1 worker, text model"]
    for entry in report.throughputs:
        assert entry.per_s.low > 0
        assert min(entry.peak_bytes.values()) > 1 << 20
        assert min(spread.low for spread in entry.cpu_s_per_million.values()) >= 0
    assert [entry.ms.n > 0 for entry in report.latencies] == [True, True]
    assert report.ratios[0].ratio.median > 0
    assert "quick run" in render(report)
    assert said
    assert children() <= before
