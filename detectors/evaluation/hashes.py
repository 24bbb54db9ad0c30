"""Measures `image.hash`: `python -m detectors.evaluation.hashes`.

Three minutes. Pictures are drawn by code (`posters.photo`); `--data DIR` adds those of a folder.
Writes `detectors/evaluation/hashes_1.md`. Compares hashes with PyPI `pdqhash` where it is there.
"""

import argparse
import logging
import os
import time
from collections.abc import Callable, Iterable, Sequence
from importlib import import_module
from pathlib import Path
from typing import Final

import cv2
import numpy as np
import numpy.typing as npt
from msgspec import Struct

from detectors.evaluation.posters import Pixels, photo
from detectors.image.hash.crops import CROPS, cropped
from detectors.image.hash.index import Index
from detectors.image.hash.pdq import hashed

_LOG = logging.getLogger(__name__)
_FOLDER: Final = Path(__file__).parent
SEED: Final = 11
N_DISTINCT: Final = 10_000
N_CROPPED: Final = 500
N_COPIED: Final = 150
N_HASHES: Final = 1_000_000
N_QUERIES: Final = 200
THRESHOLD: Final = 31
THRESHOLDS: Final = (15, 31, 39, 47)
SMALL_PX: Final = (192, 144)
SIZE_PX: Final = (800, 600)
Hashes = npt.NDArray[np.uint64]
"""[n, 4]."""


def _resized(share: float) -> Callable[[Pixels], Pixels]:
    return lambda seen: _cv(
        cv2.resize(seen, None, fx=share, fy=share, interpolation=cv2.INTER_AREA)
    )


def _jpeg(quality: int) -> Callable[[Pixels], Pixels]:
    def saved(seen: Pixels) -> Pixels:
        _, content = cv2.imencode(".jpg", seen, [cv2.IMWRITE_JPEG_QUALITY, quality])
        return _cv(cv2.imdecode(content, cv2.IMREAD_COLOR))

    return saved


def _cut(left: float, top: float, right: float, bottom: float) -> Callable[[Pixels], Pixels]:
    """Cuts shares of the sides off."""

    def cut(seen: Pixels) -> Pixels:
        height, width = seen.shape[:2]
        rows = slice(round(top * height), height - round(bottom * height))
        columns = slice(round(left * width), width - round(right * width))
        return np.ascontiguousarray(seen[rows, columns])

    return cut


def _cut_anyhow(seen: Pixels) -> Pixels:
    """Cuts 5 % of each side off, by chance more at one end or at the other."""
    left, top = np.random.default_rng(int(seen.sum())).uniform(0, 0.05, 2)
    return _cut(left, top, 0.05 - left, 0.05 - top)(seen)


def _watermarked(seen: Pixels) -> Pixels:
    """A line of half-transparent words across the picture."""
    marked = seen.copy()
    for row in range(100, seen.shape[0], 200):
        place = 20, row
        white = (255, 255, 255)
        cv2.putText(marked, "WATERMARK EXAMPLE", place, cv2.FONT_HERSHEY_DUPLEX, 2, white, 4)
    return _cv(cv2.addWeighted(seen, 0.6, marked, 0.4, 0))


def _logo(seen: Pixels) -> Pixels:
    """An opaque corner of a twenty-fifth of the area."""
    marked = seen.copy()
    height, width = seen.shape[0] // 5, seen.shape[1] // 5
    marked[-height:, -width:] = (20, 90, 200)
    return marked


def _brighter(seen: Pixels) -> Pixels:
    return _cv(cv2.convertScaleAbs(seen, alpha=1.15, beta=15))


def _cv(seen: object) -> Pixels:
    return np.asarray(seen, np.uint8)


COPIES: Final[dict[str, Callable[[Pixels], Pixels]]] = {
    "resized to 50 %": _resized(0.5),
    "resized to 25 %": _resized(0.25),
    "resized to 150 %": _resized(1.5),
    "JPEG quality 50": _jpeg(50),
    "JPEG quality 15": _jpeg(15),
    "cropped, 5 % of each side, anyhow": _cut_anyhow,
    "cropped, 4 % of each side, evenly": _cut(0.02, 0.02, 0.02, 0.02),
    "cropped, 8 % of each side, evenly": _cut(0.04, 0.04, 0.04, 0.04),
    "cropped, 3 % at the left": _cut(0.03, 0.0, 0.0, 0.0),
    "cropped, 5 % at the left": _cut(0.05, 0.0, 0.0, 0.0),
    "cropped, 7 % at the bottom": _cut(0.0, 0.0, 0.0, 0.07),
    "watermark, three lines of words": _watermarked,
    "opaque logo in a corner, 4 %": _logo,
    "brighter, more contrast": _brighter,
    "blurred, 3 pixels": lambda seen: _cv(cv2.GaussianBlur(seen, (0, 0), 3)),
    "rotated by 90 degrees": lambda seen: np.ascontiguousarray(np.rot90(seen)),
    "mirrored": lambda seen: np.ascontiguousarray(seen[:, ::-1]),
    "resized to 50 %, JPEG 50, 5 % of each side cut anyhow": lambda seen: _jpeg(50)(
        _resized(0.5)(_cut_anyhow(seen))
    ),
}


