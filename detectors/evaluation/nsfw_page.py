"""The page of `detectors.evaluation.nsfw`."""

import os

from detectors.evaluation import measures
from detectors.evaluation.nsfw_report import Report


def markdown(report: Report) -> str:
    """Gives the page."""
    return (
        "# image.nsfw@1 on harmless pictures\n\n"
        "Written by `python -m detectors.evaluation.nsfw`. Sexual pictures were not at hand, and "
        "none are in the repository: **recall is not measured**, and no score is calibrated "
        "against them. What is measured is how often harmless pictures are flagged, whether the "
        "converted networks answer as their sources do, and speed.\n\n"
        f"{_sources(report)}{_pools(report)}{_cuts(report)}{_agreement(report)}{_speeds(report)}"
    )


def _sources(report: Report) -> str:
    whole = report.sources[-1]
    share = measures.wilson(whole.n_false, whole.n)
    rows = "".join(
        f"| {one.name} | {one.n} | **{one.n_false}** | {one.highest:.3f} | "
        f"{one.alone['mobilenet']} | {one.alone['yahoo']} | {one.alone['inception']} |\n"
        for one in report.sources
    )
    scores = ", ".join(
        f"{float(at):.1%} of them at most {score:.3f}" for at, score in report.quantiles.items()
    )
    flagged = ", ".join(f"{at}: {n}" for at, n in report.flagged.items())
    return (
        "## False alarms\n\n"
        f"Score of {report.threshold} and above, which is what the card recommends. The last "
        "columns are those of one network by itself at 0.5: porn and hentai together, or nsfw.\n\n"
        "| source | pictures or frames | flagged | highest score | MobileNetV2 alone | "
        "Yahoo alone | InceptionV3 alone |\n"
        f"|---|---|---|---|---|---|---|\n{rows}\n"
        f"False-positive rate: **{share.value:.2%}** ({share.low:.2%} to {share.high:.2%}, 95 %; "
        "pictures of one source are alike, so the truth may lie farther away). "
        f"Scores: {scores}. By threshold: {flagged} flagged. The recommended one was chosen on "
        f"these pictures; were it the highest score of all other sources, {report.n_left_out} "
        "would be flagged.\n\n"
    )


def _pools(report: Report) -> str:
    rows = "".join(f"| {one.name} | {one.n_false} | {one.highest:.3f} |\n" for one in report.pools)
    return (
        "## How opinions are pooled\n\n"
        "All three networks asked. A way that flags fewer harmless pictures need "
        "not be the better one: it may flag fewer of all.\n\n"
        f"| pool | flagged | highest score |\n|---|---|---|\n{rows}\n{_denials(report)}\n\n"
    )


def _denials(report: Report) -> str:
    return " ".join(
        f"Of {one.n} pictures that {one.role} by itself would flag, "
        + " and ".join(f"{role} would not flag {n}" for role, n in one.against.items())
        + "."
        for one in report.denials
    )


def _cuts(report: Report) -> str:
    rows = "".join(
        f"| {one.name} | {one.early:.1%} | {one.n_false} | {one.highest:.3f} |\n"
        for one in report.cuts
    )
    return (
        "## When the slow network is asked\n\n"
        "InceptionV3 is asked where MobileNetV2's porn, hentai and sexy together, or Yahoo's nsfw, "
        f"reach a cut; the detector's is {report.early_exit}, and above 1 it is never asked. Under "
        f"{report.cuts[0].name} it was not asked for this page either.\n\n"
        "| cut | answered without InceptionV3 | flagged | highest score |\n"
        f"|---|---|---|---|\n{rows}\n"
        f"Were MobileNetV2 asked first and alone, {report.first.share:.1%} would go at "
        f"{report.cuts[0].name} without Yahoo's opinion, among them {report.first.n_doubted} that "
        f"Yahoo's puts at {report.cuts[1].name} and above. Both are asked of every picture: what "
        "this costs in recall cannot be measured here, and the two were trained apart.\n\n"
    )


def _agreement(report: Report) -> str:
    rows = "".join(
        f"| {one.role} | {one.source} | {one.n} | {one.apart:.1e} |\n" for one in report.agreement
    )
    return (
        "## Agreement with the sources\n\n"
        "The largest difference of any class's probability, on the same pixels; the goal is 1e-3. "
        "nsfwjs' own answers were taken in node (`python -m detectors.training.image_nsfw "
        "references`), Yahoo's by its package, from the picture on.\n\n"
        f"| network | source | pictures | largest difference |\n|---|---|---|---|\n{rows}\n"
    )


def _speeds(report: Report) -> str:
    rows = "".join(
        f"| {one.name} | {1e3 * one.seconds:.1f} | {1 / one.seconds:.0f} |\n"
        for one in report.speeds
    )
    return (
        "## Speed\n\n"
        "CPU time on one thread, decoded pictures of 1280 x 960, resizing and all; medians.\n\n"
        f"| what | ms | pictures a second and core |\n|---|---|---|\n{rows}\n"
        f"Load average {report.load:.1f} on {os.cpu_count()} processors; by itself it is faster.\n"
    )
