"""The report as files: Markdown for people, JSON for programs."""

import math
from collections.abc import Iterable, Sequence
from pathlib import Path

import msgspec

from detectors.evaluation.measures import Estimate
from detectors.training.text_risk.left_out.ablation import Overall
from detectors.training.text_risk.left_out.figures import MIN_NEGATIVE
from detectors.training.text_risk.left_out.report import Report


def write(report: Report, folder: Path) -> None:
    """Writes `text_risk_left_out.md` and `.json` into the folder."""
    (folder / "text_risk_left_out.md").write_text(markdown(report), encoding="utf-8")
    content = msgspec.json.format(msgspec.json.encode(report), indent=1)
    (folder / "text_risk_left_out.json").write_bytes(content + b"\n")


def _percent(value: float | None) -> str:
    return "-" if value is None or math.isnan(value) else f"{100 * value:.1f} %"


def _score(value: float | None) -> str:
    return "-" if value is None or math.isnan(value) else f"{value:.3f}"


def _share(one: Estimate | None) -> str:
    if one is None or math.isnan(one.value):
        return "-"
    return f"{100 * one.value:.1f} % ({100 * one.low:.1f} to {100 * one.high:.1f})"


def _table(head: Sequence[str], lines: Iterable[Sequence[str]]) -> str:
    rows = [head, ["---"] * len(head), *lines]
    return "".join(f"| {' | '.join(row)} |\n" for row in rows)


_SCORERS = {"ours": "this recipe", "base": "TF-IDF", "old": "recipe of text.risk@1"}
_SIDES = tuple(_SCORERS.values())


def _means(report: Report) -> str:
    head = ("", "benign sources", "flagged, mean", "most", "violation sources", "AUROC", "R@1%")
    return _table(
        head,
        (
            (
                _SCORERS[one.scorer], str(one.n_benign), _percent(one.alarms),
                _percent(one.most_alarms), str(one.n_violations), _score(one.auroc),
                _score(one.recall),
            )
            for one in report.means
        ),
    )  # fmt: skip


def _benign(report: Report) -> str:
    return _table(
        ("source", "run", "n", *_SIDES),
        (
            (one.source, one.run, str(one.n), _share(one.ours), _share(one.base), _share(one.old))
            for one in report.benign
        ),
    )


def _violations(report: Report) -> str:
    head = ["source", "run", "label", "n", "positive", "negatives"]
    head += [f"{figure}, {side}" for figure in ("AUROC", "R@1%") for side in _SIDES]
    lines = []
    for one in report.violations:
        sides = (one.ours, one.base, one.old)
        lines.append(
            [one.source, one.run, one.label, str(one.n), str(one.n_positive), one.negatives]
            + [_score(side.auroc if side else None) for side in sides]
            + [_score(side.recall if side else None) for side in sides]
        )
    return _table(head, lines)


def _runs(found: Iterable[Overall]) -> str:
    head = (
        "run", "scorer", "layers", "rows", "must flag", "must pass", "benign test rows flagged",
        "mean AP, test", "mean AP, transfer", "texts/s",
    )  # fmt: skip
    return _table(
        head,
        (
            (
                one.run, one.scorer, str(one.n_layers or "-"), str(one.n_network),
                _share(one.must_flag), _share(one.must_pass), _share(one.benign),
                _score(one.mean_test), _score(one.mean_transfer),
                "-" if one.texts_per_s is None else f"{one.texts_per_s:.0f}",
            )
            for one in found
        ),
    )  # fmt: skip


def markdown(report: Report) -> str:
    """The report as Markdown."""
    sizes = ", ".join(f"{n:,}" for n in report.n_rows) or "no"
    missing = f"Not run: {', '.join(report.missing)}.\n\n" if report.missing else ""
    return (
        "# text.risk on sources it never saw, and what its ingredients are worth\n\n"
        "Written by `python -m detectors.training.text_risk.left_out report --out DIR` from the "
        f"runs of `... run`. These are shortened runs of the recipe: {sizes} rows of the data "
        "sets, own rows in the same proportion, one phase of training instead of two, no early "
        "exit. They say which recipe generalises, not how good the shipped model is.\n\n"
        "A source is left out whole: none of its rows is trained or calibrated on, or among the "
        "test rows. A run leaves out several sources of different kinds together, which is "
        "stricter than one at a time. The vocabulary, chosen without labels, is that of all "
        "sources. Rows that nearly repeat a training row of another source are not measured. "
        "*TF-IDF* is TF-IDF of words and characters with logistic regression, fitted on the same "
        "training rows; *recipe of text.risk@1* is this one with the own rows of then: no "
        "contrast corpus, no changed copies. A row is flagged where a label reaches its limit; "
        f"each scorer has limits from its own calibration rows.\n\n{missing}"
        f"## Means over left-out sources\n\n{_means(report)}\n"
        "## Benign sources left out: share flagged, with 95 % interval\n\n"
        f"{_benign(report)}\n"
        "## Violation sources left out\n\n"
        "R@1%: recall at the score that 1 % of the negative rows reach. Negatives are the "
        f"source's own where it has {MIN_NEGATIVE} or more, else benign test rows of the "
        "other sources in its languages. `any`: ranked by the highest score as a share of its "
        f"label's limit.\n\n{_violations(report)}\n"
        "The same runs on the functional suite and on the test rows of the other sources:\n\n"
        f"{_runs(report.left_out_overall)}\n"
        "## Ablations\n\n"
        "All sources are in, but for what the name says; *benign* are the registers that the "
        "shared data's README takes as harmless. 4 and 12 layers are fine-tuned like the 6, from "
        "the lowest layers; *frozen*: the encoder as it came, with logistic regression on its "
        "states; *distilled*: half of each target is what the 12 layers say. Must flag and must "
        "pass are shares of the functional suite that go well, at the run's limits. Texts/s: test "
        "rows on one thread, each read as a whole by all layers, in one run side by side.\n\n"
        f"{_runs(report.ablations)}"
    )