class Recall(Struct, frozen=True):
    """Of copies made in one way: how many lie within each of THRESHOLDS, and the median bits.

    `found` and `median` are of the picture's own hash, `cropped` counts with its crops in the bank.
    """

    name: str
    n: int
    found: tuple[int, ...]
    median: float
    cropped: tuple[int, ...]


class Report(Struct, frozen=True):
    """What was found."""

    recalls: list[Recall]
    n_distinct: int
    nearest: int
    """Fewest bits between two distinct pictures, also turned."""
    false_matches: tuple[int, ...]
    """Pairs of distinct pictures within each of THRESHOLDS."""
    n_files: int
    query_ms: float
    turned_ms: float
    """One hash, and all eight positions of a picture, sought among N_HASHES."""
    scan_ms: float
    build_s: float
    hash_ms: float
    reference: tuple[int, int] | None
    """Pictures compared with `pdqhash`, and those whose hash is the same."""


def measure(data: Path | None = None) -> Report:
    """Measures everything."""
    started_s = time.perf_counter()
    originals = [photo(np.random.default_rng((SEED, n)), *SIZE_PX) for n in range(N_COPIED)]
    recalls = _recalls(originals)
    _LOG.info("copies: %.0f s", time.perf_counter() - started_s)
    own, turned, crops = [], [], []
    for number, seen in enumerate(_distinct(data)):
        hashes = hashed(seen)
        own.append(hashes.own)
        turned.append(hashes.turned)
        if number < N_CROPPED:
            crops += [one.own for one in cropped(seen)]
    n_files = len(own) - N_DISTINCT
    nearest, false_matches = _false_matches(own, turned, crops)
    _LOG.info("distinct: %.0f s", time.perf_counter() - started_s)
    return Report(
        recalls,
        len(own),
        nearest,
        false_matches,
        n_files,
        *_times(originals[0]),
        _reference(originals[:100]),
    )


def _recalls(originals: Sequence[Pixels]) -> list[Recall]:
    banks = [_words([hashed(seen).own, *(one.own for one in cropped(seen))]) for seen in originals]
    found = []
    for name, copied in COPIES.items():
        apart, with_crops = [], []
        for seen, bank in zip(originals, banks, strict=True):
            turned = hashed(copied(seen)).turned
            nearest = np.minimum.reduce([_apart(bank, one) for one in turned])
            apart.append(int(nearest[0]))
            with_crops.append(int(nearest.min()))
        within, also = (
            tuple(sum(one <= threshold for one in bits) for threshold in THRESHOLDS)
            for bits in (apart, with_crops)
        )
        found.append(Recall(name, len(apart), within, float(np.median(apart)), also))
    return found


def _distinct(data: Path | None) -> Iterable[Pixels]:
    for n in range(N_DISTINCT):
        yield photo(np.random.default_rng((SEED, 1, n)), *SMALL_PX)
    if data is None:
        return
    for path in sorted(data.rglob("*")):
        seen = cv2.imread(str(path)) if path.suffix in {".png", ".jpg"} else None
        if seen is not None and hashed(_cv(seen)).quality >= 50:  # noqa: PLR2004
            yield _cv(seen)


