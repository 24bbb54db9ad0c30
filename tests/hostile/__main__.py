"""`python -m tests.hostile`: hostile files and addresses through what must survive them."""

import argparse
import logging
import shlex
import sys
import tempfile
from collections.abc import Iterator
from functools import partial
from importlib.metadata import version
from pathlib import Path

import av
from rich.console import Console

from detectors.examiners import LaneName
from streams import lanes
from streams.lanes import LANES
from streams.media.pool import Pool
from streams.settings import Settings
from tests.hostile.asking import ask
from tests.hostile.files import GROUPS, files
from tests.hostile.memory import used_mb
from tests.hostile.page import Report, page
from tests.hostile.run import Ran, lane_of, opened, run
from tests.hostile.urls import lay, urls

PAGE = Path("detectors/evaluation/hostile_1.md")


def main() -> int:
    """Runs the command; exit code 1 when something became of a file that must not."""
    options = _options()
    logging.disable(logging.CRITICAL)
    console = Console(stderr=True)
    with tempfile.TemporaryDirectory() as folder:
        report = _measured(options, Path(folder), console)
    options.page.write_text(page(report), encoding="utf-8")
    console.print(f"{options.page}: {len(report.files)} files, {len(report.urls)} addresses")
    return 0 if report.is_as_wanted else 1


def _options() -> argparse.Namespace:
    given = Settings()
    parser = argparse.ArgumentParser(prog="python -m tests.hostile", description=__doc__)
    parser.add_argument("--page", type=Path, default=PAGE, help="where the page is written")
    parser.add_argument(
        "--memory", type=int, default=given.media_memory_mb, help="private MiB of a process"
    )
    for lane in LANES:
        names = ",".join(lanes.examiner_names(lane, given))
        parser.add_argument(f"--{lane.name}", default=names, help="what examines in this lane")
    parser.add_argument("--patience", type=float, default=1.0, help="times the limits of time")
    return parser.parse_args()


def _measured(options: argparse.Namespace, folder: Path, console: Console) -> Report:
    given = Settings()
    timeouts_s: dict[LaneName, float] = {
        "image": given.image_timeout_s * options.patience,
        "av": given.av_timeout_s * options.patience,
    }
    found: list[Ran] = []
    detectors: dict[LaneName, tuple[str, ...]] = {}
    idle_mb: dict[LaneName, tuple[float, float]] = {}
    for lane in LANES:
        names = tuple(getattr(options, lane.name).split(","))
        open_it = partial(opened, lane.name, names, threads=given.detector_threads)
        with open_it(memory_mb=options.memory, timeout_s=timeouts_s[lane.name]) as pool:
            detectors[lane.name] = pool.detectors
            idle_mb[lane.name] = used_mb(pool)
            found += _ran(lane.name, pool, folder, console)
    root = lay(folder)
    return Report(
        command=shlex.join(("python", "-m", "tests.hostile", *sys.argv[1:])),
        detectors=detectors,
        memory_mb=options.memory,
        timeouts_s=timeouts_s,
        idle_mb=idle_mb,
        libraries={"Pillow": version("pillow"), "PyAV": version("av"), **_ffmpeg()},
        files=found,
        urls=[(url, ask(url, root)) for url in urls()],
    )


def _ran(lane: LaneName, pool: Pool, folder: Path, console: Console) -> Iterator[Ran]:
    modalities = [one for one in GROUPS if lane_of(one) == lane]
    for one in run(files(*modalities), pool, folder):
        mark = "" if one.is_as_wanted and one.has_survived else "  <- not as expected"
        cost = f"{one.cpu_s:.1f} s, {one.resident_mb:.0f} MiB"
        console.print(f"{one.name}: {one.fetched}, {one.examined}, {cost}{mark}", highlight=False)
        yield one


def _ffmpeg() -> dict[str, str]:
    versions = {name: ".".join(map(str, found)) for name, found in av.library_versions.items()}
    return {name: versions[name] for name in ("libavformat", "libavcodec")}


if __name__ == "__main__":
    sys.exit(main())
