"""Measures clips: `python -m detectors.evaluation.video --data DIR`.

Ten minutes of one core. Fits `video.violence` anew to parts of its training clips and measures the
rest, asks the weights that ship about drawn clips, times decoding, and writes
`detectors/evaluation/video_1.md` and `video_1.json`. Needs the `train` extra.
"""

import argparse
import logging
import os
import resource
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

import msgspec
import numpy as np
import numpy.typing as npt
from msgspec import Struct
from sklearn.metrics import average_precision_score

from detectors.arguments import existing_folder
from detectors.evaluation.video_page import markdown
from detectors.evaluation.video_report import Alarms, At, Interval, Long, Report, Speed, Split
from detectors.training.video_violence import fit, harmless
from detectors.training.video_violence.clips import sources
from detectors.training.video_violence.rows import Corpus, Rows, corpus
from detectors.video.clip import Clip, Limits
from detectors.video.decode import open_clip
from detectors.video.motion import NAMES
from detectors.video.violence import VideoViolence

FOLDER: Final = Path(__file__).parent
N_REPEATS: Final = 5
N_BOOTSTRAP: Final = 1_000
SEED: Final = 5
MIN_TIMED_PIXELS: Final = 1280 * 720
N_TIMED: Final = 24
LONG_S: Final = 3_600
LONG_RATE: Final = 5
CUTS: Final = (0.5, 0.6, 0.7, 0.8)
Bools = npt.NDArray[np.bool_]
Doubles = npt.NDArray[np.float64]
_LOG = logging.getLogger(__name__)


class Unseen(Struct, frozen=True, eq=False):
    """Clips' log odds by models that did not see them, [repeats, clips]."""

    is_fight: Bools
    logits: Doubles
    groups: npt.NDArray[np.str_]


def measure(data: Path, cache: Path | None) -> Report:
    """Measures everything. Raises OSError where the data set is not there."""
    start_s = time.process_time()
    detector = VideoViolence()
    load_s = time.process_time() - start_s
    speeds = [_speed(data, detector, threads) for threads in (1, 2)]
    _LOG.info("%s", speeds)
    long = _long(detector)
    memory_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    _LOG.info("%s, %d MB", long, memory_mb)
    rows = corpus(data, cache)
    by_origin = _unseen(rows, by_origin=True)
    by_clip = _unseen(rows, by_origin=False)
    motion = rows.filmed.numbers[:, 0, NAMES.index("flow_mean_mean")].astype(np.float64)
    is_fight, highest, groups = fit.by_clip(rows.filmed, motion)
    threshold = detector.card.thresholds["violence"]
    return Report(
        n_clips=len(by_origin.is_fight),
        n_fights=int(by_origin.is_fight.sum()),
        n_origins=len(np.unique(by_origin.groups)),
        splits=(
            _split("by source video", by_origin),
            _split("by clip", by_clip),
            _split(
                "amount of motion alone",
                Unseen(is_fight, highest[None] - np.median(highest), groups),
            ),
        ),
        at=tuple(_at(by_origin, cut) for cut in sorted({*CUTS, threshold})),
        threshold=threshold,
        alarms=_alarms(rows.held_back, detector, threshold),
        speeds=tuple(speeds),
        long=long,
        load_s=round(load_s, 3),
        memory_mb=memory_mb,
        size_bytes=detector.card.files["model"].size_bytes,
        load_average=round(os.getloadavg()[0], 1),
    )


def _unseen(rows: Corpus, *, by_origin: bool) -> Unseen:
    """Log odds as fitted, before calibration."""
    logits = []
    for seed in range(N_REPEATS):
        one = fit.unseen_logits(rows.filmed, rows.drawn, seed=seed, by_origin=by_origin)
        logits.append(fit.by_clip(rows.filmed, one)[1])
        _LOG.info("repeat %d of %s", seed + 1, "sources" if by_origin else "clips")
    is_fight, _, origins = fit.by_clip(rows.filmed, np.zeros(len(rows.filmed.clips)))
    groups = origins if by_origin else np.unique(rows.filmed.clips)
    return Unseen(is_fight, np.stack(logits), groups)


def _split(name: str, found: Unseen) -> Split:
    """Means over the repeats; intervals by drawing groups, all of whose clips come along."""
    return Split(
        name=name,
        n_groups=len(np.unique(found.groups)),
        accuracy=_interval(found, lambda y, z: float(((z > 0) == y).mean())),
        average_precision=_interval(found, _average_precision),
        area=_interval(found, _area),
        repeats=tuple(round(float(((z > 0) == found.is_fight).mean()), 4) for z in found.logits),
    )


def _interval(found: Unseen, figure: Callable[[Bools, Doubles], float]) -> Interval:
    value = np.mean([figure(found.is_fight, one) for one in found.logits])
    rng = np.random.default_rng(SEED)
    names = np.unique(found.groups)
    members = [np.flatnonzero(found.groups == name) for name in names]
    drawn = []
    for _ in range(N_BOOTSTRAP):
        taken = np.concatenate([members[n] for n in rng.integers(len(names), size=len(names))])
        logits = found.logits[rng.integers(len(found.logits))]
        drawn.append(figure(found.is_fight[taken], logits[taken]))
    low, high = np.quantile(drawn, (0.025, 0.975))
    return Interval(round(float(value), 4), round(float(low), 4), round(float(high), 4))