def _false_matches(
    own: Sequence[bytes], turned: Sequence[Sequence[bytes]], crops: Sequence[bytes]
) -> tuple[int, tuple[int, ...]]:
    """The fewest bits between two pictures, and pairs within each threshold.

    Each picture is sought in all positions among those before it and the crops of the first ones.
    """
    rows = _words([*crops, *own])
    owners = np.concatenate(
        (np.repeat(np.arange(len(crops) // len(CROPS)), len(CROPS)), np.arange(len(own)))
    )
    nearest = 256
    counts = [0] * len(THRESHOLDS)
    for number, positions in enumerate(turned):
        end = len(crops) + number
        apart = np.minimum.reduce([_apart(rows[:end], one) for one in positions])
        apart = apart[owners[:end] != number]
        nearest = min(nearest, int(apart.min(initial=256)))
        for place, threshold in enumerate(THRESHOLDS):
            counts[place] += int((apart <= threshold).sum())
    return nearest, tuple(counts)


def _words(hashes: Sequence[bytes]) -> Hashes:
    return np.frombuffer(b"".join(hashes), np.uint64).reshape(-1, 4)


def _apart(rows: Hashes, sought: bytes) -> npt.NDArray[np.uint16]:
    counts = np.bitwise_count(rows ^ np.frombuffer(sought, np.uint64)).view(np.uint32).ravel()
    pairs = (counts & 0x00FF00FF) + ((counts >> 8) & 0x00FF00FF)
    return np.asarray((pairs & 0xFFFF) + (pairs >> 16), np.uint16)


def _times(seen: Pixels) -> tuple[float, float, float, float, float]:
    """Milliseconds of one query, eight, a scan; seconds to build; milliseconds to hash."""
    many = np.random.default_rng(SEED).bytes(32 * N_HASHES)
    start_s = time.perf_counter()
    index = Index(many, threshold=THRESHOLD)
    build_s = time.perf_counter() - start_s
    queries = [many[32 * n : 32 * n + 32] for n in range(N_QUERIES)]
    query_ms = _median_ms(lambda n: index.near(queries[n]), N_QUERIES)
    turned = hashed(seen).turned
    turned_ms = _median_ms(lambda _: [index.near(one) for one in turned], 50)
    index.is_scanned = True
    scan_ms = _median_ms(lambda n: index.near(queries[n]), 20)
    return query_ms, turned_ms, scan_ms, build_s, _median_ms(lambda _: hashed(seen), 50)


def _median_ms(work: Callable[[int], object], n_rounds: int) -> float:
    taken = []
    for number in range(n_rounds):
        start_s = time.perf_counter()
        work(number)
        taken.append(1e3 * (time.perf_counter() - start_s))
    return float(np.median(taken))


def _reference(originals: Sequence[Pixels]) -> tuple[int, int] | None:
    try:
        pdqhash = import_module("pdqhash")  # no wheels: most have it not
    except ImportError:
        return None
    n_same = 0
    for seen in originals:
        small = _cv(cv2.resize(seen, (512, 400), interpolation=cv2.INTER_AREA))
        bits, _ = pdqhash.compute(small)
        n_same += np.packbits(bits.astype(np.uint8)).tobytes() == hashed(small).own
    return len(originals), n_same


def markdown(report: Report) -> str:
    """The page."""
    at = THRESHOLDS.index(THRESHOLD)
    heads = "".join(f" within {threshold} |" for threshold in THRESHOLDS)
    rows = "".join(
        f"| {one.name} | {one.median:.0f} |"
        + "".join(f" {n / one.n:.1%} |" for n in one.found)
        + f" **{one.cropped[at] / one.n:.1%}** |\n"
        for one in report.recalls
    )
    false = ", ".join(
        f"{n} within {threshold}"
        for n, threshold in zip(report.false_matches, THRESHOLDS, strict=True)
    )
    files = f", {report.n_files} of them files" if report.n_files else ""
    same = (
        "Not compared with PyPI `pdqhash`, which is not installed."
        if report.reference is None
        else f"Of {report.reference[0]} pictures of 512 x 400, {report.reference[1]} have the very "
        "hash that PyPI `pdqhash` (Meta's C++ code) gives."
    )
    return (
        "# image.hash: PDQ\n\nWritten by `python -m detectors.evaluation.hashes`. Pictures are "
        "drawn by code: shapes, and noise that is fainter the finer it is, as in photographs.\n\n"
        "## Copies found\n\n"
        f"{N_COPIED} pictures of {SIZE_PX[0]} x {SIZE_PX[1]}, each copied in these ways; bits "
        f"apart (median), and the share within a number of bits. The threshold is {THRESHOLD}. The "
        f"last column is what is found where the bank holds {len(CROPS)} crops too, as "
        "`tidegate banks add --image` adds them: these are cuts of 5 %, so of the cuts below, "
        "5 % at the left is found exactly, and anyhow, 3 % and 7 % show what lies between.\n\n"
        f"| copy | bits |{heads} with crops, within {THRESHOLD} |\n"
        f"|---|---|{'---|' * len(THRESHOLDS)}---|\n{rows}\n"
        f"## False matches\n\nAmong {report.n_distinct} distinct pictures{files}, each pair "
        f"compared, and each picture with {len(CROPS)} crops of the first {N_CROPPED}, in "
        f"all eight positions: {false}. The nearest two are {report.nearest} bits "
        "apart.\n\n"
        f"## The hash\n\n{same}\n\n"
        f"## Time\n\nMilliseconds, medians, one thread; {N_HASHES} random hashes; load average "
        f"{os.getloadavg()[0]:.1f} on {os.cpu_count()} processors.\n\n| what | |\n|---|---|\n"
        f"| one hash sought | {report.query_ms:.2f} |\n"
        f"| a picture sought in all eight positions | {report.turned_ms:.2f} |\n"
        f"| one hash compared with all (where pieces are too alike) | {report.scan_ms:.1f} |\n"
        f"| a picture of {SIZE_PX[0]} x {SIZE_PX[1]} hashed in all positions | "
        f"{report.hash_ms:.1f} |\n"
        f"| the index built, seconds | {report.build_s:.2f} |\n"
    )


def main() -> None:
    """Measures, logs and writes the page."""
    parser = argparse.ArgumentParser(prog="python -m detectors.evaluation.hashes")
    parser.add_argument("--data", type=Path, help="a folder of distinct pictures")
    parser.add_argument("--out", type=Path, default=_FOLDER, help="folder of the page")
    given = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    text = markdown(measure(given.data))
    given.out.mkdir(parents=True, exist_ok=True)
    (given.out / "hashes_1.md").write_text(text, encoding="utf-8")
    _LOG.info("%s", text)


if __name__ == "__main__":
    main()
