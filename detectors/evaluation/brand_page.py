"""The page of `image.brand`'s figures."""

from detectors.evaluation import measures
from detectors.evaluation.brand_figures import Part, Report

_SOURCES = {
    "mark": "brands' marks (simple-icons), none a coin's",
    "sign": "signs of user interfaces (Material Design)",
    "twemoji": "emoji (Twemoji)",
    "clipart": "clip art",
    "frame": "frames of surveillance clips",
    "drawn": "shapes and noise drawn by code",
    "meme": "clip art between words",
    "coin": "**other coins' logos**",
}


def markdown(report: Report) -> str:
    """The page."""
    own, shipped = report.parts
    return (
        "# image.brand: look-alikes of logos\n\n"
        "Written by `python -m detectors.evaluation.brand --data DIR --packages DIR`. The edges of "
        "a picture's squares are turned into directions by a fitted projection; the cosine to the "
        "nearest protected logo is what counts, and a PDQ hash tells plain copies. Copies are of "
        "logos that were not learnt from, nor any of their family of names; the threshold was set "
        "on a third group. Of the other coins' logos, which are no copies, most were learnt "
        "from.\n\n"
        f"Threshold: score {report.threshold}, cosine {report.cosine:.2f}, set so that one in a "
        f"thousand unrelated pictures passes; hash: up to {report.max_bits} bits.\n\n"
        f"## Logos that the model has never seen\n\n{_found(own)}\n"
        f"### Pictures that are no copies\n\n{_taken(own)}\n"
        f"### Where else the threshold might lie\n\n{_curve(own)}\n"
        f"## The list that ships\n\n{report.n_shipped} logos of well-known coins and stablecoins. "
        "Copies are of those that the model has not learnt from; most of the list it has.\n\n"
        f"{_found(shipped)}\n### Pictures that are no copies\n\n{_taken(shipped)}\n"
        "## Time\n\nMilliseconds of processor time, one thread, load average "
        f"{report.load_average:.1f}.\n\n| what | |\n|---|---|\n"
        f"| a picture of 512 x 512, all its squares and the hash | {report.picture_ms:.1f} |\n"
        f"| one run of the model | {report.model_ms:.2f} |\n"
        f"| loading model and list | {report.load_ms:.0f} |\n"
    )


def _found(part: Part) -> str:
    n, found = sum(one.n for one in part.recalls), sum(one.found for one in part.recalls)
    wrong = sum(one.wrong for one in part.recalls)
    rows = "".join(
        f"| {one.kind} | {one.n} | {one.found / one.n:.1%} | {one.by_hash / one.n:.1%} | "
        f"{one.wrong / one.n:.1%} |\n"
        for one in part.recalls
    )
    return (
        f"{part.n_protected} protected; of {n} copies {_share(found, n)} are found as the right "
        f"brand, {wrong} as a wrong one.\n\n"
        "| disguise | n | found | by the hash alone | as a wrong brand |\n|---|---|---|---|---|\n"
        f"{rows}"
    )


def _taken(part: Part) -> str:
    rest = [one for one in part.taken if one.source != "coin"]
    n, found = sum(one.n for one in rest), sum(one.n_found for one in rest)
    rows = "".join(
        f"| {_SOURCES[one.source]} | {one.n} | {one.n_found} | {one.n_found / one.n:.2%} |\n"
        for one in part.taken
    )
    named = [pair for one in part.taken for pair in one.pairs]
    listed = ", ".join(named[:40]) + (", ..." if len(named) > 40 else "")  # noqa: PLR2004
    return (
        f"Unrelated pictures taken for a protected logo: {_share(found, n)}.\n\n"
        f"| pictures | n | taken | share |\n|---|---|---|---|\n{rows}\n"
        f"Which: {listed or 'none'}.\n"
    )


def _curve(part: Part) -> str:
    rows = "".join(
        f"| {at:.2f} | {copies:.1%} | {rest:.2%} | {coins:.1%} |\n"
        for at, copies, rest, coins in part.curve
    )
    return (
        "By the embedding alone.\n\n| cosine | copies found | unrelated taken | other coins taken "
        f"|\n|---|---|---|---|\n{rows}"
    )


def _share(n_found: int, n: int) -> str:
    share = measures.wilson(n_found, n)
    return f"{share.value:.2%} ({n_found} of {n}; {share.low:.2%} to {share.high:.2%})"
