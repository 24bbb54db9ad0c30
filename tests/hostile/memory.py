"""The most memory that the process of a pool has used for a file."""

import threading
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from streams.media.pool import Pool

EVERY_S: Final = 0.01
_FORGET_PEAK: Final = "5"
"""Written to `clear_refs`, it sets the peak to what is used now (proc(5))."""


class Watch:
    """Looks at a pool's one process for as long as the block lasts.

    `resident_kb` is its highest resident memory, files that it maps included, as the system counts
    it (`VmHWM`). `private_kb` is the most that the limit counts (`VmData`), seen every 10 ms.
    """

    def __init__(self, pool: Pool) -> None:
        self.resident_kb = 0
        self.private_kb = 0
        self.cpu_s = 0.0
        self._pids = pool.pids()
        self._is_over = threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)

    def __enter__(self) -> Self:
        for pid in self._pids:
            try:
                Path(f"/proc/{pid}/clear_refs").write_text(_FORGET_PEAK, encoding="ascii")
            except OSError:
                continue
        self._begun_s = self._cpu_s()
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._is_over.set()
        self._thread.join()
        self._note()

    def _look(self) -> None:
        while not self._is_over.wait(EVERY_S):
            self._note()

    def _note(self) -> None:
        for pid in self._pids:
            fields = _status(pid)
            self.resident_kb = max(self.resident_kb, fields.get("VmHWM", 0))
            self.private_kb = max(self.private_kb, fields.get("VmData", 0))
        self.cpu_s = max(self.cpu_s, self._cpu_s() - self._begun_s)

    def _cpu_s(self) -> float:
        return sum(map(_cpu_s, self._pids))


def used_mb(pool: Pool) -> tuple[float, float]:
    """Gives what a pool's one process uses now: resident and private memory, MiB."""
    fields = _status(pool.pids()[0])
    return fields.get("VmRSS", 0) / 1024, fields.get("VmData", 0) / 1024


def _status(pid: int) -> dict[str, int]:
    try:
        lines = Path(f"/proc/{pid}/status").read_text(encoding="ascii").splitlines()
    except OSError:  # it has ended
        return {}
    pairs = (line.split() for line in lines if line.endswith("kB"))
    return {pair[0].rstrip(":"): int(pair[1]) for pair in pairs}


def _cpu_s(pid: int) -> float:
    """Processor time so far, of the system's hundredths of a second."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    except OSError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / 100
