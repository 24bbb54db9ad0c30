"""What a bench run is asked to measure."""

from pathlib import Path

import msgspec
from msgspec import Struct


class BenchOptions(Struct, frozen=True, kw_only=True):
    """What to measure. `detectors` are those of the run with a model; empty leaves it out.

    `n_partitions` is that of each topic on the embedded broker, by default as in `tidegate up`.
    `bootstrap` names a broker to use instead of an embedded one; it keeps the bench's events.
    `torch_python` is a Python with torch and transformers, if this one has none. `is_quick` makes
    a smoke test of less than a minute whose figures mean nothing.
    """

    n_events: int = 40_000
    n_model_events: int = 4_000
    rounds: int = 3
    paced_s: float = 20.0
    detectors: tuple[str, ...] = ("text.canary", "text.risk", "text.links", "text.entities")
    n_partitions: int = 4
    bootstrap: str | None = None
    torch_python: Path | None = None
    core_hour_usd: float = 0.04
    seed: int = 20
    is_quick: bool = False


def quick(options: BenchOptions) -> BenchOptions:
    """Gives options for a smoke test: everything once, and little of it."""
    return msgspec.structs.replace(
        options,
        n_events=min(options.n_events, 3_000),
        n_model_events=min(options.n_model_events, 300),
        rounds=1,
        paced_s=2.0,
        is_quick=True,
    )
