"""The page of what is measured of clips."""

import os
from typing import Final

from detectors.evaluation import measures
from detectors.evaluation.video_report import Alarms, Interval, Report, Speed

GOAL: Final = 3.0
"""Times as fast as real time, on two cores, at 720p."""


def markdown(report: Report) -> str:
    """Gives the page."""
    return "\n\n".join(
        (
            "# Clips",
            "Written by `python -m detectors.evaluation.video --data DIR`.",
            _quality(report),
            _cuts(report),
            _alarms(report),
            _speed(report),
            _long(report),
        )
    )


def _quality(report: Report) -> str:
    rows = "\n".join(
        f"| {one.name} | {one.n_groups} | **{one.accuracy.value:.1%}** ({_range(one.accuracy)}) | "
        f"**{one.average_precision.value:.3f}** ({_range(one.average_precision, '.3f')}) | "
        f"{one.area.value:.3f} ({_range(one.area, '.3f')}) | "
        f"{', '.join(f'{repeat:.3f}' for repeat in one.repeats)} |"
        for one in report.splits
    )
    return (
        "## video.violence@1: fights\n\n"
        f"{report.n_clips} surveillance clips of 2 to 5 seconds, {report.n_fights} of them fights, "
        f"from {report.n_origins} sources (`fight_surveillance_video`; clips that its list does "
        "not place count as one source). Five folds, models fitted anew for each, five times with "
        "other folds. *By source video* all clips of a source are in one fold, and so no place, "
        "camera or person is known; *by clip* they need not be. In brackets 95 % intervals by "
        "bootstrap over sources, or clips. The form of the model was chosen by folds of the same "
        "clips, which flatters all of these a little. The last line orders clips by nothing but "
        "the mean speed, and calls the quicker half fights.\n\n"
        "| split | groups | accuracy | average precision | area under ROC | accuracy by repeat |\n"
        f"|---|---|---|---|---|---|\n{rows}"
    )


def _range(one: Interval, form: str = ".1%") -> str:
    return f"{one.low:{form}} to {one.high:{form}}"


def _cuts(report: Report) -> str:
    rows = "\n".join(
        f"| {one.cut:g}{' (recommended)' if one.cut == report.threshold else ''} | "
        f"{one.recall:.1%} | {one.false_alarms:.1%} | "
        f"{'-' if one.precision is None else f'{one.precision:.1%}'} |"
        for one in report.at
    )
    return (
        "Scores of clips of unseen sources, all repeats together. Precision is that of these "
        "clips, of which half are fights.\n\n"
        f"| from score | fights found | others flagged | precision |\n|---|---|---|---|\n{rows}"
    )


def _alarms(report: Report) -> str:
    groups = [
        _share(name, [one for one in report.alarms if one.is_known is is_known], report.threshold)
        for name, is_known in (
            ("kinds that training saw others of", True),
            ("kinds it never saw", False),
        )
    ]
    rows = "\n".join(
        f"| {one.kind} | {'yes' if one.is_known else 'no'} | {one.n} | {one.n_half} | "
        f"{one.n_threshold} | {one.highest:.3f} |"
        for one in report.alarms
    )
    return (
        "## Harmless motion\n\n"
        "Drawn clips of 2.4 seconds (`detectors/training/video_violence/harmless.py`), judged by "
        f"the weights that ship. {' '.join(groups)}\n\n"
        "| kind | in training | clips | from 0.5 | from the threshold | highest |\n"
        f"|---|---|---|---|---|---|\n{rows}"
    )


def _share(name: str, alarms: list[Alarms], threshold: float) -> str:
    n_found, n = sum(one.n_threshold for one in alarms), sum(one.n for one in alarms)
    share = measures.wilson(n_found, n)
    return (
        f"Of {n} clips of {name}, {n_found} score {threshold:g} or more: {share.value:.1%} "
        f"({share.low:.1%} to {share.high:.1%})."
    )


def _speed(report: Report) -> str:
    rows = "\n".join(_timed(one) for one in report.speeds)
    one = report.speeds[0]
    factor = 2 * one.shown_s / (one.decode_cpu_s + one.judge_cpu_s)
    return (
        "## Speed\n\n"
        "The first clips of the data set that are 1280 x 720 and more, H.264, most at 30 frames a "
        "second. Decoded whole, frames sampled, motion measured, judged. CPU time, since other "
        "programs ran beside; wall time is with them "
        f"(load average {report.load_average} on {os.cpu_count()} processors).\n\n"
        "| decoder's threads | clips | frames | shown s | decoding CPU s | judging CPU s | "
        "frames decoded a CPU second | times real time, a core | wall s |\n"
        f"|---|---|---|---|---|---|---|---|---|\n{rows}\n\n"
        f"Two cores, a clip each: {factor:.1f} times real time; the goal of {GOAL:g} is "
        f"{'reached' if factor >= GOAL else 'missed'}.\n\n"
        f"Weights: {report.size_bytes / 1e6:.2f} MB, loaded in {report.load_s:.2f} CPU seconds. "
        f"The process had at most {report.memory_mb} MB up to here, the encoder for the hour below "
        "included."
    )


def _timed(one: Speed) -> str:
    cpu_s = one.decode_cpu_s + one.judge_cpu_s
    return (
        f"| {one.threads} | {one.n_clips} | {one.n_frames} | {one.shown_s:g} | "
        f"{one.decode_cpu_s:g} | {one.judge_cpu_s:g} | {one.n_frames / one.decode_cpu_s:.0f} | "
        f"{one.shown_s / cpu_s:.1f} | {one.wall_s:g} |"
    )


def _long(report: Report) -> str:
    one = report.long
    return (
        "## An hour\n\n"
        f"{one.shown_s:.0f} seconds of slides in 320 x 180, five frames a second, "
        f"{one.n_bytes / 1e6:.1f} MB: {one.n_decoded} frames decoded in {one.n_bursts} bursts, "
        f"the widest gap between two {one.widest_gap_s:.0f} s; {one.n_frames} frames kept. "
        f"{one.decode_cpu_s:g} CPU seconds, and {one.judge_cpu_s:g} to judge. Nothing is decoded "
        "after 20 s of wall time.\n"
    )