def _average_precision(is_fight: Bools, logits: Doubles) -> float:
    return float(average_precision_score(is_fight, logits))


def _area(is_fight: Bools, logits: Doubles) -> float:
    """Area under the ROC curve: how often a fight scores above a clip without one."""
    fights, others = logits[is_fight], logits[~is_fight]
    above = (fights[:, None] > others).mean() + (fights[:, None] == others).mean() / 2
    return float(above)


def _at(found: Unseen, cut: float) -> At:
    """At a score, by Platt scaling over the repeats as what ships is calibrated."""
    tiled = np.tile(found.is_fight, len(found.logits))
    flat = found.logits.ravel()
    line = fit.platt(flat, tiled)
    scores = 1 / (1 + np.exp(-(line[0] * flat + line[1])))
    is_flagged = scores >= cut
    return At(
        cut=cut,
        recall=round(float(is_flagged[tiled].mean()), 4),
        false_alarms=round(float(is_flagged[~tiled].mean()), 4),
        precision=round(float(tiled[is_flagged].mean()), 4) if is_flagged.any() else None,
    )


def _alarms(rows: Rows, detector: VideoViolence, threshold: float) -> tuple[Alarms, ...]:
    """How many drawn clips of each kind the weights that ship take for a fight."""
    scores = detector.scores(np.ascontiguousarray(rows.numbers[:, 0])).astype(np.float64)
    _, highest, kinds = fit.by_clip(rows, scores)
    return tuple(
        Alarms(
            kind=kind,
            is_known=kind in harmless.KNOWN,
            n=int((kinds == kind).sum()),
            n_half=int((highest[kinds == kind] >= 0.5).sum()),  # noqa: PLR2004 - even odds
            n_threshold=int((highest[kinds == kind] >= threshold).sum()),
            highest=round(float(highest[kinds == kind].max()), 3),
        )
        for kind in sorted({*kinds.tolist()})
    )


def _speed(data: Path, detector: VideoViolence, threads: int) -> Speed:
    """Decodes and judges clips of 720p and more."""
    n_clips, n_frames = 0, 0
    shown_s, decode_cpu_s, judge_cpu_s, wall_s = 0.0, 0.0, 0.0, 0.0
    for source in sources(data):
        content = source.path.read_bytes()
        begin_s, begin_wall_s = time.process_time(), time.perf_counter()
        clip = open_clip(content, name=source.id, limits=Limits(threads=threads))
        middle_s = time.process_time()
        if not isinstance(clip, Clip) or clip.width_px * clip.height_px < MIN_TIMED_PIXELS:
            continue
        detector.predict([clip])
        wall_s += time.perf_counter() - begin_wall_s
        judge_cpu_s += time.process_time() - middle_s
        decode_cpu_s += middle_s - begin_s
        shown_s += clip.duration_ms / 1000
        n_frames += clip.n_frames_decoded
        n_clips += 1
        if n_clips == N_TIMED:
            break
    return Speed(
        threads=threads,
        n_clips=n_clips,
        n_frames=n_frames,
        shown_s=round(shown_s, 1),
        decode_cpu_s=round(decode_cpu_s, 2),
        judge_cpu_s=round(judge_cpu_s, 2),
        wall_s=round(wall_s, 2),
    )


def _long(detector: VideoViolence) -> Long:
    """An hour of slides that change every ten seconds."""
    rng = np.random.default_rng(SEED)
    slides = rng.integers(0, 256, (60, 5, 8, 3)).astype(np.uint8)
    content = harmless.encoded(
        lambda at_s: np.repeat(np.repeat(slides[int(at_s / 10) % 60], 36, 0), 40, 1),
        duration_s=LONG_S,
        rate=LONG_RATE,
        size_px=(320, 180),
    )
    begin_s = time.process_time()
    clip = open_clip(content, name="hour")
    middle_s = time.process_time()
    if not isinstance(clip, Clip):
        message = f"the hour was refused: {clip}"
        raise TypeError(message)
    detector.predict([clip])
    gaps_s = np.diff([0, *(burst.times_ms[0] for burst in clip.bursts), clip.duration_ms]) / 1000
    return Long(
        shown_s=clip.duration_ms / 1000,
        n_bytes=len(content),
        n_decoded=clip.n_frames_decoded,
        n_frames=len(clip.frames),
        n_bursts=len(clip.bursts),
        widest_gap_s=round(float(gaps_s.max()), 1),
        decode_cpu_s=round(middle_s - begin_s, 2),
        judge_cpu_s=round(time.process_time() - middle_s, 2),
    )


def main() -> None:
    """Measures, logs and writes the page."""
    parser = argparse.ArgumentParser(prog="python -m detectors.evaluation.video")
    parser.add_argument(
        "--data", type=existing_folder, required=True, help="the shared data folder"
    )
    parser.add_argument("--cache", type=Path, help="file to keep measured clips in")
    parser.add_argument("--out", type=Path, default=FOLDER, help="folder of the page")
    given = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    report = measure(given.data, given.cache)
    given.out.mkdir(parents=True, exist_ok=True)
    encoded = msgspec.json.format(msgspec.json.encode(report), indent=1)
    (given.out / "video_1.json").write_bytes(encoded + b"\n")
    text = markdown(report)
    (given.out / "video_1.md").write_text(text, encoding="utf-8")
    _LOG.info("%s", text)


if __name__ == "__main__":
    main()
