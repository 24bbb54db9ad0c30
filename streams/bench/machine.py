"""The machine that figures were measured on."""

import os
import platform
from pathlib import Path
from typing import Final

from msgspec import Struct

BUSY_LOAD_PER_CORE: Final = 0.25
"""A load above this share of the cores, before the bench adds its own, disturbs the figures."""


class Machine(Struct, frozen=True, kw_only=True):
    """What stood ready, and how busy it was when the bench began."""

    cpu: str
    n_cores: int
    memory_bytes: int
    load_1min: float
    system: str
    python: str

    @property
    def is_busy(self) -> bool:
        """Whether other work was running, so that rates come out too low."""
        return self.load_1min > BUSY_LOAD_PER_CORE * self.n_cores


def describe() -> Machine:
    """Describes this machine as it is now."""
    return Machine(
        cpu=_cpu_model(),
        n_cores=len(os.sched_getaffinity(0)),
        memory_bytes=os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES"),
        load_1min=os.getloadavg()[0],
        system=f"{platform.system()} {platform.release()} {platform.machine()}",
        python=platform.python_version(),
    )


def _cpu_model() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    models = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return models[0] if models else platform.machine()
