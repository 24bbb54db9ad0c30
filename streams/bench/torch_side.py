"""Running the torch pipeline where torch is installed, in a process of its own."""

import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Final

import msgspec
from msgspec import Struct

from streams.bench.errors import BenchFailed

LIMIT_S: Final = 600.0
ROOT: Final = Path(__file__).parents[2]
ABSENT: Final = "pip install 'tidegate[train]', or name a Python that has it with --torch-python"


class TorchRate(Struct, frozen=True, kw_only=True):
    """What `streams.bench.torch_events` prints."""

    per_s: float
    n_events: int
    n_threads: int
    torch: str


def find_python(named: Path | None) -> Path | None:
    """Gives the Python to run torch with: the one named, or this one where it has torch."""
    if named is not None:
        return named
    return Path(sys.executable) if find_spec("torch") and find_spec("transformers") else None


def measure(python: Path, n_events: int, *, seed: int, n_threads: int) -> TorchRate:
    """Gives the rate of the per-event torch pipeline. Blocks. Raises BenchFailed."""
    argv = [str(python), "-m", "streams.bench.torch_events", *map(str, (n_events, seed, n_threads))]
    given = {"PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": str(n_threads)}
    try:
        ended = subprocess.run(  # noqa: S603 - our own command
            argv, env=os.environ | given, capture_output=True, check=False, timeout=LIMIT_S
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        message = f"the torch pipeline did not run: {error}"
        raise BenchFailed(message) from error
    if ended.returncode:
        message = f"the torch pipeline failed: {ended.stderr.decode(errors='replace')[-800:]}"
        raise BenchFailed(message)
    return msgspec.json.decode(ended.stdout.splitlines()[-1], type=TorchRate)
